//! `GET` and `HEAD blobs/{sha256}`: to whom LEDGER.md section 3 allows it, as bytes that no browser interprets.

use super::super::Api;
use super::super::auth::{Bearer, Offered, signed_read};
use super::super::error::ApiError;
use super::super::extract::Path;
use super::super::token;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
};
use axum::http::request::Parts;
use axum::response::IntoResponse;
use shared::api::problem::Problem;
use shared::api::tokens::Scope;
use shared::ids::Digest;
use std::sync::Arc;

const SANDBOX: &str = "sandbox; default-src 'none'";
/// A hash never names other bytes, but who may read them changes.
const CACHING: &str = "private, max-age=3600, immutable";

/// The bytes of a blob: to the key that uploaded it or whose job made it, to a token with `jobs:read`, to a volunteer
/// with an assignment that reads it. Everyone else learns nothing, not even whether it exists.
#[utoipa::path(get, path = "/api/v1/blobs/{sha256}", tag = "blobs", params(("sha256" = Digest, Path)),
    security(("signature" = []), ("token" = ["jobs:read"]), ("blob_token" = [])), responses(
    (status = 200, content_type = "application/octet-stream", body = [u8]),
    (status = 401, body = Problem), (status = 404, body = Problem),
))]
pub(in super::super) async fn get(
    State(api): State<Arc<Api>>,
    Path(sha256): Path<Digest>,
    parts: Parts,
) -> Result<impl IntoResponse, ApiError> {
    let info = if may_read(&api, &parts, sha256).await? {
        api.store.blob_info(sha256).await?
    } else {
        None
    };
    let info = info.ok_or_else(|| ApiError::not_found("blob"))?;
    let headers = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_LENGTH, info.len.to_string()),
        (CONTENT_DISPOSITION, "attachment".to_owned()),
        (CONTENT_SECURITY_POLICY, SANDBOX.to_owned()),
        (CACHE_CONTROL, CACHING.to_owned()),
        (ETAG, format!("\"{sha256}\"")),
    ];
    Ok((headers, Body::from_stream(api.store.blob_read(sha256))))
}

async fn may_read(api: &Api, parts: &Parts, sha256: Digest) -> Result<bool, ApiError> {
    match Offered::of(parts)? {
        Offered::Signed(credentials) => {
            let key = signed_read(api, &credentials, parts)?;
            Ok(api.store.blob_is_readable(key, sha256).await?)
        }
        Offered::Bearer(secret) if secret.starts_with(token::PREFIX) => {
            Bearer::check(api, &secret)
                .await?
                .require(Scope::JobsRead)?;
            Ok(true)
        }
        Offered::Bearer(blob_token) => Ok(api.hub.may_read(&blob_token, sha256)),
    }
}
