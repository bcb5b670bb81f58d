//! The jobs that run tasks of a job again.

use super::super::column::Columns as _;
use super::super::{Result, Store};
use shared::ids::{JobId, UnixMs};

/// A job that runs tasks of another again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubsetRecord {
    /// The job.
    pub id: JobId,
    /// When it ended.
    pub ended_at_ms: Option<UnixMs>,
}

const SUBSETS: &str =
    "SELECT id, ended_at_ms FROM jobs WHERE parent = $1 AND state <> 'receiving' ORDER BY num";

impl Store {
    /// The subset jobs of `parent`, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn job_subsets(&self, parent: JobId) -> Result<Vec<SubsetRecord>> {
        let query = sqlx::query(SUBSETS).bind(&parent.0[..]);
        let rows = query.fetch_all(&self.reader).await?;
        let records = rows.iter().map(|row| {
            Ok(SubsetRecord {
                id: row.job_id("id")?,
                ended_at_ms: row.time_or_null("ended_at_ms")?,
            })
        });
        records.collect()
    }
}
