//! `GET status`: what anyone may know.

use super::jobs::{TaskCounts, WaitingReason};
use crate::ids::{ChainId, JobId, LeaderKey, UnixMs};
use serde::{Deserialize, Serialize};

/// The coordinator at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Status {
    /// Version of the program.
    pub version: String,
    /// The ledger's name.
    pub origin: String,
    /// SHA-256 of the origin.
    pub chain_id: ChainId,
    /// The leader's key.
    pub leader_key: LeaderKey,
    /// Its clock.
    pub server_time_ms: UnixMs,
    /// Whether this coordinator leads; a standby answers 503 to what only a leader can do.
    pub leading: bool,
    /// Who may post jobs.
    pub submitters: Submitters,
    /// Volunteers.
    pub nodes: NodeCounts,
    /// Different networks among the connected nodes.
    pub networks: u32,
    /// Unfinished jobs.
    pub jobs_open: u32,
    /// Tasks of unfinished jobs by state.
    pub tasks: TaskCounts,
    /// What the coordinator takes at most.
    pub limits: ServerLimits,
    /// Unfinished jobs that wait, and why; at most 100.
    pub waiting: Vec<JobWaits>,
}

/// A job that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobWaits {
    /// The job.
    pub job_id: JobId,
    /// Why.
    pub reason: WaitingReason,
}

/// Connected volunteers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NodeCounts {
    /// All of them.
    pub connected: u32,
    /// Those with assignments.
    pub computing: u32,
    /// Tasks they can run at once.
    pub slots: u64,
}

/// Who may post jobs and programs (DESIGN.md section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Submitters {
    /// Any key, from this machine.
    Open,
    /// A token or an approved key.
    Approved,
}

/// What the coordinator takes at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServerLimits {
    /// Largest module, bytes.
    pub module_bytes: u64,
    /// Largest input chunk or common file, bytes.
    pub chunk_bytes: u64,
    /// Largest output of one task, bytes.
    pub output_bytes: u32,
    /// Longest wall-clock limit, ms.
    pub wall_ms: u32,
    /// Most tasks a job.
    pub tasks: u32,
    /// Unreferenced blobs a key, bytes.
    pub unreferenced_bytes: u64,
    /// Unreferenced blobs a key.
    pub unreferenced_blobs: u64,
    /// Days that blobs are kept after a job's end.
    pub keep_days: u32,
}

impl Default for ServerLimits {
    /// The defaults of DESIGN.md section 7.
    fn default() -> Self {
        Self {
            module_bytes: 16 << 20,
            chunk_bytes: 16 << 20,
            output_bytes: 16 << 20,
            wall_ms: 120_000,
            tasks: crate::job::MAX_TASKS,
            unreferenced_bytes: 1 << 30,
            unreferenced_blobs: 10_000,
            keep_days: 30,
        }
    }
}
