//! What is said when a job does not go on, and when a node has nothing to do?

use super::world::{JOB, World, job, lie, node, truth};
use crate::scheduler::{
    Diversity, Effect, Event, JobPlan, NodeId, NodeInfo, SchedulerConfig, TaskSet,
};
use shared::api::jobs::WaitingReason;
use shared::ids::{JobId, SubmitterKey};
use shared::protocol::IdleReason;

fn said(world: &mut World) -> Vec<Option<WaitingReason>> {
    let said = |effect| match effect {
        Effect::JobWaiting { reason, .. } => Some(reason),
        _ => None,
    };
    world.take().into_iter().filter_map(said).collect()
}

fn idle(world: &mut World) -> Vec<(NodeId, IdleReason)> {
    let idle = |effect| match effect {
        Effect::Idle { node, reason } => Some((node, reason)),
        _ => None,
    };
    world.take().into_iter().filter_map(idle).collect()
}

#[test]
fn a_job_says_how_many_volunteers_it_waits_for_and_starts_with_a_majority() {
    let mut world = World::new();
    world.submit(JobPlan { trust: 5, ..job(2) });
    let too_few = |eligible| {
        let needed = 3;
        Some(WaitingReason::TooFewVolunteers { eligible, needed })
    };
    assert_eq!(said(&mut world), [too_few(0)]);
    world.join([node(1)], 1);
    assert_eq!(said(&mut world), [too_few(1)]);
    world.join([node(2)], 1);
    assert_eq!(said(&mut world), [too_few(2)]);
    assert!(world.running.is_empty());
    world.join([node(3)], 1);
    let one_more = Some(WaitingReason::OneMoreIfDisagree {
        eligible: 3,
        trust: 5,
    });
    assert_eq!(said(&mut world), [one_more]);
    assert!(!world.running.is_empty());
    world.join([node(4), node(5)], 1);
    assert_eq!(said(&mut world).last(), Some(&None));
}

#[test]
fn only_nodes_that_may_vote_on_the_job_are_counted() {
    let mut world = World::new();
    let own = NodeInfo {
        owners: vec![SubmitterKey([1; 32])],
        ..node(1)
    };
    let small = NodeInfo {
        memory_pages: 1,
        ..node(2)
    };
    world.join([own, small, node(3)], 1);
    world.submit(job(2));
    let reason = WaitingReason::TooFewVolunteers {
        eligible: 1,
        needed: 2,
    };
    assert_eq!(world.scheduler.waiting_reason(JOB), Some(reason));
    assert!(world.running.is_empty());
}

#[test]
fn a_job_waits_again_when_volunteers_leave() {
    let mut world = World::new();
    world.join((1..=3).map(node), 1);
    world.submit(job(9));
    assert_eq!(world.scheduler.waiting_reason(JOB), None);
    world.leave(1);
    world.leave(2);
    let reason = WaitingReason::TooFewVolunteers {
        eligible: 1,
        needed: 2,
    };
    assert_eq!(world.scheduler.waiting_reason(JOB), Some(reason));
}

#[test]
fn under_strict_a_job_says_that_it_waits_for_networks_or_proven_nodes() {
    let config = SchedulerConfig {
        diversity: Diversity::Strict,
        ..SchedulerConfig::default()
    };
    let mut world = World::with(config.clone());
    let network = node(1).network;
    world.join(
        (1..=4).map(|number| NodeInfo {
            network,
            ..node(number)
        }),
        1,
    );
    world.submit(job(2));
    let reason = WaitingReason::TooFewNetworks {
        networks: 1,
        needed: 2,
    };
    assert_eq!(world.scheduler.waiting_reason(JOB), Some(reason));

    let mut world = World::with(config);
    world.join(
        (1..=4).map(|number| NodeInfo {
            proven: false,
            ..node(number)
        }),
        1,
    );
    world.submit(job(2));
    let reason = WaitingReason::TooFewProven {
        proven: 0,
        needed: 1,
    };
    assert_eq!(world.scheduler.waiting_reason(JOB), Some(reason));
    assert!(world.running.is_empty());
}

#[test]
fn a_job_says_that_all_volunteers_are_busy_with_others() {
    let mut world = World::new();
    world.join((1..=3).map(node), 1);
    world.submit(job(9));
    let other = JobId([2; 32]);
    world.submit(JobPlan {
        id: other,
        ..job(9)
    });
    assert_eq!(
        world.scheduler.waiting_reason(other),
        Some(WaitingReason::AllBusy)
    );
    for _ in 0..2 {
        let at = world.running[0];
        world.vote(at, truth());
        world.slots(at.0, 1);
    }
    assert_eq!(world.scheduler.waiting_reason(other), None);
}

