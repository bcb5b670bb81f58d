//! montecarlo: the interval has the price of the formula, and the chunks do not matter.

use crate::job::{Job, assert_refused};

/// Black and Scholes for spot 100, strike 100, 5 % interest, volatility 20 %, one year (Hull's textbook has 10.45).
const CALL: f64 = 10.450_583_572_185_565;
const PUT: f64 = 5.573_526_022_256_971;

#[test]
fn the_confidence_interval_contains_the_price_of_the_formula() {
    for (kind, exact) in [("call", CALL), ("put", PUT)] {
        let Some(job) = Job::of("montecarlo", &[("kind", kind)]) else {
            return;
        };
        let result = job.run_range(0, 30, 10).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&result).unwrap();
        let bound = |at: usize| json["confidence_95"][at].as_f64().unwrap();
        assert!(bound(0) < exact && exact < bound(1), "{json}");
        assert!(bound(1) - bound(0) < 0.1, "{json}");
        assert_eq!(json["paths"], 300_000);
    }
}

#[test]
fn the_result_is_the_same_bytes_whatever_the_chunk_and_another_with_another_seed() {
    let Some(mut job) = Job::of("montecarlo", &[]) else {
        return;
    };
    let whole = job.run_range(5, 17, 12).unwrap();
    for chunk in [1, 5] {
        assert_eq!(job.run_range(5, 17, chunk).unwrap(), whole, "{chunk}");
    }
    // The seed of random_get is not asked: only the arg is.
    job.local.seed = shared::ids::JobSeed([7; 32]);
    assert_eq!(job.run_range(5, 17, 4).unwrap(), whole);
    let Some(other) = Job::of("montecarlo", &[("seed", "2")]) else {
        return;
    };
    assert_ne!(other.run_range(5, 17, 12).unwrap(), whole);
}

#[test]
fn negative_batches_are_refused() {
    let Some(job) = Job::of("montecarlo", &[]) else {
        return;
    };
    assert_refused(job.run_range(-1, 1, 2), "the batch -1 is negative");
}
