//! What is told to voters, when, and what is remembered about them?

use super::world::{JOB, World, accepted, job, lie, node, signature, truth};
use crate::scheduler::{Decision, Effect, Event, NodeFact, NodeId, SchedulerConfig, SeatRef};
use shared::fail::FailReason;
use shared::outcome::Outcome;
use shared::protocol::{RejectReason, Settlement, UnableReason};

const ACCEPTED: Settlement = Settlement::Accepted { ledger_index: None };

/// One task of which two nodes hold the seats; more are connected and idle.
fn lent(nodes: u64) -> (World, (NodeId, SeatRef), (NodeId, SeatRef)) {
    let mut world = World::new();
    world.join((1..=nodes).map(node), 1);
    world.submit(job(1));
    let (first, second) = (world.running[0], world.running[1]);
    world.take();
    (world, first, second)
}

#[test]
fn nothing_is_told_to_voters_before_the_commit() {
    let (mut world, first, second) = lent(3);
    world.vote(first, truth());
    world.vote(second, truth());
    assert_eq!(world.decisions().len(), 1);
    assert!(world.settlements().is_empty());
    assert!(world.facts(first.0.0).is_empty());
    world.take();
    world.commit(0);
    let mut settled = world.settlements();
    settled.sort_by_key(|(node, ..)| *node);
    let mut expected = vec![
        (first.0, first.1.nonce, ACCEPTED),
        (second.0, second.1.nonce, ACCEPTED),
    ];
    expected.sort_by_key(|(node, ..)| *node);
    assert_eq!(settled, expected);
    assert_eq!(world.facts(first.0.0), [&NodeFact::Accepted { credit: 7 }]);
    assert!(world.scheduler.task_view(JOB, 0).is_none());
}

#[test]
fn a_liar_is_told_that_it_was_outvoted_once_that_is_committed() {
    let (mut world, first, second) = lent(3);
    world.vote(first, lie(0));
    world.vote(second, truth());
    world.work(|_, _| truth());
    world.take();
    world.commit(0);
    let outvoted = Settlement::Rejected(RejectReason::Outvoted);
    assert!(
        world
            .settlements()
            .contains(&(first.0, first.1.nonce, outvoted))
    );
    assert_eq!(world.facts(first.0.0), [&NodeFact::Outvoted]);
}

#[test]
fn a_vote_sent_again_is_settled_alike_and_a_replay_once_its_sender_was_told() {
    let (mut world, first, second) = lent(3);
    world.vote(first, truth());
    world.send_vote(first, truth());
    assert!(world.decisions().is_empty());
    world.vote(second, truth());
    world.commit(0);
    world.take();
    world.send_vote(first, truth());
    assert_eq!(world.settlements(), [(first.0, first.1.nonce, ACCEPTED)]);
    assert_eq!(world.facts(first.0.0), [&NodeFact::Replayed]);
}

#[test]
fn of_two_different_votes_on_one_nonce_the_first_counts_and_both_are_kept() {
    let (mut world, first, second) = lent(3);
    world.vote(first, truth());
    world.send_vote(first, lie(0));
    let [NodeFact::DoubleVote(evidence)] = world.facts(first.0.0)[..] else {
        panic!("expected a double vote");
    };
    assert_eq!(evidence.seat, first.1);
    assert_eq!(evidence.first, (truth(), signature()));
    assert_eq!(evidence.second, (lie(0), signature()));
    world.vote(second, truth());
    assert_eq!(accepted(&world.decisions()).agree.len(), 2);
}

#[test]
fn a_second_different_vote_is_seen_after_the_settlement_too() {
    let (mut world, first, second) = lent(3);
    world.vote(first, truth());
    world.vote(second, truth());
    world.commit(0);
    world.take();
    world.send_vote(first, lie(0));
    assert!(matches!(
        world.facts(first.0.0)[..],
        [NodeFact::DoubleVote(_)]
    ));
    assert_eq!(world.settlements(), [(first.0, first.1.nonce, ACCEPTED)]);
}

#[test]
fn a_vote_on_the_nonce_of_another_node_is_a_replay() {
    let (mut world, first, second) = lent(3);
    world.send_vote((first.0, second.1), truth());
    assert_eq!(world.facts(first.0.0), [&NodeFact::Replayed]);
    world.vote(second, truth());
    world.vote(first, truth());
    assert_eq!(accepted(&world.decisions()).agree.len(), 2);
}

#[test]
fn a_vote_on_an_unknown_nonce_is_superseded() {
    let (mut world, first, _) = lent(3);
    let nonce = shared::ids::SeatNonce([0; shared::ids::SeatNonce::LEN]);
    world.send_vote((first.0, SeatRef { nonce, ..first.1 }), truth());
    assert_eq!(
        world.settlements(),
        [(first.0, nonce, Settlement::Superseded)]
    );
}

