//! When is an outcome accepted, and what does the certificate say?

use super::world::{JOB, World, accepted, job, key, lie, node, truth};
use crate::scheduler::{Decision, Diversity, Effect, NodeId, SchedulerConfig};
use shared::api::jobs::AttemptReason;
use shared::cert::Relaxed;
use shared::fail::FailReason;

#[test]
fn two_equal_votes_of_three_accept_and_the_third_seat_is_never_opened() {
    let mut world = World::new();
    world.join((1..=5).map(node), 1);
    world.submit(job(1));
    assert_eq!(world.running.len(), 2);
    world.work(|_, _| truth());
    let accepted = accepted(&world.decisions());
    assert_eq!(
        (accepted.chosen, accepted.attempt, accepted.outcome),
        (3, 1, truth())
    );
    assert_eq!((accepted.agree.len(), accepted.dissent.len()), (2, 0));
    assert_eq!(accepted.relaxed, Relaxed::NONE);
}

#[test]
fn exactly_one_more_seat_is_opened_when_two_votes_of_three_differ() {
    let mut world = World::new();
    world.join((1..=5).map(node), 1);
    world.submit(job(1));
    let (first, second) = (world.running[0], world.running[1]);
    world.vote(first, lie(0));
    assert_eq!(world.running.len(), 1);
    world.vote(second, truth());
    assert_eq!(world.running.len(), 1);
    let asked = world.take().into_iter().any(|effect| {
        matches!(
            effect,
            Effect::Attempt {
                attempt: 1,
                reason: AttemptReason::VotesDiffer,
                ..
            }
        )
    });
    assert!(asked);
    world.work(|_, _| truth());
    let accepted = accepted(&world.decisions());
    assert_eq!(accepted.dissent.len(), 1);
    assert_eq!(accepted.dissent[0].outcome, lie(0));
}

#[test]
fn agreeing_votes_are_listed_by_node_key() {
    for seed in 0..8 {
        let mut world = World::seeded(SchedulerConfig::default(), [seed; 32]);
        world.join((1..=9).map(node), 1);
        let trust = 9;
        world.submit(crate::scheduler::JobPlan { trust, ..job(1) });
        world.work(|node, _| if node.0 % 4 == 0 { lie(0) } else { truth() });
        let accepted = accepted(&world.decisions());
        assert!(accepted.agree.is_sorted_by_key(|vote| vote.node_key));
        assert!(accepted.dissent.is_sorted_by_key(|one| one.vote.node_key));
    }
}

#[test]
fn three_different_votes_begin_a_second_attempt_with_two_more_seats_and_keep_the_votes() {
    let mut world = World::new();
    world.join((1..=6).map(node), 1);
    world.submit(job(1));
    let mut votes = 0;
    while votes < 3 {
        let at = world.running[0];
        world.vote(at, lie(votes));
        votes += 1;
    }
    let attempt = world.take().into_iter().find_map(|effect| match effect {
        Effect::Attempt {
            attempt,
            reason: AttemptReason::NoMajority,
            ..
        } => Some(attempt),
        _ => None,
    });
    assert_eq!(attempt, Some(2));
    assert_eq!(
        world.running.len(),
        2,
        "two of five are missing to a majority of three"
    );
    world.work(|_, _| lie(0));
    let accepted = accepted(&world.decisions());
    assert_eq!((accepted.attempt, accepted.chosen), (2, 5));
    assert_eq!((accepted.agree.len(), accepted.dissent.len()), (3, 2));
    let mut seats: Vec<u8> = accepted.agree.iter().map(|vote| vote.seat).collect();
    seats.extend(accepted.dissent.iter().map(|one| one.vote.seat));
    seats.sort_unstable();
    assert_eq!(seats, [0, 1, 2, 3, 4]);
    assert!(accepted.agree.iter().any(|vote| vote.attempt == 1));
}

#[test]
fn a_task_on_which_nobody_agrees_fails_with_every_vote_kept() {
    let mut world = World::new();
    world.join((1..=20).map(node), 1);
    world.submit(job(1));
    world.work(|node, _| lie(node.0));
    let decisions = world.decisions();
    let [Decision::Failed(failed)] = decisions.as_slice() else {
        panic!("expected a failure, found {decisions:?}");
    };
    assert_eq!(failed.reason, FailReason::NoMajority);
    assert_eq!(failed.attempt, 7);
    // Nobody can reach 8 of 15 once 9 votes differ.
    assert_eq!(failed.votes.len(), 9);
    assert!(failed.votes.is_sorted_by_key(|one| one.vote.node_key));
}

#[test]
fn a_trust_level_of_five_needs_three_equal_votes() {
    let mut world = World::new();
    world.join((1..=7).map(node), 1);
    world.submit(crate::scheduler::JobPlan { trust: 5, ..job(1) });
    assert_eq!(world.running.len(), 3);
    for _ in 0..2 {
        let at = world.running[0];
        world.vote(at, truth());
        assert!(world.decisions().is_empty());
    }
    world.work(|_, _| truth());
    assert_eq!(accepted(&world.decisions()).agree.len(), 3);
}

