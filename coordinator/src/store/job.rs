//! Jobs: recorded once, moved from state to state, never deleted.

mod begin;
mod close;
mod read;
mod stage;
mod subsets;

pub use close::{JobClosed, JobEnd};
pub use stage::JobStage;
pub use subsets::SubsetRecord;

use super::column::{Columns as _, at, big, text};
use super::job_blob::{self, BlobRole, BlobUse};
use super::{Result, Store, StoreError, Tx, event};
use shared::api::events::JobEvent;
use shared::api::jobs::{JobState, TaskCounts};
use shared::ids::{Digest, JobId, SubmitterKey, UnixMs};
use sqlx::any::AnyRow;

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
    /// The signed job names no deadline: it expires this long after the time of its block, ms, and `deadline_ms` is
    /// only right once the Job is stored.
    pub lasts_ms: Option<u64>,
}

/// A recorded job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRecord {
    /// What was recorded at the beginning.
    pub job: NewJob,
    /// Grows with each recorded job; the cursor of [`Store::jobs_page`].
    pub num: i64,
    /// Where it stands.
    pub stage: JobStage,
    /// Why it ended or ends, in words.
    pub reason: Option<String>,
    /// When it ended.
    pub ended_at_ms: Option<UnixMs>,
    /// Certificates with status 0.
    pub accepted: u32,
    /// Those of them whose block has its storage quorum.
    pub stored: u32,
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
    /// Index of its Job on the ledger, once it is stored.
    pub index: Option<u64>,
    /// Index of its Done on the ledger, once it is stored.
    pub done_index: Option<u64>,
}

impl JobRecord {
    /// Whether its Job is on the ledger or on its way there: a job that runs its tasks again must stand behind it.
    #[must_use]
    pub const fn is_recorded(&self) -> bool {
        self.index.is_some() || self.stage.waits_for_quorum()
    }

    /// Tasks by state, as far as the store knows: what is not decided waits.
    #[must_use]
    pub fn counts(&self) -> TaskCounts {
        let decided = self.accepted.saturating_add(self.failed);
        TaskCounts {
            waiting: self.job.task_count.saturating_sub(decided),
            accepted: self.accepted.saturating_sub(self.stored),
            stored: self.stored,
            failed: self.failed,
            ..TaskCounts::default()
        }
    }
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
     parent, created_at_ms, deadline_ms, lasts_ms, accepted, stored, failed, votes, dissent, last_seq, blobs_deleted) \
     VALUES ($1, $2, $3, $4, $5, 'receiving', $6, $7, $8, $9, $10, $11, 0, 0, 0, 0, 0, 0, 0) \
     ON CONFLICT (id) DO UPDATE SET created_at_ms = excluded.created_at_ms WHERE jobs.state = 'receiving'";
const NUM: &str = "SELECT num, state FROM jobs WHERE id = $1";
const RECEIVED: &str = "UPDATE jobs SET state = 'uploading', last_seq = last_seq + 1 \
     WHERE num = $1 AND state = 'receiving' RETURNING last_seq";
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
            .bind(at(job.deadline_ms))
            .bind(job.lasts_ms.map(big));
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
            tasks: TaskCounts {
                waiting: job.task_count,
                ..TaskCounts::default()
            },
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
}

/// What every UPDATE that moves a job returns, for [`moved`].
macro_rules! returning_moved {
    ($sql:literal) => {
        concat!(
            $sql,
            " RETURNING num, id, state, last_seq, task_count, accepted, stored, failed, reason"
        )
    };
}
pub(super) use returning_moved;

/// Writes the `job.state` event of a job that an UPDATE ending in `returning_moved!` has moved; the answer is the event's
/// number.
pub(super) async fn moved(tx: &mut Tx, row: &AnyRow, now: UnixMs) -> Result<u64> {
    let stage = JobStage::of_word(&row.string("state")?);
    let stage = stage.ok_or(StoreError::Corrupt("jobs.state"))?;
    let (num, seq) = (row.signed("num")?, row.number("last_seq")?);
    let (accepted, stored, failed): (u32, u32, u32) = (
        row.number("accepted")?,
        row.number("stored")?,
        row.number("failed")?,
    );
    let count: u32 = row.number("task_count")?;
    let event = JobEvent::JobState {
        state: stage.state(),
        tasks: TaskCounts {
            waiting: count.saturating_sub(accepted).saturating_sub(failed),
            accepted: accepted.saturating_sub(stored),
            stored,
            failed,
            ..TaskCounts::default()
        },
        reason: row.string_or_null("reason")?,
    };
    event::insert(tx, &[(num, seq, &event)], now).await?;
    Ok(seq)
}
