//! `jobs` and what is below it.

use super::bytes64;
use crate::ids::{Digest, JobId, NodeKey, SubmitterKey, UnixMs};
use crate::job::Limits;
use crate::outcome::Outcome;
use crate::protocol::UnableReason;
use serde::{Deserialize, Serialize};

/// Most characters of a title.
pub const MAX_TITLE_CHARS: usize = 200;

/// A submission. Posting the same job again answers the same and tells what is still missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SubmitJob {
    /// LEDGER.md's Job with its signature.
    #[serde(with = "bytes64")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Byte))]
    pub job: Vec<u8>,
    /// The leaf list of a chunk job (40 bytes a leaf) or of a job that runs tasks of another again (4 bytes); empty for a
    /// range.
    #[serde(with = "bytes64", default)]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Byte))]
    pub leaves: Vec<u8>,
    /// Plain text, shown to volunteers; at most 200 characters.
    #[serde(default)]
    pub title: String,
}

/// Answer to a submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobSubmitted {
    /// The job.
    pub job_id: JobId,
    /// Blobs that this key has yet to upload before tasks are assigned; the first 10,000.
    pub missing: Vec<Digest>,
    /// How many are missing in all.
    pub missing_total: u64,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Inputs are still to be uploaded.
    Uploading,
    /// Tasks are waiting or running.
    Running,
    /// Every task is accepted or failed, and that is stored.
    Complete,
    /// Cancelled by the submitter.
    Cancelled,
    /// The deadline passed.
    Expired,
    /// Ended by the operator.
    Stopped,
}

impl JobState {
    /// Whether nothing more will happen.
    #[must_use]
    pub const fn has_ended(self) -> bool {
        !matches!(self, Self::Uploading | Self::Running)
    }
}

/// Tasks of a job by state; their sum is the number of tasks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskCounts {
    /// No seat is held.
    pub waiting: u32,
    /// Some seat is held.
    pub running: u32,
    /// Decided, not yet committed.
    pub voted: u32,
    /// Certified and committed, not yet stored.
    pub accepted: u32,
    /// Certified, in a block with its storage quorum: only these are done.
    pub stored: u32,
    /// Failed, visibly, stored or not.
    pub failed: u32,
}

/// Why a job does not go on, or not faster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum WaitingReason {
    /// Inputs are still to be uploaded.
    Inputs {
        /// How many.
        missing: u64,
    },
    /// Fewer eligible volunteers than a majority: nothing can start.
    TooFewVolunteers {
        /// Connected volunteers that may take this job's tasks.
        eligible: u32,
        /// Needed to start a task: the majority.
        needed: u32,
    },
    /// Tasks run, but one more volunteer is needed if the first ones disagree.
    OneMoreIfDisagree {
        /// Connected volunteers that may take this job's tasks.
        eligible: u32,
        /// The trust level.
        trust: u32,
    },
    /// `--diversity strict`: not enough different networks.
    TooFewNetworks {
        /// Connected networks.
        networks: u32,
        /// Needed to start a task.
        needed: u32,
    },
    /// `--diversity strict`: not enough proven volunteers.
    TooFewProven {
        /// Connected proven volunteers.
        proven: u32,
        /// Needed to start a task.
        needed: u32,
    },
    /// Every eligible volunteer is busy.
    AllBusy,
    /// An entry of the job itself, or too many certificates, wait for the storage quorum.
    StorageQuorum,
    /// The coordinator is stopping.
    Draining,
}

impl std::fmt::Display for WaitingReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Inputs { missing } => write!(f, "waiting for {missing} inputs to be uploaded"),
            Self::TooFewVolunteers { eligible, needed } => write!(
                f,
                "waiting for volunteers: {eligible} connected that may take this job, {needed} are needed to start"
            ),
            Self::OneMoreIfDisagree { eligible, trust } => write!(
                f,
                "running on {eligible} of {trust} volunteers: one more volunteer is needed if the first ones disagree"
            ),
            Self::TooFewNetworks { networks, needed } => write!(
                f,
                "waiting for volunteers on other networks: {networks} connected, {needed} are needed (--diversity strict)"
            ),
            Self::TooFewProven { proven, needed } => write!(
                f,
                "waiting for proven volunteers: {proven} connected, {needed} are needed (--diversity strict)"
            ),
            Self::AllBusy => f.write_str("waiting for a free volunteer: all are busy"),
            Self::StorageQuorum => f.write_str("waiting for storage quorum"),
            Self::Draining => {
                f.write_str("the coordinator is stopping; the job goes on when it is back")
            }
        }
    }
}

