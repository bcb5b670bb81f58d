//! The ledger's policies: Policy 0, the one in force, and the one that is proposed.

use super::EntryKind;
use super::queue::add;
use crate::store::column::Columns as _;
use crate::store::{Lease, Result, Store, Tx};

const ALL: &str = "SELECT version, body, idx FROM ledger_policies ORDER BY version";
/// A Policy is alone in its block.
const CERTIFICATES: &str = "SELECT b.height, b.certificate FROM ledger_policies p \
     JOIN ledger_blocks b ON b.first_index = p.idx WHERE b.state = 1 ORDER BY b.height";
const INSERT: &str =
    "INSERT INTO ledger_policies (version, body) VALUES ($1, $2) ON CONFLICT DO NOTHING";
const UNQUEUE: &str = "DELETE FROM ledger_queue WHERE kind = 8 AND height IS NULL";
const FORGET: &str = "DELETE FROM ledger_policies WHERE version > 0 AND idx IS NULL";
const STORED: &str = "UPDATE ledger_policies SET idx = $1 WHERE idx IS NULL";

/// A policy of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRecord {
    /// Its version.
    pub version: u32,
    /// The entry.
    pub body: Vec<u8>,
    /// Its index on the ledger; `None` while it is proposed, and for Policy 0 until its block has its quorum.
    pub index: Option<u64>,
}

impl Store {
    /// All policies, oldest first: Policy 0, those that were in force, the one in force, and then perhaps one proposal. None
    /// before the ledger was founded.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_policies(&self) -> Result<Vec<PolicyRecord>> {
        let rows = sqlx::query(ALL).fetch_all(&self.reader).await?;
        let policies = rows.iter().map(|row| {
            Ok(PolicyRecord {
                version: row.number("version")?,
                body: row.bytes("body")?,
                index: row.number_or_null("idx")?,
            })
        });
        policies.collect()
    }

    /// Height and certificate of every block that holds a Policy, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_policy_certificates(&self) -> Result<Vec<(u64, String)>> {
        let rows = sqlx::query(CERTIFICATES).fetch_all(&self.reader).await?;
        let certificates = rows
            .iter()
            .map(|row| Ok((row.number("height")?, row.string("certificate")?)));
        certificates.collect()
    }

    /// Records the Policy `version` and queues it: Policy 0, which founds the ledger, or a proposal. `false`, and nothing is
    /// written, when the ledger has begun already, or another proposal waits.
    ///
    /// # Errors
    /// [`crate::store::StoreError::Fenced`] when the lease is somebody else's now, and then nothing is written.
    pub async fn ledger_propose(&self, lease: &Lease, version: u32, body: &[u8]) -> Result<bool> {
        let mut tx = self.tx("ledger_propose").await?;
        lease.check(&mut tx).await?;
        let insert = sqlx::query(INSERT).bind(i64::from(version)).bind(body);
        if insert.execute(tx.conn()).await?.rows_affected() == 0 {
            return Ok(false);
        }
        add(&mut tx, EntryKind::Policy, body).await?;
        self.commit_queued(tx).await?;
        Ok(true)
    }

    /// Takes a proposal back. `false` when there is none, or it stands in a block already.
    ///
    /// # Errors
    /// [`crate::store::StoreError::Fenced`] when the lease is somebody else's now, and then nothing is written.
    pub async fn ledger_withdraw_proposal(&self, lease: &Lease) -> Result<bool> {
        let mut tx = self.tx("ledger_withdraw_proposal").await?;
        lease.check(&mut tx).await?;
        if sqlx::query(UNQUEUE)
            .execute(tx.conn())
            .await?
            .rows_affected()
            == 0
        {
            return Ok(false);
        }
        forget_proposal(&mut tx).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// The queued Policy is stored at this index.
pub(super) async fn stored(tx: &mut Tx, index: i64) -> Result<()> {
    let stored = sqlx::query(STORED).bind(index);
    stored.execute(tx.conn()).await?;
    Ok(())
}

/// The proposal is not queued any more.
pub(super) async fn forget_proposal(tx: &mut Tx) -> Result<()> {
    sqlx::query(FORGET).execute(tx.conn()).await?;
    Ok(())
}
