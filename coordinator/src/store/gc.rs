//! What is deleted because nobody needs it any more; never a job, a decision or a program.
//!
//! Every DELETE repeats its whole condition, so whoever refers to a row while the cleaning runs keeps it.

use super::column::{Columns as _, at, big, concat, with_digests};
use super::{Result, Store};
use shared::http_auth::NONCE_MEMORY_MS;
use shared::ids::{Digest, UnixMs};

/// Blobs that no job and no program refers to live this long, ms; unfinished uploads too.
const UNREFERENCED_MS: u64 = 3600 * 1000;
const DAY_MS: u64 = 24 * 3600 * 1000;
/// Rows deleted in one transaction, so that certificates never wait for long.
const AT_ONCE: i64 = 500;

/// What was deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GcReport {
    /// Jobs whose blobs were given up, because they ended long ago.
    pub jobs: u64,
    /// Blobs.
    pub blobs: u64,
    /// Uploads that were never finished.
    pub uploads: u64,
    /// Nonces of requests.
    pub nonces: u64,
}

const NONCES: &str = "DELETE FROM http_nonces WHERE used_at_ms < $1";
const UPLOADS: &str = "DELETE FROM uploads WHERE finished = 0 AND started_at_ms < $1";
const UNRECEIVED_BLOBS: &str = "DELETE FROM job_blobs WHERE job IN \
     (SELECT num FROM jobs WHERE state = 'receiving' AND created_at_ms < $1)";
const UNRECEIVED: &str = "DELETE FROM jobs WHERE state = 'receiving' AND created_at_ms < $1";

/// A job keeps its blobs as long as the jobs that run its tasks again keep theirs: their results are one.
const ENDED_JOBS: &str = "SELECT num FROM jobs j WHERE ended_at_ms < $1 AND blobs_deleted = 0 \
     AND NOT EXISTS (SELECT 1 FROM jobs s WHERE s.parent = j.id AND s.blobs_deleted = 0 \
     AND (s.ended_at_ms IS NULL OR s.ended_at_ms >= $1)) ORDER BY num LIMIT $2";
const FORGET_OUTPUTS: &str = "UPDATE decisions SET output = NULL WHERE job = $1 AND output IS NOT NULL AND task IN \
     (SELECT task FROM decisions WHERE job = $1 AND output IS NOT NULL ORDER BY task LIMIT $2)";
const FORGET_LOGS: &str = "DELETE FROM task_logs WHERE job = $1";
const JOB_BLOBS: &str =
    "SELECT sha256 FROM job_blobs WHERE job = $1 AND sha256 > $2 ORDER BY sha256 LIMIT $3";
/// Blobs that another job of the same key uses stay referenced.
const UNREFER: &str = with_digests!(
    "UPDATE blob_owners SET referenced = 0 \
     WHERE owner = (SELECT submitter_key FROM jobs WHERE num = $3) AND sha256 IN (SELECT d.sha256 FROM digests d) \
     AND NOT EXISTS (SELECT 1 FROM job_blobs b JOIN jobs j ON j.num = b.job \
     WHERE b.sha256 = blob_owners.sha256 AND j.submitter_key = blob_owners.owner AND b.job <> $3)"
);
const FORGET_JOB_BLOBS: &str = with_digests!(
    "DELETE FROM job_blobs WHERE job = $3 AND sha256 IN (SELECT d.sha256 FROM digests d)"
);
const BLOBS_DELETED: &str = "UPDATE jobs SET blobs_deleted = 1 WHERE num = $1";

const DISOWN: &str = "DELETE FROM blob_owners WHERE referenced = 0 AND uploaded_at_ms < $1 \
     AND NOT EXISTS (SELECT 1 FROM job_blobs b JOIN jobs j ON j.num = b.job \
     WHERE b.sha256 = blob_owners.sha256 AND j.submitter_key = blob_owners.owner)";
const OLD_BLOBS: &str = "SELECT sha256 FROM blobs b WHERE sha256 > $1 AND stored_at_ms < $2 \
     AND NOT EXISTS (SELECT 1 FROM blob_owners o WHERE o.sha256 = b.sha256) \
     AND NOT EXISTS (SELECT 1 FROM job_blobs u WHERE u.sha256 = b.sha256) \
     AND NOT EXISTS (SELECT 1 FROM programs p WHERE p.original_sha256 = b.sha256) \
     AND NOT EXISTS (SELECT 1 FROM programs p WHERE p.module_sha256 = b.sha256) \
     AND NOT EXISTS (SELECT 1 FROM programs p WHERE p.manifest_sha256 = b.sha256) \
     ORDER BY sha256 LIMIT $3";
