//! `poll_oneoff`: every subscription fires at once; clocks move the virtual clock first.

use super::descriptors::Descriptor;
use super::memory::{GuestMemory, check, read_array};
use super::{Args, Errno, Fuel, Wasi, WasiResult, clock};

const SUBSCRIPTION_BYTES: u32 = 48;
const EVENT_BYTES: u32 = 32;
const CLOCK: u8 = 0;
const FD_READ: u8 = 1;
const FD_WRITE: u8 = 2;
/// Flag of a clock subscription: its time is a point, not a span.
const ABSOLUTE: u16 = 1;

/// What the guest waits for.
struct Subscription {
    userdata: [u8; 8],
    kind: u8,
    /// The clock's id or the descriptor.
    subject: u32,
    timeout_ns: u64,
    flags: u16,
}

impl Subscription {
    fn read(memory: &impl GuestMemory, at: u32) -> Result<Self, Errno> {
        let [kind] = read_array(memory, at.wrapping_add(8))?;
        Ok(Self {
            userdata: read_array(memory, at)?,
            kind,
            subject: u32::from_le_bytes(read_array(memory, at.wrapping_add(16))?),
            timeout_ns: u64::from_le_bytes(read_array(memory, at.wrapping_add(24))?),
            flags: u16::from_le_bytes(read_array(memory, at.wrapping_add(40))?),
        })
    }
}

impl Wasi {
    pub(super) fn poll_oneoff(
        &mut self,
        memory: &mut impl GuestMemory,
        fuel: &mut Fuel,
        args: Args<'_>,
    ) -> Result<(), WasiResult> {
        let (mut from, mut to) = (args.u32(0), args.u32(1));
        let (count, count_at) = (args.u32(2), args.u32(3));
        let subscription_bytes = u64::from(count) * u64::from(SUBSCRIPTION_BYTES);
        let event_bytes = u64::from(count) * u64::from(EVENT_BYTES);
        check(memory, from, subscription_bytes)?;
        check(memory, to, event_bytes)?;
        check(memory, count_at, 4)?;
        if count == 0 {
            return Err(Errno::Inval.into());
        }
        fuel.take_for(subscription_bytes + event_bytes)?;
        let start_ns = self.clock.now_ns();
        for _ in 0..count {
            let subscription = Subscription::read(memory, from)?;
            let (errno, ready_bytes) = match self.fire(&subscription, start_ns) {
                Ok(ready_bytes) => (Errno::Success, ready_bytes),
                Err(errno) => (errno, 0),
            };
            memory.write(to, &[0; EVENT_BYTES as usize])?;
            memory.write(to, &subscription.userdata)?;
            memory.write(to.wrapping_add(8), &errno.number().to_le_bytes())?;
            memory.write(to.wrapping_add(10), &[subscription.kind])?;
            memory.write(to.wrapping_add(16), &ready_bytes.to_le_bytes())?;
            from = from.wrapping_add(SUBSCRIPTION_BYTES);
            to = to.wrapping_add(EVENT_BYTES);
        }
        memory.write(count_at, &count.to_le_bytes())?;
        Ok(())
    }

