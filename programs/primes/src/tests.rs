//! Against trial division, and against known numbers.

use super::*;

fn of(range: std::ops::Range<i64>) -> Sums {
    let line = format!("{} {}\n", range.start, range.end);
    let json = map(&Args::default(), line.as_bytes()).unwrap();
    Sums::read_all(&json).unwrap()
}

fn is_prime(number: i64) -> bool {
    number >= 2
        && (2..=number)
            .take_while(|divisor| divisor * divisor <= number)
            .all(|divisor| number % divisor != 0)
}

/// The definition.
fn plain(range: std::ops::Range<i64>) -> Sums {
    let primes: Vec<i64> = range.filter(|number| is_prime(*number)).collect();
    Sums {
        count: primes.len() as u64,
        largest: primes.last().map(|prime| u64::try_from(*prime).unwrap()),
        twin_pairs: primes.iter().filter(|prime| is_prime(**prime + 2)).count() as u64,
    }
}

#[test]
fn small_ranges_are_as_trial_division_says() {
    for start in -3..60 {
        for end in start + 1..70 {
            assert_eq!(of(start..end), plain(start..end), "{start}..{end}");
        }
    }
}

#[test]
fn ranges_that_cross_the_segments_are_as_trial_division_says() {
    for start in [2_097_100, 2_097_151, 30_029, 1_000_000_000, 99_999_999_900] {
        for len in [1, 2, 3, 7, 8, 9, 100] {
            let range = start..start + len;
            assert_eq!(of(range.clone()), plain(range.clone()), "{range:?}");
        }
    }
}

#[test]
fn the_known_numbers_come_out() {
    let sums = |count, largest, twin_pairs| Sums {
        count,
        largest: Some(largest),
        twin_pairs,
    };
    assert_eq!(of(0..1_000_000), sums(78_498, 999_983, 8_169));
    assert_eq!(of(0..10_000_000), sums(664_579, 9_999_991, 58_980));
    // Far out; a Miller-Rabin test by another program gave the same.
    let far = 1_000_000_000_000;
    assert_eq!(of(far - 1000..far), sums(38, 999_999_999_989, 1));
}

#[test]
fn however_the_range_is_cut_the_sums_are_the_same() {
    let whole = map(&Args::default(), b"0 10000\n").unwrap();
    for chunk in [1, 2, 3, 17, 1000, 9999] {
        let starts = (0..10_000).step_by(chunk);
        let outputs = starts.map(|start| {
            let line = format!("{start} {}\n", 10_000.min(start + chunk));
            map(&Args::default(), line.as_bytes()).unwrap()
        });
        let outputs: Vec<_> = outputs.collect();
        let groups: Vec<_> = outputs
            .chunks(3)
            .map(|group| reduce(&Args::default(), &group.concat()).unwrap())
            .collect();
        assert_eq!(
            reduce(&Args::default(), &groups.concat()).unwrap(),
            whole,
            "{chunk}"
        );
    }
}

#[test]
fn what_is_no_range_or_no_counts_is_refused() {
    let args = Args::default();
    let problem = map(&args, format!("0 {}\n", MOST + 1).as_bytes()).unwrap_err();
    assert_eq!(
        problem.to_string(),
        "the range may end at 100000000000000, not at 100000000000001"
    );
    assert!(map(&args, b"ten twenty\n").is_err());
    for other in [
        "{}",
        "{\"count\":-1,\"largest\":null,\"twin_pairs\":0}",
        "[]",
        "{\"count\":1",
    ] {
        assert!(reduce(&args, other.as_bytes()).is_err(), "{other}");
    }
    let empty = reduce(&args, b"").unwrap();
    assert_eq!(empty, b"{\"count\":0,\"largest\":null,\"twin_pairs\":0}\n");
}
