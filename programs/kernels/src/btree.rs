//! An ordered map of the standard library: entries put in, looked up, and taken out.

use crate::Random;
use std::collections::BTreeMap;

const ENTRIES: u64 = 40_000;

/// The sum of what was found.
#[must_use]
pub fn checksum(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut map = BTreeMap::new();
    for value in 0..ENTRIES {
        map.insert(random.next() % (2 * ENTRIES), value);
    }
    let mut sum = 0_u64;
    for _ in 0..2 * ENTRIES {
        let found = map.get(&(random.next() % (2 * ENTRIES)));
        sum = sum.wrapping_add(found.copied().unwrap_or(1));
    }
    for _ in 0..ENTRIES {
        let taken = map.remove(&(random.next() % (2 * ENTRIES)));
        sum = sum.wrapping_mul(3).wrapping_add(taken.unwrap_or(1));
    }
    map.iter()
        .fold(sum, |sum, (key, value)| sum.rotate_left(1) ^ key ^ value)
}
