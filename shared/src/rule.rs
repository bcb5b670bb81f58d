//! The rules of LEDGER.md section 2 that a Cert or Fail can break, each with the name that refusals show.

use crate::ids::{Digest, JobId, NodeKey};

/// The rule that a Cert or Fail breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenRule {
    /// It is another job's.
    #[error("rule job: it is for job {found}")]
    Job {
        /// The job it names.
        found: JobId,
    },
    /// The task is not one of the job's.
    #[error("rule task: task {task} is not below the job's task_count {task_count}")]
    Task {
        /// The task it names.
        task: u32,
        /// The job's number of tasks.
        task_count: u32,
    },
    /// Attempt and chosen do not follow from the job's trust level.
    #[error("rule chosen: attempt {attempt} of trust {trust} has {expected} seats, not {chosen}")]
    Chosen {
        /// The attempt it names.
        attempt: u16,
        /// The job's trust level.
        trust: u8,
        /// Seats that follow from both (0: no such attempt).
        expected: u8,
        /// Seats it names; for a Fail of reason 1: 15.
        chosen: u8,
    },
    /// A seat is out of range or used twice.
    #[error("rule seat: seat {seat} is not below {chosen}, or is held twice")]
    Seat {
        /// The seat.
        seat: u8,
        /// Seats of the task.
        chosen: u8,
    },
    /// A node voted twice.
    #[error("rule key: node {0} is listed twice")]
    Key(NodeKey),
    /// A vote's attempt is 0 or later than the one that decided.
    #[error("rule attempt: a vote of attempt {vote} is listed under attempt {decided}")]
    Attempt {
        /// The vote's.
        vote: u16,
        /// The Cert's or Fail's.
        decided: u16,
    },
    /// Not more than half of the chosen agree.
    #[error("rule majority: {agree} of {chosen} agree, which is not more than half")]
    Majority {
        /// Votes that agree.
        agree: usize,
        /// Seats of the task.
        chosen: u8,
    },
    /// The referee rule does not hold.
    #[error("rule referee: {0}")]
    Referee(&'static str),
    /// The votes of a Fail do not show what its reason says.
    #[error("rule reason: {0}")]
    Reason(&'static str),
    /// Another module than the job's.
    #[error("rule module: it is for module {0}, not the job's")]
    Module(Digest),
    /// Another input than the leaf's.
    #[error("rule input: it is for input {0}, not the task's")]
    Input(Digest),
    /// More fuel than the job allows.
    #[error("rule fuel: {fuel} is more than the job's {limit}")]
    Fuel {
        /// Fuel in the outcome.
        fuel: u64,
        /// The job's limit.
        limit: u64,
    },
    /// More output than the job allows.
    #[error("rule output: {len} bytes are more than the job's {limit}")]
    Output {
        /// Bytes in the outcome.
        len: u64,
        /// The job's limit.
        limit: u32,
    },
    /// A dissent has the accepted outcome.
    #[error("rule dissent: the vote of node {0} is listed as dissent but agrees")]
    Dissent(NodeKey),
    /// A node key may not vote.
    #[error("rule weak_key: the key {0} is weak or not an Ed25519 public key")]
    WeakKey(NodeKey),
    /// A signature does not verify.
    #[error("rule signature: the signature of node {0} does not verify")]
    Signature(NodeKey),
}
