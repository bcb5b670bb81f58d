//! `GET nodes` and `nodes/{key}`: volunteers by their keys, and what became of their votes.

use super::Api;
use super::cursor;
use super::error::ApiError;
use super::extract::{Path, Query};
use crate::hub::NodeLive;
use crate::store::NodeRow;
use axum::Json;
use axum::extract::State;
use shared::api::nodes::{NodeState, NodeView};
use shared::api::problem::Problem;
use shared::api::{Page, PageQuery};
use shared::ids::NodeKey;
use std::sync::Arc;

/// Volunteers in the order of their keys.
#[utoipa::path(get, path = "/api/v1/nodes", tag = "nodes", params(PageQuery),
    responses((status = 200, body = Page<NodeView>)))]
pub(super) async fn list(
    State(api): State<Arc<Api>>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<NodeView>>, ApiError> {
    let after = cursor::read(&query)?;
    let page = api.store.nodes_page(after, query.size()).await?;
    let live = api.hub.nodes_live().await?;
    let items = page.items.into_iter();
    let items = items.map(|row| {
        let live = live.get(&row.node_key);
        view(row, live)
    });
    Ok(Json(Page {
        items: items.collect(),
        next_page_token: page.next.as_ref().map(cursor::write).unwrap_or_default(),
    }))
}

/// One volunteer.
#[utoipa::path(get, path = "/api/v1/nodes/{key}", tag = "nodes", params(("key" = NodeKey, Path)),
    responses((status = 200, body = NodeView), (status = 404, body = Problem)))]
pub(super) async fn one(
    State(api): State<Arc<Api>>,
    Path(key): Path<NodeKey>,
) -> Result<Json<NodeView>, ApiError> {
    find(&api, key).await.map(Json)
}

/// The node, with its record and what it is doing.
///
/// # Errors
/// `NotFound` when it has never joined.
pub(super) async fn find(api: &Api, key: NodeKey) -> Result<NodeView, ApiError> {
    let row = api.store.node_get(key).await?;
    let row = row.ok_or_else(|| ApiError::not_found("node"))?;
    let live = api.hub.nodes_live().await?;
    Ok(view(row, live.get(&key)))
}

fn view(row: NodeRow, live: Option<&NodeLive>) -> NodeView {
    NodeView {
        node_key: row.node_key,
        state: live.map_or(NodeState::Offline, |live| live.state),
        running: live.map_or(0, |live| live.running),
        slots: live.map_or(0, |live| live.slots),
        engine: row.engine,
        agent: row.agent,
        proven: row.proven,
        first_seen_ms: row.first_seen_ms,
        last_seen_ms: row.last_seen_ms,
        record: row.record,
    }
}
