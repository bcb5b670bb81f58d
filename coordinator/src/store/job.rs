//! Jobs: recorded once, moved from state to state, never deleted.

mod read;
mod subsets;

pub use subsets::SubsetRecord;

use super::column::{Columns as _, at, text};
use super::job_blob::{self, BlobRole, BlobUse};
use super::{Result, Store, StoreError, event};
use shared::api::events::JobEvent;
use shared::api::jobs::{JobState, TaskCounts};
use shared::ids::{Digest, JobId, SubmitterKey, UnixMs};

/// A job as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// SHA-256 of the job without its signature.
    pub id: JobId,
    /// Who submits.
    pub submitter_key: SubmitterKey,
    /// LEDGER.md's Job with its signature.
    pub signed: Vec<u8>,
    /// Plain text.
    pub title: String,
    /// `name@version`.
    pub program: String,
    /// How many tasks there are.
    pub task_count: u32,
    /// The leaf list, a blob that is stored already; `None` for a range.
    pub leaves_sha256: Option<Digest>,
    /// The job of which it runs tasks again.
    pub parent: Option<JobId>,
    /// Now.
    pub created_at_ms: UnixMs,
    /// When it expires.
    pub deadline_ms: UnixMs,
}

/// A recorded job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRecord {
    /// What was recorded at the beginning.
    pub job: NewJob,
    /// Grows with each recorded job; the cursor of [`Store::jobs_page`].
    pub num: i64,
    /// Where it stands.
    pub state: JobState,
    /// Why it ended, in words.
    pub reason: Option<String>,
    /// When it ended.
    pub ended_at_ms: Option<UnixMs>,
    /// Certificates with status 0.
    pub accepted: u32,
    /// Other certificates, and failures.
    pub failed: u32,
    /// Votes counted in certificates.
    pub votes: u64,
    /// Votes that were outvoted.
    pub dissent: u64,
    /// Number of the newest event.
    pub last_seq: u64,
    /// Whether its blobs were deleted because it ended long ago.
    pub blobs_deleted: bool,
}

/// What became of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobAdded {
    /// It is recorded now.
    New,
    /// It was recorded before.
    Existing(Box<JobRecord>),
}

/// `receiving` is the state of a job whose blobs are still being listed: nobody sees it. A crash leaves it so; the same
/// submission again goes on from there, and makes it young again for the cleaning.
const ADD: &str = "INSERT INTO jobs (id, submitter_key, signed, title, program, state, task_count, leaves_sha256, \
     parent, created_at_ms, deadline_ms, accepted, failed, votes, dissent, last_seq, blobs_deleted) \
     VALUES ($1, $2, $3, $4, $5, 'receiving', $6, $7, $8, $9, $10, 0, 0, 0, 0, 0, 0) \
     ON CONFLICT (id) DO UPDATE SET created_at_ms = excluded.created_at_ms WHERE jobs.state = 'receiving'";
const NUM: &str = "SELECT num, state FROM jobs WHERE id = $1";
const RECEIVED: &str = "UPDATE jobs SET state = 'uploading', last_seq = last_seq + 1 \
     WHERE num = $1 AND state = 'receiving' RETURNING last_seq";
const MOVE: &str = "UPDATE jobs SET state = $2, reason = $3, ended_at_ms = $4, waits_for = NULL, last_seq = last_seq + 1 \
     WHERE id = $1 AND state IN ('uploading', 'running') AND state <> $2 \
     RETURNING num, last_seq, task_count, accepted, failed";

/// Every state, in words of the database.
const STATES: [(JobState, &str); 6] = [
    (JobState::Uploading, "uploading"),
    (JobState::Running, "running"),
    (JobState::Complete, "complete"),
    (JobState::Cancelled, "cancelled"),
    (JobState::Expired, "expired"),
    (JobState::Stopped, "stopped"),
];

/// Blobs listed in one transaction, so that a job of a million inputs does not keep certificates waiting.
const BLOBS_AT_ONCE: usize = 8192;

