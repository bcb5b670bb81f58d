//! How far an answer can be trusted, in numbers (UX.md section 5.2).

/// How many volunteers must agree at trust level `k`.
#[must_use]
pub const fn majority(k: u8) -> u8 {
    k / 2 + 1
}

/// One task in how many would be wrong at trust level `k` if `cheats_percent` of all volunteers cheated together on the
/// same wrong answer and were drawn at random: 1 divided by the sum over j >= m of C(k, j) f^j (1 - f)^(k - j). `None` when
/// no volunteer cheats.
#[must_use]
pub fn wrong_task_odds(k: u8, cheats_percent: u8) -> Option<f64> {
    let cheats = f64::from(cheats_percent.min(100)) / 100.0;
    let mut chance = 0.0;
    for wrong in majority(k)..=k {
        let honest = i32::from(k) - i32::from(wrong);
        chance += choose(k, wrong) * cheats.powi(wrong.into()) * (1.0 - cheats).powi(honest);
    }
    (chance > 0.0).then(|| 1.0 / chance)
}

/// Binomial coefficient.
fn choose(from: u8, count: u8) -> f64 {
    (0..count).fold(1.0, |product, at| {
        product * f64::from(from - at) / f64::from(at + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_odds_are_those_of_the_table() {
        let expected: [(u8, [f64; 3]); 4] = [
            (1, [3_356.0, 101_517.0, 2.9e6]),
            (5, [138.0, 863.0, 5_166.0]),
            (10, [36.0, 117.0, 367.0]),
            (20, [10.0, 17.0, 30.0]),
        ];
        for (percent, odds) in expected {
            for (k, odds) in [3, 5, 7].into_iter().zip(odds) {
                let found = wrong_task_odds(k, percent).unwrap();
                assert!(
                    (found / odds - 1.0).abs() < 0.04,
                    "{percent} % of {k}: {found}"
                );
            }
        }
        assert_eq!(wrong_task_odds(3, 0), None);
        assert_eq!(wrong_task_odds(3, 100), Some(1.0));
    }
}
