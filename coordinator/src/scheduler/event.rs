//! What the scheduler hears and what it wants done: the whole surface between it and the hub.

use super::plan::JobPlan;
use shared::api::jobs::{AttemptReason, WaitingReason};
use shared::cert::{Dissent, Relaxed, SeatVote};
use shared::fail::FailReason;
use shared::ids::{Digest, JobId, NodeKey, SeatNonce, Signature, SubmitterKey};
use shared::outcome::Outcome;
use shared::protocol::{IdleReason, Settlement, UnableReason};

/// One connection of a node. The hub never gives a number twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u64);

/// The network of a connection: /24 of IPv4 or /48 of IPv6. Only equality matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network(pub [u8; 8]);

/// A node that has joined.
#[derive(Debug, Clone)]
pub struct NodeInfo {
    /// The connection.
    pub id: NodeId,
    /// Who it is. One key has one connection: the hub sends [`Event::NodeLeft`] for an older one first.
    pub key: NodeKey,
    /// Submitter keys of its owner; jobs of these keys are not its to vote on.
    pub owners: Vec<SubmitterKey>,
    /// Where it connects from.
    pub network: Network,
    /// Tasks it runs at once.
    pub slots: u16,
    /// Most memory a task may use on it.
    pub memory_pages: u32,
    /// Whether it is proven (TRUST.md section 4).
    pub proven: bool,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A job may be lent out. A job that is known already changes nothing.
    JobAdded(JobPlan),
    /// The job was cancelled, expired or is complete: whatever is open of it is forgotten.
    JobEnded {
        /// Which.
        job: JobId,
    },
    /// A node has joined; it takes nothing until its first [`Event::Slots`].
    NodeJoined(NodeInfo),
    /// A connection is gone: its seats go back at once.
    NodeLeft {
        /// Which.
        node: NodeId,
    },
    /// How many more assignments the node can take; replaces the earlier number.
    Slots {
        /// Who.
        node: NodeId,
        /// How many.
        free: u16,
    },
    /// The node still holds these: their leases are renewed.
    Alive {
        /// Who.
        node: NodeId,
        /// What it holds.
        running: Vec<SeatNonce>,
    },
    /// A vote whose signature verifies over the Vote of the assignment `nonce`, by the key of `node`.
    Voted {
        /// Who.
        node: NodeId,
        /// On which assignment.
        nonce: SeatNonce,
        /// What it said.
        outcome: Outcome,
        /// Over the Vote.
        signature: Signature,
        /// Whether the output's bytes are in hand (an empty output is in hand always).
        has_output: bool,
    },
    /// A vote that cannot count: bad signature, outcome or output. The hub tells the node.
    InvalidVote {
        /// Who.
        node: NodeId,
        /// On which assignment.
        nonce: SeatNonce,
    },
    /// The node could not run it.
    Unable {
        /// Who.
        node: NodeId,
        /// Which.
        nonce: SeatNonce,
        /// Why.
        reason: UnableReason,
    },
    /// The bytes of an output are in hand, checked against their hash.
    OutputArrived {
        /// The job.
        job: JobId,
        /// The task.
        task: u32,
        /// SHA-256 of the output.
        sha256: Digest,
    },
    /// The certificate or Fail of a decided task is in the store: now it may be told.
    Committed {
        /// The job.
        job: JobId,
        /// The task.
        task: u32,
    },
    /// Whether too many decided tasks wait for the storage quorum: while they do, no new task is begun. Tasks that are
    /// begun go on.
    Held(bool),
    /// Time has passed. Leases, output waits and waiting reasons are looked at; a few times a second is enough.
    Tick,
}

/// One lending of a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatRef {
    /// Names the assignment.
    pub nonce: SeatNonce,
    /// The job.
    pub job: JobId,
    /// The task.
    pub task: u32,
    /// The attempt in which the seat was opened, from 1.
    pub attempt: u16,
    /// The seat.
    pub seat: u8,
}

