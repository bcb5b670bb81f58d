//! `manyhands serve`: puts store, hub and HTTP together, leads by a lease, and stops in good order.

mod built_ins;
pub mod config;
mod identity;
mod leadership;
mod server;
mod storage_server;

pub use config::{ServeConfig, TlsFiles};
pub use storage_server::{StorageConfig, StorageListening, run_storage};

use crate::clock::Clock;
use crate::data_dir::DataDir;
use crate::entropy::random_bytes;
use crate::http::{Api, ApiConfig, Ledger};
use crate::hub::{Hub, HubConfig};
use crate::scheduler::SchedulerConfig;
use crate::store::{Store, StoreTarget};
use anyhow::{Context as _, Result};
use identity::Identity;
use leadership::Leadership;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// How often unreferenced and expired blobs are cleaned away.
const CLEAN_EVERY: Duration = Duration::from_mins(10);

/// Where a coordinator can be reached, told once it listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listening {
    /// The address, with the real port.
    pub address: SocketAddr,
    /// What to type into a browser or `--url`.
    pub url: String,
    /// Where the admin token is.
    pub admin_token_file: std::path::PathBuf,
}

/// Runs a coordinator until `stop` is cancelled. `listening` hears once it answers requests as the leader.
///
/// # Errors
/// When it cannot start, or must stop because another coordinator leads.
pub async fn run(
    config: ServeConfig,
    clock: Clock,
    listening: oneshot::Sender<Listening>,
    stop: CancellationToken,
) -> Result<()> {
    // Another part of this process may have chosen the same provider before: any one will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let data = DataDir::open(&config.data)?;
    let target = config.database.clone();
    let target = target.unwrap_or_else(|| StoreTarget::Sqlite(data.join("manyhands.sqlite")));
    let store = Store::open(&target).await?;
    let identity = Identity::open(&data, &store, config.origin.as_deref()).await?;
    let listener = server::bind(config.listen)?;
    let tls = server::tls(config.tls.as_ref()).await?;
    let address = listener
        .local_addr()
        .context("a bound listener has an address")?;
    let url = config.public_url.as_ref().map_or_else(
        || {
            format!(
                "{}://{address}/",
                if tls.is_some() { "https" } else { "http" }
            )
        },
        ToString::to_string,
    );

    let standby = server::Standby::start(&listener, tls.clone())?;
    let leading = Leadership::take(&store, &clock, &data, &stop).await?;
    standby.stop().await;
    let Some(leadership) = leading else {
        return Ok(());
    };

    let admin_token_file = identity::admin_token(&data, &store, clock.now()).await?;
    built_ins::publish(&store, identity.chain, &identity.leader, clock.now()).await?;
    let hub_stop = CancellationToken::new();
    let (hub, tasks, sockets) = Hub::start(
        hub_config(&config, &identity),
        store.clone(),
        clock.clone(),
        leadership.lease().clone(),
        hub_stop.clone(),
    )
    .await?;
    let ledger = Ledger {
        chain: identity.chain,
        origin: identity.origin.clone(),
        leader_key: identity.leader.leader_key(),
    };
    let api_config = ApiConfig {
        submitters: config.submitters(),
        limits: config.limits,
    };
    let api = Api::new(store.clone(), hub, clock.clone(), ledger, api_config);
    let router = crate::http::router(api, sockets.merge(crate::web::router()));
    let server = server::Server::start(listener, tls, router)?;
    let told = Listening {
        address,
        url,
        admin_token_file,
    };
    if listening.send(told).is_err() {
        tracing::debug!("nobody waits to hear the address");
    }

    let result = tokio::select! {
        () = stop.cancelled() => Ok(()),
        lost = leadership.keep(&store, &clock) => Err(lost),
        ended = server.ended() => ended,
        () = clean(&store, &clock, config.limits.keep_days) => Ok(()),
    };
    server.stop_taking_requests();
    hub_stop.cancel();
    let stopped = tasks.stopped().await;
    server.stop().await;
    leadership.release(&store).await;
    store.close().await;
    result.and(stopped)
}

fn hub_config(config: &ServeConfig, identity: &Identity) -> HubConfig {
    let public = config.public_url.as_ref();
    HubConfig {
        chain: identity.chain,
        origin: identity.origin.clone(),
        public_origin: public.map(|url| url.origin().ascii_serialization()),
        limits: config.limits,
        join_work: config.join_work(),
        max_nodes: config.max_nodes,
        scheduler: SchedulerConfig {
            diversity: config.diversity,
            lease_ms: u64::try_from(config.lease.as_millis()).unwrap_or(u64::MAX),
            ..SchedulerConfig::default()
        },
        scheduler_seed: config.scheduler_seed.unwrap_or_else(random_bytes),
    }
}

/// Cleans for ever. A failure is logged; the next round tries again.
async fn clean(store: &Store, clock: &Clock, keep_days: u32) {
    let mut every = tokio::time::interval(CLEAN_EVERY);
    loop {
        every.tick().await;
        match store.gc(clock.now(), keep_days).await {
            Ok(report) => tracing::debug!(?report, "cleaned"),
            Err(error) => tracing::error!(%error, "cleaning failed; trying again in ten minutes"),
        }
    }
}
