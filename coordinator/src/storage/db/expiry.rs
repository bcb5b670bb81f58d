//! What is not kept any more: outputs some time after their job's end, and blobs that nothing names.

use super::batch::Batch;
use super::{Columns as _, Db, Tx, big};
use crate::storage::error::Result;
use shared::ids::{Digest, JobId, UnixMs};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A job whose outputs are to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::storage) struct ExpiringJob {
    num: i64,
    /// The first task whose output is still kept.
    pub(in crate::storage) from: u64,
}

/// All tasks: a task is a 32-bit number.
const ALL: u64 = 1 << 32;

const NEXT: &str = "SELECT num, expired_to FROM jobs \
     WHERE done_idx IS NOT NULL AND expired_to < 4294967296 AND done_at_ms <= ? ORDER BY done_at_ms LIMIT 1";
const TASKS: &str = "SELECT task, idx FROM tasks WHERE job = ? AND task >= ? ORDER BY task LIMIT ?";
const EXPIRED: &str = "UPDATE jobs SET expired_to = ? WHERE num = ?";
const LIVE: &str = "SELECT id, idx FROM jobs WHERE done_idx IS NULL";
const UNUSED: &str = "SELECT b.sha256 FROM blobs b LEFT JOIN blob_uses u ON u.blob = b.num \
     WHERE COALESCE(u.uses, 0) = 0 AND b.sha256 IS NOT NULL AND b.stored_at_ms <= ?";
const DELETE_USES: &str =
    "DELETE FROM blob_uses WHERE uses <= 0 AND blob = (SELECT num FROM blobs WHERE sha256 = ?)";
const DELETE_LEAF_LIST: &str = "DELETE FROM leaf_lists WHERE sha256 = ? \
     AND NOT EXISTS (SELECT 1 FROM blobs b JOIN blob_uses u ON u.blob = b.num WHERE b.sha256 = leaf_lists.sha256)";
const DELETE: &str = "DELETE FROM blobs WHERE sha256 = ? \
     AND NOT EXISTS (SELECT 1 FROM blob_uses WHERE blob = num)";
static UNUSE: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        "WITH unused (sha256, uses) AS (",
        2,
        ") UPDATE blob_uses SET uses = blob_uses.uses - u.uses FROM unused u JOIN blobs b ON b.sha256 = u.sha256 \
         WHERE blob_uses.blob = b.num",
    )
});

impl Db {
    /// A job that ended before this time and whose outputs are still kept.
    pub(in crate::storage) async fn next_expiring(
        &self,
        ended_before: UnixMs,
    ) -> Result<Option<ExpiringJob>> {
        let query = sqlx::query(NEXT).bind(big(ended_before.0));
        let row = query.fetch_optional(&self.reader).await?;
        row.map(|row| {
            Ok(ExpiringJob {
                num: row.signed("num")?,
                from: row.number("expired_to")?,
            })
        })
        .transpose()
    }

    /// Decided tasks of the job from a task on: their numbers and the indexes of their newest entries.
    pub(in crate::storage) async fn decided_tasks(
        &self,
        job: &ExpiringJob,
        limit: u32,
    ) -> Result<Vec<(u32, u64)>> {
        let query = sqlx::query(TASKS)
            .bind(job.num)
            .bind(big(job.from))
            .bind(i64::from(limit));
        let rows = query.fetch_all(&self.reader).await?;
        rows.iter()
            .map(|row| Ok((row.number("task")?, row.number("idx")?)))
            .collect()
    }

    /// Jobs without an end, and the indexes of their entries.
    pub(in crate::storage) async fn live_jobs(&self) -> Result<Vec<(JobId, u64)>> {
        let rows = sqlx::query(LIVE).fetch_all(&self.reader).await?;
        rows.iter()
            .map(|row| Ok((JobId(row.array("id")?), row.number("idx")?)))
            .collect()
    }

    /// Blobs that no committed entry names and that came before this time.
    pub(in crate::storage) async fn unused_blobs(
        &self,
        stored_before: UnixMs,
    ) -> Result<Vec<Digest>> {
        let query = sqlx::query(UNUSED).bind(big(stored_before.0));
        let rows = query.fetch_all(&self.reader).await?;
        rows.iter().map(|row| row.digest("sha256")).collect()
    }
}

impl Tx {
    /// So many entries name these blobs no more; the job's outputs are expired up to a task, or all of them.
    pub(in crate::storage) async fn expire(
        &mut self,
        job: &ExpiringJob,
        to: Option<u32>,
        uses: &BTreeMap<Digest, u64>,
    ) -> Result<()> {
        let uses: Vec<_> = uses.iter().collect();
        for (sql, uses) in UNUSE.cut(&uses) {
            let mut query = sqlx::query(sql);
            for (sha256, count) in uses {
                query = query.bind(&sha256.0[..]).bind(big(**count));
            }
            query.execute(self.conn()).await?;
        }
        let to = to.map_or(ALL, u64::from);
        let expired = sqlx::query(EXPIRED).bind(big(to)).bind(job.num);
        expired.execute(self.conn()).await?;
        Ok(())
    }

    /// Deletes blobs that no committed entry names.
    pub(in crate::storage) async fn delete_unused(&mut self, blobs: &[Digest]) -> Result<u64> {
        let mut deleted = 0;
        for sha256 in blobs {
            let uses = sqlx::query(DELETE_USES).bind(&sha256.0[..]);
            uses.execute(self.conn()).await?;
            let list = sqlx::query(DELETE_LEAF_LIST).bind(&sha256.0[..]);
            list.execute(self.conn()).await?;
            let delete = sqlx::query(DELETE).bind(&sha256.0[..]);
            deleted += delete.execute(self.conn()).await?.rows_affected();
        }
        Ok(deleted)
    }
}
