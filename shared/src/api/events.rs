//! `GET jobs/{id}/events`: server-sent events with `Last-Event-ID`.

use super::bytes64;
use super::jobs::{AttemptReason, JobState, TaskCounts, WaitingReason};
use crate::ids::NodeKey;
use serde::{Deserialize, Serialize};

/// One event; its SSE name is the tag, its SSE id a number that grows within the job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "event")]
pub enum JobEvent {
    /// The job's state changed, or the counts are told at the beginning of a stream.
    #[serde(rename = "job.state")]
    JobState {
        /// Where it stands.
        state: JobState,
        /// Tasks by state.
        tasks: TaskCounts,
        /// Why it ended, in words.
        reason: Option<String>,
    },
    /// Why the job does not go on; null when it does.
    #[serde(rename = "job.waiting")]
    JobWaiting {
        /// Why.
        reason: Option<WaitingReason>,
    },
    /// A task needs more seats, or a seat came back.
    #[serde(rename = "task.attempt")]
    TaskAttempt {
        /// The task.
        task: u32,
        /// The attempt now.
        attempt: u16,
        /// Why.
        reason: AttemptReason,
    },
    /// A task is certified and committed.
    #[serde(rename = "task.accepted")]
    TaskAccepted {
        /// The task.
        task: u32,
        /// LEDGER.md's Cert.
        #[serde(with = "bytes64")]
        #[cfg_attr(feature = "openapi", schema(value_type = String, format = Byte))]
        cert: Vec<u8>,
    },
    /// A block with certificates or failures of the job has its storage quorum.
    #[serde(rename = "task.stored")]
    TaskStored {
        /// The tasks, ascending.
        tasks: Vec<u32>,
    },
    /// A counted vote differs from the verdict.
    #[serde(rename = "task.dissent")]
    TaskDissent {
        /// The task.
        task: u32,
        /// Who was outvoted.
        nodes: Vec<NodeKey>,
    },
    /// A task failed, visibly.
    #[serde(rename = "task.failed")]
    TaskFailed {
        /// The task.
        task: u32,
        /// Why, in words.
        reason: String,
    },
}

impl JobEvent {
    /// The SSE event name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::JobState { .. } => "job.state",
            Self::JobWaiting { .. } => "job.waiting",
            Self::TaskAttempt { .. } => "task.attempt",
            Self::TaskAccepted { .. } => "task.accepted",
            Self::TaskStored { .. } => "task.stored",
            Self::TaskDissent { .. } => "task.dissent",
            Self::TaskFailed { .. } => "task.failed",
        }
    }
}