const DELETE_BLOB: &str = "DELETE FROM blobs WHERE sha256 = $1 AND stored_at_ms < $2 \
     AND NOT EXISTS (SELECT 1 FROM blob_owners o WHERE o.sha256 = blobs.sha256) \
     AND NOT EXISTS (SELECT 1 FROM job_blobs u WHERE u.sha256 = blobs.sha256) \
     AND NOT EXISTS (SELECT 1 FROM programs p WHERE p.original_sha256 = blobs.sha256) \
     AND NOT EXISTS (SELECT 1 FROM programs p WHERE p.module_sha256 = blobs.sha256) \
     AND NOT EXISTS (SELECT 1 FROM programs p WHERE p.manifest_sha256 = blobs.sha256) RETURNING upload_id";
const DELETE_PIECES: &str = "DELETE FROM uploads WHERE id = $1";

impl Store {
    /// Deletes used nonces, unfinished uploads, blobs that nothing refers to, and the blobs, outputs and logs of jobs
    /// that ended more than `keep_days` ago. Call it at the start and every few minutes.
    ///
    /// # Errors
    /// When the database fails; what is deleted by then stays deleted, and the next call goes on.
    pub async fn gc(&self, now: UnixMs, keep_days: u32) -> Result<GcReport> {
        let ago = |ms: u64| UnixMs(now.0.saturating_sub(ms));
        let hour = ago(UNREFERENCED_MS);
        let nonces = self.delete_before(NONCES, ago(NONCE_MEMORY_MS)).await?;
        let uploads = self.delete_before(UPLOADS, hour).await?;
        self.delete_before(UNRECEIVED_BLOBS, hour).await?;
        self.delete_before(UNRECEIVED, hour).await?;
        let kept = ago(DAY_MS.saturating_mul(u64::from(keep_days)));
        let jobs = self.forget_blobs_of_jobs_ended_before(kept).await?;
        self.delete_before(DISOWN, hour).await?;
        let blobs = self.delete_blobs_stored_before(hour).await?;
        Ok(GcReport {
            jobs,
            blobs,
            uploads,
            nonces,
        })
    }

    async fn delete_before(&self, sql: &'static str, time: UnixMs) -> Result<u64> {
        let done = sqlx::query(sql).bind(at(time)).execute(&self.writer);
        Ok(done.await?.rows_affected())
    }

    async fn forget_blobs_of_jobs_ended_before(&self, time: UnixMs) -> Result<u64> {
        let mut jobs = 0;
        loop {
            let ended = sqlx::query(ENDED_JOBS).bind(at(time)).bind(AT_ONCE);
            let ended = ended.fetch_all(&self.reader).await?;
            if ended.is_empty() {
                return Ok(jobs);
            }
            for row in ended {
                self.forget_blobs_of(row.signed("num")?).await?;
                jobs += 1;
            }
        }
    }

    async fn forget_blobs_of(&self, job: i64) -> Result<()> {
        loop {
            let forget = sqlx::query(FORGET_OUTPUTS).bind(job).bind(AT_ONCE);
            if forget.execute(&self.writer).await?.rows_affected() == 0 {
                break;
            }
        }
        let mut after = Vec::new();
        loop {
            let page = sqlx::query(JOB_BLOBS).bind(job).bind(after).bind(AT_ONCE);
            let page = page.fetch_all(&self.reader).await?;
            let digests = page.iter().map(|row| row.digest("sha256"));
            let digests: Vec<Digest> = digests.collect::<Result<_>>()?;
            let Some(last) = digests.last() else { break };
            after = last.0.to_vec();
            let (all, count) = (concat(&digests), big(digests.len() as u64));
            let mut tx = self.tx("gc_job_blobs").await?;
            for sql in [UNREFER, FORGET_JOB_BLOBS] {
                let query = sqlx::query(sql).bind(all.as_slice()).bind(count).bind(job);
                query.execute(tx.conn()).await?;
            }
            tx.commit().await?;
        }
        let mut tx = self.tx("gc_job").await?;
        for sql in [FORGET_LOGS, BLOBS_DELETED] {
            sqlx::query(sql).bind(job).execute(tx.conn()).await?;
        }
        tx.commit().await
    }

    async fn delete_blobs_stored_before(&self, time: UnixMs) -> Result<u64> {
        let mut deleted = 0;
        let mut after = Vec::new();
        loop {
            let page = sqlx::query(OLD_BLOBS)
                .bind(after)
                .bind(at(time))
                .bind(AT_ONCE)
                .fetch_all(&self.reader)
                .await?;
            let Some(last) = page.last() else {
                return Ok(deleted);
            };
            after = last.bytes("sha256")?;
            let mut tx = self.tx("gc_blobs").await?;
            for row in &page {
                let delete = sqlx::query(DELETE_BLOB)
                    .bind(row.bytes("sha256")?)
                    .bind(at(time));
                let Some(gone) = delete.fetch_optional(tx.conn()).await? else {
                    continue;
                };
                deleted += 1;
                if let Some(upload) = gone.bytes_or_null("upload_id")? {
                    let delete = sqlx::query(DELETE_PIECES).bind(upload);
                    delete.execute(tx.conn()).await?;
                }
            }
            tx.commit().await?;
        }
    }
}
