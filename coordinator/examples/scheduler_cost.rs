//! What a vote costs the scheduler alone, without signatures, sockets and database. It measures wall-clock time: run
//! it on an idle machine.
//!
//! `cargo run --release -p coordinator --example scheduler_cost`.

#![expect(clippy::print_stdout, reason = "a measurement prints what it measured")]

use coordinator::scheduler::{
    Decision, Effect, Event, JobPlan, Network, NodeId, NodeInfo, Scheduler, SchedulerConfig,
    SeatRef, TaskSet,
};
use shared::ids::{JobId, NodeKey, Signature, SubmitterKey, UnixMs};
use shared::outcome::{Outcome, Status};
use std::collections::VecDeque;
use std::time::Instant;

const VOTES: u32 = 1_000_000;

fn bytes(number: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (byte, from) in bytes.iter_mut().zip(number.to_be_bytes()) {
        *byte = from;
    }
    bytes
}

/// Votes on assignments in the order in which they were given; prints the time for each.
fn measure(nodes: u64, networks: u64, jobs: u64, liars_percent: u64) {
    let mut scheduler = Scheduler::new(SchedulerConfig::default(), [1; 32]);
    let mut effects = Vec::new();
    let now = UnixMs(1);
    for number in 0..jobs {
        let plan = JobPlan {
            id: JobId(bytes(number)),
            submitter_key: SubmitterKey(bytes(number)),
            trust: 3,
            memory_pages: 1,
            wall_ms: 1000,
            undecided: TaskSet::full(shared::job::MAX_TASKS),
            accepted: 0,
            failed: 0,
        };
        scheduler.on_event(now, Event::JobAdded(plan), &mut effects);
    }
    for number in 0..nodes {
        let info = NodeInfo {
            id: NodeId(number),
            key: NodeKey(bytes(number)),
            owners: Vec::new(),
            network: Network((number % networks).to_be_bytes()),
            slots: 4,
            memory_pages: 100,
            proven: true,
        };
        scheduler.on_event(now, Event::NodeJoined(info), &mut effects);
    }
    for number in 0..nodes {
        let slots = Event::Slots {
            node: NodeId(number),
            free: 6,
        };
        scheduler.on_event(now, slots, &mut effects);
    }
    let mut running: VecDeque<(NodeId, SeatRef)> = VecDeque::new();
    let mut decided = 0_u64;
    let (mut votes, mut assigned) = (0, 0_u64);
    let [truth, lie] = [0, 1].map(|fuel| Outcome::failed(Status::Trap, fuel));
    let started = Instant::now();
    while votes < VOTES {
        for effect in std::mem::take(&mut effects) {
            match effect {
                Effect::Assign { node, seat } => {
                    assigned += 1;
                    running.push_back((node, seat));
                }
                Effect::Decided(Decision::Accepted(accepted)) => {
                    decided += 1;
                    let (job, task) = (accepted.job, accepted.task);
                    scheduler.on_event(now, Event::Committed { job, task }, &mut effects);
                }
                _ => {}
            }
        }
        let Some((node, seat)) = running.pop_front() else {
            break;
        };
        let lies = node.0 % 100 < liars_percent;
        let outcome = if lies { lie } else { truth };
        let vote = Event::Voted {
            node,
            nonce: seat.nonce,
            outcome,
            signature: Signature([0; 64]),
            has_output: true,
        };
        scheduler.on_event(now, vote, &mut effects);
        scheduler.on_event(now, Event::Slots { node, free: 1 }, &mut effects);
        votes += 1;
    }
    let ns = started.elapsed().as_nanos() / u128::from(votes.max(1));
    let started = Instant::now();
    scheduler.on_event(now, Event::Tick, &mut effects);
    let tick_us = started.elapsed().as_micros();
    println!(
        "{nodes} nodes, {networks} networks, {jobs} jobs, {liars_percent} % liars: {ns} ns a vote \
         (vote, slots, assignment, commit), {votes} votes, {decided} decided, {assigned} assigned, \
         tick {tick_us} us"
    );
}

fn main() {
    measure(1000, 1000, 1, 0);
    measure(1000, 1000, 1, 10);
    measure(1000, 1000, 1000, 0);
    measure(5000, 4, 10, 0);
    measure(5000, 5000, 10, 10);
    measure(4, 4, 1, 0);
}
