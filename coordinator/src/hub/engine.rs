//! The one task that owns the scheduler: turns messages into its events and its effects into messages.
//!
//! Decisions are collected while the last ones are being committed, and go to the store together. Nothing is told to
//! anyone before [`ToEngine::Committed`]-like news from the committer has passed through the scheduler.

mod effects;
mod facts;
mod jobs;
mod queries;
mod stored;

use super::connection::{Lending, Outgoing};
use super::handshake::Joined;
use super::load::LoadedJob;
use super::outputs::Outputs;
use super::verify::Verified;
use super::{Command, HubContext};
use crate::hub::commit::{Batch, CommitDone};
use crate::scheduler::{Effect, Event, Network, NodeFact, NodeId, NodeInfo, Scheduler};
use crate::store::TaskLogRecord;
use jobs::RunningJob;
use shared::ids::{Digest, JobId, NodeKey, SeatNonce};
use shared::protocol::{RefuseReason, Settlement, UnableReason};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use stored::Unsealed;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// Messages that may wait for the engine; a full queue slows the senders down.
pub(super) const QUEUE: usize = 8192;
/// Messages taken before their effects are sent together.
const BATCH: usize = 256;
/// Decisions that may wait for the committer; beyond it no further vote is counted.
const MAX_UNCOMMITTED: usize = 10_000;
/// How often leases, deadlines and waiting reasons are looked at.
const TICK: Duration = Duration::from_millis(500);
/// Invalid votes after which a connection is closed.
const MAX_INVALID_VOTES: u8 = 3;

/// What the engine hears.
#[derive(Debug)]
pub(super) enum ToEngine {
    Joined(Box<NewNode>),
    Left {
        node: NodeId,
    },
    Slots {
        node: NodeId,
        free: u16,
    },
    Alive {
        node: NodeId,
        running: Vec<SeatNonce>,
    },
    Unable {
        node: NodeId,
        nonce: SeatNonce,
        reason: UnableReason,
    },
    UnknownVote {
        node_key: NodeKey,
    },
    OutputArrived {
        job: JobId,
        task: u32,
        sha256: Digest,
    },
    Verified(Vec<Verified>),
    Loaded(Box<LoadedJob>),
    Ask(Command),
}

/// A node that has joined.
#[derive(Debug)]
pub(super) struct NewNode {
    pub(super) node: NodeId,
    pub(super) joined: Joined,
    pub(super) network: Network,
    pub(super) proven: bool,
    pub(super) outgoing: mpsc::Sender<Outgoing>,
}

/// A connected node as the engine knows it.
struct Node {
    key: NodeKey,
    outgoing: mpsc::Sender<Outgoing>,
    slots: u16,
    invalid_votes: u8,
    /// Seats lent in this round, sent as one frame.
    unsent: Vec<Lending>,
}

pub(super) struct Engine {
    hub: Arc<HubContext>,
    scheduler: Scheduler,
    nodes: HashMap<NodeId, Node>,
    by_key: HashMap<NodeKey, NodeId>,
    jobs: HashMap<JobId, RunningJob>,
    watchers: HashMap<JobId, watch::Sender<u64>>,
    outputs: Outputs,
    effects: Vec<Effect>,
    /// Nodes with something in `unsent`.
    to_send: Vec<NodeId>,
    batch: Batch,
    commits: mpsc::Sender<Batch>,
    committing: bool,
    draining: bool,
    unsealed: Unsealed,
    /// Blocks wait for enough storage nodes.
    quorum_missing: bool,
}

impl Engine {
    pub(super) fn new(
        hub: Arc<HubContext>,
        scheduler: Scheduler,
        commits: mpsc::Sender<Batch>,
        unsealed: u64,
    ) -> Self {
        Self {
            hub,
            scheduler,
            nodes: HashMap::new(),
            by_key: HashMap::new(),
            jobs: HashMap::new(),
            watchers: HashMap::new(),
            outputs: Outputs::default(),
            effects: Vec::new(),
            to_send: Vec::new(),
            batch: Batch::default(),
            commits,
            committing: false,
            draining: false,
            unsealed: Unsealed::new(unsealed),
            quorum_missing: false,
        }
    }

