//! Where a hash stands in the committed log: of a job, a node, a module or a block.

use super::{Columns as _, Db, big};
use crate::storage::error::Result;
use shared::ids::Digest;
use sqlx::sqlite::SqliteRow;

const JOB: &str = "SELECT idx, done_idx FROM jobs WHERE id = ?";
const MODULE: &str =
    "SELECT idx FROM programs WHERE module_sha256 = ? AND idx < ? ORDER BY idx DESC LIMIT ?";
const NODE: &str = "SELECT e.idx FROM node_entries e JOIN nodes n ON n.num = e.node \
     WHERE n.node_key = ? AND e.idx < ? ORDER BY e.idx DESC LIMIT ?";

impl Db {
    /// Indexes of a job's entry and of its Done.
    pub(in crate::storage) async fn find_job(
        &self,
        id: Digest,
    ) -> Result<Option<(u64, Option<u64>)>> {
        let query = sqlx::query(JOB).bind(&id.0[..]);
        let row = query.fetch_optional(&self.reader).await?;
        row.map(|row| Ok((row.number("idx")?, row.number_or_null("done_idx")?)))
            .transpose()
    }

    /// Indexes of the programs with this module, newest first, below `before`.
    pub(in crate::storage) async fn find_module(
        &self,
        module: Digest,
        before: u64,
        limit: u32,
    ) -> Result<Vec<u64>> {
        let query = sqlx::query(MODULE)
            .bind(&module.0[..])
            .bind(big(before))
            .bind(i64::from(limit));
        indexes(&query.fetch_all(&self.reader).await?)
    }

    /// Indexes of the entries that are about a node, newest first, below `before`.
    pub(in crate::storage) async fn find_node(
        &self,
        node: Digest,
        before: u64,
        limit: u32,
    ) -> Result<Vec<u64>> {
        let query = sqlx::query(NODE)
            .bind(&node.0[..])
            .bind(big(before))
            .bind(i64::from(limit));
        indexes(&query.fetch_all(&self.reader).await?)
    }
}

fn indexes(rows: &[SqliteRow]) -> Result<Vec<u64>> {
    rows.iter().map(|row| row.number("idx")).collect()
}
