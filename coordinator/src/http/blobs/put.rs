//! `PUT blobs/{sha256}`: bytes of a submitter, streamed, hash-checked, answered alike whether known or not.

use super::super::Api;
use super::super::auth::{Bearer, Caller};
use super::super::error::ApiError;
use super::super::extract::{Path, Query, next_piece, require_type, too_large};
use super::super::posted::Claim;
use super::super::start_job::start_jobs;
use crate::store::{BlobError, BlobInfo};
use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use serde::Deserialize;
use shared::api::blobs::BlobStored;
use shared::api::problem::{Problem, ProblemCode};
use shared::api::tokens::Scope;
use shared::ids::{Digest, SubmitterKey};
use std::sync::Arc;

/// For whom a token uploads.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub(in super::super) struct ForWhom {
    /// With a token: the key that the job or the publication is signed with. With a signature: not needed.
    submitter_key: Option<SubmitterKey>,
}

/// Stores bytes under their hash for the key that signs the request. The signature covers the hash in the path, which
/// is the body's.
#[utoipa::path(put, path = "/api/v1/blobs/{sha256}", tag = "blobs", params(("sha256" = Digest, Path), ForWhom),
    request_body(content_type = "application/octet-stream", content = [u8]),
    security(("signature" = []), ("token" = ["jobs:write"]), ("token" = ["programs:write"])), responses(
    (status = 200, body = BlobStored), (status = 401, body = Problem), (status = 403, body = Problem),
    (status = 413, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem),
))]
pub(in super::super) async fn put(
    State(api): State<Arc<Api>>,
    Path(sha256): Path<Digest>,
    Query(for_whom): Query<ForWhom>,
    request: Request,
) -> Result<Json<BlobStored>, ApiError> {
    let (parts, body) = request.into_parts();
    require_type(&parts.headers, "application/octet-stream")?;
    let claim = Claim::of(&parts, &api, &[Scope::JobsWrite, Scope::ProgramsWrite]).await?;
    claim.check_may_post(&parts, &api).await?;
    let owner = match claim.prove(&parts, &api, sha256).await? {
        Caller::Key(key) => key,
        Caller::Token(token) => owner_for(&token, &for_whom)?,
    };
    check_quota(&api, owner, sha256).await?;
    let info = receive(&api, sha256, body).await?;
    let now = api.clock.now();
    let complete = api.store.blob_own(owner, sha256, info.len, now).await?;
    start_jobs(&api, &complete).await?;
    let len = info.len;
    Ok(Json(BlobStored { sha256, len }))
}

fn owner_for(token: &Bearer, for_whom: &ForWhom) -> Result<SubmitterKey, ApiError> {
    for_whom.submitter_key.ok_or_else(|| {
        let id = &token.id;
        let detail = format!(
            "an upload with a token ({id}) must say for whom: add ?submitter_key= and the key that signs the job"
        );
        ApiError::new(ProblemCode::InvalidRequest, detail)
    })
}

/// What a job of the key waits for is always taken; everything else is limited until a job uses it.
async fn check_quota(api: &Api, owner: SubmitterKey, sha256: Digest) -> Result<(), ApiError> {
    let limits = &api.config.limits;
    let used = api.store.blob_unreferenced_usage(owner).await?;
    let is_full =
        used.count >= limits.unreferenced_blobs || used.bytes >= limits.unreferenced_bytes;
    if !is_full || api.store.blob_is_awaited(owner, sha256).await? {
        return Ok(());
    }
    let detail = format!(
        "this key holds {} blobs of {} bytes that no job uses; post the job first, or wait: unused blobs go after an hour",
        used.count, used.bytes
    );
    Err(ApiError::later(ProblemCode::QuotaExceeded, 600, detail))
}

/// Reads the body to its end. One that is too large is read on for as much again, so that the client, which is still
/// sending, gets to read the answer.
async fn receive(api: &Api, sha256: Digest, body: Body) -> Result<BlobInfo, ApiError> {
    let limits = &api.config.limits;
    let max = limits.chunk_bytes.max(limits.module_bytes);
    let mut writer = Some(api.store.blob_writer(max, api.clock.now()));
    let mut pieces = body.into_data_stream();
    let mut received = 0_u64;
    while let Some(piece) = next_piece(&mut pieces).await? {
        received = received.saturating_add(piece.len() as u64);
        if received > max.saturating_mul(2) {
            break;
        }
        if received > max {
            writer = None;
        }
        if let Some(writer) = &mut writer {
            writer.push(&piece).await?;
        }
    }
    match writer {
        Some(writer) => Ok(writer.finish(sha256).await?),
        None => Err(too_large(usize::try_from(max).unwrap_or(usize::MAX))),
    }
}

impl From<BlobError> for ApiError {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::HashMismatch { .. } => {
                Self::new(ProblemCode::HashMismatch, error.to_string())
            }
            BlobError::TooLarge { .. } => Self::new(ProblemCode::BodyTooLarge, error.to_string()),
            BlobError::TooSlow => Self::new(ProblemCode::InvalidRequest, error.to_string()),
            BlobError::Store(error) => error.into(),
        }
    }
}