    /// Runs until `stop` is cancelled; then commits what is decided, tells every node, and returns.
    pub(super) async fn run(
        mut self,
        mut inbox: mpsc::Receiver<ToEngine>,
        mut committed: mpsc::Receiver<CommitDone>,
        stop: CancellationToken,
    ) {
        self.count_unsealed(0);
        let mut messages = Vec::with_capacity(BATCH);
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while !stop.is_cancelled() {
            let may_take = self.batch.decisions() < MAX_UNCOMMITTED;
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                done = committed.recv() => match done {
                    Some(done) => self.on_committed(done),
                    None => break,
                },
                _ = tick.tick() => self.on_tick(),
                count = inbox.recv_many(&mut messages, BATCH), if may_take => {
                    if count == 0 {
                        break;
                    }
                    for message in messages.drain(..) {
                        self.on_message(message);
                    }
                }
            }
            self.apply_effects();
            self.send_assignments();
            self.start_commit();
        }
        self.stop(&mut committed).await;
    }

    /// Commits what is decided already and says goodbye to every node.
    async fn stop(&mut self, committed: &mut mpsc::Receiver<CommitDone>) {
        self.draining = true;
        while self.committing || !self.batch.is_empty() {
            self.start_commit();
            let Some(done) = committed.recv().await else {
                break;
            };
            self.on_committed(done);
            self.apply_effects();
        }
        for node in self.nodes.values() {
            // A node whose queue is full learns it from the closed socket.
            let _ = node
                .outgoing
                .try_send(Outgoing::Refuse(RefuseReason::ShuttingDown));
        }
    }

    fn event(&mut self, event: Event) {
        let now = self.hub.clock.now();
        self.scheduler.on_event(now, event, &mut self.effects);
    }

    fn on_message(&mut self, message: ToEngine) {
        match message {
            ToEngine::Joined(node) => self.on_joined(*node),
            ToEngine::Left { node } => self.on_left(node),
            ToEngine::Slots { node, free } => self.event(Event::Slots { node, free }),
            ToEngine::Alive { node, running } => self.event(Event::Alive { node, running }),
            ToEngine::Unable {
                node,
                nonce,
                reason,
            } => {
                self.event(Event::Unable {
                    node,
                    nonce,
                    reason,
                });
            }
            ToEngine::UnknownVote { node_key } => self.record(node_key, &NodeFact::Superseded),
            ToEngine::OutputArrived { job, task, sha256 } => {
                self.event(Event::OutputArrived { job, task, sha256 });
            }
            ToEngine::Verified(votes) => {
                for vote in votes {
                    self.on_vote(vote);
                }
            }
            ToEngine::Loaded(job) => self.on_loaded(*job),
            ToEngine::Ask(command) => self.on_command(command),
        }
        self.apply_effects();
    }

    fn on_joined(&mut self, new: NewNode) {
        let NewNode {
            node,
            joined,
            network,
            proven,
            outgoing,
        } = new;
        let key = joined.node_key;
        if let Some(older) = self.by_key.insert(key, node) {
            self.dismiss(older, RefuseReason::TakenOver);
            self.by_key.insert(key, node);
        }
        let capabilities = joined.capabilities;
        let slots = capabilities.slots;
        self.nodes.insert(
            node,
            Node {
                key,
                outgoing,
                slots,
                invalid_votes: 0,
                unsent: Vec::new(),
            },
        );
        self.event(Event::NodeJoined(NodeInfo {
            id: node,
            key,
            owners: joined.owners,
            network,
            slots,
            memory_pages: capabilities.memory_pages,
            proven,
        }));
    }

    /// Tells a node to go and takes its seats back at once.
    fn dismiss(&mut self, node: NodeId, reason: RefuseReason) {
        if let Some(entry) = self.nodes.get(&node) {
            // A node whose queue is full learns it from the closed socket: dropping the sender ends its connection.
            let _ = entry.outgoing.try_send(Outgoing::Refuse(reason));
            self.on_left(node);
        }
    }

    fn on_left(&mut self, node: NodeId) {
        let Some(entry) = self.nodes.remove(&node) else {
            return;
        };
        if self.by_key.get(&entry.key) == Some(&node) {
            self.by_key.remove(&entry.key);
        }
        self.event(Event::NodeLeft { node });
    }

    fn on_vote(&mut self, vote: Verified) {
        let Verified {
            node,
            node_key,
            job,
            seat,
            outcome,
            signature,
            ..
        } = vote;
        let (id, nonce) = (job.id, seat.nonce);
        if let Some(reason) = vote.rejected {
            self.tell(node, Outgoing::Settled(nonce, Settlement::Rejected(reason)));
            self.event(Event::InvalidVote { node, nonce });
            let invalid = self.nodes.get_mut(&node).map_or(0, |entry| {
                entry.invalid_votes = entry.invalid_votes.saturating_add(1);
                entry.invalid_votes
            });
            if invalid >= MAX_INVALID_VOTES {
                self.dismiss(node, RefuseReason::InvalidVotes);
            }
            return;
        }
        let Some(running) = self.jobs.get_mut(&id) else {
            self.tell(node, Outgoing::Settled(nonce, Settlement::Superseded));
            return;
        };
        if !vote.stderr_tail.is_empty() {
            let (attempt, number) = (seat.attempt, seat.number);
            let stderr = vote.stderr_tail;
            let log = TaskLogRecord {
                node_key,
                attempt,
                seat: number,
                outcome,
                stderr,
            };
            running.keep_log(seat.task, log);
        }
        let has_output = match vote.output {
            Some(output) => self
                .outputs
                .keep(id, seat.task, outcome.output_sha256, output),
            None => false,
        };
        self.event(Event::Voted {
            node,
            nonce,
            outcome,
            signature,
            has_output,
        });
    }

    fn on_tick(&mut self) {
        self.event(Event::Tick);
        self.expire_jobs();
    }

    /// Queues a message for a node. One that has stopped reading is dropped: its seats go to others.
    fn tell(&mut self, node: NodeId, message: Outgoing) {
        let Some(entry) = self.nodes.get(&node) else {
            return;
        };
        if entry.outgoing.try_send(message).is_err() {
            tracing::info!(node.id = %entry.key, "a node reads too slowly and is dropped");
            self.on_left(node);
        }
    }

    fn record(&mut self, key: NodeKey, fact: &NodeFact) {
        facts::add(self.batch.node(key), fact);
    }

    fn send_assignments(&mut self) {
        while let Some(node) = self.to_send.pop() {
            let Some(entry) = self.nodes.get_mut(&node) else {
                continue;
            };
            let lendings = std::mem::take(&mut entry.unsent);
            if !lendings.is_empty() {
                self.tell(node, Outgoing::Assign(lendings));
            }
        }
    }

    fn start_commit(&mut self) {
        if self.committing || self.batch.is_empty() {
            return;
        }
        let batch = std::mem::take(&mut self.batch);
        if self.commits.try_send(batch).is_ok() {
            self.committing = true;
        }
    }
}
