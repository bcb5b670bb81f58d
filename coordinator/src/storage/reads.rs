//! The public routes of the ledger (LEDGER.md section 3), answered from a storage node inside this process, or passed on
//! to one elsewhere. Whoever reads checks the hashes and cosignatures, so it does not matter which one answers.

mod blocks;
mod entries;
mod find;
mod forward;
mod head;
mod proof;
mod tiles;

use super::error::StorageError;
use super::link::Link;
use super::links::Links;
use super::node::StorageNode;
use super::wire::Refusal;
use crate::problem::ApiError;
use axum::extract::FromRef;
use axum::http::Uri;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
pub(super) use forward::PublicRead;
pub use proof::BundleQuery;
pub(super) use proof::proof;
use shared::api::problem::ProblemCode;
use std::sync::Arc;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Before all of these routes.
pub const LEDGER: &str = "/api/v1/ledger/";
/// What was once cosigned never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// What grows with the log.
const FRESH: &str = "no-cache";

/// Where the ledger is read; cheap to clone.
#[derive(Debug, Clone)]
pub struct LedgerReads(Source);

#[derive(Debug, Clone)]
enum Source {
    Node(Arc<StorageNode>),
    OfPolicy(Links),
}

/// A storage node of this process, or those elsewhere.
enum ReadFrom {
    Node(Arc<StorageNode>),
    Elsewhere(Arc<[Link]>),
}

impl LedgerReads {
    /// From a node of this process.
    #[must_use]
    pub fn of(node: Arc<StorageNode>) -> Self {
        Self(Source::Node(node))
    }

    /// From the first of these that is inside this process, otherwise from those elsewhere in their order.
    #[must_use]
    pub const fn from_links(links: Links) -> Self {
        Self(Source::OfPolicy(links))
    }

    /// Answers from the node, or passes the request on.
    async fn answer(
        &self,
        uri: &Uri,
        of_node: impl AsyncFnOnce(&StorageNode) -> Result<Response, ApiError>,
    ) -> Result<Response, ApiError> {
        match self.read_from() {
            ReadFrom::Node(node) => of_node(&node).await,
            ReadFrom::Elsewhere(links) => forward::get(&links, uri).await,
        }
    }

    /// Where it is read at this moment.
    fn read_from(&self) -> ReadFrom {
        let links = match &self.0 {
            Source::Node(node) => return ReadFrom::Node(node.clone()),
            Source::OfPolicy(links) => links.get(),
        };
        let embedded = links.iter().find_map(|link| match link {
            Link::Embedded(node) => Some(node.clone()),
            Link::Remote(_) => None,
        });
        embedded.map_or_else(|| ReadFrom::Elsewhere(links), ReadFrom::Node)
    }
}

impl From<StorageError> for ApiError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Refused(Refusal::Limit(words)) => {
                Self::new(ProblemCode::InvalidRequest, words)
            }
            StorageError::Refused(refusal) => Self::new(ProblemCode::NotFound, refusal.to_string()),
            StorageError::Later(_) => Self::later(ProblemCode::Busy, 1, error.to_string()),
            error => Self::internal(error),
        }
    }
}

/// Tiles have paths of any depth, which OpenAPI cannot say: they are described apart.
#[derive(utoipa::OpenApi)]
#[openapi(paths(tiles::tile))]
struct Tiles;

/// The routes; `LedgerReads` comes out of the state.
pub fn routes<S>() -> OpenApiRouter<S>
where
    LedgerReads: FromRef<S>,
    S: Clone + Send + Sync + 'static,
{
    OpenApiRouter::with_openapi(Tiles::openapi())
        .route("/api/v1/ledger/tile/{*path}", get(tiles::tile))
        .routes(routes!(head::checkpoint))
        .routes(routes!(head::policy))
        .routes(routes!(head::certificate))
        .routes(routes!(blocks::list))
        .routes(routes!(blocks::one))
        .routes(routes!(entries::entry))
        .routes(routes!(entries::proof))
        .routes(routes!(find::find))
}

fn bytes(media_type: &'static str, caching: &'static str, body: Vec<u8>) -> Response {
    let headers = [(CONTENT_TYPE, media_type), (CACHE_CONTROL, caching)];
    (headers, body).into_response()
}

fn text(caching: &'static str, body: String) -> Response {
    bytes("text/plain; charset=utf-8", caching, body.into_bytes())
}

fn json<T: serde::Serialize>(caching: &'static str, value: T) -> Response {
    ([(CACHE_CONTROL, caching)], axum::Json(value)).into_response()
}

/// A number in a path.
fn number(text: &str, what: &str) -> Result<u64, ApiError> {
    let number = text.parse();
    number.map_err(|_| {
        let detail = format!("{what} is a number from 0, not {text:?}");
        ApiError::new(ProblemCode::InvalidRequest, detail)
    })
}
