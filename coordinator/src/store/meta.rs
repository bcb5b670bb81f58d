//! Facts about this store that are set once: the ledger's origin, the leader's key.

use super::column::{Columns as _, text};
use super::{Result, Store, StoreError};

const CLAIM: &str = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
const GET: &str = "SELECT value FROM meta WHERE key = $1";
const TOUCH: &str = "INSERT INTO meta (key, value) VALUES ('probe', 'writable') \
     ON CONFLICT (key) DO UPDATE SET value = excluded.value";

impl Store {
    /// Sets `key` unless it is set, and says what it is set to. Who finds another value than its own must not go on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn meta_claim(&self, key: &'static str, value: &str) -> Result<String> {
        let mut tx = self.tx("meta_claim").await?;
        let claim = sqlx::query(CLAIM).bind(key).bind(text(value));
        claim.execute(tx.conn()).await?;
        let row = sqlx::query(GET).bind(key).fetch_one(tx.conn()).await?;
        tx.commit().await?;
        row.string("value")
    }

    /// What `key` is set to.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn meta_get(&self, key: &'static str) -> Result<Option<String>> {
        let row = sqlx::query(GET)
            .bind(key)
            .fetch_optional(&self.reader)
            .await?;
        row.map(|row| row.string("value")).transpose()
    }

    /// Writes something, for `/readyz`.
    ///
    /// # Errors
    /// When the database does not take writes.
    pub async fn check_writable(&self) -> Result<(), StoreError> {
        sqlx::query(TOUCH).execute(&self.writer).await?;
        Ok(())
    }
}
