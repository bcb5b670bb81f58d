//! What happens to the scheduler in a run: one random thing after the other, then a good end.

use crate::chance::Chance;
use crate::reference::Reference;
use crate::seen::name;
use coordinator::scheduler::{
    Decision, Diversity, Effect, Event, JobPlan, Network, NodeId, NodeInfo, Scheduler,
    SchedulerConfig, TaskSet,
};
use shared::ids::{Digest, JobId, NodeKey, SeatNonce, Signature, SubmitterKey, UnixMs};
use shared::outcome::{Outcome, Status};
use shared::protocol::UnableReason;
use std::collections::{BTreeMap, BTreeSet, HashMap};

pub(crate) struct World {
    chance: Chance,
    config: SchedulerConfig,
    scheduler: Scheduler,
    now: UnixMs,
    reference: Reference,
    nodes: BTreeMap<NodeId, NodeInfo>,
    /// What each node said it can take, less what it was given since.
    told: BTreeMap<NodeId, u16>,
    last_number: u64,
    wanted_outputs: Vec<(NodeId, JobId, u32, Digest)>,
    by_digest: HashMap<Digest, Outcome>,
    /// Decided and not committed, with whether it counts as failed.
    uncommitted: Vec<(JobId, u32, bool)>,
    /// What has come out so far.
    seen: BTreeSet<&'static str>,
}

const UNABLE: [UnableReason; 4] = [
    UnableReason::HostMemory,
    UnableReason::WallClock,
    UnableReason::Stopped,
    UnableReason::Engine,
];

fn bytes(number: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    bytes
}

/// What the task really comes to. Every fourth output is too large to ride with the vote.
fn truth(job: JobId, task: u32) -> Outcome {
    Outcome::ok(&[&job.0[..8], &task.to_be_bytes()].concat(), 5)
}

