//! A scheduler, what it wanted so far, and words to drive it.

use crate::scheduler::{
    Decision, Effect, Event, JobPlan, Network, NodeFact, NodeId, NodeInfo, Scheduler,
    SchedulerConfig, SeatRef, TaskSet,
};
use shared::ids::{JobId, NodeKey, SeatNonce, Signature, SubmitterKey, UnixMs};
use shared::outcome::Outcome;
use shared::protocol::Settlement;

pub(super) struct World {
    pub(super) scheduler: Scheduler,
    pub(super) now: UnixMs,
    /// Assignments that are neither voted on nor taken back.
    pub(super) running: Vec<(NodeId, SeatRef)>,
    /// All effects since the last [`World::take`].
    effects: Vec<Effect>,
}

/// A node with its own network, one slot, proven; change what matters.
pub(super) fn node(number: u64) -> NodeInfo {
    NodeInfo {
        id: NodeId(number),
        key: key(number),
        owners: Vec::new(),
        network: Network(number.to_be_bytes()),
        slots: 1,
        memory_pages: 1000,
        proven: true,
    }
}

pub(super) fn key(number: u64) -> NodeKey {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    NodeKey(bytes)
}

/// Job 1 of submitter 1 with this many tasks, trust 3; change what matters.
pub(super) fn job(task_count: u32) -> JobPlan {
    JobPlan {
        id: JobId([1; 32]),
        submitter_key: SubmitterKey([1; 32]),
        trust: 3,
        memory_pages: 100,
        wall_ms: 1000,
        undecided: TaskSet::full(task_count),
        accepted: 0,
        failed: 0,
    }
}

pub(super) const JOB: JobId = JobId([1; 32]);

pub(super) fn truth() -> Outcome {
    Outcome::ok(&[], 7)
}

/// Lie number `kind`: equal numbers agree.
pub(super) fn lie(kind: u64) -> Outcome {
    Outcome::ok(&[], 1000 + kind)
}

pub(super) fn signature() -> Signature {
    Signature([9; 64])
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(SchedulerConfig::default())
    }

    pub(super) fn with(config: SchedulerConfig) -> Self {
        Self::seeded(config, [5; 32])
    }

    pub(super) fn seeded(config: SchedulerConfig, seed: [u8; 32]) -> Self {
        Self {
            scheduler: Scheduler::new(config, seed),
            now: UnixMs(1_000_000),
            running: Vec::new(),
            effects: Vec::new(),
        }
    }

    pub(super) fn tell(&mut self, event: Event) {
        let before = self.effects.len();
        self.scheduler.on_event(self.now, event, &mut self.effects);
        for effect in &self.effects[before..] {
            match effect {
                Effect::Assign { node, seat } => self.running.push((*node, *seat)),
                Effect::Cancel { node, nonce } => {
                    self.running
                        .retain(|(at, seat)| (at, seat.nonce) != (node, *nonce));
                }
                _ => {}
            }
        }
    }

    /// Joins nodes with this many free places each.
    pub(super) fn join(&mut self, nodes: impl IntoIterator<Item = NodeInfo>, free: u16) {
        for info in nodes {
            let node = info.id;
            self.tell(Event::NodeJoined(info));
            self.tell(Event::Slots { node, free });
        }
    }

    pub(super) fn submit(&mut self, plan: JobPlan) {
        self.tell(Event::JobAdded(plan));
    }

    pub(super) fn later(&mut self, ms: u64) {
        self.now = self.now.plus(ms);
        self.tell(Event::Tick);
    }

    pub(super) fn vote(&mut self, at: (NodeId, SeatRef), outcome: Outcome) {
        self.running.retain(|other| *other != at);
        self.send_vote(at, outcome);
    }

    pub(super) fn send_vote(&mut self, (node, seat): (NodeId, SeatRef), outcome: Outcome) {
        self.tell(Event::Voted {
            node,
            nonce: seat.nonce,
            outcome,
            signature: signature(),
            has_output: outcome.output_len == 0,
        });
    }

    pub(super) fn leave(&mut self, node: u64) {
        let node = NodeId(node);
        self.running.retain(|(at, _)| *at != node);
        self.tell(Event::NodeLeft { node });
    }

    pub(super) fn slots(&mut self, node: NodeId, free: u16) {
        self.tell(Event::Slots { node, free });
    }

    /// Every node votes on what it runs, as `say` has it, and takes more, until nothing runs.
    pub(super) fn work(&mut self, say: impl Fn(NodeId, SeatRef) -> Outcome) {
        while let Some(at) = self.running.first().copied() {
            self.vote(at, say(at.0, at.1));
            self.slots(at.0, 1);
        }
    }

    /// All effects since the last call.
    pub(super) fn take(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    pub(super) fn decisions(&self) -> Vec<&Decision> {
        let mut decisions = Vec::new();
        for effect in &self.effects {
            if let Effect::Decided(decision) = effect {
                decisions.push(decision);
            }
        }
        decisions
    }

    pub(super) fn commit(&mut self, task: u32) {
        self.tell(Event::Committed { job: JOB, task });
    }

    pub(super) fn facts(&self, node: u64) -> Vec<&NodeFact> {
        let mut facts = Vec::new();
        for effect in &self.effects {
            if let Effect::Record { key: whose, what } = effect
                && *whose == key(node)
            {
                facts.push(what);
            }
        }
        facts
    }

    pub(super) fn settlements(&self) -> Vec<(NodeId, SeatNonce, Settlement)> {
        let settled = |effect: &Effect| match effect {
            Effect::Settled {
                node,
                nonce,
                settlement,
                ..
            } => Some((*node, *nonce, *settlement)),
            _ => None,
        };
        self.effects.iter().filter_map(settled).collect()
    }
}

/// The only accepted decision.
pub(super) fn accepted(decisions: &[&Decision]) -> crate::scheduler::Accepted {
    match decisions {
        [Decision::Accepted(accepted)] => accepted.clone(),
        other => panic!("expected one accepted task, found {other:?}"),
    }
}
