//! `admin/tokens`: made and shown once, listed without their secrets, revoked for good.

use super::super::Api;
use super::super::auth::Admin;
use super::super::cursor;
use super::super::error::ApiError;
use super::super::extract::{Json, Path, Query};
use super::super::token::{mint, view};
use axum::extract::State;
use axum::http::StatusCode;
use shared::api::problem::{Problem, ProblemCode};
use shared::api::tokens::{CreateToken, TokenCreated, TokenView};
use shared::api::{Page, PageQuery};
use std::sync::Arc;

const MAX_NAME_CHARS: usize = 100;
/// A hundred years; more is a slip of the keyboard.
const MAX_DAYS: u32 = 36_525;

/// Makes a token. Its secret is in this answer and nowhere else.
#[utoipa::path(post, path = "/api/v1/admin/tokens", tag = "admin", request_body = CreateToken,
    security(("token" = ["admin"])),
    responses((status = 201, body = TokenCreated), (status = 400, body = Problem), (status = 403, body = Problem)))]
pub(in super::super) async fn create(
    State(api): State<Arc<Api>>,
    Admin(token): Admin,
    Json(wish): Json<CreateToken>,
) -> Result<(StatusCode, axum::Json<TokenCreated>), ApiError> {
    check(&wish)?;
    let created = mint(&api.store, &wish, api.clock.now()).await?;
    let scopes: Vec<_> = wish.scopes.iter().map(|scope| scope.as_str()).collect();
    let detail = format!("{} {:?} {}", created.token.id, wish.name, scopes.join(" "));
    api.audit(&token.id, "token.create", &detail).await?;
    Ok((StatusCode::CREATED, axum::Json(created)))
}

fn check(wish: &CreateToken) -> Result<(), ApiError> {
    let refused = |pointer, detail| {
        Err(ApiError::field(
            ProblemCode::InvalidRequest,
            pointer,
            detail,
        ))
    };
    if wish.name.trim().is_empty() || wish.name.chars().count() > MAX_NAME_CHARS {
        return refused("/name", "say in 1 to 100 characters what the token is for");
    }
    if wish.scopes.is_empty() {
        return refused("/scopes", "give at least one scope");
    }
    if wish
        .expires_in_days
        .is_some_and(|days| days == 0 || days > MAX_DAYS)
    {
        return refused("/expires_in_days", "must be 1 to 36525 days");
    }
    Ok(())
}

/// Every token, without its secret.
#[utoipa::path(get, path = "/api/v1/admin/tokens", tag = "admin", params(PageQuery), security(("token" = ["admin"])),
    responses((status = 200, body = Page<TokenView>), (status = 403, body = Problem)))]
pub(in super::super) async fn list(
    State(api): State<Arc<Api>>,
    Admin(_token): Admin,
    Query(query): Query<PageQuery>,
) -> Result<axum::Json<Page<TokenView>>, ApiError> {
    let after = cursor::read::<usize>(&query)?.unwrap_or(0);
    let size = usize::try_from(query.size()).unwrap_or(usize::MAX);
    let tokens = api.store.tokens().await?;
    let end = after.saturating_add(size);
    let next_page_token = if tokens.len() > end {
        cursor::write(&end)
    } else {
        String::new()
    };
    let items = tokens.into_iter().skip(after).take(size).map(view);
    Ok(axum::Json(Page {
        items: items.collect(),
        next_page_token,
    }))
}

/// Ends a token.
#[utoipa::path(delete, path = "/api/v1/admin/tokens/{id}", tag = "admin", params(("id" = String, Path)),
    security(("token" = ["admin"])), responses((status = 204), (status = 404, body = Problem)))]
pub(in super::super) async fn revoke(
    State(api): State<Arc<Api>>,
    Admin(token): Admin,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    if !api.store.token_revoke(&id, api.clock.now()).await? {
        let detail = "no token of this id is valid; GET admin/tokens lists them";
        return Err(ApiError::new(ProblemCode::NotFound, detail));
    }
    api.audit(&token.id, "token.revoke", &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
