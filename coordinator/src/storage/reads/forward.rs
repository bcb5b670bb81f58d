//! Passes a read on to a storage node elsewhere: to the first one that answers.

use super::super::link::Link;
use super::super::remote::RemoteNode;
use crate::problem::ApiError;
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use shared::api::problem::{Problem, ProblemCode};
use std::sync::Arc;

/// Storage nodes elsewhere.
#[derive(Debug)]
pub(super) struct Forward(Vec<Arc<RemoteNode>>);

impl Forward {
    pub(super) fn to(links: &[Link]) -> Self {
        let remote = links.iter().filter_map(|link| match link {
            Link::Remote(node) => Some(node.clone()),
            Link::Embedded(_) => None,
        });
        Self(remote.collect())
    }

    pub(super) async fn get(&self, uri: &Uri) -> Result<Response, ApiError> {
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        for node in &self.0 {
            match node.read_public(target).await {
                Ok(read) if read.status == 200 => return Ok(found(read)),
                Ok(read) => return Err(refused(&read)),
                Err(error) => tracing::debug!(%error, "reading the ledger elsewhere"),
            }
        }
        let detail = "no storage node answers; the ledger can be read again when one is back";
        Err(ApiError::later(ProblemCode::Busy, 5, detail))
    }
}

/// An answer of another server.
#[derive(Debug)]
pub(in super::super) struct PublicRead {
    pub(in super::super) status: u16,
    pub(in super::super) headers: HeaderMap,
    pub(in super::super) body: bytes::Bytes,
}

fn found(read: PublicRead) -> Response {
    let mut response = (StatusCode::OK, Body::from(read.body)).into_response();
    for name in [CONTENT_TYPE, CACHE_CONTROL] {
        if let Some(value) = read.headers.get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

fn refused(read: &PublicRead) -> ApiError {
    if let Ok(problem) = serde_json::from_slice::<Problem>(&read.body) {
        return ApiError::new(problem.code, problem.detail);
    }
    let detail = format!("the storage node answers with the status {}", read.status);
    ApiError::later(ProblemCode::Busy, 5, detail)
}
