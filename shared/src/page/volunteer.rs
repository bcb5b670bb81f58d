//! What a page and its supervisor worker tell each other, and what all tabs of a profile hear of the one that computes.
//!
//! Each message is one JSON text. Both ends are ours, but a tab may be older than another: what cannot be read is
//! dropped.

use crate::ids::{Digest, JobId, NodeKey, UnixMs};
use crate::protocol::{RefuseReason, Settlement, UnableReason};
use serde::{Deserialize, Serialize};

mod reason;
#[cfg(test)]
mod tests;

pub use reason::{PauseCause, Reason};

/// The BroadcastChannel of [`OnChannel`].
pub const CHANNEL: &str = "manyhands-node";
/// The Web Lock that the computing supervisor holds: one profile is one node.
pub const NODE_LOCK: &str = "manyhands-node";
/// The Web Lock that every page with its owner's unfinished job holds, shared: the node takes no tasks meanwhile.
pub const DISTRIBUTING_LOCK: &str = "manyhands-distributing";
/// Most receipts in a [`Snapshot`].
pub const MAX_RECEIPTS: usize = 20;

/// From the page to its supervisor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToSupervisor {
    /// The user has pressed Start: nothing happens before this.
    Start(Start),
    /// Compute nothing while this cause lasts.
    Pause(PauseCause),
    /// This cause is over.
    Resume(PauseCause),
    /// Finish the tasks that run, take no more, then stop.
    Finish,
    /// Stop now.
    Stop,
    /// Be the node of this profile, whichever tab is it now.
    TakeOver,
    /// Do not wait before the next try to connect.
    RetryNow,
    /// Whether a page with an unfinished job is open may have changed.
    LookAtJobs,
    /// The page goes away: return the seats, and come back if the browser shows it again.
    Leave,
    /// The browser shows the page again.
    Return,
    /// Hand out the key file of a new key; possible until [`ToSupervisor::ForgetSeed`] or the end of this worker.
    ExportKey,
    /// The key file is in safety.
    ForgetSeed,
    /// Be the node of this key file from now on.
    ImportKey {
        /// The file's text.
        text: String,
    },
}

/// What the user agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// Guests that run at once.
    pub slots: u16,
    /// Most memory of one task, pages of 64 KiB.
    pub memory_pages: u32,
    /// A key file to use instead of the stored key.
    pub key_file: Option<String>,
    /// Causes for which to compute nothing yet.
    pub paused: Vec<PauseCause>,
}

/// From a supervisor to its page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromSupervisor {
    /// The worker listens from now on; what was sent to it before is lost.
    Ready,
    /// How things are.
    Snapshot(Box<Snapshot>),
    /// The key file to save.
    KeyFile {
        /// Its text.
        text: String,
    },
    /// The key file cannot be used.
    KeyRefused {
        /// Why, in words.
        why: String,
    },
    /// Nothing runs any more; this worker has ended. The last words.
    Ended(Box<Snapshot>),
}

/// Between all tabs of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnChannel {
    /// A page was opened and wants to know.
    WhoComputes,
    /// How things are in the tab that computes.
    Snapshot(Box<Snapshot>),
    /// A user's wish in another tab, for the one that computes.
    Wish(Wish),
    /// Whether a page with an unfinished job is open may have changed.
    LookAtJobs,
    /// The profile has another submitter's key: whose jobs its node may not vote on is to be said anew.
    OwnerChanged,
}

/// What may be asked of a supervisor by other tabs than its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// Compute nothing for now.
    Pause,
    /// Go on.
    Resume,
    /// Finish what runs, then stop.
    Finish,
    /// Stop now.
    Stop,
}

/// What the node does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nothing runs, nothing is connected.
    Off,
    /// The worker prepares its key and its connection.
    Starting,
    /// Connected, without a task.
    Idle,
    /// Tasks run.
    Computing,
    /// A page with its owner's unfinished job is open: no tasks are taken.
    Distributing,
    /// Connected, and takes no tasks for the reason given.
    Paused,
    /// The last tasks run.
    Finishing,
    /// Not connected; it will be tried again.
    Offline,
    /// It cannot compute here, for the reason given.
    Blocked,
}

