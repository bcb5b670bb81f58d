//! The policies of the committed log.

use super::{Columns as _, Db, Tx, big};
use crate::storage::error::{Result, StorageError};
use shared::codec::Canonical as _;
use shared::ids::Digest;
use shared::ledger::facts::PolicyInForce;
use shared::ledger::policy::PolicyEntry;
use sqlx::sqlite::SqliteRow;

const NEWEST: &str = "SELECT entry FROM policies ORDER BY version DESC LIMIT 1";
const OF: &str =
    "SELECT entry FROM policies WHERE height < ? OR version = 0 ORDER BY version DESC LIMIT 1";
const UNCERTIFIED: &str = "SELECT p.height FROM policies p JOIN blocks b ON b.height = p.height \
     WHERE b.certificate IS NULL ORDER BY p.height";
const CERTIFICATE: &str = "SELECT b.certificate FROM policies p JOIN blocks b ON b.height = p.height \
     WHERE p.height = ?";
const PUT: &str = "INSERT INTO policies (version, height, idx, entry) VALUES (?, ?, ?, ?)";

fn of_row(row: &SqliteRow) -> Result<PolicyInForce> {
    let entry = row.bytes("entry")?;
    read(&entry).ok_or(StorageError::Corrupt("policies"))
}

/// A policy from its entry's bytes.
pub(in crate::storage) fn read(bytes: &[u8]) -> Option<PolicyInForce> {
    let (_, entry) = PolicyEntry::decode(bytes).ok()?;
    let sha256 = Digest::of(bytes);
    Some(PolicyInForce { entry, sha256 })
}

impl Db {
    /// The policy in force for the next block; `None` before block 0.
    pub(in crate::storage) async fn policy(&self) -> Result<Option<PolicyInForce>> {
        let row = sqlx::query(NEWEST).fetch_optional(&self.reader).await?;
        row.as_ref().map(of_row).transpose()
    }

    /// The policy that certifies the block of this height.
    pub(in crate::storage) async fn policy_of(&self, height: u64) -> Result<Option<PolicyInForce>> {
        let query = sqlx::query(OF).bind(big(height));
        let row = query.fetch_optional(&self.reader).await?;
        row.as_ref().map(of_row).transpose()
    }

    /// Heights of the blocks that hold a Policy and whose certificates are not here.
    pub(in crate::storage) async fn uncertified_policies(&self) -> Result<Vec<u64>> {
        let rows = sqlx::query(UNCERTIFIED).fetch_all(&self.reader).await?;
        rows.iter().map(|row| row.number("height")).collect()
    }

    /// The certificate of the block of this height, if it holds a Policy.
    pub(in crate::storage) async fn policy_certificate(
        &self,
        height: u64,
    ) -> Result<Option<String>> {
        let query = sqlx::query(CERTIFICATE).bind(big(height));
        let row = query.fetch_optional(&self.reader).await?;
        let certificate = row.map(|row| row.string_or_null("certificate"));
        Ok(certificate.transpose()?.flatten())
    }
}

impl Tx {
    /// Records a Policy of a committed block.
    pub(super) async fn put_policy(
        &mut self,
        version: u32,
        height: u64,
        index: u64,
        entry: &[u8],
    ) -> Result<()> {
        let put = sqlx::query(PUT)
            .bind(i64::from(version))
            .bind(big(height))
            .bind(big(index))
            .bind(entry);
        put.execute(self.conn()).await?;
        Ok(())
    }
}
