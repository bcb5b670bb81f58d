//! Leading is a lease in the store: taken by compare-and-swap, renewed, given back. Who loses it stops.

use crate::clock::Clock;
use crate::data_dir::DataDir;
use crate::entropy::random_bytes;
use crate::store::{Lease, Store};
use anyhow::{Error, Result, anyhow};
use shared::ids::to_hex;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Name of the lease.
const NAME: &str = "leader";
/// How long the lease lasts without renewal.
const TTL_MS: u64 = 15_000;
/// How often it is renewed, or asked for while another holds it.
const EVERY: Duration = Duration::from_secs(4);

/// The lease that this coordinator holds.
#[derive(Debug)]
pub(super) struct Leadership {
    lease: Lease,
}

impl Leadership {
    /// Waits until the lease is ours; `None` when `stop` was cancelled first. A coordinator that was killed takes its
    /// own lease back at once: the data directory remembers under which name it was held.
    pub(super) async fn take(
        store: &Store,
        clock: &Clock,
        data: &DataDir,
        stop: &CancellationToken,
    ) -> Result<Option<Self>> {
        let owner = data.secret("coordinator.id", || to_hex(&random_bytes::<16>()))?;
        let mut every = tokio::time::interval(EVERY);
        let mut said = false;
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(None),
                _ = every.tick() => {}
            }
            if let Some(lease) = store.lease_take(NAME, &owner, clock.now(), TTL_MS).await? {
                tracing::info!(epoch = lease.epoch, "leading");
                return Ok(Some(Self { lease }));
            }
            if !said {
                tracing::info!("another coordinator leads; standing by");
                said = true;
            }
        }
    }

    pub(super) fn lease(&self) -> &Lease {
        &self.lease
    }

    /// Renews the lease until it is lost; then says so. A database that does not answer is asked again: the lease in
    /// it fences us off should another coordinator take over meanwhile.
    pub(super) async fn keep(&self, store: &Store, clock: &Clock) -> Error {
        let mut every = tokio::time::interval(EVERY);
        loop {
            every.tick().await;
            match store.lease_renew(&self.lease, clock.now(), TTL_MS).await {
                Ok(true) => {}
                Ok(false) => return anyhow!("another coordinator leads now: this one stops"),
                Err(error) => tracing::error!(%error, "the leader's lease cannot be renewed"),
            }
        }
    }

    /// Gives the lease back, so that another coordinator need not wait for its end.
    pub(super) async fn release(&self, store: &Store) {
        if let Err(error) = store.lease_release(&self.lease).await {
            tracing::warn!(%error, "the leader's lease ends by itself in a few seconds");
        }
    }
}
