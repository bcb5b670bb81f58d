//! Amounts of fuel for people: it counts WebAssembly instructions.

/// `fuel` as instructions, with a scale that fits: `2.50 billion instructions`.
#[must_use]
pub fn instructions(fuel: u64) -> String {
    const SCALES: [(u64, &str); 2] = [(1_000_000_000, "billion"), (1_000_000, "million")];
    match SCALES.iter().find(|(one, _)| fuel >= *one) {
        Some((one, name)) => {
            let (whole, hundredths) = (fuel / one, fuel % one / (one / 100));
            format!("{whole}.{hundredths:02} {name} instructions")
        }
        None => format!("{fuel} instructions"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_fits_the_amount() {
        for (fuel, words) in [
            (0, "0 instructions"),
            (999_999, "999999 instructions"),
            (1_000_000, "1.00 million instructions"),
            (2_345_678_901, "2.34 billion instructions"),
            (1_000_000_000_000, "1000.00 billion instructions"),
            (u64::MAX, "18446744073.70 billion instructions"),
        ] {
            assert_eq!(instructions(fuel), words);
        }
    }
}
