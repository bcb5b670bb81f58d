//! Blobs between leader and storage nodes: put by the leader, read by the leader and by peers.

use super::super::error::StorageError;
use super::super::node::BlobStream;
use super::StorageApi;
use super::answer::{check_chain, signed, with_signature};
use super::caller::{Claim, Who};
use crate::problem::ApiError;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::{StreamExt as _, stream};
use shared::api::problem::ProblemCode;
use shared::ids::Digest;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// A body whose next piece does not come in this time is given up.
const PIECE_TIME: Duration = Duration::from_secs(30);

fn digest(text: &str) -> Result<Digest, ApiError> {
    text.parse().map_err(|error: shared::ids::ParseIdError| {
        ApiError::new(ProblemCode::InvalidRequest, error.to_string())
    })
}

/// Stores the body under its hash, which the signature covers.
pub(super) async fn put(
    State(api): State<Arc<StorageApi>>,
    Path(sha256): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let sha256 = digest(&sha256)?;
    let (parts, body) = request.into_parts();
    let claim = Claim::of(&parts, &api, Who::Leader)?;
    let caller = claim.prove(&parts, &api, sha256)?;
    let put = match check_chain(&api, caller.chain) {
        Ok(()) => api.node.blob_put(sha256, pieces(body)).await,
        Err(refusal) => Err(refusal.into()),
    };
    if let Err(StorageError::BrokenOff(error)) = &put {
        let detail = format!("the body broke off: {error}");
        return Err(ApiError::new(ProblemCode::InvalidRequest, detail));
    }
    signed(&api, &caller, put, |()| StatusCode::OK)
}

fn pieces(body: Body) -> BlobStream {
    let pieces = body.into_data_stream();
    Box::pin(stream::unfold(pieces, async |mut pieces| {
        let next = tokio::time::timeout(PIECE_TIME, pieces.next()).await;
        let piece = match next {
            Ok(piece) => piece?.map_err(io::Error::other),
            Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut)),
        };
        Some((piece, pieces))
    }))
}

/// The bytes of a blob; the answer is signed with their hash before they are read.
pub(super) async fn get(
    State(api): State<Arc<StorageApi>>,
    Path(sha256): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let sha256 = digest(&sha256)?;
    let (parts, _) = request.into_parts();
    let claim = Claim::of(&parts, &api, Who::LeaderOrPeer)?;
    let caller = claim.prove(&parts, &api, Digest::of(&[]))?;
    if let Err(refusal) = check_chain(&api, caller.chain) {
        return signed::<()>(&api, &caller, Err(refusal.into()), |()| StatusCode::OK);
    }
    let len = api.node.db().blob_len(sha256).await;
    if len.map_err(ApiError::internal)?.is_none() {
        let (status, nothing) = (StatusCode::NOT_FOUND, Digest::of(&[]));
        return Ok(with_signature(
            &api,
            &caller,
            status,
            nothing,
            Body::empty(),
        ));
    }
    let body = Body::from_stream(api.node.db().blob_read(sha256));
    Ok(with_signature(&api, &caller, StatusCode::OK, sha256, body))
}
