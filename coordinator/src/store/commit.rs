//! The hot path: hundreds of decisions with all that follows from them, in one transaction, before anyone is told.

mod locked_job;
mod rows;

use super::ledger::{self, EntryKind};
use super::{Lease, NodeDelta, Result, Store, event, node};
use rows::Row;
use shared::api::events::JobEvent;
use shared::ids::{JobId, NodeKey, UnixMs};
use shared::outcome::Outcome;

/// What one transaction commits.
#[derive(Debug, Clone, Default)]
pub struct Commit {
    /// Tasks that are decided.
    pub decisions: Vec<NewDecision>,
    /// Events that no decision implies.
    pub events: Vec<NewEvent>,
    /// What became of votes and assignments, by node; one entry for a node.
    pub nodes: Vec<NodeDelta>,
}

/// A decided task.
#[derive(Debug, Clone)]
pub struct NewDecision {
    /// The job.
    pub job_id: JobId,
    /// The task.
    pub task: u32,
    /// The attempt that decided.
    pub attempt: u16,
    /// How.
    pub decided: Decided,
    /// Votes in the entry.
    pub votes: u32,
    /// Those of them that were outvoted.
    pub dissent: u32,
    /// What guests wrote to stderr.
    pub logs: Vec<TaskLogRecord>,
}

/// How a task was decided.
#[derive(Debug, Clone)]
pub enum Decided {
    /// By a certificate.
    Cert {
        /// The accepted outcome.
        outcome: Outcome,
        /// Bits of LEDGER.md's `relaxed`.
        relaxed: u8,
        /// LEDGER.md's Cert.
        cert: Vec<u8>,
        /// Where the output is.
        output: OutputPlace,
    },
    /// It failed, visibly.
    Fail {
        /// The number in LEDGER.md.
        reason: u8,
        /// In words.
        words: String,
        /// LEDGER.md's Fail.
        fail: Vec<u8>,
    },
}

/// Where an accepted output is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputPlace {
    /// Here: at most [`super::INLINE_BYTES`], nothing when the output is empty.
    Here(Vec<u8>),
    /// Stored as a blob already.
    Blob,
}

/// What one volunteer's guest wrote; unverified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskLogRecord {
    /// Whose vote.
    pub node_key: NodeKey,
    /// The attempt.
    pub attempt: u16,
    /// The seat.
    pub seat: u8,
    /// What it voted.
    pub outcome: Outcome,
    /// The tail of stderr.
    pub stderr: Vec<u8>,
}

/// An event that no decision implies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// The job; an event of an unknown job is dropped.
    pub job_id: JobId,
    /// What happened.
    pub event: JobEvent,
}

/// What became of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committed {
    /// It stands, under this event number.
    First {
        /// Number of its event within the job.
        seq: u64,
    },
    /// The task was decided before: the first decision stands.
    AlreadyDecided,
    /// The job has ended or is unknown.
    JobNotRunning,
    /// Its output was said to be a blob, but is not stored.
    OutputMissing,
}

impl Store {
    /// Commits decisions and what goes with them, all or nothing, and queues them for the ledger; the answer is in the order of `commit.decisions`. Of
    /// two decisions on one task the first one committed stands; the second is no error.
    ///
    /// # Errors
    /// [`super::StoreError::Fenced`] when the lease is somebody else's now, and then nothing is written.
    pub async fn commit_decisions(
        &self,
        lease: &Lease,
        commit: &Commit,
        now: UnixMs,
    ) -> Result<Vec<Committed>> {
        let mut tx = self.tx("commit_decisions").await?;
        lease.check(&mut tx).await?;
        let mut jobs = locked_job::lock(&mut tx, commit).await?;
        let missing = rows::keep_outputs(&mut tx, commit, &jobs, now).await?;
        let mut answers = vec![Committed::JobNotRunning; commit.decisions.len()];
        let mut rows = Vec::with_capacity(commit.decisions.len());
        for (index, (new, answer)) in commit.decisions.iter().zip(&mut answers).enumerate() {
            let Some(job) = jobs.get_mut(&new.job_id).filter(|job| job.runs) else {
                continue;
            };
            if rows::output_blob(&new.decided).is_some_and(|digest| missing.contains(&digest)) {
                *answer = Committed::OutputMissing;
                continue;
            }
            let seq = job.take_seq();
            *answer = Committed::First { seq };
            let job = job.num;
            rows.push(Row {
                index,
                job,
                seq,
                new,
            });
        }
        rows.sort_unstable_by_key(|row| (row.job, row.new.task, row.seq));
        let late = rows::insert(&mut tx, &rows, now).await?;
        rows.retain(|row| !late.contains(&row.index));
        for (index, answer) in answers.iter_mut().enumerate() {
            if late.contains(&index) {
                *answer = Committed::AlreadyDecided;
            }
        }
        for row in &rows {
            if let Some(job) = jobs.get_mut(&row.new.job_id) {
                job.count(row.new);
            }
        }
        rows.sort_unstable_by_key(|row| row.index);
        let queued = rows.iter().map(|row| {
            let kind = match row.new.decided {
                Decided::Cert { .. } => EntryKind::Cert,
                Decided::Fail { .. } => EntryKind::Fail,
            };
            (kind, row.job, row.new.task)
        });
        ledger::queue::add_decisions(&mut tx, &queued.collect::<Vec<_>>()).await?;
        locked_job::write_counts(&mut tx, &jobs).await?;
        rows::insert_logs(&mut tx, &rows).await?;
        let mut events = Vec::with_capacity(commit.events.len());
        for new in &commit.events {
            if let Some(job) = jobs.get_mut(&new.job_id) {
                events.push((job.num, job.take_seq(), &new.event));
            }
        }
        event::insert(&mut tx, &events, now).await?;
        node::apply(&mut tx, &commit.nodes, now).await?;
        self.commit_queued(tx).await?;
        Ok(answers)
    }
}