#[test]
fn a_job_whose_votes_differ_says_when_no_volunteer_is_left_to_settle_it() {
    let mut world = World::new();
    world.join((1..=2).map(node), 1);
    world.submit(job(1));
    world.work(|node, _| lie(node.0));
    world.later(500);
    let reason = WaitingReason::TooFewVolunteers {
        eligible: 2,
        needed: 3,
    };
    assert_eq!(world.scheduler.waiting_reason(JOB), Some(reason));
    world.join([node(3)], 1);
    assert_eq!(world.running.len(), 1);
    assert_eq!(world.scheduler.waiting_reason(JOB), None);
}

#[test]
fn tasks_that_no_connected_node_can_take_do_not_keep_others_from_starting() {
    let mut world = World::new();
    world.join((1..=2).map(node), 1);
    world.submit(job(400));
    let mut votes = 0;
    // Every task is disputed and waits for a third node, yet all are begun.
    for _ in 0..400 {
        while let Some(at) = world.running.first().copied() {
            world.vote(at, lie(at.0.0));
            world.slots(at.0, 1);
            votes += 1;
        }
        world.later(500);
    }
    assert_eq!(votes, 800);
    world.join(
        [NodeInfo {
            slots: 100,
            ..node(3)
        }],
        100,
    );
    while let Some(at) = world.running.first().copied() {
        world.vote(at, lie(1));
        world.slots(at.0, 100);
    }
    world.later(500);
    assert_eq!(world.scheduler.job_counts(JOB).unwrap().voted, 400);
}

#[test]
fn a_node_without_work_is_told_why_and_only_when_that_changes() {
    let mut world = World::new();
    world.join([node(1)], 1);
    assert_eq!(idle(&mut world), [(NodeId(1), IdleReason::NoWork)]);
    world.slots(NodeId(1), 2);
    assert!(idle(&mut world).is_empty());

    let mut world = World::new();
    world.submit(job(1));
    let own = NodeInfo {
        owners: vec![SubmitterKey([1; 32])],
        ..node(1)
    };
    world.join([own], 1);
    assert_eq!(idle(&mut world), [(NodeId(1), IdleReason::OwnJobs)]);
}

#[test]
fn a_node_is_told_when_only_the_seat_rules_keep_it_from_work() {
    let mut world = World::new();
    world.join((1..=2).map(node), 1);
    world.submit(job(1));
    world.take();
    world.work(|node, _| lie(node.0));
    let told = idle(&mut world);
    assert!(
        told.contains(&(NodeId(1), IdleReason::SeatRules)),
        "{told:?}"
    );
}

#[test]
fn no_seat_is_opened_early_unless_the_tail_is_on() {
    for (tail, runs) in [(false, 2), (true, 3)] {
        let mut world = World::with(SchedulerConfig {
            tail,
            ..SchedulerConfig::default()
        });
        world.join((1..=6).map(node), 1);
        world.submit(job(1));
        world.later(500);
        assert_eq!(world.running.len(), runs);
        assert_eq!(world.scheduler.early_runs(), runs as u64 - 2);
    }
}

#[test]
fn after_a_restart_only_undecided_tasks_are_lent() {
    let mut undecided = TaskSet::full(5);
    undecided.remove(0);
    undecided.remove(3);
    let mut world = World::new();
    world.join(
        (1..=6).map(|number| NodeInfo {
            slots: 9,
            ..node(number)
        }),
        9,
    );
    world.submit(JobPlan {
        undecided,
        accepted: 1,
        failed: 1,
        ..job(5)
    });
    let mut tasks: Vec<u32> = world.running.iter().map(|(_, seat)| seat.task).collect();
    tasks.sort_unstable();
    assert_eq!(tasks, [1, 1, 2, 2, 4, 4]);
    let counts = world.scheduler.job_counts(JOB).unwrap();
    assert_eq!((counts.accepted, counts.failed, counts.running), (1, 1, 3));
}

#[test]
fn while_too_much_waits_for_the_storage_quorum_no_new_task_is_begun() {
    let mut world = World::new();
    world.join([node(1), node(2), node(3)], 1);
    world.tell(Event::Held(true));
    world.submit(job(2));
    let quorum = Some(WaitingReason::StorageQuorum);
    assert_eq!(said(&mut world), [quorum]);
    world.later(1000);
    assert!(world.running.is_empty());
    world.tell(Event::Held(false));
    assert_eq!(said(&mut world), [None]);
    assert!(!world.running.is_empty());
    world.tell(Event::Held(true));
    let begun = world.running.clone();
    world.work(|_, _| truth());
    assert!(!begun.is_empty());
    assert_eq!(
        world.decisions().len(),
        2,
        "tasks that are begun are decided"
    );
}
