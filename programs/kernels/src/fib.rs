//! Fibonacci numbers by the definition: nothing but calls.

const NUMBER: u64 = 30;

/// The number, and a little of the seed so that no round can be left out.
#[must_use]
pub fn checksum(seed: u64) -> u64 {
    seed.wrapping_mul(31).wrapping_add(fib(NUMBER + seed % 2))
}

fn fib(number: u64) -> u64 {
    if number < 2 {
        number
    } else {
        fib(number - 1) + fib(number - 2)
    }
}

#[cfg(test)]
mod tests {
    use super::fib;

    #[test]
    fn the_twentieth_number_is_6765() {
        assert_eq!(fib(20), 6_765);
    }
}
