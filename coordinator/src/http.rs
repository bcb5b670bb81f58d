//! The HTTP API of DESIGN.md section 6: routes by audience, one file for each group of endpoints.
//!
//! Handlers take typed extractors; the ones of `auth` and `posted` say who may call. Every error becomes problem+json
//! in `respond`.

mod admin;
mod auth;
mod blobs;
mod cursor;
mod docs;
mod error;
mod extract;
mod health;
mod jobs;
mod metrics;
mod nodes;
mod openapi;
mod origin;
mod posted;
mod problems;
mod programs;
mod rate;
mod respond;
mod start_job;
mod status;
mod token;

pub use crate::storage::reads::LedgerReads;
use axum::extract::FromRef;
use error::ApiError;
pub use openapi::document;
pub use token::mint as mint_token;

use crate::clock::Clock;
use crate::hub::Hub;
use crate::nonces::Nonces;
use crate::problem;
use crate::sealer::PolicyDesk;
use crate::store::{Lease, Store, StoreError};
use axum::Router;
use axum::middleware::from_fn_with_state;
use shared::api::problem::ProblemCode;
use shared::api::status::{ServerLimits, Submitters};
use shared::ids::{ChainId, LeaderKey};
use std::sync::Arc;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Event streams that are open at once: each holds a batch of events and asks the store when its job changes.
const MAX_STREAMS: usize = 4096;

/// What a server is set to.
#[derive(Debug, Clone)]
pub struct ApiConfig {
    /// Who may post jobs and programs.
    pub submitters: Submitters,
    /// What is taken at most.
    pub limits: ServerLimits,
}

/// The ledger that is served.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// SHA-256 of the origin.
    pub chain: ChainId,
    /// Its name.
    pub origin: String,
    /// The leader's key.
    pub leader_key: LeaderKey,
    /// Under which this coordinator leads: what enters the ledger is written only while it is held.
    pub lease: Lease,
}

/// What every handler works with.
#[derive(Debug)]
pub struct Api {
    store: Store,
    hub: Hub,
    reads: LedgerReads,
    policy: Arc<PolicyDesk>,
    clock: Clock,
    chain: ChainId,
    origin: String,
    leader_key: LeaderKey,
    lease: Lease,
    config: ApiConfig,
    metrics: metrics::HttpMetrics,
    nonces: Nonces,
    rate: rate::RateLimit,
    streams: Arc<Semaphore>,
    large_bodies: Arc<Semaphore>,
    /// One program is rewritten at a time.
    rewriting: Arc<Semaphore>,
}

impl Api {
    /// Of these parts.
    #[must_use]
    pub fn new(
        store: Store,
        hub: Hub,
        reads: LedgerReads,
        policy: Arc<PolicyDesk>,
        clock: Clock,
        ledger: Ledger,
        config: ApiConfig,
    ) -> Arc<Self> {
        Arc::new(Self {
            store,
            hub,
            reads,
            policy,
            clock,
            chain: ledger.chain,
            origin: ledger.origin,
            leader_key: ledger.leader_key,
            lease: ledger.lease,
            config,
            metrics: metrics::HttpMetrics::default(),
            nonces: Nonces::default(),
            rate: rate::RateLimit::default(),
            streams: Arc::new(Semaphore::new(MAX_STREAMS)),
            large_bodies: Arc::new(Semaphore::new(extract::MAX_LARGE_BODIES)),
            rewriting: Arc::new(Semaphore::new(1)),
        })
    }

    async fn audit(
        &self,
        actor: &str,
        action: &'static str,
        detail: &str,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.store.audit(actor, action, detail, now).await
    }
}

impl FromRef<Arc<Api>> for LedgerReads {
    fn from_ref(api: &Arc<Api>) -> Self {
        api.reads.clone()
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Fenced => {
                let detail = "another coordinator leads now; try again there";
                Self::later(ProblemCode::NotLeader, 5, detail)
            }
            other => Self::internal(other),
        }
    }
}

/// All routes but the volunteers' socket. `others` has the routes of other parts (the socket, the web UI); they get
/// the same headers, request ids and errors.
///
/// Serve it with `into_make_service_with_connect_info::<SocketAddr>()`: without the peer's address nobody is limited,
/// and nobody counts as this machine.
pub fn router(api: Arc<Api>, others: Router) -> Router {
    let (routes, document) = routes().split_for_parts();
    routes
        .with_state(api.clone())
        .merge(plain_routes(api.clone(), document))
        .merge(others)
        .layer(from_fn_with_state(api.clone(), rate::limit))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(from_fn_with_state(api, respond::finish))
}

/// The routes that the OpenAPI document lists.
fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::with_openapi(openapi::head())
        // All
        .routes(routes!(status::status))
        .routes(routes!(programs::list::list, programs::publish::publish))
        .routes(routes!(programs::get::get))
        .routes(routes!(nodes::list))
        .routes(routes!(nodes::one))
        .routes(routes!(health::livez))
        .routes(routes!(health::readyz))
        .routes(routes!(metrics::metrics))
        // Submitters
        .routes(routes!(blobs::get::get, blobs::put::put))
        .routes(routes!(jobs::list::list, jobs::submit::submit))
        .routes(routes!(jobs::one::one))
        .routes(routes!(jobs::tasks::tasks))
        .routes(routes!(jobs::tasks::task))
        .routes(routes!(jobs::log::log))
        .routes(routes!(jobs::events::events))
        .routes(routes!(jobs::results::results))
        .routes(routes!(jobs::proof::proof))
        .routes(routes!(jobs::cancel::cancel))
        // Admins
        .routes(routes!(admin::tokens::list, admin::tokens::create))
        .routes(routes!(admin::tokens::revoke))
        .routes(routes!(admin::keys::list, admin::keys::approve))
        .routes(routes!(admin::keys::revoke))
        .routes(routes!(admin::nodes::trust))
        .routes(routes!(admin::storage::view, admin::storage::add))
        .routes(routes!(admin::storage::remove))
        .routes(routes!(admin::storage::withdraw))
        // All: the ledger
        .merge(crate::storage::reads::routes())
}

/// Documentation.
fn plain_routes(api: Arc<Api>, document: utoipa::openapi::OpenApi) -> Router {
    Router::new()
        .route("/docs/problems", axum::routing::get(problems::problems))
        .with_state(api)
        .merge(docs::routes(document))
}