impl Store {
    /// Records a job in state `uploading` with the blobs that it keeps. Ask [`Store::job_has_all_inputs`] next.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn job_add(&self, job: &NewJob, blobs: &[BlobUse]) -> Result<JobAdded> {
        let id = job.id;
        let add = sqlx::query(ADD)
            .bind(&id.0[..])
            .bind(&job.submitter_key.0[..])
            .bind(job.signed.as_slice())
            .bind(text(&job.title))
            .bind(text(&job.program))
            .bind(i64::from(job.task_count))
            .bind(job.leaves_sha256.map(|digest| digest.0.to_vec()))
            .bind(job.parent.map(|parent| parent.0.to_vec()))
            .bind(at(job.created_at_ms))
            .bind(at(job.deadline_ms));
        add.execute(&self.writer).await?;
        let find = sqlx::query(NUM).bind(&id.0[..]);
        let row = find.fetch_one(&self.writer).await?;
        let num = row.signed("num")?;
        if row.string("state")? == "receiving" && self.receive(num, job, blobs).await? {
            return Ok(JobAdded::New);
        }
        let existing = self.job_get(id).await?;
        let existing = existing.ok_or(StoreError::Corrupt("jobs.state"))?;
        Ok(JobAdded::Existing(Box::new(existing)))
    }

    /// Lists the blobs and makes the job visible; `false` when another submission of the same job did it first.
    async fn receive(&self, num: i64, job: &NewJob, blobs: &[BlobUse]) -> Result<bool> {
        use BlobRole::{Common, Input, Leaves, Output};
        for role in [Input, Common, Leaves, Output] {
            let of_role = blobs.iter().filter(|one| one.role == role);
            let mut digests: Vec<Digest> = of_role.map(|one| one.sha256).collect();
            digests.sort_unstable();
            digests.dedup();
            for chunk in digests.chunks(BLOBS_AT_ONCE) {
                self.add_blobs(num, job.submitter_key, role, chunk).await?;
            }
        }
        let mut tx = self.tx("job_add").await?;
        let received = sqlx::query(RECEIVED).bind(num);
        let Some(row) = received.fetch_optional(tx.conn()).await? else {
            return Ok(false);
        };
        let state = JobEvent::JobState {
            state: JobState::Uploading,
            tasks: counts(job.task_count, 0, 0),
            reason: None,
        };
        let seq = row.number("last_seq")?;
        event::insert(&mut tx, &[(num, seq, &state)], job.created_at_ms).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Jobs of one key that list the same blobs at the same time can make PostgreSQL give up one transaction for the
    /// other's sake; then it is this one's turn.
    async fn add_blobs(
        &self,
        num: i64,
        submitter: SubmitterKey,
        role: BlobRole,
        digests: &[Digest],
    ) -> Result<()> {
        loop {
            let mut tx = self.tx("job_add_blobs").await?;
            match job_blob::add(&mut tx, num, submitter, role, digests).await {
                Ok(()) => return tx.commit().await,
                Err(error) if error.is_deadlock() => tracing::debug!(%error, "again"),
                Err(error) => return Err(error),
            }
        }
    }

    /// Moves a job on and writes its `job.state` event, whose number is the answer. `None` when the job has ended, is
    /// in that state already or does not exist: an end is final.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn job_set_state(
        &self,
        id: JobId,
        state: JobState,
        reason: Option<&str>,
        now: UnixMs,
    ) -> Result<Option<u64>> {
        let reason = reason.map(text);
        let ended = state.has_ended().then(|| at(now));
        let mut tx = self.tx("job_set_state").await?;
        let step = sqlx::query(MOVE)
            .bind(&id.0[..])
            .bind(word(state))
            .bind(reason.clone())
            .bind(ended);
        let Some(row) = step.fetch_optional(tx.conn()).await? else {
            return Ok(None);
        };
        let (num, seq) = (row.signed("num")?, row.number("last_seq")?);
        let tasks = counts(
            row.number("task_count")?,
            row.number("accepted")?,
            row.number("failed")?,
        );
        let event = JobEvent::JobState {
            state,
            tasks,
            reason,
        };
        event::insert(&mut tx, &[(num, seq, &event)], now).await?;
        tx.commit().await?;
        Ok(Some(seq))
    }
}

/// What the store knows of a job's tasks; the rest waits.
fn counts(task_count: u32, accepted: u32, failed: u32) -> TaskCounts {
    TaskCounts {
        waiting: task_count.saturating_sub(accepted).saturating_sub(failed),
        accepted,
        failed,
        ..TaskCounts::default()
    }
}

fn word(state: JobState) -> &'static str {
    let found = STATES.into_iter().find(|(known, _)| *known == state);
    found.expect("STATES lists every state").1
}
