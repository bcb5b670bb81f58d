//! Sorting with the standard library.

use crate::Random;

const NUMBERS: usize = 300_000;

/// What the sorted numbers make.
#[must_use]
pub fn checksum(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut numbers: Vec<u64> = (0..NUMBERS).map(|_| random.next()).collect();
    numbers.sort_unstable();
    numbers
        .iter()
        .fold(seed, |sum, number| sum.rotate_left(1) ^ number)
}