    /// How many bytes can be read, 0 for all but fd_read.
    fn fire(&mut self, subscription: &Subscription, start_ns: u64) -> Result<u64, Errno> {
        match subscription.kind {
            CLOCK => {
                clock::check_id(subscription.subject)?;
                let until_ns = if subscription.flags & ABSOLUTE == 0 {
                    start_ns.saturating_add(subscription.timeout_ns)
                } else {
                    subscription.timeout_ns
                };
                self.clock.advance_to(until_ns);
                Ok(0)
            }
            FD_READ => match self.descriptors.get(subscription.subject)? {
                Descriptor::Stdin => Ok(self.stdin.len()),
                Descriptor::Common { at } => Ok(self.descriptors.common_len().saturating_sub(at)),
                _ => Ok(0),
            },
            FD_WRITE => self.descriptors.get(subscription.subject).map(|_| 0),
            _ => Err(Errno::Inval),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::wasi::WasiFunction as F;
    use crate::wasi::fixture::{BAD, DATA, OUT, World};

    const CLOCK: u8 = 0;
    const FD_READ: u8 = 1;
    const FD_WRITE: u8 = 2;
    const EVENTS: u64 = DATA + 1000;

    fn poll(world: &mut World, subscriptions: &[(u8, u32, u64, u16)]) -> u64 {
        for (&(kind, subject, timeout, flags), n) in subscriptions.iter().zip(0_u8..) {
            let mut bytes = [0; 48];
            bytes[..8].copy_from_slice(&[n + 1; 8]);
            bytes[8] = kind;
            bytes[16..20].copy_from_slice(&subject.to_le_bytes());
            bytes[24..32].copy_from_slice(&timeout.to_le_bytes());
            bytes[40..42].copy_from_slice(&flags.to_le_bytes());
            world.put(DATA + 48 * u64::from(n), &bytes);
        }
        world.call(
            F::PollOneoff,
            &[DATA, EVENTS, subscriptions.len() as u64, OUT],
        )
    }

    /// Userdata, errno, kind and bytes of event `n`.
    fn event(world: &World, n: u64) -> (u8, u8, u8, u64) {
        let at = EVENTS + 32 * n;
        let bytes = world.bytes(at, 32);
        assert_eq!(bytes[24..], [0; 8]);
        (bytes[7], bytes[8], bytes[10], world.u64(at + 16))
    }

    fn look(world: &mut World) -> u64 {
        assert_eq!(world.call(F::ClockTimeGet, &[0, 0, OUT]), 0);
        world.u64(OUT)
    }

    #[test]
    fn sleeping_advances_the_virtual_clock_and_returns_at_once() {
        let mut world = World::new();
        assert_eq!(look(&mut world), 0);
        assert_eq!(poll(&mut world, &[(CLOCK, 1, 5_000_000_000, 0)]), 0);
        assert_eq!(world.u32(OUT), 1);
        assert_eq!(event(&world, 0), (1, 0, CLOCK, 0));
        assert_eq!(look(&mut world), 5_000_001_000);
        assert_eq!(look(&mut world), 5_000_002_000);
    }

    #[test]
    fn a_point_in_time_is_slept_to_and_the_past_is_no_sleep() {
        let mut world = World::new();
        assert_eq!(poll(&mut world, &[(CLOCK, 0, 7000, 1)]), 0);
        assert_eq!(look(&mut world), 7000);
        assert_eq!(poll(&mut world, &[(CLOCK, 0, 100, 1)]), 0);
        assert_eq!(look(&mut world), 8000);
    }

    #[test]
    fn all_subscriptions_fire_and_the_longest_sleep_counts() {
        let mut world = World::with_stdin(b"abc");
        let subscriptions = [
            (CLOCK, 0, 3000, 0),
            (FD_READ, 0, 0, 0),
            (CLOCK, 3, 9000, 0),
            (FD_WRITE, 1, 0, 0),
            (CLOCK, 0, 5000, 0),
        ];
        assert_eq!(poll(&mut world, &subscriptions), 0);
        assert_eq!(world.u32(OUT), 5);
        let events: Vec<_> = (0..5).map(|n| event(&world, n)).collect();
        let expected = [
            (1, 0, CLOCK, 0),
            (2, 0, FD_READ, 3),
            (3, 0, CLOCK, 0),
            (4, 0, FD_WRITE, 0),
            (5, 0, CLOCK, 0),
        ];
        assert_eq!(events, expected);
        assert_eq!(look(&mut world), 9000);
    }

    #[test]
    fn what_cannot_be_waited_for_fires_with_its_error() {
        let mut world = World::new();
        let subscriptions = [
            (FD_READ, 9, 0, 0),
            (FD_WRITE, 9, 0, 0),
            (CLOCK, 4, 1000, 0),
            (7, 0, 0, 0),
        ];
        assert_eq!(poll(&mut world, &subscriptions), 0);
        let errors: Vec<_> = (0..4).map(|n| event(&world, n).1).collect();
        assert_eq!(errors, [8, 8, 28, 28]);
        assert_eq!(look(&mut world), 0);
    }

    #[test]
    fn the_clock_stops_at_the_end_of_time() {
        let mut world = World::new();
        assert_eq!(look(&mut world), 0);
        assert_eq!(poll(&mut world, &[(CLOCK, 0, u64::MAX, 0)]), 0);
        assert_eq!(look(&mut world), u64::MAX);
        assert_eq!(look(&mut world), u64::MAX);
    }

    #[test]
    fn waiting_for_nothing_is_refused() {
        let mut world = World::new();
        assert_eq!(poll(&mut world, &[]), 28);
    }

    #[test]
    fn a_bad_pointer_fires_nothing() {
        let mut world = World::new();
        let all = u64::from(u32::MAX);
        for args in [
            [BAD, EVENTS, 1, OUT],
            [DATA, BAD, 1, OUT],
            [DATA, EVENTS, 1, BAD],
            [DATA, EVENTS, all, OUT],
        ] {
            assert_eq!(world.call(F::PollOneoff, &args), 21);
        }
        assert!(world.memory.iter().all(|&byte| byte == 0));
        assert_eq!(look(&mut world), 0);
    }
}
