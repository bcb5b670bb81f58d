//! nqueens: known numbers, whatever the chunk.

use crate::job::{Job, assert_refused};

#[test]
fn the_known_numbers_of_ways_come_out_whatever_the_chunk() {
    for (n, ways, chunks) in [
        ("8", 92, &[512, 100, 7][..]),
        ("10", 724, &[1000, 64]),
        ("12", 14_200, &[200]),
    ] {
        let Some(job) = Job::of("nqueens", &[("n", n)]) else {
            return;
        };
        let places = n.parse::<i64>().unwrap().pow(3);
        let expected =
            format!("{{\"n\":{n},\"solutions\":{ways},\"places\":{places},\"of\":{places}}}\n");
        for chunk in chunks {
            let result = job.run_range(0, places, *chunk).unwrap();
            assert_eq!(String::from_utf8(result).unwrap(), expected, "{chunk}");
        }
    }
}

#[test]
fn a_range_that_leaves_the_board_is_refused() {
    let Some(job) = Job::of("nqueens", &[("n", "8")]) else {
        return;
    };
    assert_refused(job.run_range(500, 600, 100), "for n=8 the range is 0..512");
}
