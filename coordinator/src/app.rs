//! `manyhands serve`: puts store, hub and HTTP together, leads by a lease, and stops in good order.

mod built_ins;
pub mod config;
mod identity;
mod leadership;
mod sealing;
mod server;
mod storage_nodes;
mod storage_server;

pub use config::{ServeConfig, TlsFiles};
pub use storage_server::{StorageConfig, StorageListening, run_storage};

use crate::clock::Clock;
use crate::data_dir::DataDir;
use crate::entropy::random_bytes;
use crate::http::{Api, ApiConfig, Ledger};
use crate::hub::{Hub, HubConfig};
use crate::scheduler::SchedulerConfig;
use crate::sealer::{LedgerKeys, Parts, PolicyDesk, Report, SealerConfig};
use crate::signatures::SignatureMemory;
use crate::storage::Links;
use crate::storage::reads::LedgerReads;
use crate::store::{Store, StoreTarget};
use anyhow::{Context as _, Result};
use axum_server::tls_rustls::RustlsConfig;
use identity::Identity;
use leadership::Leadership;
use sealing::Sealing;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use storage_nodes::Opening;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Reports of the sealer that may wait for the hub.
const REPORTS: usize = 64;
/// How long the ledger's head may be without a new cosignature.
const HEARTBEAT: Duration = Duration::from_mins(1);
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
    let url = url_of(&config, address);

    let standby = server::Standby::start(&listener, tls.clone())?;
    let leading = Leadership::take(&store, &clock, &data, &stop).await?;
    standby.stop().await;
    let Some(leadership) = leading else {
        return Ok(());
    };

    let told = Listening {
        address,
        url,
        admin_token_file: identity::admin_token(&data, &store, clock.now()).await?,
    };
    let leader = Leader {
        config,
        clock,
        data,
        store,
        identity,
        leadership,
        stop,
    };
    let led = Box::pin(leader.lead(listener, tls, told, listening)).await;
    leader.leadership.release(&leader.store).await;
    leader.store.close().await;
    led
}

/// A coordinator that leads.
struct Leader {
    config: ServeConfig,
    clock: Clock,
    data: DataDir,
    store: Store,
    identity: Identity,
    leadership: Leadership,
    stop: CancellationToken,
}

impl Leader {
    /// Serves and seals until it is stopped or may not lead any more.
    async fn lead(
        &self,
        listener: std::net::TcpListener,
        tls: Option<RustlsConfig>,
        told: Listening,
        listening: oneshot::Sender<Listening>,
    ) -> Result<()> {
        let Self { store, clock, .. } = self;
        let lease = self.leadership.lease();
        let leader_key = &self.identity.leader;
        let chain = self.identity.chain;
        built_ins::publish(store, lease, chain, leader_key, clock.now()).await?;
        let keys = LedgerKeys::open(&self.data, leader_key.clone())?;
        let signatures = Arc::new(SignatureMemory::default());
        let opening = self.opening(&keys, &signatures);
        let opened = tokio::select! {
            opened = opening.open(&self.stop) => opened?,
            lost = self.leadership.keep(store, clock) => return Err(lost),
        };
        let Some(mut storage_nodes) = opened else {
            return Ok(());
        };
        let links = Links::new(storage_nodes.links.clone());
        let reads = LedgerReads::from_links(links.clone());
        let desk = PolicyDesk::new(store.clone(), lease.clone(), opening.reach(), links.clone());
        let hub_stop = CancellationToken::new();
        let (hub, tasks, sockets) = Hub::start(
            hub_config(&self.config, &self.identity, signatures.clone()),
            store.clone(),
            clock.clone(),
            lease.clone(),
            hub_stop.clone(),
        )
        .await?;
        let (reports, heard) = mpsc::channel(REPORTS);
        let passing_on = tokio::spawn(pass_on(heard, hub.clone()));
        let parts = Parts {
            store: store.clone(),
            clock: clock.clone(),
            lease: lease.clone(),
            keys: keys.clone(),
            reports,
            approved: desk.approved(),
            stop: hub_stop.clone(),
        };
        let mut sealing = Sealing {
            opening,
            config: SealerConfig {
                chain,
                block_timeout: self.config.block_timeout,
                heartbeat: HEARTBEAT,
            },
            parts,
            desk: desk.clone(),
            links,
            keep_days: self.config.limits.keep_days,
            sealers: JoinSet::new(),
        };
        let api = Api::new(
            store.clone(),
            hub,
            reads,
            desk,
            clock.clone(),
            self.ledger(),
            self.api_config(),
        );
        let router = crate::http::router(api, sockets.merge(crate::web::router()));
        let server = server::Server::start(listener, tls, router)?;
        if listening.send(told).is_err() {
            tracing::debug!("nobody waits to hear the address");
        }

        let result = tokio::select! {
            () = self.stop.cancelled() => Ok(()),
            lost = self.leadership.keep(store, clock) => Err(lost),
            ended = server.ended() => ended,
            ended = sealing.run(&mut storage_nodes) => ended,
            () = clean(store, clock, self.config.limits.keep_days) => Ok(()),
        };
        server.stop_taking_requests();
        hub_stop.cancel();
        let stopped = tasks.stopped().await;
        sealing.stopped().await;
        passing_on.abort();
        server.stop().await;
        for node in storage_nodes.embedded {
            node.close().await;
        }
        result.and(stopped)
    }

    fn opening<'a>(
        &'a self,
        keys: &'a LedgerKeys,
        signatures: &'a Arc<SignatureMemory>,
    ) -> Opening<'a> {
        Opening {
            config: &self.config,
            data: &self.data,
            store: &self.store,
            lease: self.leadership.lease(),
            identity: &self.identity,
            keys,
            clock: &self.clock,
            signatures,
        }
    }

    fn ledger(&self) -> Ledger {
        Ledger {
            chain: self.identity.chain,
            origin: self.identity.origin.clone(),
            leader_key: self.identity.leader.leader_key(),
            lease: self.leadership.lease().clone(),
        }
    }

    fn api_config(&self) -> ApiConfig {
        ApiConfig {
            submitters: self.config.submitters(),
            limits: self.config.limits,
        }
    }
}

/// Tells the hub what the sealer reports.
async fn pass_on(mut heard: mpsc::Receiver<Report>, hub: Hub) {
    while let Some(report) = heard.recv().await {
        let told = match report {
            Report::Stored(stored) => hub.stored(stored).await,
            Report::Dropped(dropped) => hub.dropped(dropped).await,
            Report::QuorumMissing(missing) => hub.quorum_missing(missing).await,
        };
        if told.is_err() {
            return;
        }
    }
}

/// What to type into a browser or `--url`.
fn url_of(config: &ServeConfig, address: SocketAddr) -> String {
    let scheme = if config.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let public = config.public_url.as_ref();
    public.map_or_else(|| format!("{scheme}://{address}/"), ToString::to_string)
}

fn hub_config(
    config: &ServeConfig,
    identity: &Identity,
    signatures: Arc<SignatureMemory>,
) -> HubConfig {
    let public = config.public_url.as_ref();
    HubConfig {
        chain: identity.chain,
        origin: identity.origin.clone(),
        public_origin: public.map(|url| url.origin().ascii_serialization()),
        limits: config.limits,
        join_work: config.join_work(),
        max_nodes: config.max_nodes,
        signatures,
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
