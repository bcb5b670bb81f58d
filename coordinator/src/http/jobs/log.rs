//! `GET jobs/{id}/tasks/{task}/log`: what the guests of one task wrote to stderr.

use super::super::Api;
use super::super::auth::Reader;
use super::super::error::ApiError;
use super::super::extract::Path;
use super::own_job;
use axum::Json;
use axum::extract::State;
use shared::api::jobs::{TaskLog, TaskLogEntry};
use shared::api::problem::Problem;
use shared::ids::JobId;
use std::sync::Arc;

/// What the guests of one task wrote to stderr: unverified, one entry for each vote that came with text.
#[utoipa::path(get, path = "/api/v1/jobs/{id}/tasks/{task}/log", tag = "jobs",
    params(("id" = JobId, Path), ("task" = u32, Path)), security(("signature" = []), ("token" = ["jobs:read"])),
    responses((status = 200, body = TaskLog), (status = 404, body = Problem)))]
pub(in super::super) async fn log(
    State(api): State<Arc<Api>>,
    Reader(caller): Reader,
    Path((id, task)): Path<(JobId, u32)>,
) -> Result<Json<TaskLog>, ApiError> {
    let record = own_job(&api, &caller, id).await?;
    if task >= record.job.task_count {
        return Err(ApiError::not_found("task"));
    }
    let entries = api.store.task_logs(id, task).await?;
    let entries = entries.into_iter().map(|entry| TaskLogEntry {
        node_key: entry.node_key,
        attempt: entry.attempt,
        seat: entry.seat,
        outcome: entry.outcome,
        stderr: String::from_utf8_lossy(&entry.stderr).into_owned(),
    });
    let entries = entries.collect();
    Ok(Json(TaskLog { task, entries }))
}
