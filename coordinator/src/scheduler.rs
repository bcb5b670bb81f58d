//! Assign and tally: which node gets which seat of which task, and what the votes come to (TRUST.md).
//!
//! A plain state machine without sockets, clock or database: facts in, wishes out. Everything in flight lives here
//! and only here; what must survive a crash is in the store before anyone is told.

mod config;
mod draw;
mod eligible;
mod event;
mod job;
mod lease;
mod lending;
mod output;
mod plan;
mod roster;
mod settling;
mod slab;
mod tail;
mod task;
#[cfg(test)]
mod tests;
mod turns;
mod verdict;
mod view;
mod waiting;

pub use config::{Diversity, SchedulerConfig};
pub use event::{
    Accepted, Decision, DoubleVote, Effect, Event, Failed, Network, NodeFact, NodeId, NodeInfo,
    SeatRef,
};
pub use plan::{JobPlan, TaskSet};

use draw::Draw;
use job::Job;
use lending::{Lending, Why};
use output::OutputQueue;
use roster::Roster;
use shared::ids::{JobId, SeatNonce, UnixMs};
use slab::Slab;
use std::collections::{HashMap, VecDeque};
use turns::Turns;

/// The state machine. Same seed and same events: same effects.
#[derive(Debug)]
pub struct Scheduler {
    config: SchedulerConfig,
    draw: Draw,
    roster: Roster,
    jobs: Slab<Job>,
    job_numbers: HashMap<JobId, usize>,
    turns: Turns,
    lendings: HashMap<SeatNonce, Lending>,
    /// Cancelled assignments by the end of their time for credit.
    cancelled: VecDeque<(UnixMs, SeatNonce)>,
    outputs: OutputQueue,
    early_runs: u64,
    /// Whether no new task is begun.
    held: bool,
}

impl Scheduler {
    /// A scheduler without nodes and jobs. Whoever knows the seed can foresee every draw and every nonce.
    #[must_use]
    pub fn new(config: SchedulerConfig, seed: [u8; 32]) -> Self {
        Self {
            config,
            draw: Draw::new(seed),
            roster: Roster::default(),
            jobs: Slab::default(),
            job_numbers: HashMap::new(),
            turns: Turns::default(),
            lendings: HashMap::new(),
            cancelled: VecDeque::new(),
            outputs: OutputQueue::default(),
            early_runs: 0,
            held: false,
        }
    }

    /// Takes in a fact and appends what is to be done. `now` never goes back.
    pub fn on_event(&mut self, now: UnixMs, event: Event, effects: &mut Vec<Effect>) {
        match event {
            Event::JobAdded(plan) => self.job_added(now, plan, effects),
            Event::JobEnded { job } => self.job_ended(job, effects),
            Event::NodeJoined(info) => self.node_joined(now, info, effects),
            Event::NodeLeft { node } => self.node_left(now, node, effects),
            Event::Slots { node, free } => {
                if let Some(at) = self.roster.find(node) {
                    self.roster.told_free(at, free);
                    self.feed(now, at, effects);
                }
            }
            Event::Alive { node, running } => self.renew(now, node, &running),
            Event::Voted {
                node,
                nonce,
                outcome,
                signature,
                has_output,
            } => {
                let vote = verdict::Vote {
                    outcome,
                    signature,
                    has_output: has_output || outcome.output_len == 0,
                };
                self.voted(now, node, nonce, vote, effects);
                // What the node said of its free slots may have overtaken the vote that frees one.
                if let Some(at) = self.roster.find(node) {
                    self.feed(now, at, effects);
                }
            }
            Event::InvalidVote { node, nonce } => self.invalid_vote(now, node, nonce, effects),
            Event::Unable {
                node,
                nonce,
                reason,
            } => {
                if self.is_lent_to(nonce, node) {
                    self.take_back(now, nonce, Why::Unable(reason), effects);
                }
            }
            Event::OutputArrived { job, task, sha256 } => {
                self.output_arrived(now, job, task, sha256, effects);
            }
            Event::Committed { job, task } => self.committed(now, job, task, effects),
            Event::Held(held) => self.hold(now, held, effects),
            Event::Tick => self.tick(now, effects),
        }
    }

    fn job_added(&mut self, now: UnixMs, plan: JobPlan, effects: &mut Vec<Effect>) {
        let id = plan.id;
        if self.job_numbers.contains_key(&id) {
            return;
        }
        let submitter = self.turns.register(plan.submitter_key);
        let at = self.jobs.insert(Job::new(plan, submitter));
        self.job_numbers.insert(id, at);
        self.take_census(at);
        self.enlist(at);
        self.spread(now, at, effects);
        self.say_waiting(at, effects);
    }

    fn job_ended(&mut self, id: JobId, effects: &mut Vec<Effect>) {
        let Some(at) = self.job_numbers.remove(&id) else {
            return;
        };
        let Some(job) = self.jobs.remove(at) else {
            return;
        };
        self.turns.forget(job.submitter, at);
        for number in job.open_tasks() {
            if let Some(task) = job.task(number) {
                self.drop_task(task, effects);
            }
        }
    }

    fn node_joined(&mut self, now: UnixMs, info: NodeInfo, effects: &mut Vec<Effect>) {
        if self.roster.find(info.id).is_some() {
            return;
        }
        let at = self.roster.join(info, self.config.window_prefetch);
        self.roster_changed(now, effects);
        self.unstick_for(at, effects);
    }

    fn node_left(&mut self, now: UnixMs, id: NodeId, effects: &mut Vec<Effect>) {
        let Some(at) = self.roster.find(id) else {
            return;
        };
        // It must not be picked for what it gives back.
        self.roster.told_free(at, 0);
        let in_flight = self.roster.get(at).map(|node| node.in_flight.clone());
        let mut counted = Vec::new();
        for nonce in in_flight.unwrap_or_default() {
            let job = self.lendings.get(&nonce).map(|lending| lending.job);
            // Leaving once is giving back once, however many seats the node had.
            let is_first = job.is_none_or(|job| !counted.contains(&job));
            counted.extend(job);
            self.take_back(now, nonce, Why::Left { is_first }, effects);
        }
        if let Some(node) = self.roster.leave(at) {
            for nonce in node.settled() {
                self.lendings.remove(nonce);
            }
        }
        self.asked_node_left(now, id, effects);
        self.roster_changed(now, effects);
    }

    fn hold(&mut self, now: UnixMs, held: bool, effects: &mut Vec<Effect>) {
        self.held = held;
        for at in 0..self.jobs.places() {
            if !held {
                self.enlist(at);
                self.spread(now, at, effects);
            }
            self.say_waiting(at, effects);
        }
    }

    fn tick(&mut self, now: UnixMs, effects: &mut Vec<Effect>) {
        self.expire_leases(now, effects);
        self.expire_outputs(now, effects);
        self.forget_cancelled(now);
        self.look_around(now, effects);
        self.run_tail(now, effects);
    }
}
