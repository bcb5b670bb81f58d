//! What admins did.

use super::column::{Columns as _, at, text};
use super::page::{Page, one_more};
use super::{Result, Store};
use shared::ids::UnixMs;

/// One action of an admin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// Grows; the cursor of [`Store::audit_page`].
    pub num: i64,
    /// When.
    pub at_ms: UnixMs,
    /// Who: a token's id or a key.
    pub actor: String,
    /// What, such as `token.create`.
    pub action: String,
    /// To what, and how.
    pub detail: String,
}

const ADD: &str = "INSERT INTO audit (at_ms, actor, action, detail) VALUES ($1, $2, $3, $4)";
const PAGE: &str =
    "SELECT num, at_ms, actor, action, detail FROM audit WHERE num < $1 ORDER BY num DESC LIMIT $2";

impl Store {
    /// Writes down what an admin did.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit(
        &self,
        actor: &str,
        action: &'static str,
        detail: &str,
        now: UnixMs,
    ) -> Result<()> {
        let add = sqlx::query(ADD)
            .bind(at(now))
            .bind(text(actor))
            .bind(action)
            .bind(text(detail));
        add.execute(&self.writer).await?;
        Ok(())
    }

    /// What admins did, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_page(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Page<AuditRecord, i64>> {
        let query = sqlx::query(PAGE)
            .bind(before.unwrap_or(i64::MAX))
            .bind(one_more(limit));
        let rows = query.fetch_all(&self.reader).await?;
        let record = |row: &sqlx::any::AnyRow| {
            Ok(AuditRecord {
                num: row.signed("num")?,
                at_ms: row.time("at_ms")?,
                actor: row.string("actor")?,
                action: row.string("action")?,
                detail: row.string("detail")?,
            })
        };
        let actions = rows.iter().map(record).collect::<Result<_>>()?;
        Ok(Page::cut(actions, limit, |last: &AuditRecord| last.num))
    }
}
