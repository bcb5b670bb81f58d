//! Submitter keys that may post on a coordinator with `--submitters approved`.

use super::column::{Columns as _, at, text};
use super::page::{Page, one_more};
use super::{Result, Store};
use shared::ids::{SubmitterKey, UnixMs};

/// An approved key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovedKeyRecord {
    /// The key.
    pub key: SubmitterKey,
    /// Whose it is.
    pub note: String,
    /// When it was approved.
    pub approved_at_ms: UnixMs,
}

const APPROVE: &str = "INSERT INTO approved_keys (submitter_key, note, approved_at_ms) VALUES ($1, $2, $3) \
     ON CONFLICT (submitter_key) DO UPDATE SET note = excluded.note";
const IS_APPROVED: &str = "SELECT 1 AS yes FROM approved_keys WHERE submitter_key = $1";
const PAGE: &str = "SELECT submitter_key, note, approved_at_ms FROM approved_keys \
     WHERE submitter_key > $1 ORDER BY submitter_key LIMIT $2";
const REVOKE: &str = "DELETE FROM approved_keys WHERE submitter_key = $1";

impl Store {
    /// Lets a key post; a second time only changes the note.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn key_approve(&self, key: SubmitterKey, note: &str, now: UnixMs) -> Result<()> {
        let approve = sqlx::query(APPROVE)
            .bind(&key.0[..])
            .bind(text(note))
            .bind(at(now));
        approve.execute(&self.writer).await?;
        Ok(())
    }

    /// Whether a key may post.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn key_is_approved(&self, key: SubmitterKey) -> Result<bool> {
        let query = sqlx::query(IS_APPROVED).bind(&key.0[..]);
        Ok(query.fetch_optional(&self.reader).await?.is_some())
    }

    /// Approved keys in the order of their bytes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keys_page(
        &self,
        after: Option<SubmitterKey>,
        limit: u32,
    ) -> Result<Page<ApprovedKeyRecord, SubmitterKey>> {
        let query = sqlx::query(PAGE)
            .bind(after.map_or_else(Vec::new, |key| key.0.to_vec()))
            .bind(one_more(limit));
        let rows = query.fetch_all(&self.reader).await?;
        let record = |row: &sqlx::any::AnyRow| {
            Ok(ApprovedKeyRecord {
                key: row.submitter_key("submitter_key")?,
                note: row.string("note")?,
                approved_at_ms: row.time("approved_at_ms")?,
            })
        };
        let keys = rows.iter().map(record).collect::<Result<_>>()?;
        Ok(Page::cut(keys, limit, |last: &ApprovedKeyRecord| last.key))
    }

    /// Takes an approval back; `false` when there was none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn key_revoke(&self, key: SubmitterKey) -> Result<bool> {
        let revoke = sqlx::query(REVOKE).bind(&key.0[..]);
        Ok(revoke.execute(&self.writer).await?.rows_affected() == 1)
    }
}
