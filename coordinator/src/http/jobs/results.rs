//! `GET jobs/{id}/results?after=`: certificates and outputs in task order, to be verified and reduced by the submitter.

use super::super::Api;
use super::super::auth::Reader;
use super::super::error::ApiError;
use super::super::extract::{Path, Query};
use super::own_job;
use crate::store::DecisionRecord;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use shared::api::jobs::{ResultsPage, TaskResult};
use shared::api::problem::Problem;
use shared::api::{DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE};
use shared::ids::JobId;
use std::sync::Arc;

/// Outputs in one page, bytes: it stands in memory a few times.
const MAX_INLINE_BYTES: u64 = 8 << 20;

/// From where to read on.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub(in super::super) struct After {
    /// The last task of the page before.
    after: Option<u32>,
    /// Results wished, at most 1,000.
    page_size: Option<u32>,
}

/// Decided tasks after `after`, in task order. Outputs are inline as long as the page stays under 8 MiB.
#[utoipa::path(get, path = "/api/v1/jobs/{id}/results", tag = "jobs", params(("id" = JobId, Path), After),
    security(("signature" = []), ("token" = ["jobs:read"])),
    responses((status = 200, body = ResultsPage), (status = 404, body = Problem)))]
pub(in super::super) async fn results(
    State(api): State<Arc<Api>>,
    Reader(caller): Reader,
    Path(id): Path<JobId>,
    Query(query): Query<After>,
) -> Result<Json<ResultsPage>, ApiError> {
    own_job(&api, &caller, id).await?;
    let limit = query.page_size.unwrap_or(DEFAULT_PAGE_SIZE);
    let limit = limit.clamp(1, MAX_PAGE_SIZE);
    let page = api.store.decisions_after(id, query.after, limit, true);
    let page = page.await?;
    let mut room = MAX_INLINE_BYTES;
    let mut results = Vec::with_capacity(page.items.len());
    for decision in page.items {
        results.push(result(&api, decision, &mut room).await?);
    }
    Ok(Json(ResultsPage {
        last_task: results.last().map(|last| last.task),
        more: page.next.is_some(),
        results,
    }))
}

async fn result(
    api: &Api,
    decision: DecisionRecord,
    room: &mut u64,
) -> Result<TaskResult, ApiError> {
    let mut output = None;
    if let Some(outcome) = decision
        .outcome
        .filter(|outcome| outcome.output_len <= *room)
    {
        output = match decision.output {
            Some(here) => Some(here),
            None => api.store.blob_bytes(outcome.output_sha256, *room).await?,
        };
        *room = room.saturating_sub(output.as_ref().map_or(0, |bytes| bytes.len() as u64));
    }
    Ok(TaskResult {
        task: decision.task,
        entry: decision.entry,
        failed: decision.outcome.is_none(),
        index: decision.index,
        output,
    })
}
