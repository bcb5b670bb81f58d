//! `PUT admin/nodes/{key}/trust`: whether a node counts as proven (TRUST.md section 3).

use super::super::Api;
use super::super::auth::NodeAdmin;
use super::super::error::ApiError;
use super::super::extract::{Json, Path};
use super::super::nodes::find;
use axum::extract::State;
use shared::api::nodes::{NodeView, TrustNode};
use shared::api::problem::Problem;
use shared::ids::NodeKey;
use std::sync::Arc;

/// Says whether a node counts as proven.
#[utoipa::path(put, path = "/api/v1/admin/nodes/{key}/trust", tag = "admin", params(("key" = NodeKey, Path)),
    request_body = TrustNode, security(("token" = ["nodes:write"])),
    responses((status = 200, body = NodeView), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(in super::super) async fn trust(
    State(api): State<Arc<Api>>,
    NodeAdmin(token): NodeAdmin,
    Path(key): Path<NodeKey>,
    Json(wish): Json<TrustNode>,
) -> Result<axum::Json<NodeView>, ApiError> {
    if !api.store.node_set_proven(key, wish.proven).await? {
        return Err(ApiError::not_found("node"));
    }
    let detail = format!("{key} proven={}", wish.proven);
    api.audit(&token.id, "node.trust", &detail).await?;
    find(&api, key).await.map(axum::Json)
}
