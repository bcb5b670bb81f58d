//! The HTTP server of a storage node: the protocol of LEDGER.md section 5, signed both ways, and the public reads.

mod answer;
mod blobs;
mod caller;
mod verbs;

use super::node::StorageNode;
use super::reads;
use crate::nonces::Nonces;
use crate::problem;
use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{get, post};
use std::sync::Arc;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;

/// Before the verb of each question.
pub const PROTOCOL: &str = "/api/v1/storage/";
/// Before the hash of each blob.
pub const BLOBS: &str = "/api/v1/storage/blobs/";
/// Names the ledger of a request, which a new node does not know yet.
pub const CHAIN_HEADER: &str = "manyhands-chain";
/// Of questions and answers.
pub const MEDIA_TYPE: &str = "application/octet-stream";

/// Bodies that are in memory at once, KiB: those of a few large blocks.
const BODY_KIB: usize = 256 * 1024;

/// What the handlers work with.
#[derive(Debug)]
struct StorageApi {
    node: Arc<StorageNode>,
    nonces: Nonces,
    /// Of those who may ask what strangers may not.
    member_nonces: Nonces,
    body_kib: Semaphore,
}

/// All routes of a storage node that runs on its own.
pub fn router(node: Arc<StorageNode>) -> Router {
    let (reads, _) = reads::routes().split_for_parts();
    let reads = reads.route("/api/v1/jobs/{id}/proof", get(reads::proof));
    let reads = reads.with_state(reads::LedgerReads::of(node.clone()));
    let api = Arc::new(StorageApi {
        node,
        nonces: Nonces::default(),
        member_nonces: Nonces::default(),
        body_kib: Semaphore::new(BODY_KIB),
    });
    Router::new()
        .route("/api/v1/storage/identity", post(verbs::identity))
        .route("/api/v1/storage/approved", post(verbs::approved))
        .route("/api/v1/storage/prepare", post(verbs::prepare))
        .route("/api/v1/storage/promised", post(verbs::promised))
        .route("/api/v1/storage/append", post(verbs::append))
        .route("/api/v1/storage/commit", post(verbs::commit))
        .route("/api/v1/storage/heartbeat", post(verbs::heartbeat))
        .route("/api/v1/storage/missing", post(verbs::missing))
        .route("/api/v1/storage/blocks", post(verbs::blocks))
        .route(
            "/api/v1/storage/blobs/{sha256}",
            get(blobs::get).put(blobs::put),
        )
        .route("/livez", get(async || "ok"))
        .with_state(api)
        .merge(reads)
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(from_fn(problem::answer))
}
