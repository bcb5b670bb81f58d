//! Who gets which seat, and what happens to a seat that comes back?

use super::world::{JOB, World, accepted, job, key, lie, node, truth};
use crate::scheduler::{Decision, Effect, Event, JobPlan, NodeFact, NodeId, NodeInfo};
use shared::api::jobs::AttemptReason;
use shared::fail::FailReason;
use shared::ids::{JobId, SubmitterKey};
use shared::protocol::{Settlement, UnableReason};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn a_window_is_what_the_node_says_but_never_more_than_slots_and_prefetch() {
    let mut world = World::new();
    world.join(
        (1..=2).map(|number| NodeInfo {
            slots: 2,
            ..node(number)
        }),
        100,
    );
    world.submit(job(50));
    let held = |world: &World, at| {
        world
            .running
            .iter()
            .filter(|(node, _)| node.0 == at)
            .count()
    };
    assert_eq!((held(&world, 1), held(&world, 2)), (4, 4));
    let (first, second) = (world.running[0], world.running[1]);
    world.slots(first.0, 0);
    world.slots(second.0, 0);
    world.vote(first, truth());
    world.vote(second, truth());
    assert_eq!(world.running.len(), 6);
    world.slots(first.0, 1);
    assert_eq!(world.running.len(), 7);
}

#[test]
fn free_slots_that_overtake_the_vote_that_frees_them_are_filled_when_it_comes() {
    let mut world = World::new();
    world.join((1..=2).map(node), 100);
    world.submit(job(50));
    let all = world.running.len();
    let first = world.running[0];
    world.slots(first.0, 1);
    assert_eq!(world.running.len(), all);
    world.vote(first, truth());
    assert_eq!(world.running.len(), all);
}

#[test]
fn one_seat_each_is_lent_before_anyone_gets_a_second_one() {
    let mut world = World::new();
    world.join(
        (1..=8).map(|number| NodeInfo {
            slots: 4,
            ..node(number)
        }),
        6,
    );
    world.submit(job(4));
    let busy: BTreeSet<NodeId> = world.running.iter().map(|(at, _)| *at).collect();
    assert_eq!((world.running.len(), busy.len()), (8, 8));
}

#[test]
fn a_seat_of_a_node_that_leaves_is_lent_again_at_once_under_another_nonce() {
    let mut world = World::new();
    world.join((1..=3).map(node), 1);
    world.submit(job(1));
    let lost = world.running[0];
    world.take();
    world.leave(lost.0.0);
    assert_eq!(world.running.len(), 2);
    let again = world.running[1].1;
    assert_eq!(again.seat, lost.1.seat);
    assert_ne!(again.nonce, lost.1.nonce);
    assert_eq!(world.facts(lost.0.0), [&NodeFact::Returned]);
}

#[test]
fn a_silent_node_loses_its_seat_after_the_lease_and_one_that_is_alive_keeps_it() {
    let mut world = World::new();
    world.join((1..=2).map(node), 1);
    world.submit(job(1));
    let (alive, silent) = (world.running[0], world.running[1]);
    world.join([node(3)], 1);
    world.later(40_000);
    world.tell(Event::Alive {
        node: alive.0,
        running: vec![alive.1.nonce, silent.1.nonce],
    });
    world.take();
    world.later(30_000);
    assert_eq!(world.facts(silent.0.0), [&NodeFact::Expired]);
    let cancel = Effect::Cancel {
        node: silent.0,
        nonce: silent.1.nonce,
    };
    assert!(world.take().contains(&cancel));
    assert_eq!(
        world.running.iter().map(|(at, _)| at.0).collect::<Vec<_>>(),
        [alive.0.0, 3]
    );
}

#[test]
fn a_node_that_says_it_is_alive_but_never_votes_loses_its_seat_in_the_end() {
    let mut world = World::new();
    world.join((1..=2).map(node), 1);
    world.submit(job(1));
    let mute = world.running[0];
    for _ in 0..8 {
        world.tell(Event::Alive {
            node: mute.0,
            running: vec![mute.1.nonce],
        });
        world.later(15_000);
    }
    assert!(!world.running.contains(&mute));
}

#[test]
fn a_vote_on_a_seat_that_was_lent_again_is_superseded_and_not_counted() {
    let mut world = World::new();
    world.join((1..=3).map(node), 1);
    world.submit(job(1));
    let late = world.running[0];
    world.later(61_000);
    world.take();
    world.send_vote(late, truth());
    assert_eq!(
        world.settlements(),
        [(late.0, late.1.nonce, Settlement::Superseded)]
    );
    assert_eq!(world.facts(late.0.0), [&NodeFact::Superseded]);
    assert!(world.decisions().is_empty());
}

