//! The virtual clock: one counter that moves only when the guest looks at it or sleeps.

use super::memory::{GuestMemory, check};
use super::{Args, Errno};

/// Nanoseconds between two looks at the clock; also its resolution.
const STEP_NS: u64 = 1000;
/// Realtime, monotonic, process and thread time.
const CLOCKS: u32 = 4;

/// The time that the next look shows.
#[derive(Debug, Default)]
pub(super) struct VirtualClock {
    now_ns: u64,
}

impl VirtualClock {
    /// The time now, without looking.
    pub(super) const fn now_ns(&self) -> u64 {
        self.now_ns
    }

    /// Sleeps until `time_ns`; the past is no sleep.
    pub(super) fn advance_to(&mut self, time_ns: u64) {
        self.now_ns = self.now_ns.max(time_ns);
    }

    pub(super) fn clock_time_get(
        &mut self,
        memory: &mut impl GuestMemory,
        args: Args<'_>,
    ) -> Result<(), Errno> {
        let (id, at) = (args.u32(0), args.u32(2));
        check(memory, at, 8)?;
        check_id(id)?;
        memory.write(at, &self.now_ns.to_le_bytes())?;
        self.now_ns = self.now_ns.saturating_add(STEP_NS);
        Ok(())
    }
}

pub(super) fn clock_res_get(memory: &mut impl GuestMemory, args: Args<'_>) -> Result<(), Errno> {
    let (id, at) = (args.u32(0), args.u32(1));
    check(memory, at, 8)?;
    check_id(id)?;
    memory.write(at, &STEP_NS.to_le_bytes())?;
    Ok(())
}

/// [28] for a clock that there is not.
pub(super) const fn check_id(id: u32) -> Result<(), Errno> {
    if id < CLOCKS {
        Ok(())
    } else {
        Err(Errno::Inval)
    }
}

#[cfg(test)]
mod tests {
    use crate::wasi::WasiFunction as F;
    use crate::wasi::fixture::{BAD, OUT, World};

    #[test]
    fn the_nth_look_at_any_of_the_four_clocks_shows_n_microseconds() {
        let mut world = World::new();
        for (n, id) in [0, 1, 2, 3, 1, 0].into_iter().enumerate() {
            assert_eq!(world.call(F::ClockTimeGet, &[id, 0, OUT]), 0);
            assert_eq!(world.u64(OUT), 1000 * n as u64);
        }
    }

    #[test]
    fn a_fifth_clock_is_refused_and_does_not_count_as_a_look() {
        let mut world = World::new();
        assert_eq!(world.call(F::ClockTimeGet, &[4, 0, OUT]), 28);
        assert_eq!(world.call(F::ClockResGet, &[4, OUT]), 28);
        assert_eq!(world.call(F::ClockTimeGet, &[0, 0, BAD]), 21);
        assert_eq!(world.call(F::ClockTimeGet, &[0, 0, OUT]), 0);
        assert_eq!(world.u64(OUT), 0);
    }

    #[test]
    fn the_resolution_is_a_microsecond_and_asking_is_no_look() {
        let mut world = World::new();
        assert_eq!(world.call(F::ClockResGet, &[1, OUT]), 0);
        assert_eq!(world.u64(OUT), 1000);
        assert_eq!(world.call(F::ClockTimeGet, &[1, 0, OUT]), 0);
        assert_eq!(world.u64(OUT), 0);
    }
}
