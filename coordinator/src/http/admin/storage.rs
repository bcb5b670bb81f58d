//! `admin/storage`: who keeps the ledger, and proposals to change that.

use super::super::Api;
use super::super::auth::Admin;
use super::super::error::ApiError;
use super::super::extract::{Json, Path};
use crate::sealer::ChangeError;
use axum::extract::State;
use axum::http::StatusCode;
use shared::api::problem::{Problem, ProblemCode};
use shared::api::storage::{AddStorageNode, StorageView};
use std::sync::Arc;

/// The storage nodes, and the change that is proposed.
#[utoipa::path(get, path = "/api/v1/admin/storage", tag = "admin", security(("token" = ["admin"])),
    responses((status = 200, body = StorageView), (status = 403, body = Problem)))]
pub(in super::super) async fn view(
    State(api): State<Arc<Api>>,
    Admin(_token): Admin,
) -> Result<axum::Json<StorageView>, ApiError> {
    Ok(axum::Json(api.policy.view().await?))
}

/// Proposes one more storage node. It takes part once its operator, and those of a quorum, have approved the new policy.
#[utoipa::path(post, path = "/api/v1/admin/storage", tag = "admin", request_body = AddStorageNode,
    security(("token" = ["admin"])),
    responses((status = 200, body = StorageView), (status = 403, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
pub(in super::super) async fn add(
    State(api): State<Arc<Api>>,
    Admin(token): Admin,
    Json(wish): Json<AddStorageNode>,
) -> Result<axum::Json<StorageView>, ApiError> {
    let view = api.policy.add(&wish.url).await?;
    api.audit(&token.id, "storage.add", &wish.url).await?;
    Ok(axum::Json(view))
}

/// Proposes to go on without a storage node.
#[utoipa::path(delete, path = "/api/v1/admin/storage/{name}", tag = "admin",
    params(("name" = String, Path, description = "Its name in the policy.")), security(("token" = ["admin"])),
    responses((status = 200, body = StorageView), (status = 403, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
pub(in super::super) async fn remove(
    State(api): State<Arc<Api>>,
    Admin(token): Admin,
    Path(name): Path<String>,
) -> Result<axum::Json<StorageView>, ApiError> {
    let view = api.policy.remove(name.clone()).await?;
    api.audit(&token.id, "storage.remove", &name).await?;
    Ok(axum::Json(view))
}

/// Takes the proposal back.
#[utoipa::path(delete, path = "/api/v1/admin/storage-proposal", tag = "admin", security(("token" = ["admin"])),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(in super::super) async fn withdraw(
    State(api): State<Arc<Api>>,
    Admin(token): Admin,
) -> Result<StatusCode, ApiError> {
    api.policy.withdraw().await?;
    api.audit(&token.id, "storage.withdraw", "").await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Store(error) => error.into(),
            ChangeError::Address(error) => {
                Self::field(ProblemCode::InvalidRequest, "/url", error.to_string())
            }
            ChangeError::Waiting => Self::new(ProblemCode::ChangeWaits, error.to_string()),
            ChangeError::NothingWaits => Self::new(ProblemCode::NotFound, error.to_string()),
            error => Self::new(ProblemCode::PolicyInvalid, error.to_string()),
        }
    }
}