#[test]
fn a_task_goes_to_another_node_when_one_is_unable() {
    let mut world = World::new();
    world.join((1..=3).map(node), 1);
    world.submit(job(1));
    let (at, seat) = world.running.remove(0);
    world.take();
    let reason = UnableReason::HostMemory;
    world.tell(Event::Unable {
        node: at,
        nonce: seat.nonce,
        reason,
    });
    assert_eq!(world.facts(at.0), [&NodeFact::Unable(reason)]);
    assert_eq!(world.running.len(), 2);
    let told = world.take().into_iter().any(|effect| {
        matches!(
            effect,
            Effect::Attempt {
                reason: AttemptReason::Unable { .. },
                ..
            }
        )
    });
    assert!(told);
    world.work(|_, _| truth());
    assert_eq!(accepted(&world.decisions()).agree.len(), 2);
}

fn unable_until_it_fails(reason: UnableReason) -> (usize, Vec<Decision>) {
    let mut world = World::new();
    world.join((1..=9).map(node), 1);
    world.submit(job(1));
    let mut count = 0;
    while let Some((at, seat)) = world.running.pop() {
        world.tell(Event::Unable {
            node: at,
            nonce: seat.nonce,
            reason,
        });
        count += 1;
    }
    (count, world.decisions().into_iter().cloned().collect())
}

#[test]
fn a_task_that_twice_the_trust_level_of_nodes_could_not_run_fails() {
    let (count, decisions) = unable_until_it_fails(UnableReason::WallClock);
    let [Decision::Failed(failed)] = decisions.as_slice() else {
        panic!("expected a failure, found {decisions:?}");
    };
    assert_eq!((count, failed.reason), (6, FailReason::Unable));
}

#[test]
fn users_that_stop_do_not_make_a_task_fail() {
    let (count, decisions) = unable_until_it_fails(UnableReason::Stopped);
    assert_eq!((count, decisions.len()), (9, 0));
}

#[test]
fn no_job_starves_another_and_no_submitter_gets_more_turns_by_posting_more_jobs() {
    let mut world = World::new();
    let plan = |id: u8, submitter: u8| JobPlan {
        id: JobId([id; 32]),
        submitter_key: SubmitterKey([submitter; 32]),
        ..job(10_000)
    };
    for id in 1..=9 {
        world.submit(plan(id, 1));
    }
    world.submit(plan(10, 2));
    world.join((1..=20).map(node), 1);
    let mut given = BTreeMap::<u8, u32>::new();
    for round in 0..900 {
        let at = world.running[round % world.running.len()];
        world.vote(at, truth());
        world.slots(at.0, 1);
        *given
            .entry(world.running.last().unwrap().1.job.0[0])
            .or_default() += 1;
    }
    assert_eq!(given[&10], 450);
    assert!((1..=9).all(|id| given[&id] == 50), "{given:?}");
}

#[test]
fn idle_nodes_are_preferred_to_those_that_would_only_queue_the_task() {
    let mut world = World::new();
    world.join((1..=4).map(node), 0);
    world.submit(job(1));
    for at in [1, 2] {
        world.slots(NodeId(at), 1);
    }
    for at in 1..=4 {
        world.slots(NodeId(at), 3);
    }
    let first = world.running[0];
    world.leave(first.0.0);
    assert!(world.running[1].0.0 > 2);
}

#[test]
fn the_same_seed_and_events_give_the_same_effects() {
    let run = || {
        let mut world = World::new();
        world.join(
            (1..=40).map(|number| NodeInfo {
                slots: 3,
                ..node(number)
            }),
            5,
        );
        for id in 1..=5 {
            world.submit(JobPlan {
                id: JobId([id; 32]),
                trust: 5,
                ..job(40)
            });
        }
        world.leave(7);
        world.work(|node, seat| {
            if (node.0 + u64::from(seat.task)) % 3 == 0 {
                lie(0)
            } else {
                truth()
            }
        });
        world.tell(Event::JobEnded { job: JOB });
        world.later(100_000);
        world.take()
    };
    assert_eq!(run(), run());
}

#[test]
fn nonces_are_never_given_twice() {
    let mut world = World::new();
    world.join(
        (1..=4).map(|number| NodeInfo {
            slots: 8,
            ..node(number)
        }),
        10,
    );
    world.submit(job(400));
    let mut seen = BTreeSet::new();
    while let Some(at) = world.running.first().copied() {
        assert!(seen.insert(at.1.nonce));
        world.vote(at, truth());
        world.slots(at.0, 1);
    }
    assert_eq!(seen.len(), 800);
    assert_ne!(key(1), key(2));
}
