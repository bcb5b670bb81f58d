//! `GET status`: what anyone may know.

use super::Api;
use super::error::ApiError;
use crate::hub::Totals;
use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use shared::api::jobs::TaskCounts;
use shared::api::status::Status;
use std::sync::Arc;

/// The coordinator at a glance.
#[utoipa::path(get, path = "/api/v1/status", tag = "status", responses((status = 200, body = Status)))]
pub(super) async fn status(State(api): State<Arc<Api>>) -> Result<impl IntoResponse, ApiError> {
    let totals = api.hub.totals().await?;
    let status = Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        origin: api.origin.clone(),
        chain_id: api.chain,
        leader_key: api.leader_key,
        server_time_ms: api.clock.now(),
        leading: true,
        submitters: api.config.submitters,
        nodes: totals.nodes,
        networks: totals.networks,
        jobs_open: totals.jobs_open,
        tasks: task_counts(&api, &totals).await?,
        limits: api.config.limits,
        waiting: totals.waiting,
    };
    Ok(([(CACHE_CONTROL, "public, max-age=1")], Json(status)))
}

/// Tasks of running jobs by state: the hub knows what is decided, the store what of it is stored.
pub(super) async fn task_counts(api: &Api, totals: &Totals) -> Result<TaskCounts, ApiError> {
    let stored = api.store.jobs_stored().await?;
    Ok(TaskCounts {
        accepted: totals.tasks.accepted.saturating_sub(stored),
        stored,
        ..totals.tasks
    })
}
