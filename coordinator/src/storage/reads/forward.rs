//! Passes a read on to a storage node elsewhere: to the first one that answers.

use super::super::link::Link;
use super::super::remote::RemoteNode;
use crate::problem::ApiError;
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use shared::api::problem::{Problem, ProblemCode};
use std::sync::Arc;

/// What the first of these that has it says. One that has fallen behind may not have it yet.
pub(super) async fn get(links: &[Link], uri: &Uri) -> Result<Response, ApiError> {
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let mut missing = None;
    for node in elsewhere(links) {
        match node.read_public(target).await {
            Ok(read) if read.status == 200 => return Ok(found(read)),
            Ok(read) if read.status == 404 => missing = Some(refused(&read)),
            Ok(read) => return Err(refused(&read)),
            Err(error) => tracing::debug!(%error, "reading the ledger elsewhere"),
        }
    }
    Err(missing.unwrap_or_else(nobody))
}

/// The same for what may be long: it is passed on as it comes.
pub(super) async fn stream(links: &[Link], target: &str) -> Result<Response, ApiError> {
    let mut missing = None;
    for node in elsewhere(links) {
        match node.open_public(target).await {
            Ok(response) if response.status() == StatusCode::OK => return Ok(passed(response)),
            Ok(response) => {
                let read = node.read_opened(response).await;
                let read = read.map_err(ApiError::internal)?;
                if read.status != 404 {
                    return Err(refused(&read));
                }
                missing = Some(refused(&read));
            }
            Err(error) => tracing::debug!(%error, "reading the ledger elsewhere"),
        }
    }
    Err(missing.unwrap_or_else(nobody))
}

fn elsewhere(links: &[Link]) -> impl Iterator<Item = &Arc<RemoteNode>> {
    links.iter().filter_map(|link| match link {
        Link::Remote(node) => Some(node),
        Link::Embedded(_) => None,
    })
}

fn nobody() -> ApiError {
    let detail = "no storage node answers; the ledger can be read again when one is back";
    ApiError::later(ProblemCode::Busy, 5, detail)
}

fn passed(opened: reqwest::Response) -> Response {
    let headers = opened.headers().clone();
    let pieces = stream::try_unfold(opened, async |mut opened| {
        let piece = opened.chunk().await?;
        Ok::<_, reqwest::Error>(piece.map(|piece| (piece, opened)))
    });
    with_headers(Body::from_stream(pieces), &headers)
}

/// An answer of another server.
#[derive(Debug)]
pub(in super::super) struct PublicRead {
    pub(in super::super) status: u16,
    pub(in super::super) headers: HeaderMap,
    pub(in super::super) body: bytes::Bytes,
}

fn found(read: PublicRead) -> Response {
    with_headers(Body::from(read.body), &read.headers)
}

fn with_headers(body: Body, headers: &HeaderMap) -> Response {
    let mut response = (StatusCode::OK, body).into_response();
    for name in [CONTENT_TYPE, CACHE_CONTROL] {
        if let Some(value) = headers.get(&name) {
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
