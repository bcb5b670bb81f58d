//! Jobs as they are read back: one, all that are unfinished, or page by page.

use super::super::column::Columns as _;
use super::super::page::{Page, one_more};
use super::super::{Result, Store, StoreError};
use super::{JobRecord, JobStage, NewJob};
use shared::api::jobs::JobState;
use shared::ids::{Digest, JobId, SubmitterKey};
use sqlx::any::AnyRow;

macro_rules! select_jobs {
    ($tail:literal) => {
        concat!(
            "SELECT num, id, submitter_key, signed, title, program, state, reason, task_count, leaves_sha256, parent, \
             created_at_ms, ended_at_ms, deadline_ms, lasts_ms, accepted, stored, failed, votes, dissent, last_seq, \
             blobs_deleted, idx, done_idx \
             FROM jobs WHERE state <> 'receiving' ",
            $tail
        )
    };
}
const GET: &str = select_jobs!("AND id = $1");
const UNFINISHED: &str =
    select_jobs!("AND state IN ('uploading', 'recording', 'running', 'closing') ORDER BY num");
const PAGE: &str = select_jobs!(
    "AND num < $1 AND state IN ($2, $3, $4, $5, $6, $7, $8, $9) ORDER BY num DESC LIMIT $10"
);
const PAGE_OF: &str = select_jobs!(
    "AND num < $1 AND state IN ($2, $3, $4, $5, $6, $7, $8, $9) AND submitter_key = $11 ORDER BY num DESC LIMIT $10"
);

const STORED: &str =
    "SELECT CAST(COALESCE(SUM(stored), 0) AS BIGINT) AS total FROM jobs WHERE state = 'running'";

impl Store {
    /// How many good answers to tasks of running jobs are stored.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn jobs_stored(&self) -> Result<u32> {
        let row = sqlx::query(STORED).fetch_one(&self.reader).await?;
        let total: u64 = row.number("total")?;
        Ok(u32::try_from(total).unwrap_or(u32::MAX))
    }

    /// One job.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn job_get(&self, id: JobId) -> Result<Option<JobRecord>> {
        let query = sqlx::query(GET).bind(&id.0[..]);
        let row = query.fetch_optional(&self.reader).await?;
        row.as_ref().map(record).transpose()
    }

    /// Jobs, newest first: of one key or of all, in these states or (when empty) in all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn jobs_page(
        &self,
        owner: Option<SubmitterKey>,
        states: &[JobState],
        before: Option<i64>,
        limit: u32,
    ) -> Result<Page<JobRecord, i64>> {
        let sql = if owner.is_some() { PAGE_OF } else { PAGE };
        let mut query = sqlx::query(sql).bind(before.unwrap_or(i64::MAX));
        for stage in JobStage::ALL {
            let wanted = states.is_empty() || states.contains(&stage.state());
            query = query.bind(if wanted { stage.word() } else { "" });
        }
        query = query.bind(one_more(limit));
        if let Some(owner) = owner {
            query = query.bind(owner.0.to_vec());
        }
        let rows = query.fetch_all(&self.reader).await?;
        let jobs = rows.iter().map(record).collect::<Result<_>>()?;
        Ok(Page::cut(jobs, limit, |last: &JobRecord| last.num))
    }

    /// Jobs that have not ended, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn jobs_unfinished(&self) -> Result<Vec<JobRecord>> {
        let rows = sqlx::query(UNFINISHED).fetch_all(&self.reader).await?;
        rows.iter().map(record).collect()
    }
}

fn record(row: &AnyRow) -> Result<JobRecord> {
    let stage = JobStage::of_word(&row.string("state")?);
    let stage = stage.ok_or(StoreError::Corrupt("jobs.state"))?;
    let leaves = row.bytes_or_null("leaves_sha256")?;
    let leaves = leaves.map(|bytes| Digest::from_slice(&bytes));
    if leaves == Some(None) {
        return Err(StoreError::Corrupt("jobs.leaves_sha256"));
    }
    let parent = row.bytes_or_null("parent")?;
    let parent = parent.map(|bytes| bytes.try_into().map(JobId));
    let parent = parent.transpose();
    Ok(JobRecord {
        job: NewJob {
            id: row.job_id("id")?,
            submitter_key: row.submitter_key("submitter_key")?,
            signed: row.bytes("signed")?,
            title: row.string("title")?,
            program: row.string("program")?,
            task_count: row.number("task_count")?,
            leaves_sha256: leaves.flatten(),
            parent: parent.map_err(|_| StoreError::Corrupt("jobs.parent"))?,
            created_at_ms: row.time("created_at_ms")?,
            deadline_ms: row.time("deadline_ms")?,
            lasts_ms: row.number_or_null("lasts_ms")?,
        },
        num: row.signed("num")?,
        stage,
        reason: row.string_or_null("reason")?,
        ended_at_ms: row.time_or_null("ended_at_ms")?,
        accepted: row.number("accepted")?,
        stored: row.number("stored")?,
        failed: row.number("failed")?,
        votes: row.number("votes")?,
        dissent: row.number("dissent")?,
        last_seq: row.number("last_seq")?,
        blobs_deleted: row.flag("blobs_deleted")?,
        index: row.number_or_null("idx")?,
        done_index: row.number_or_null("done_idx")?,
    })
}
