//! The edit distance of two texts, by the table of which one row is kept.

use crate::Random;

const LENGTH: usize = 4_000;

/// The distance of two random texts of four letters.
#[must_use]
pub fn checksum(seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let [one, other] = [(); 2].map(|()| letters(&mut random));
    seed.wrapping_mul(31).wrapping_add(distance(&one, &other))
}

fn letters(random: &mut Random) -> Vec<u8> {
    let letter = |_| b"acgt".get((random.next() >> 62) as usize).copied();
    (0..LENGTH).filter_map(letter).collect()
}

/// Fewest letters that must be put in, taken out or replaced.
fn distance(one: &[u8], other: &[u8]) -> u64 {
    let mut row: Vec<u32> = (0..).take(other.len() + 1).collect();
    for (above, letter) in (1..).zip(one) {
        let (first, rest) = row.split_at_mut(1);
        let mut left = above;
        let mut diagonal = std::mem::replace(&mut first[0], left);
        for (cell, of_other) in rest.iter_mut().zip(other) {
            let replaced = diagonal + u32::from(letter != of_other);
            diagonal = *cell;
            left = replaced.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn the_distance_is_the_number_of_changes() {
        assert_eq!(distance(b"kitten", b"sitting"), 3);
        assert_eq!(distance(b"", b"abc"), 3);
        assert_eq!(distance(b"abc", b""), 3);
        assert_eq!(distance(b"abc", b"abc"), 0);
    }
}