/// Which nodes hold the two seats of the only task under this seed.
fn drawn(seed: u8) -> [u64; 2] {
    let mut world = World::seeded(SchedulerConfig::default(), [seed; 32]);
    world.join((1..=7).map(node), 1);
    world.submit(job(1));
    let mut drawn = [world.running[0].0.0, world.running[1].0.0];
    drawn.sort_unstable();
    drawn
}

#[test]
fn two_colluding_liars_win_at_trust_3_when_drawn_together_and_lose_at_trust_5_of_7() {
    let seed = (0..=u8::MAX).find(|seed| drawn(*seed) == [1, 2]).unwrap();
    let collude = |node: NodeId, _| if node.0 <= 2 { lie(0) } else { truth() };

    let mut world = World::seeded(SchedulerConfig::default(), [seed; 32]);
    world.join((1..=7).map(node), 1);
    world.submit(job(1));
    world.work(collude);
    assert_eq!(accepted(&world.decisions()).outcome, lie(0));

    for seed in 0..=u8::MAX {
        let mut world = World::seeded(SchedulerConfig::default(), [seed; 32]);
        world.join((1..=7).map(node), 1);
        world.submit(crate::scheduler::JobPlan { trust: 5, ..job(1) });
        world.work(collude);
        assert_eq!(accepted(&world.decisions()).outcome, truth(), "seed {seed}");
    }
}

#[test]
fn every_pair_of_nodes_is_drawn_and_none_is_preferred() {
    let mut hits = [0_u32; 8];
    for seed in 0..=u8::MAX {
        for node in drawn(seed) {
            hits[usize::try_from(node).unwrap()] += 1;
        }
    }
    // 512 seats over 7 nodes: 73 each, standard deviation 7.
    assert!(
        hits[1..].iter().all(|count| (45..=102).contains(count)),
        "{hits:?}"
    );
}

#[test]
fn a_certificate_says_when_two_counted_votes_share_a_network() {
    let network = node(1).network;
    let mut world = World::new();
    world.join(
        (1..=3).map(|number| crate::scheduler::NodeInfo {
            network,
            ..node(number)
        }),
        1,
    );
    world.submit(job(1));
    world.work(|_, _| truth());
    assert_eq!(accepted(&world.decisions()).relaxed, Relaxed::NETWORK);
}

#[test]
fn a_certificate_says_when_newcomers_alone_are_the_majority() {
    let mut world = World::new();
    world.join(
        (1..=3).map(|number| crate::scheduler::NodeInfo {
            proven: false,
            ..node(number)
        }),
        1,
    );
    world.submit(job(1));
    world.work(|_, _| truth());
    assert_eq!(accepted(&world.decisions()).relaxed, Relaxed::UNPROVEN);
}

#[test]
fn newcomers_that_are_outvoted_or_not_alone_do_not_mark_a_certificate() {
    let mut world = World::with(SchedulerConfig {
        diversity: Diversity::Off,
        ..Default::default()
    });
    let newcomer = |number| crate::scheduler::NodeInfo {
        proven: false,
        ..node(number)
    };
    world.join([newcomer(1), newcomer(2), node(3)], 1);
    world.submit(job(1));
    // Whoever is drawn first: 1 and 3 agree, 2 does not.
    world.work(|node, _| if node.0 == 2 { lie(0) } else { truth() });
    let accepted = accepted(&world.decisions());
    assert_eq!(accepted.outcome, truth());
    assert_eq!(accepted.relaxed, Relaxed::NONE);
    assert!(accepted.agree.iter().any(|vote| vote.node_key == key(3)));
}

#[test]
fn honest_nodes_run_each_task_exactly_twice_at_trust_3() {
    let mut world = World::new();
    world.join(
        (1..=6).map(|number| crate::scheduler::NodeInfo {
            slots: 4,
            ..node(number)
        }),
        6,
    );
    world.submit(job(500));
    let mut runs = 0;
    let mut accepted = 0;
    while let Some(at) = world.running.first().copied() {
        world.vote(at, truth());
        world.slots(at.0, 2);
        for effect in world.take() {
            if let Effect::Decided(Decision::Accepted(decided)) = effect {
                accepted += 1;
                world.commit(decided.task);
            }
        }
        runs += 1;
    }
    assert_eq!((runs, accepted), (1000, 500));
    let counts = world.scheduler.job_counts(JOB).unwrap();
    assert_eq!(
        (counts.accepted, counts.waiting, counts.running),
        (500, 0, 0)
    );
}

#[test]
fn colluding_liars_win_as_often_as_chance_lets_them() {
    let mut world = World::new();
    let nodes = (1..=50).map(|number| crate::scheduler::NodeInfo {
        slots: 2,
        ..node(number)
    });
    world.join(nodes, 4);
    world.submit(job(3000));
    world.work(|node, _| if node.0 <= 10 { lie(0) } else { truth() });
    let decisions = world.decisions();
    let is_lie = |decision: &&&Decision| match decision {
        Decision::Accepted(accepted) => accepted.outcome == lie(0),
        Decision::Failed(_) => false,
    };
    let lies = decisions.iter().filter(is_lie).count();
    // Both first seats: 10/50 * 9/49. One of them and the third: 2 * 10/50 * 40/49 * 9/48. Together 9.8 %, which is
    // 294 of 3000 with a standard deviation of 16.
    assert_eq!(decisions.len(), 3000);
    assert!((230..=358).contains(&lies), "{lies} lies were accepted");
}
