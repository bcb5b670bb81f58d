//! Leadership as a lease: taken by compare-and-swap, renewed, and checked by everything that only a leader may write.

use super::column::{Columns as _, at, text};
use super::{Result, Store, StoreError, Tx};
use shared::ids::UnixMs;

/// A claim on a name that ends by itself. Whoever takes the name next has a higher epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What is claimed.
    pub name: String,
    /// Who claims it.
    pub owner: String,
    /// Grows each time the lease is taken.
    pub epoch: u64,
}

/// The condition stands in the UPDATE, so of any number of claimers one wins.
const TAKE: &str = "INSERT INTO leases (name, owner, epoch, until_ms) VALUES ($1, $2, 1, $3) \
     ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, epoch = leases.epoch + 1, until_ms = excluded.until_ms \
     WHERE leases.until_ms <= $4 OR leases.owner = excluded.owner RETURNING epoch";
const RENEW: &str = "UPDATE leases SET until_ms = $4 WHERE name = $1 AND owner = $2 AND epoch = $3";
/// Changes nothing, but locks the row until the transaction ends: nobody takes the lease between check and commit.
const FENCE: &str = "UPDATE leases SET epoch = epoch WHERE name = $1 AND owner = $2 AND epoch = $3";

impl Store {
    /// Takes the lease if it is free, ended, or this owner's already (then with a new epoch: what `owner` did before it
    /// restarted is fenced off). `None` while somebody else holds it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lease_take(
        &self,
        name: &str,
        owner: &str,
        now: UnixMs,
        ttl_ms: u64,
    ) -> Result<Option<Lease>> {
        let (name, owner) = (text(name), text(owner));
        let take = sqlx::query(TAKE)
            .bind(name.as_str())
            .bind(owner.as_str())
            .bind(at(now.plus(ttl_ms)))
            .bind(at(now));
        let Some(row) = take.fetch_optional(&self.writer).await? else {
            return Ok(None);
        };
        let epoch = row.number("epoch")?;
        Ok(Some(Lease { name, owner, epoch }))
    }

    /// Holds the lease until `ttl_ms` from now. `false`: it is somebody else's now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lease_renew(&self, lease: &Lease, now: UnixMs, ttl_ms: u64) -> Result<bool> {
        self.set_end(lease, now.plus(ttl_ms)).await
    }

    /// Ends the lease now. `false`: it was somebody else's already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lease_release(&self, lease: &Lease) -> Result<bool> {
        self.set_end(lease, UnixMs(0)).await
    }

    /// Fails when the lease is somebody else's now.
    ///
    /// # Errors
    /// [`StoreError::Fenced`], or when the database fails.
    pub async fn lease_check(&self, lease: &Lease) -> Result<()> {
        let mut tx = self.tx("lease_check").await?;
        lease.check(&mut tx).await?;
        tx.commit().await
    }

    async fn set_end(&self, lease: &Lease, until: UnixMs) -> Result<bool> {
        let renew = lease.bind(sqlx::query(RENEW)).bind(at(until));
        let done = renew.execute(&self.writer).await?;
        Ok(done.rows_affected() == 1)
    }
}

type Query = sqlx::query::Query<'static, sqlx::Any, sqlx::any::AnyArguments>;

impl Lease {
    fn bind(&self, query: Query) -> Query {
        query
            .bind(self.name.as_str())
            .bind(self.owner.as_str())
            .bind(super::column::big(self.epoch))
    }

    /// Fails the transaction unless the lease is still held.
    pub(super) async fn check(&self, tx: &mut Tx) -> Result<()> {
        let fence = self.bind(sqlx::query(FENCE));
        match fence.execute(tx.conn()).await?.rows_affected() {
            1 => Ok(()),
            _ => Err(StoreError::Fenced),
        }
    }
}