/// What is to be done, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Send the task to the node.
    Assign {
        /// To whom.
        node: NodeId,
        /// What.
        seat: SeatRef,
    },
    /// Tell the node that the assignment can no longer change a verdict, or that its lease ran out.
    Cancel {
        /// Whom.
        node: NodeId,
        /// Which.
        nonce: SeatNonce,
    },
    /// Ask the node for the bytes of an output that it voted for.
    NeedOutput {
        /// Whom.
        node: NodeId,
        /// The job.
        job: JobId,
        /// The task.
        task: u32,
        /// SHA-256 of the output.
        sha256: Digest,
        /// Its length in bytes.
        len: u64,
    },
    /// Commit this, then answer with [`Event::Committed`].
    Decided(Decision),
    /// Tell the node what became of its vote. The connection that voted may be gone.
    Settled {
        /// Whom.
        node: NodeId,
        /// Its key.
        key: NodeKey,
        /// Which assignment.
        nonce: SeatNonce,
        /// What became of it.
        settlement: Settlement,
    },
    /// Tell the node why it has nothing to do.
    Idle {
        /// Whom.
        node: NodeId,
        /// Why.
        reason: IdleReason,
    },
    /// Add to a node's record.
    Record {
        /// Whose.
        key: NodeKey,
        /// What.
        what: NodeFact,
    },
    /// Why a job does not go on has changed; `None` when it goes on.
    JobWaiting {
        /// Which.
        job: JobId,
        /// Why.
        reason: Option<WaitingReason>,
    },
    /// A task needs more seats, or a seat came back.
    Attempt {
        /// The job.
        job: JobId,
        /// The task.
        task: u32,
        /// The attempt it is in now.
        attempt: u16,
        /// Why.
        reason: AttemptReason,
    },
}

/// The verdict on a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// An outcome has its majority.
    Accepted(Accepted),
    /// No outcome will have one.
    Failed(Failed),
}

/// What a certificate says, but for what only the job knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The job.
    pub job: JobId,
    /// The task.
    pub task: u32,
    /// The attempt that decided.
    pub attempt: u16,
    /// Its seats.
    pub chosen: u8,
    /// Which always-rules did not hold among the counted votes.
    pub relaxed: Relaxed,
    /// The outcome.
    pub outcome: Outcome,
    /// Votes for it, sorted by node key.
    pub agree: Vec<SeatVote>,
    /// Counted votes against it, sorted by node key.
    pub dissent: Vec<Dissent>,
}

/// What a Fail says, but for what only the job knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// The job.
    pub job: JobId,
    /// The task.
    pub task: u32,
    /// The last attempt.
    pub attempt: u16,
    /// Why.
    pub reason: FailReason,
    /// Every counted vote, sorted by node key.
    pub votes: Vec<Dissent>,
}

/// Something to remember about a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeFact {
    /// It was given a seat.
    Assigned,
    /// Its vote agrees with a committed certificate, and earns this much agreed fuel.
    Accepted {
        /// Agreed fuel.
        credit: u64,
    },
    /// Its vote was counted and outvoted.
    Outvoted,
    /// A vote that could not count: bad signature, outcome or output.
    Invalid,
    /// A vote after its seat was lent again, its task was decided or its job had ended.
    Superseded,
    /// Two different votes on one nonce. The first one counts.
    DoubleVote(Box<DoubleVote>),
    /// A vote on a nonce that was given to another node, or sent again on the connection that was told its settlement.
    Replayed,
    /// It could not run a task, or did not deliver an output.
    Unable(UnableReason),
    /// An assignment came back because it left.
    Returned,
    /// An assignment came back because its lease ran out.
    Expired,
}

/// The evidence of a double vote: both votes, each with its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoubleVote {
    /// The assignment.
    pub seat: SeatRef,
    /// The vote that came first.
    pub first: (Outcome, Signature),
    /// The other one.
    pub second: (Outcome, Signature),
}
