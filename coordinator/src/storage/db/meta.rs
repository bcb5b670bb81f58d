//! Facts about the node itself, each under its name.

use super::{Columns as _, Db, Tx};
use crate::storage::error::{Result, StorageError};

const GET: &str = "SELECT value FROM meta WHERE name = ?";
const DELETE: &str = "DELETE FROM meta WHERE name = ?";
const PUT: &str = "INSERT INTO meta (name, value) VALUES (?, ?) \
     ON CONFLICT (name) DO UPDATE SET value = excluded.value";

/// The highest ballot that was promised; only ever raised.
const PROMISED: &str = "promised";

impl Db {
    /// What stands under `name`.
    pub(in crate::storage) async fn meta(&self, name: &'static str) -> Result<Option<Vec<u8>>> {
        let row = sqlx::query(GET)
            .bind(name)
            .fetch_optional(&self.reader)
            .await?;
        row.map(|row| row.bytes("value")).transpose()
    }

    /// The highest ballot that was promised, 0 before the first.
    pub(in crate::storage) async fn promised(&self) -> Result<u64> {
        let bytes = self.meta(PROMISED).await?.unwrap_or_else(|| vec![0; 8]);
        let bytes = bytes
            .try_into()
            .map_err(|_| StorageError::Corrupt("promised"))?;
        Ok(u64::from_be_bytes(bytes))
    }
}

impl Tx {
    /// Puts `value` under `name`.
    pub(in crate::storage) async fn put_meta(
        &mut self,
        name: &'static str,
        value: &[u8],
    ) -> Result<()> {
        let put = sqlx::query(PUT).bind(name).bind(value);
        put.execute(self.conn()).await?;
        Ok(())
    }

    /// Takes away what stands under `name`.
    pub(in crate::storage) async fn delete_meta(&mut self, name: &'static str) -> Result<()> {
        let delete = sqlx::query(DELETE).bind(name);
        delete.execute(self.conn()).await?;
        Ok(())
    }

    /// Raises the promised ballot.
    pub(in crate::storage) async fn promise(&mut self, ballot: u64) -> Result<()> {
        self.put_meta(PROMISED, &ballot.to_be_bytes()).await
    }
}
