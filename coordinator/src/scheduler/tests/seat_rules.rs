//! Who may have a seat of which task?

use super::world::{World, job, lie, node};
use crate::scheduler::{Diversity, Event, JobPlan, Network, NodeId, NodeInfo, SchedulerConfig};
use shared::ids::{JobId, SubmitterKey};
use shared::protocol::UnableReason;
use std::collections::{BTreeMap, BTreeSet};

fn strict() -> SchedulerConfig {
    SchedulerConfig {
        diversity: Diversity::Strict,
        ..SchedulerConfig::default()
    }
}

#[test]
fn a_node_of_the_submitter_gets_no_seat() {
    let mut world = World::new();
    let owners = vec![SubmitterKey([8; 32]), SubmitterKey([1; 32])];
    world.join([NodeInfo { owners, ..node(1) }, node(2), node(3)], 9);
    world.submit(job(20));
    assert!(!world.running.is_empty());
    assert!(world.running.iter().all(|(at, _)| at.0 != 1));
}

#[test]
fn a_node_with_too_little_memory_gets_no_seat() {
    let mut world = World::new();
    world.join(
        [
            NodeInfo {
                memory_pages: 99,
                ..node(1)
            },
            node(2),
            node(3),
        ],
        9,
    );
    world.submit(job(20));
    assert!(world.running.iter().all(|(at, _)| at.0 != 1));
}

#[test]
fn a_node_gets_one_seat_of_a_task_over_all_attempts() {
    let mut world = World::new();
    world.join(
        (1..=12).map(|number| NodeInfo {
            slots: 9,
            ..node(number)
        }),
        9,
    );
    world.submit(job(1));
    let mut voters = BTreeSet::new();
    while let Some(at) = world.running.first().copied() {
        assert!(voters.insert(at.0));
        world.vote(at, lie(at.0.0));
        world.slots(at.0, 9);
    }
    assert_eq!(voters.len(), 9);
}

#[test]
fn a_node_never_gets_back_a_task_that_it_gave_back_also_under_a_new_connection() {
    let mut world = World::new();
    world.join([node(1), node(2)], 1);
    world.submit(job(1));
    let gone = world.running[0].0;
    world.leave(gone.0);
    world.join(
        [NodeInfo {
            id: NodeId(50),
            ..node(gone.0)
        }],
        1,
    );
    assert_eq!(world.running.len(), 1);
    world.join([node(3)], 1);
    assert_eq!(world.running[1].0, NodeId(3));
}

#[test]
fn one_network_has_one_seat_of_a_task_while_enough_networks_are_connected() {
    for seed in 0..20 {
        let mut world = World::seeded(SchedulerConfig::default(), [seed; 32]);
        let network = |number| Network([u8::try_from(number % 3).unwrap(); 8]);
        let nodes = (1..=9).map(|number| NodeInfo {
            network: network(number),
            ..node(number)
        });
        world.join(nodes, 3);
        world.submit(job(30));
        let mut seats = BTreeMap::<u32, BTreeSet<u64>>::new();
        for (at, seat) in &world.running {
            assert!(
                seats.entry(seat.task).or_default().insert(at.0 % 3),
                "seed {seed}"
            );
        }
        assert!(world.running.len() > 9);
    }
}

#[test]
fn under_strict_one_network_alone_starts_nothing() {
    let mut world = World::with(strict());
    let network = node(1).network;
    world.join(
        (1..=5).map(|number| NodeInfo {
            network,
            ..node(number)
        }),
        1,
    );
    world.submit(job(3));
    assert!(world.running.is_empty());
    world.join([node(9)], 1);
    assert_eq!(
        world.running.len(),
        4,
        "three tasks wait for a second vote of node 9"
    );
}

#[test]
fn nodes_of_one_network_run_ahead_of_scarce_ones_but_not_without_end() {
    let mut world = World::with(strict());
    let network = node(1).network;
    let crowd = (1..=4).map(|number| NodeInfo {
        network,
        slots: 50,
        ..node(number)
    });
    world.join([node(9)], 0);
    world.join(crowd, 50);
    world.submit(job(1000));
    // Twice the ten tasks that five nodes have in the pool at once.
    assert_eq!(world.running.len(), 20);
}

#[test]
fn under_off_networks_do_not_matter() {
    let mut world = World::with(SchedulerConfig {
        diversity: Diversity::Off,
        ..strict()
    });
    let network = Network([3; 8]);
    world.join(
        (1..=2).map(|number| NodeInfo {
            network,
            ..node(number)
        }),
        1,
    );
    world.join((3..=9).map(node), 0);
    world.submit(job(1));
    assert_eq!(world.running.len(), 2);
}

#[test]
fn newcomers_get_fewer_seats_of_a_task_than_a_majority() {
    for seed in 0..20 {
        let mut world = World::seeded(SchedulerConfig::default(), [seed; 32]);
        let nodes = (1..=12).map(|number| NodeInfo {
            proven: number <= 3,
            ..node(number)
        });
        world.join(nodes, 3);
        world.submit(JobPlan {
            trust: 5,
            ..job(12)
        });
        let mut newcomers = BTreeMap::<u32, u32>::new();
        for (at, seat) in &world.running {
            *newcomers.entry(seat.task).or_default() += u32::from(at.0 > 3);
        }
        assert!(
            newcomers.values().all(|count| *count <= 2),
            "seed {seed}: {newcomers:?}"
        );
    }
}

#[test]
fn a_node_that_gave_back_two_seats_of_a_job_gets_no_more_of_it() {
    let mut world = World::new();
    world.join((1..=4).map(node), 1);
    world.submit(job(1000));
    for _ in 0..2 {
        let at = world.running.iter().position(|(at, _)| at.0 == 1).unwrap();
        let (node, seat) = world.running.remove(at);
        let reason = UnableReason::Engine;
        world.tell(Event::Unable {
            node,
            nonce: seat.nonce,
            reason,
        });
        world.slots(node, 1);
    }
    assert!(world.running.iter().all(|(at, _)| at.0 != 1));
    let other = JobPlan {
        id: JobId([2; 32]),
        ..job(5)
    };
    world.submit(other);
    assert!(world.running.iter().any(|(at, _)| at.0 == 1));
}

#[test]
fn leaving_once_with_many_seats_is_giving_back_once() {
    let mut world = World::new();
    world.join(
        (1..=4).map(|number| NodeInfo {
            slots: 4,
            ..node(number)
        }),
        4,
    );
    world.submit(job(1000));
    world.leave(1);
    world.join(
        [NodeInfo {
            id: NodeId(51),
            ..node(1)
        }],
        1,
    );
    assert!(world.running.iter().any(|(at, _)| at.0 == 51));
    world.leave(51);
    world.join(
        [NodeInfo {
            id: NodeId(52),
            ..node(1)
        }],
        1,
    );
    assert!(world.running.iter().all(|(at, _)| at.0 != 52));
}

#[test]
fn nodes_that_gave_back_too_often_are_taken_when_the_job_could_not_start_without_them() {
    let mut world = World::new();
    world.join([node(1)], 1);
    world.submit(job(1000));
    world.join([node(2)], 1);
    for round in 0..3 {
        world.leave(round * 10 + 2);
        world.join(
            [NodeInfo {
                id: NodeId(round * 10 + 12),
                ..node(2)
            }],
            1,
        );
    }
    assert_eq!(world.running.len(), 2);
}
