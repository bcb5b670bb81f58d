//! primes: known numbers, whatever the chunk.

use crate::job::{Job, assert_refused};

#[test]
fn the_known_numbers_of_primes_and_twins_come_out_whatever_the_chunk() {
    let Some(job) = Job::of("primes", &[]) else {
        return;
    };
    let million = "{\"count\":78498,\"largest\":999983,\"twin_pairs\":8169}\n";
    for chunk in [1_000_000, 250_000, 99_991, 10_007] {
        let result = job.run_range(0, 1_000_000, chunk).unwrap();
        assert_eq!(String::from_utf8(result).unwrap(), million, "{chunk}");
    }
    let result = job.run_range(0, 10_000_000, 3_000_000).unwrap();
    let ten = "{\"count\":664579,\"largest\":9999991,\"twin_pairs\":58980}\n";
    assert_eq!(String::from_utf8(result).unwrap(), ten);
}

#[test]
fn a_twin_belongs_to_the_task_of_the_smaller_prime() {
    let Some(job) = Job::of("primes", &[]) else {
        return;
    };
    let count = |start, end| String::from_utf8(job.run_range(start, end, 100).unwrap()).unwrap();
    assert_eq!(
        count(11, 12),
        "{\"count\":1,\"largest\":11,\"twin_pairs\":1}\n"
    );
    assert_eq!(
        count(13, 14),
        "{\"count\":1,\"largest\":13,\"twin_pairs\":0}\n"
    );
}

#[test]
fn a_range_that_is_too_far_out_is_refused() {
    let Some(job) = Job::of("primes", &[]) else {
        return;
    };
    let end = 100_000_000_000_001;
    assert_refused(
        job.run_range(end - 10, end, 10),
        "the range may end at 100000000000000",
    );
}
