//! `admin/keys`: submitter keys that may post where posting is not open.

use super::super::Api;
use super::super::auth::Admin;
use super::super::cursor;
use super::super::error::ApiError;
use super::super::extract::{Json, Path, Query};
use crate::store::ApprovedKeyRecord;
use axum::extract::State;
use axum::http::StatusCode;
use shared::api::keys::{ApproveKey, ApprovedKey};
use shared::api::problem::{Problem, ProblemCode};
use shared::api::{Page, PageQuery};
use shared::crypto::PublicKey as _;
use shared::ids::SubmitterKey;
use std::sync::Arc;

const MAX_NOTE_CHARS: usize = 200;

/// Lets a key post. A second time only changes the note.
#[utoipa::path(post, path = "/api/v1/admin/keys", tag = "admin", request_body = ApproveKey,
    security(("token" = ["admin"])),
    responses((status = 200, body = ApprovedKey), (status = 400, body = Problem), (status = 403, body = Problem)))]
pub(in super::super) async fn approve(
    State(api): State<Arc<Api>>,
    Admin(token): Admin,
    Json(wish): Json<ApproveKey>,
) -> Result<axum::Json<ApprovedKey>, ApiError> {
    let refused = |pointer, detail| ApiError::field(ProblemCode::InvalidRequest, pointer, detail);
    if !wish.key.is_acceptable() {
        let detail = "the key is weak or not an Ed25519 public key";
        return Err(refused("/key", detail));
    }
    if wish.note.chars().count() > MAX_NOTE_CHARS {
        return Err(refused("/note", "at most 200 characters"));
    }
    let now = api.clock.now();
    api.store.key_approve(wish.key, &wish.note, now).await?;
    let detail = format!("{} {}", wish.key, wish.note);
    api.audit(&token.id, "key.approve", &detail).await?;
    Ok(axum::Json(ApprovedKey {
        key: wish.key,
        note: wish.note,
        approved_at_ms: now,
    }))
}

/// Approved keys.
#[utoipa::path(get, path = "/api/v1/admin/keys", tag = "admin", params(PageQuery), security(("token" = ["admin"])),
    responses((status = 200, body = Page<ApprovedKey>), (status = 403, body = Problem)))]
pub(in super::super) async fn list(
    State(api): State<Arc<Api>>,
    Admin(_token): Admin,
    Query(query): Query<PageQuery>,
) -> Result<axum::Json<Page<ApprovedKey>>, ApiError> {
    let after = cursor::read(&query)?;
    let page = api.store.keys_page(after, query.size()).await?;
    let view = |record: ApprovedKeyRecord| ApprovedKey {
        key: record.key,
        note: record.note,
        approved_at_ms: record.approved_at_ms,
    };
    Ok(axum::Json(Page {
        items: page.items.into_iter().map(view).collect(),
        next_page_token: page.next.as_ref().map(cursor::write).unwrap_or_default(),
    }))
}

/// Takes an approval back; jobs that run go on.
#[utoipa::path(delete, path = "/api/v1/admin/keys/{key}", tag = "admin", params(("key" = SubmitterKey, Path)),
    security(("token" = ["admin"])), responses((status = 204), (status = 404, body = Problem)))]
pub(in super::super) async fn revoke(
    State(api): State<Arc<Api>>,
    Admin(token): Admin,
    Path(key): Path<SubmitterKey>,
) -> Result<StatusCode, ApiError> {
    if !api.store.key_revoke(key).await? {
        let detail = "this key is not approved";
        return Err(ApiError::new(ProblemCode::NotFound, detail));
    }
    api.audit(&token.id, "key.revoke", &key.to_string()).await?;
    Ok(StatusCode::NO_CONTENT)
}
