//! The sieve of Eratosthenes.

const LIMIT: usize = 2_000_000;

/// How many primes there are below a limit that the seed moves a little, and the largest.
#[must_use]
pub fn checksum(seed: u64) -> u64 {
    let (primes, largest) = sieve(LIMIT + (seed % 1_000) as usize);
    seed.wrapping_mul(31)
        .wrapping_add((primes as u64) << 32 | largest as u64)
}

fn sieve(limit: usize) -> (usize, usize) {
    let mut is_composite = vec![false; limit];
    let (mut primes, mut largest) = (0, 0);
    for number in 2..limit {
        if is_composite[number] {
            continue;
        }
        primes += 1;
        largest = number;
        let mut multiple = number.saturating_mul(number);
        while multiple < limit {
            is_composite[multiple] = true;
            multiple += number;
        }
    }
    (primes, largest)
}

#[cfg(test)]
mod tests {
    use super::sieve;

    #[test]
    fn there_are_168_primes_below_1000() {
        assert_eq!(sieve(1_000), (168, 997));
    }
}