#[test]
fn an_invalid_vote_gives_its_seat_to_another_node() {
    let (mut world, first, _) = lent(3);
    world.running.remove(0);
    world.tell(Event::InvalidVote {
        node: first.0,
        nonce: first.1.nonce,
    });
    assert_eq!(world.facts(first.0.0), [&NodeFact::Invalid]);
    assert_eq!(world.running.len(), 2);
    assert_ne!(world.running[1].0, first.0);
}

#[test]
fn a_counted_vote_of_a_node_that_left_stays_counted() {
    let (mut world, first, second) = lent(2);
    world.vote(first, truth());
    world.leave(first.0.0);
    world.vote(second, truth());
    assert_eq!(accepted(&world.decisions()).agree.len(), 2);
    world.commit(0);
    assert!(
        world
            .facts(first.0.0)
            .contains(&&NodeFact::Accepted { credit: 7 })
    );
}

/// A task of trust 5 that fails by `Unable` while a node still runs it; that node and its seat.
fn cancelled_by_failure() -> (World, (NodeId, SeatRef)) {
    let mut world = World::new();
    world.join((1..=9).map(node), 1);
    world.submit(job(1));
    let slow = world.running[0];
    world.take();
    while let Some((at, seat)) = world.running.get(1).copied() {
        world.running.remove(1);
        let reason = UnableReason::WallClock;
        world.tell(Event::Unable {
            node: at,
            nonce: seat.nonce,
            reason,
        });
    }
    (world, slow)
}

#[test]
fn a_node_that_still_runs_a_decided_task_is_called_back() {
    let (mut world, slow) = cancelled_by_failure();
    assert!(matches!(world.decisions()[..], [Decision::Failed(_)]));
    assert_eq!(world.scheduler.in_flight(slow.0), 0);
    assert!(world.take().contains(&Effect::Cancel {
        node: slow.0,
        nonce: slow.1.nonce
    }));
    world.send_vote(slow, truth());
    assert!(
        world.settlements().is_empty(),
        "nothing is told before the commit"
    );
    world.commit(0);
    assert_eq!(
        world.settlements(),
        [(slow.0, slow.1.nonce, Settlement::Superseded)]
    );
}

/// A decided task whose third seat was opened early, at the end of its job, and is still running.
fn cancelled_late() -> (World, (NodeId, SeatRef)) {
    let mut world = World::with(SchedulerConfig {
        tail: true,
        ..SchedulerConfig::default()
    });
    world.join((1..=3).map(node), 1);
    world.submit(job(1));
    world.later(1);
    let [first, second, slow] = world.running[..] else {
        panic!("expected three runs, found {:?}", world.running);
    };
    world.vote(first, truth());
    world.vote(second, truth());
    (world, slow)
}

#[test]
fn a_vote_that_agrees_within_ten_seconds_of_its_cancel_earns_credit() {
    for (wait, earns) in [(9_000, true), (11_000, false)] {
        let (mut world, slow) = cancelled_late();
        world.commit(0);
        world.take();
        world.now = world.now.plus(wait);
        world.send_vote(slow, truth());
        let facts = world.facts(slow.0.0);
        assert_eq!(
            facts == [&NodeFact::Accepted { credit: 7 }],
            earns,
            "after {wait} ms: {facts:?}"
        );
    }
}

#[test]
fn a_late_vote_that_agrees_is_told_so_only_after_the_commit() {
    let (mut world, slow) = cancelled_late();
    world.take();
    world.send_vote(slow, truth());
    assert!(world.settlements().is_empty());
    world.commit(0);
    assert!(
        world
            .settlements()
            .contains(&(slow.0, slow.1.nonce, ACCEPTED))
    );
}

#[test]
fn a_late_vote_that_differs_is_superseded_and_costs_nothing() {
    let (mut world, slow) = cancelled_late();
    world.commit(0);
    world.take();
    world.send_vote(slow, lie(0));
    assert_eq!(
        world.settlements(),
        [(slow.0, slow.1.nonce, Settlement::Superseded)]
    );
    assert_eq!(world.facts(slow.0.0), [&NodeFact::Superseded]);
}

fn large() -> Outcome {
    Outcome::ok(&vec![1; 100_000], 7)
}

fn asked(world: &mut World) -> Vec<NodeId> {
    let asked = |effect| match effect {
        Effect::NeedOutput { node, .. } => Some(node),
        _ => None,
    };
    world.take().into_iter().filter_map(asked).collect()
}

