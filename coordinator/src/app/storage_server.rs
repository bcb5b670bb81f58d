//! `manyhands storage`: one storage node on its own, behind HTTP.

use super::config::TlsFiles;
use super::server::{self, Server};
use crate::clock::Clock;
use crate::signatures::SignatureMemory;
use crate::storage::wire::Identity;
use crate::storage::{Approvals, NodeSettings, Peers, StorageNode, http};
use anyhow::{Context as _, Result};
use shared::job::MAX_OUTPUT_BYTES;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// How often old outputs and unused blobs are cleaned away.
const CLEAN_EVERY: Duration = Duration::from_hours(1);

/// Settings of a storage node that runs on its own.
#[derive(Debug, Clone)]
pub struct StorageConfig {
    /// Keys, database and approvals.
    pub data: PathBuf,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Its name in policies and cosignatures.
    pub name: String,
    /// Serve TLS itself.
    pub tls: Option<TlsFiles>,
    /// PEM file of further certificates to trust when it asks other storage nodes.
    pub ca: Option<PathBuf>,
    /// Days that outputs are kept after their job's end.
    pub keep_days: u32,
}

/// Where a storage node can be reached and who it is, told once it listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageListening {
    /// The address, with the real port.
    pub url: String,
    /// What the leader puts into the policy.
    pub identity: Identity,
}

/// Runs a storage node until `stop` is cancelled.
///
/// # Errors
/// When it cannot start, or its server fails.
pub async fn run_storage(
    config: StorageConfig,
    clock: Clock,
    listening: oneshot::Sender<StorageListening>,
    stop: CancellationToken,
) -> Result<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = NodeSettings {
        approvals: Approvals::of_operator(&config.data),
        directory: config.data,
        name: config.name,
        max_blob_bytes: u64::from(MAX_OUTPUT_BYTES),
    };
    let node = StorageNode::open(settings, clock, Arc::new(SignatureMemory::default())).await?;
    let listener = server::bind(config.listen)?;
    let tls = server::tls(config.tls.as_ref()).await?;
    let address = listener
        .local_addr()
        .context("a bound listener has an address")?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let server = Server::start(listener, tls, http::router(node.clone()))?;
    let told = StorageListening {
        url: format!("{scheme}://{address}"),
        identity: node.identity(),
    };
    if listening.send(told).is_err() {
        tracing::debug!("nobody waits to hear the address");
    }
    let mut peers = Peers::new(config.ca);
    let result = tokio::select! {
        () = stop.cancelled() => Ok(()),
        ended = server.ended() => ended,
        () = clean(&node, config.keep_days) => Ok(()),
        () = peers.tend(&node) => Ok(()),
    };
    server.stop().await;
    node.close().await;
    result
}

/// Cleans for ever. A failure is logged; the next round tries again.
async fn clean(node: &StorageNode, keep_days: u32) {
    let mut every = tokio::time::interval(CLEAN_EVERY);
    loop {
        every.tick().await;
        match node.clean(keep_days).await {
            Ok(cleaned) => tracing::debug!(?cleaned, "cleaned"),
            Err(error) => tracing::error!(%error, "cleaning failed; trying again in an hour"),
        }
    }
}
