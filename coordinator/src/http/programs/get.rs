//! `GET programs/{program}`: `NAME` (its highest version), `NAME@VERSION`, or `SHA256.wasm`, the module itself.

use super::super::Api;
use super::super::error::ApiError;
use super::super::extract::Path;
use super::view;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use shared::api::problem::{Problem, ProblemCode};
use shared::api::programs::ProgramView;
use shared::ids::Digest;
use std::sync::Arc;

const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// A program by `NAME` or `NAME@VERSION`; or its module by `SHA256.wasm`, as application/wasm, which never changes.
#[utoipa::path(get, path = "/api/v1/programs/{program}", tag = "programs",
    params(("program" = String, Path, description = "NAME, NAME@VERSION or SHA256.wasm", example = "wordcount")),
    responses(
        (status = 200, content(
            (ProgramView = "application/json"),
            (Vec<u8> = "application/wasm"),
        )),
        (status = 304, description = "The module with this ETag is the same as ever"),
        (status = 404, body = Problem),
    ))]
pub(in super::super) async fn get(
    State(api): State<Arc<Api>>,
    Path(program): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if let Some((name, version)) = program.split_once('@') {
        return named(&api, name, Some(version)).await;
    }
    match program.strip_suffix(".wasm") {
        Some(sha256) => module(&api, sha256, &headers).await,
        None => named(&api, &program, None).await,
    }
}

async fn named(api: &Api, name: &str, version: Option<&str>) -> Result<Response, ApiError> {
    let record = api.store.program_by_name(name, version).await?;
    let record = record.ok_or_else(|| {
        let detail =
            "no program of this name and version is published here; GET programs lists them";
        ApiError::new(ProblemCode::NotFound, detail)
    })?;
    Ok(Json(view(record)).into_response())
}

async fn module(api: &Api, sha256: &str, headers: &HeaderMap) -> Result<Response, ApiError> {
    let sha256: Digest = sha256.parse().map_err(|error: shared::ids::ParseIdError| {
        ApiError::new(ProblemCode::InvalidRequest, error.to_string())
    })?;
    let info = if api.store.module_is_known(sha256).await? {
        api.store.blob_info(sha256).await?
    } else {
        None
    };
    let info = info.ok_or_else(|| {
        ApiError::new(
            ProblemCode::NotFound,
            "no published program has this module",
        )
    })?;
    let etag = format!("\"{sha256}\"");
    let caching = [(CACHE_CONTROL, IMMUTABLE.to_owned()), (ETAG, etag.clone())];
    if has_etag(headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    let content = [
        (CONTENT_TYPE, "application/wasm".to_owned()),
        (CONTENT_LENGTH, info.len.to_string()),
    ];
    let body = Body::from_stream(api.store.blob_read(sha256));
    Ok((caching, content, body).into_response())
}

/// Whether the client has these bytes already.
fn has_etag(headers: &HeaderMap, etag: &str) -> bool {
    let known = headers.get_all(IF_NONE_MATCH).iter();
    known
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|one| one.trim().trim_start_matches("W/"))
        .any(|one| one == etag || one == "*")
}