#[test]
fn a_large_output_is_asked_for_after_the_tally_and_decides_once_it_is_there() {
    let (mut world, first, second) = lent(3);
    world.vote(first, large());
    assert!(asked(&mut world).is_empty());
    world.vote(second, large());
    assert_eq!(asked(&mut world).len(), 1);
    assert!(world.decisions().is_empty());
    let sha256 = large().output_sha256;
    world.tell(Event::OutputArrived {
        job: JOB,
        task: 0,
        sha256,
    });
    assert_eq!(accepted(&world.decisions()).outcome, large());
}

#[test]
fn the_next_agreeing_voter_is_asked_when_one_does_not_deliver_or_leaves() {
    let (mut world, first, second) = lent(3);
    world.vote(first, large());
    world.vote(second, large());
    let one = asked(&mut world)[0];
    world.later(29_999);
    assert!(asked(&mut world).is_empty());
    world.later(1);
    let other = asked(&mut world)[0];
    assert_ne!(one, other);

    let (mut world, first, second) = lent(3);
    world.vote(first, large());
    world.vote(second, large());
    let one = asked(&mut world)[0];
    world.leave(one.0);
    assert_eq!(asked(&mut world).len(), 1);
}

#[test]
fn voters_that_do_not_deliver_their_output_count_as_unable_and_their_seats_are_lent_again() {
    let (mut world, first, second) = lent(4);
    world.vote(first, large());
    world.vote(second, large());
    world.later(30_000);
    world.take();
    world.later(30_000);
    let fact = NodeFact::Unable(UnableReason::OutputMissing);
    assert_eq!(world.facts(first.0.0), [&fact]);
    assert_eq!(world.running.len(), 2);
    assert!(
        world
            .running
            .iter()
            .all(|(at, _)| *at != first.0 && *at != second.0)
    );
    world.work(|_, _| truth());
    let accepted = accepted(&world.decisions());
    assert_eq!(
        (
            accepted.agree.len(),
            accepted.dissent.len(),
            accepted.attempt
        ),
        (2, 0, 1)
    );
}

#[test]
fn a_task_whose_output_nobody_delivers_fails_after_twice_the_trust_level_of_voters() {
    let (mut world, ..) = lent(9);
    for _ in 0..3 {
        while let Some(at) = world.running.first().copied() {
            world.vote(at, large());
        }
        world.later(30_000);
        world.later(30_000);
    }
    let decisions = world.decisions();
    assert!(
        matches!(decisions[..], [Decision::Failed(failed)] if failed.reason == FailReason::Unable),
        "{decisions:?}"
    );
    assert!(world.running.is_empty());
}

#[test]
fn an_output_that_comes_too_late_for_its_voters_serves_those_after_them() {
    let (mut world, first, second) = lent(4);
    world.vote(first, large());
    world.vote(second, large());
    world.later(30_000);
    world.later(30_000);
    let sha256 = large().output_sha256;
    world.tell(Event::OutputArrived {
        job: JOB,
        task: 0,
        sha256,
    });
    world.take();
    world.work(|_, _| large());
    assert_eq!(accepted(&world.decisions()).outcome, large());
}

#[test]
fn votes_on_a_job_that_ended_are_superseded_and_its_runs_are_called_back() {
    let (mut world, first, second) = lent(3);
    world.vote(first, truth());
    world.tell(Event::JobEnded { job: JOB });
    assert_eq!(
        world.settlements(),
        [(first.0, first.1.nonce, Settlement::Superseded)]
    );
    assert_eq!(world.scheduler.in_flight(second.0), 0);
    assert!(world.take().contains(&Effect::Cancel {
        node: second.0,
        nonce: second.1.nonce
    }));
    world.send_vote(second, truth());
    assert_eq!(
        world.settlements(),
        [(second.0, second.1.nonce, Settlement::Superseded)]
    );
    assert!(world.scheduler.job_counts(JOB).is_none());
}

#[test]
fn a_page_sees_who_voted_but_not_what_before_the_verdict() {
    let (mut world, first, second) = lent(3);
    world.vote(first, truth());
    let view = world.scheduler.task_view(JOB, 0).unwrap();
    assert_eq!(view.seats.iter().filter(|seat| seat.voted).count(), 1);
    assert!(
        view.seats
            .iter()
            .all(|seat| seat.outcome.is_none() && seat.agrees.is_none())
    );
    world.vote(second, truth());
    let view = world.scheduler.task_view(JOB, 0).unwrap();
    assert!(
        view.seats
            .iter()
            .all(|seat| seat.outcome.is_some() && seat.agrees == Some(true))
    );
}