fn is_large(task: u32) -> bool {
    task.is_multiple_of(4)
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let diversity = [
            Diversity::Strict,
            Diversity::Auto,
            Diversity::Auto,
            Diversity::Off,
        ];
        let config = SchedulerConfig {
            diversity: chance.pick(&diversity).unwrap(),
            tail: chance.percent(30),
            max_open_tasks: chance.pick(&[4, 20, 1000]).unwrap(),
            ..SchedulerConfig::default()
        };
        Self {
            scheduler: Scheduler::new(config.clone(), bytes(seed)),
            chance,
            config,
            now: UnixMs(1),
            reference: Reference::default(),
            nodes: BTreeMap::new(),
            told: BTreeMap::new(),
            last_number: 0,
            wanted_outputs: Vec::new(),
            by_digest: HashMap::new(),
            uncommitted: Vec::new(),
            seen: BTreeSet::new(),
        }
    }

    pub(crate) fn config(&self) -> &SchedulerConfig {
        &self.config
    }

    fn tell(&mut self, event: Event) {
        let mut effects = Vec::new();
        self.scheduler.on_event(self.now, event, &mut effects);
        for effect in &effects {
            self.reference.check(&self.nodes, effect);
            self.seen.extend(name(effect));
            match effect {
                Effect::Assign { node, .. } => {
                    let told = self.told.get_mut(node).unwrap();
                    *told = told
                        .checked_sub(1)
                        .expect("a node was given more than it takes");
                    let window = self.nodes[node].slots + self.config.window_prefetch;
                    assert!(self.reference.outstanding(*node) <= usize::from(window));
                }
                Effect::NeedOutput {
                    node,
                    job,
                    task,
                    sha256,
                    ..
                } => {
                    self.wanted_outputs.push((*node, *job, *task, *sha256));
                }
                Effect::Decided(Decision::Accepted(accepted)) => {
                    let failed = accepted.outcome.status != Status::Ok;
                    self.uncommitted.push((accepted.job, accepted.task, failed));
                }
                Effect::Decided(Decision::Failed(failed)) => {
                    self.uncommitted.push((failed.job, failed.task, true));
                }
                _ => {}
            }
        }
        for node in self.nodes.keys() {
            let in_flight = self.scheduler.in_flight(*node) as usize;
            assert_eq!(
                in_flight,
                self.reference.outstanding(*node),
                "a window was lost"
            );
        }
        for (job, plan) in &self.reference.jobs {
            let counts = self.scheduler.job_counts(*job).unwrap();
            let sum = counts.waiting + counts.running + counts.voted + counts.accepted;
            assert_eq!(
                sum + counts.failed,
                plan.undecided.len() + plan.accepted + plan.failed
            );
        }
    }

    fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    pub(crate) fn step(&mut self) {
        match self.chance.below(100) {
            0..5 => self.join_random(),
            5..8 => self.leave_random(),
            8..11 => self.submit(),
            11 => self.end_job(),
            12..70 => self.vote(),
            70..74 => self.vote_again_or_late(),
            74..77 => self.unable(),
            77 => self.invalid(),
            78..84 => self.deliver(),
            84..92 => self.commit(),
            92..95 => self.alive(),
            95..98 => self.slots(),
            98 => self.pass_time(),
            _ if self.chance.percent(30) => self.crash(),
            _ => self.pass_time(),
        }
    }

    fn join(&mut self, info: NodeInfo) {
        let id = info.id;
        self.nodes.insert(id, info.clone());
        self.told.insert(id, 0);
        self.tell(Event::NodeJoined(info));
        self.say_free(id, 10);
    }

    fn join_random(&mut self) {
        let number = self.number();
        let owner = SubmitterKey(bytes(self.chance.below(3)));
        let info = NodeInfo {
            id: NodeId(number),
            key: NodeKey(bytes(number)),
            owners: if self.chance.percent(20) {
                vec![owner]
            } else {
                Vec::new()
            },
            network: Network(self.chance.below(8).to_be_bytes()),
            slots: u16::try_from(1 + self.chance.below(3)).unwrap(),
            memory_pages: self.chance.pick(&[50, 100, 1000]).unwrap(),
            proven: self.chance.percent(60),
        };
        self.join(info);
    }

    fn say_free(&mut self, node: NodeId, free: u16) {
        self.told.insert(node, free);
        self.tell(Event::Slots { node, free });
    }

    fn node(&mut self) -> Option<NodeId> {
        let nodes: Vec<NodeId> = self.nodes.keys().copied().collect();
        self.chance.pick(&nodes)
    }

    /// An assignment that some connected node runs.
    fn running(&mut self) -> Option<(NodeId, SeatNonce)> {
        let busy: Vec<NodeId> = self
            .nodes
            .keys()
            .copied()
            .filter(|node| self.reference.outstanding(*node) > 0)
            .collect();
        let node = self.chance.pick(&busy)?;
        Some((node, self.chance.pick(&self.reference.running(node))?))
    }

    fn leave(&mut self, node: NodeId) -> NodeInfo {
        let info = self.nodes.remove(&node).unwrap();
        for nonce in self.reference.running(node) {
            self.reference.stop(nonce, true);
        }
        self.tell(Event::NodeLeft { node });
        info
    }

    fn leave_random(&mut self) {
        let Some(node) = self.node() else { return };
        let info = self.leave(node);
        if self.chance.percent(50) {
            let id = NodeId(self.number());
            self.join(NodeInfo { id, ..info });
        }
    }

    fn submit(&mut self) {
        if self.reference.jobs.len() >= 5 {
            return;
        }
        let plan = JobPlan {
            id: JobId(bytes(self.number())),
            submitter_key: SubmitterKey(bytes(self.chance.below(3))),
            trust: self.chance.pick(&[3, 3, 3, 5, 7, 15]).unwrap(),
            memory_pages: 100,
            wall_ms: 10_000,
            undecided: TaskSet::full(u32::try_from(1 + self.chance.below(40)).unwrap()),
            accepted: 0,
            failed: 0,
        };
        self.reference.jobs.insert(plan.id, plan.clone());
        self.tell(Event::JobAdded(plan));
    }

    fn end_job(&mut self) {
        let jobs: Vec<JobId> = self.reference.jobs.keys().copied().collect();
        let Some(job) = self.chance.pick(&jobs) else {
            return;
        };
        self.reference.jobs.remove(&job);
        self.uncommitted.retain(|(other, ..)| *other != job);
        self.tell(Event::JobEnded { job });
    }

    /// The truth, a lie that all liars share, or one of a node's own.
    fn outcome(&mut self, node: NodeId, nonce: SeatNonce) -> Outcome {
        let seat = self.reference.lent[&nonce].seat;
        let truth = truth(seat.job, seat.task);
        let outcome = match self.chance.below(100) {
            // A program that gives another answer each time.
            0..95 if seat.task % 8 == 5 => Outcome {
                fuel: self.chance.below(1 << 40),
                ..truth
            },
            0..80 => truth,
            80..92 => Outcome { fuel: 666, ..truth },
            92..98 => Outcome::failed(Status::Trap, node.0),
            _ => Outcome {
                fuel: self.chance.below(1 << 40),
                ..truth
            },
        };
        // An outcome with other fuel stands for other bytes too, so that they are asked for apart.
        let sha256 = match outcome {
            outcome if outcome.output_len == 0 || outcome == truth => outcome.output_sha256,
            outcome => Digest::of(&outcome.fuel.to_be_bytes()),
        };
        Outcome {
            output_sha256: sha256,
            ..outcome
        }
    }

    fn send(&mut self, node: NodeId, nonce: SeatNonce, outcome: Outcome) {
        let task = self.reference.lent[&nonce].seat.task;
        let job = self.reference.lent[&nonce].seat.job;
        let has_output = outcome.output_len == 0 || !is_large(task);
        if has_output {
            self.reference.outputs.insert((job, task, outcome));
        }
        self.by_digest.insert(outcome.output_sha256, outcome);
        let signature = Signature([1; 64]);
        self.tell(Event::Voted {
            node,
            nonce,
            outcome,
            signature,
            has_output,
        });
    }

    fn vote_with(&mut self, node: NodeId, nonce: SeatNonce, outcome: Outcome) {
        self.reference.stop(nonce, false);
        self.reference.lent.get_mut(&nonce).unwrap().vote = Some(outcome);
        self.send(node, nonce, outcome);
        if self.nodes.contains_key(&node) {
            self.say_free(node, 10);
        }
    }

    fn vote(&mut self) {
        let Some((node, nonce)) = self.running() else {
            return;
        };
        if self.reference.lent[&nonce].seat.task % 8 == 3 && self.chance.percent(80) {
            return self.give_up(node, nonce, UnableReason::WallClock); // too large for most nodes
        }
        let outcome = self.outcome(node, nonce);
        self.vote_with(node, nonce, outcome);
    }

    /// A vote on a nonce that is not the node's to vote on, or not any more.
    fn vote_again_or_late(&mut self) {
        let nonces = self.reference.nonces.clone();
        let recent = nonces.len().saturating_sub(60);
        let (Some(nonce), Some(other)) = (self.chance.pick(&nonces[recent..]), self.node()) else {
            return;
        };
        let lent = &self.reference.lent[&nonce];
        let holder = self
            .nodes
            .values()
            .find(|node| node.key == lent.to.key)
            .map(|node| node.id);
        let node = holder.filter(|_| !lent.is_running).unwrap_or(other);
        if lent.is_running && Some(node) == holder {
            return;
        }
        let same = lent.vote;
        let outcome = match same {
            Some(outcome) if self.chance.percent(50) => outcome,
            _ => self.outcome(node, nonce),
        };
        self.send(node, nonce, outcome);
    }

    fn unable(&mut self) {
        let Some((node, nonce)) = self.running() else {
            return;
        };
        let reason = self.chance.pick(&UNABLE).unwrap();
        self.give_up(node, nonce, reason);
    }

    fn give_up(&mut self, node: NodeId, nonce: SeatNonce, reason: UnableReason) {
        let blames_task = reason != UnableReason::Stopped;
        self.reference.unable(nonce, blames_task);
        self.tell(Event::Unable {
            node,
            nonce,
            reason,
        });
        self.say_free(node, 10);
    }

    fn invalid(&mut self) {
        let Some((node, nonce)) = self.running() else {
            return;
        };
        self.reference.stop(nonce, true);
        self.tell(Event::InvalidVote { node, nonce });
    }

    fn deliver(&mut self) {
        let Some(wanted) = self.wanted_outputs.pop() else {
            return;
        };
        let (node, job, task, sha256) = wanted;
        if self.nodes.contains_key(&node) && self.chance.percent(80) {
            self.reference
                .outputs
                .insert((job, task, self.by_digest[&sha256]));
            self.tell(Event::OutputArrived { job, task, sha256 });
        }
    }

    fn commit(&mut self) {
        for (job, task, failed) in std::mem::take(&mut self.uncommitted) {
            self.reference.committed.insert((job, task));
            let plan = self.reference.jobs.get_mut(&job).unwrap();
            // The plan is what a restart would read from the store.
            plan.undecided.remove(task);
            *(if failed {
                &mut plan.failed
            } else {
                &mut plan.accepted
            }) += 1;
            self.tell(Event::Committed { job, task });
        }
    }

    fn alive(&mut self) {
        let Some(node) = self.node() else { return };
        let running = self.reference.running(node);
        self.tell(Event::Alive { node, running });
    }

    fn slots(&mut self) {
        let Some(node) = self.node() else { return };
        let free = u16::try_from(self.chance.below(5)).unwrap();
        self.say_free(node, free);
    }

    fn pass_time(&mut self) {
        self.now = self.now.plus(self.chance.below(40_000));
        self.tell(Event::Tick);
    }

    /// The coordinator is killed: only what was committed is left, and the nodes come back.
    fn crash(&mut self) {
        let seed = bytes(self.chance.below(u64::MAX));
        self.scheduler = Scheduler::new(self.config.clone(), seed);
        self.reference.forget_flight();
        self.uncommitted.clear();
        self.wanted_outputs.clear();
        let nodes = std::mem::take(&mut self.nodes);
        for plan in self.reference.jobs.values() {
            let mut effects = Vec::new();
            self.scheduler
                .on_event(self.now, Event::JobAdded(plan.clone()), &mut effects);
            assert!(
                !effects
                    .iter()
                    .any(|effect| matches!(effect, Effect::Assign { .. }))
            );
        }
        for info in nodes.into_values() {
            let id = NodeId(self.number());
            self.join(NodeInfo { id, ..info });
        }
    }

    /// Everybody leaves, enough honest nodes come and stay: every task is decided.
    /// Returns what came out in the whole run.
    pub(crate) fn finish(mut self) -> BTreeSet<&'static str> {
        while let Some(node) = self.nodes.keys().next().copied() {
            self.leave(node);
        }
        for _ in 0..24 {
            let number = self.number();
            self.join(NodeInfo {
                id: NodeId(number),
                key: NodeKey(bytes(number)),
                owners: Vec::new(),
                network: Network((1000 + number).to_be_bytes()),
                slots: 2,
                memory_pages: 1000,
                proven: true,
            });
        }
        for _ in 0..2000 {
            while let Some((node, nonce)) = self.running() {
                let seat = self.reference.lent[&nonce].seat;
                self.vote_with(node, nonce, truth(seat.job, seat.task));
            }
            for (_, job, task, sha256) in std::mem::take(&mut self.wanted_outputs) {
                self.reference
                    .outputs
                    .insert((job, task, self.by_digest[&sha256]));
                self.tell(Event::OutputArrived { job, task, sha256 });
            }
            self.commit();
            if self
                .reference
                .jobs
                .values()
                .all(|plan| plan.undecided.is_empty())
            {
                return self.seen;
            }
            self.now = self.now.plus(500);
            self.tell(Event::Tick);
        }
        panic!("tasks are left undecided though enough honest nodes stay");
    }
}
