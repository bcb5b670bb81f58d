//! What a call costs beside its fixed part: a quarter of the bytes that it moves (GUEST.md section 3.3).

use super::WasiResult;

/// log2 of the bytes that cost one unit.
const BYTES_SHIFT: u32 = 2;

/// What a guest has left; below zero it has used up its fuel. The runner takes it from the guest's own counter before
/// a call and gives it back after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fuel(pub i64);

impl Fuel {
    /// Takes the price of moving `bytes` between the host and the guest's memory, before they are moved.
    ///
    /// # Errors
    /// [`WasiResult::OutOfFuel`]; nothing may be moved then.
    pub(super) fn take_for(&mut self, bytes: u64) -> Result<(), WasiResult> {
        let price = i64::try_from(bytes >> BYTES_SHIFT).unwrap_or(i64::MAX);
        self.0 = self.0.saturating_sub(price);
        if self.0 < 0 {
            return Err(WasiResult::OutOfFuel);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasi::WasiFunction as F;
    use crate::wasi::fixture::{BAD, DATA, OUT, World};

    /// What one call takes of the fuel.
    fn price(world: &mut World, function: F, args: &[u64]) -> i64 {
        let before = world.fuel.0;
        assert_eq!(world.call(function, args), 0, "{}", function.name());
        before - world.fuel.0
    }

    #[test]
    fn a_quarter_of_the_bytes_that_are_really_moved_is_paid_and_2_for_each_buffer() {
        let mut world = World::with_stdin([b'x'; 50]);
        let iovs = world.iovecs(&[(DATA, 40), (DATA + 40, 0), (DATA + 100, 80)]);
        assert_eq!(price(&mut world, F::FdRead, &[0, iovs, 3, OUT]), 6 + 12);
        assert_eq!(
            price(&mut world, F::FdRead, &[0, iovs, 3, OUT]),
            6,
            "at the end"
        );
        assert_eq!(price(&mut world, F::FdWrite, &[1, iovs, 2, OUT]), 4 + 10);
        assert_eq!(price(&mut world, F::FdWrite, &[2, iovs, 3, OUT]), 6 + 30);
        assert_eq!(price(&mut world, F::RandomGet, &[DATA, 39]), 9);
        // "program", "map" and "width=7" with a NUL each, and three pointers.
        assert_eq!(
            price(&mut world, F::ArgsGet, &[DATA, DATA + 16]),
            (20 + 12) / 4
        );
        let mut world = World::with_common(b"twelve bytes");
        let file = world.open_common();
        let iovs = world.iovecs(&[(DATA, 5), (DATA + 5, 80)]);
        assert_eq!(
            price(&mut world, F::FdPread, &[file, iovs, 2, 1, OUT]),
            4 + 2
        );
        assert_eq!(price(&mut world, F::FdRead, &[file, iovs, 2, OUT]), 4 + 3);
        assert_eq!(
            price(&mut world, F::PollOneoff, &[DATA, DATA + 4096, 3, OUT]),
            60
        );
    }

    #[test]
    fn calls_that_move_nothing_and_refused_calls_take_no_fuel() {
        let mut world = World::new();
        let iovs = world.iovecs(&[(BAD, 4)]);
        let before = world.fuel;
        assert_eq!(world.call(F::ClockTimeGet, &[0, 0, OUT]), 0);
        assert_eq!(world.call(F::FdFdstatGet, &[0, OUT]), 0);
        assert_eq!(world.call(F::FdRead, &[7, iovs, 1, OUT]), 8);
        assert_eq!(world.call(F::RandomGet, &[BAD, 400]), 21);
        assert_eq!(world.fuel, before);
        assert_eq!(world.call(F::FdRead, &[0, iovs, 1, OUT]), 21, "bad buffer");
        assert_eq!(before.0 - world.fuel.0, 2, "the array was read");
    }

    #[test]
    fn without_enough_fuel_nothing_is_moved_and_the_run_ends() {
        let mut world = World::with_stdin([b'x'; 50]);
        let iovs = world.iovecs(&[(DATA, 48)]);
        world.fuel = Fuel(2 + 11);
        let read = world.result(F::FdRead, &[0, iovs, 1, OUT]);
        assert_eq!(read, WasiResult::OutOfFuel);
        assert_eq!(world.bytes(DATA, 48), [0; 48]);
        world.fuel = Fuel(2 + 12);
        assert_eq!(price(&mut world, F::FdRead, &[0, iovs, 1, OUT]), 14);
        assert_eq!(world.fuel, Fuel(0), "what is just enough is enough");
        let random = world.result(F::RandomGet, &[DATA, 4]);
        assert_eq!(random, WasiResult::OutOfFuel);
        assert_eq!(world.bytes(DATA, 4), [b'x'; 4]);
    }

    #[test]
    fn fuel_comes_before_the_output_limit() {
        let mut world = World::with_output_limit(10);
        let iovs = world.iovecs(&[(DATA, 40)]);
        world.fuel = Fuel(2 + 9);
        let write = world.result(F::FdWrite, &[1, iovs, 1, OUT]);
        assert_eq!(write, WasiResult::OutOfFuel);
        world.fuel = Fuel(2 + 10);
        let write = world.result(F::FdWrite, &[1, iovs, 1, OUT]);
        assert_eq!(write, WasiResult::OutputTooLarge);
        assert_eq!(world.fuel, Fuel(0));
    }

    #[test]
    fn a_read_over_its_own_array_moves_no_more_than_was_paid_for() {
        // The first buffer lies over the second pair and makes it longer.
        let mut longer = [0; 60];
        longer[..4].copy_from_slice(&u32::try_from(DATA).unwrap().to_le_bytes());
        longer[4..8].copy_from_slice(&40_u32.to_le_bytes());
        let mut world = World::with_stdin(longer);
        let at = world.iovecs(&[(DATA, 0), (DATA, 1)]);
        let iovs = world.iovecs(&[(at + 8, 8), (DATA, 1)]);
        assert_eq!(price(&mut world, F::FdRead, &[0, iovs, 2, OUT]), 4 + 2);
        assert_eq!(world.u32(OUT), 9);
    }
}