/// A job as its submitter sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobView {
    /// The job.
    pub job_id: JobId,
    /// Who submitted it.
    pub submitter_key: SubmitterKey,
    /// Plain text.
    pub title: String,
    /// `name@version`.
    pub program: String,
    /// Where it stands.
    pub state: JobState,
    /// Why it ended, in words, when that needs saying.
    pub reason: Option<String>,
    /// Why it does not go on.
    pub waiting: Option<WaitingReason>,
    /// Tasks by state.
    pub tasks: TaskCounts,
    /// How many tasks there are.
    pub task_count: u32,
    /// The trust level.
    pub trust: u8,
    /// The selection policy.
    pub policy: String,
    /// What each task may use.
    pub limits: Limits,
    /// Votes counted in certificates so far.
    pub votes: u64,
    /// Votes that were outvoted.
    pub dissent: u64,
    /// When it was recorded.
    pub created_at_ms: UnixMs,
    /// When it ended.
    pub ended_at_ms: Option<UnixMs>,
    /// When it expires.
    pub deadline_ms: UnixMs,
    /// Until when outputs are kept; known once it has ended.
    pub kept_until_ms: Option<UnixMs>,
    /// Estimate of the time left, seconds from and to; absent while there is not enough data.
    pub seconds_left: Option<[u64; 2]>,
    /// LEDGER.md's Job with its signature.
    #[serde(with = "bytes64")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Byte))]
    pub job: Vec<u8>,
    /// SHA-256 of the leaf list (a blob that the submitter may read); absent for a range.
    pub leaves_sha256: Option<Digest>,
    /// The job of which this one runs tasks again: its results count there.
    pub parent: Option<JobId>,
    /// The jobs that run tasks of this one again, oldest first.
    pub subsets: Vec<JobId>,
}

/// State of one task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// No seat is held.
    Waiting,
    /// Some seat is held.
    Running,
    /// Decided, not yet committed.
    Voted,
    /// Certified and committed.
    Accepted,
    /// In a block with its storage quorum.
    Stored,
    /// Failed, visibly.
    Failed,
}

/// One task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskView {
    /// Its index.
    pub task: u32,
    /// Where it stands.
    pub state: TaskState,
    /// The attempt, from 1.
    pub attempt: u16,
    /// Seats in this attempt.
    pub chosen: u8,
    /// The accepted outcome.
    pub outcome: Option<Outcome>,
    /// Bits of LEDGER.md's `relaxed`.
    pub relaxed: u8,
    /// Seats that are held or have voted.
    pub seats: Vec<SeatView>,
    /// Why it failed, in words.
    pub failure: Option<String>,
}

/// One seat of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeatView {
    /// The seat.
    pub seat: u8,
    /// The attempt in which it was opened.
    pub attempt: u16,
    /// Who holds it.
    pub node_key: NodeKey,
    /// Whether its vote is in.
    pub voted: bool,
    /// What it said: shown only after the verdict.
    pub outcome: Option<Outcome>,
    /// Whether it agrees with the verdict.
    pub agrees: Option<bool>,
}

/// The log of one task: what its guests wrote to stderr, unverified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskLog {
    /// The task.
    pub task: u32,
    /// One line for each vote that came with text.
    pub entries: Vec<TaskLogEntry>,
}

/// What one volunteer's guest wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskLogEntry {
    /// Whose vote.
    pub node_key: NodeKey,
    /// The attempt.
    pub attempt: u16,
    /// The seat.
    pub seat: u8,
    /// What it voted.
    pub outcome: Outcome,
    /// The last 4 KiB of stderr, invalid UTF-8 replaced.
    pub stderr: String,
}

/// A page of `GET jobs/{id}/results?after=`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResultsPage {
    /// Decided tasks in task order, stored or not. Tasks that are not decided yet are left out; read again from there
    /// later.
    pub results: Vec<TaskResult>,
    /// The last task in this page: give it as `after` to read on. Absent when the page is empty.
    pub last_task: Option<u32>,
    /// Whether tasks after `last_task` are decided already.
    pub more: bool,
}

/// One decided task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskResult {
    /// Its index.
    pub task: u32,
    /// LEDGER.md's Cert, or Fail when `failed`.
    #[serde(with = "bytes64")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Byte))]
    pub entry: Vec<u8>,
    /// Whether the entry is a Fail.
    pub failed: bool,
    /// Index of the entry on the ledger; absent until its block has its storage quorum. Until then the task does not
    /// count as done: storage nodes may still refuse the entry, and the task is decided anew.
    #[serde(default)]
    pub index: Option<u64>,
    /// The output, when it is small enough for this page; otherwise `GET blobs/{output_sha256}`.
    #[serde(with = "bytes64::option", default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = Byte))]
    pub output: Option<Vec<u8>>,
}

/// The signed wish to cancel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CancelJob {
    /// LEDGER.md's cancel with the submitter's signature; absent when an admin cancels.
    #[serde(with = "bytes64::option", default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = Byte))]
    pub cancel: Option<Vec<u8>>,
}

/// Why a task was begun anew with more seats, or a seat came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum AttemptReason {
    /// No outcome can reach a majority of the seats: two more are opened.
    NoMajority,
    /// The first votes differ: more of the chosen seats are opened.
    VotesDiffer,
    /// A node was unable to run it.
    Unable {
        /// Why.
        reason: UnableReason,
    },
    /// A node left or its lease ran out.
    Returned,
    /// The storage nodes refused the certificate or failure: the task runs again.
    Refused,
}
