//! Model test of the scheduler: random submits, joins, leaves, lies, late and double votes, missing outputs, crashes
//! and restarts, each step checked against a small reference. A failing run prints its seed: add it to `KEPT`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a model that finds something missing has found a fault"
)]

mod chance;
mod reference;
mod seen;
mod world;

use coordinator::scheduler::Diversity;
use seen::EVERYTHING;
use std::collections::BTreeSet;
use world::World;

/// Seeds that failed once.
const KEPT: &[u64] = &[];
/// Further seeds of each run of the test.
const SEEDS: u64 = 100;

fn run(seed: u64) -> BTreeSet<&'static str> {
    println!("seed {seed}");
    let mut world = World::new(seed);
    for _ in 0..400 {
        world.step();
    }
    world.finish()
}

#[test]
fn whatever_happens_every_verdict_follows_from_the_votes_and_every_task_is_decided_in_the_end() {
    let mut seen = BTreeSet::new();
    for seed in KEPT.iter().copied().chain(0..SEEDS) {
        seen.extend(run(seed));
    }
    assert_eq!(
        seen,
        BTreeSet::from(EVERYTHING),
        "the model no longer reaches everything"
    );
}

#[test]
fn all_ways_of_diversity_and_the_tail_are_part_of_the_model() {
    let configs: Vec<_> = (0..SEEDS)
        .map(|seed| World::new(seed).config().clone())
        .collect();
    for diversity in [Diversity::Strict, Diversity::Auto, Diversity::Off] {
        assert!(configs.iter().any(|config| config.diversity == diversity));
    }
    assert!(configs.iter().any(|config| config.tail) && configs.iter().any(|config| !config.tail));
}