/// All that a page shows about the node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// What it does.
    pub phase: Phase,
    /// Why nothing runs; there whenever `running` is empty.
    pub reason: Option<Reason>,
    /// The tasks that run now.
    pub running: Vec<RunningTask>,
    /// What became of its votes.
    pub counts: Counts,
    /// The newest settled votes, newest first, at most [`MAX_RECEIPTS`].
    pub receipts: Vec<Receipt>,
    /// The newest task that could not be run.
    pub last_unable: Option<Unable>,
    /// Guests that run at once.
    pub slots: u16,
    /// Most memory of one task, pages of 64 KiB.
    pub memory_pages: u32,
    /// The node's name.
    pub node_key: Option<NodeKey>,
    /// How its key is kept.
    pub key_storage: Option<KeyStorage>,
    /// The key is new, and its file can still be saved.
    pub can_save_key: bool,
    /// How long guests have run since Start, all sandboxes together, microseconds.
    pub guest_us: u64,
    /// Bytes received since Start: frames, modules and inputs.
    pub bytes_in: u64,
    /// Bytes sent since Start.
    pub bytes_out: u64,
    /// What runs the guests.
    pub engine: String,
    /// The ledger that it works for.
    pub origin: Option<String>,
    /// The newest sentence of the coordinator. Plain text.
    pub notice: Option<String>,
    /// When Start was pressed.
    pub started_at_ms: Option<UnixMs>,
}

/// A task that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningTask {
    /// Program as `name@version`. Somebody else's words.
    pub program: String,
    /// The job's title. Somebody else's words.
    pub title: String,
    /// The job.
    pub job_id: JobId,
    /// The task.
    pub task: u32,
    /// The module.
    pub module_sha256: Digest,
    /// When it began.
    pub since_ms: UnixMs,
}

/// What became of the votes since Start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Votes that agree with a certificate.
    pub verified: u64,
    /// Fuel of votes that agree with a certificate: credit.
    pub credit: u64,
    /// Votes that are not settled yet.
    pub pending: u64,
    /// Votes that were outvoted or invalid.
    pub rejected: u64,
    /// Votes that came too late to count.
    pub superseded: u64,
    /// Assignments that could not be run.
    pub unable: u64,
}

/// A vote that was settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The job.
    pub job_id: JobId,
    /// The task.
    pub task: u32,
    /// Program as `name@version`. Somebody else's words.
    pub program: String,
    /// What became of the vote.
    pub verdict: Settlement,
    /// When.
    pub at_ms: UnixMs,
}

/// A task that could not be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unable {
    /// The job.
    pub job_id: JobId,
    /// The task.
    pub task: u32,
    /// Why.
    pub reason: UnableReason,
    /// When.
    pub at_ms: UnixMs,
}

/// How a key is kept in a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyStorage {
    /// As a WebCrypto key that no script can read.
    WebCrypto,
    /// As a seed that is encrypted with a WebCrypto key that no script can read.
    Wrapped,
    /// Not at all: it ends with the window.
    Memory,
}

impl Snapshot {
    /// What a page shows before anything was started.
    #[must_use]
    pub const fn off(reason: Reason) -> Self {
        Self {
            phase: Phase::Off,
            reason: Some(reason),
            running: Vec::new(),
            counts: Counts {
                verified: 0,
                credit: 0,
                pending: 0,
                rejected: 0,
                superseded: 0,
                unable: 0,
            },
            receipts: Vec::new(),
            last_unable: None,
            slots: 0,
            memory_pages: 0,
            node_key: None,
            key_storage: None,
            can_save_key: false,
            guest_us: 0,
            bytes_in: 0,
            bytes_out: 0,
            engine: String::new(),
            origin: None,
            notice: None,
            started_at_ms: None,
        }
    }
}

impl Reason {
    /// What a refusal for good means to the user.
    #[must_use]
    pub const fn of_refusal(reason: RefuseReason) -> Self {
        match reason {
            RefuseReason::Version => Self::Outdated,
            RefuseReason::Banned => Self::Banned,
            RefuseReason::InvalidVotes => Self::InvalidVotes,
            RefuseReason::TakenOver => Self::TakenOver,
            _ => Self::Refused,
        }
    }
}
