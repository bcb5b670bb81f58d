//! How fast a node runs guests, by the fuel that they used: a job's wall-clock limit is meant for the reference and is
//! stretched for slower nodes (GUEST.md section 4).

use super::MAX_WALL_FACTOR;

/// Fuel that the reference uses in a millisecond: V8 on a core of 2026. Measured: 4.4 million with nqueens, 5.6 with
/// primes, 7.2 with wordcount, 10.4 with montecarlo.
const REFERENCE_FUEL_PER_MS: u64 = 6_000_000;
/// Running time after which what was measured before counts half, ms.
const MEMORY_MS: u64 = 60_000;
/// Running time from which on the measure is believed, ms.
const ENOUGH_MS: u64 = 1_000;

/// What was measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Speed {
    /// The factor until enough is known.
    guess: u32,
    fuel: u64,
    ms: u64,
}

impl Speed {
    pub(super) const fn guessed(factor: u32) -> Self {
        Self {
            guess: factor,
            fuel: 0,
            ms: 0,
        }
    }

    /// A guest used this much fuel in this time.
    pub(super) const fn note(&mut self, fuel: u64, ms: u64) {
        if self.ms > MEMORY_MS {
            self.fuel /= 2;
            self.ms /= 2;
        }
        self.fuel = self.fuel.saturating_add(fuel);
        self.ms = self.ms.saturating_add(ms);
    }

    /// How many times a job's wall-clock limit a guest may take here: 1 to [`MAX_WALL_FACTOR`].
    pub(super) fn wall_factor(&self) -> u32 {
        if self.ms < ENOUGH_MS {
            return self.guess.clamp(1, MAX_WALL_FACTOR);
        }
        let reference = REFERENCE_FUEL_PER_MS.saturating_mul(self.ms);
        let factor = reference.div_ceil(self.fuel.max(1));
        u32::try_from(factor)
            .unwrap_or(MAX_WALL_FACTOR)
            .clamp(1, MAX_WALL_FACTOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guess_counts_until_a_second_was_measured() {
        let mut speed = Speed::guessed(6);
        speed.note(1, 999);
        assert_eq!(speed.wall_factor(), 6);
        speed.note(1, 1);
        assert_eq!(speed.wall_factor(), MAX_WALL_FACTOR);
        assert_eq!(Speed::guessed(0).wall_factor(), 1);
        assert_eq!(Speed::guessed(99).wall_factor(), MAX_WALL_FACTOR);
    }

    #[test]
    fn a_node_that_is_slower_than_the_reference_gets_as_much_longer_and_a_faster_one_the_limit() {
        for (share_percent, factor) in [(500, 1), (100, 1), (99, 2), (50, 2), (10, 10), (1, 20)] {
            let mut speed = Speed::guessed(1);
            speed.note(REFERENCE_FUEL_PER_MS * share_percent / 100 * 2_000, 2_000);
            assert_eq!(speed.wall_factor(), factor, "{share_percent} %");
        }
    }

    #[test]
    fn what_is_long_past_is_forgotten() {
        let mut speed = Speed::guessed(1);
        speed.note(0, 120_000);
        for _ in 0..40 {
            speed.note(REFERENCE_FUEL_PER_MS * 20_000, 20_000);
        }
        assert_eq!(speed.wall_factor(), 2, "its trace is left");
        speed.note(u64::MAX, 1);
        assert_eq!(speed.wall_factor(), 1);
    }
}
