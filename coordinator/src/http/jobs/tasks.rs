//! `GET jobs/{id}/tasks` and `tasks/{task}`: decided tasks from their entries, open ones from the hub.

use super::super::Api;
use super::super::auth::Reader;
use super::super::cursor;
use super::super::error::ApiError;
use super::super::extract::{Path, Query};
use super::{decode, own_job};
use crate::store::{DecisionRecord, JobRecord};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use shared::api::jobs::{SeatView, TaskState, TaskView};
use shared::api::problem::Problem;
use shared::api::{Page, PageQuery};
use shared::cert::{Cert, SeatVote};
use shared::codec::Canonical as _;
use shared::fail::Fail;
use shared::ids::JobId;
use shared::job::Job;
use shared::outcome::Outcome;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Which tasks.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub(in super::super) struct TaskFilter {
    /// `failed`: only tasks without a good answer. All when absent.
    state: Option<OnlyFailed>,
}

#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum OnlyFailed {
    Failed,
}

/// Tasks in order.
#[utoipa::path(get, path = "/api/v1/jobs/{id}/tasks", tag = "jobs", params(("id" = JobId, Path), PageQuery, TaskFilter),
    security(("signature" = []), ("token" = ["jobs:read"])),
    responses((status = 200, body = Page<TaskView>), (status = 404, body = Problem)))]
pub(in super::super) async fn tasks(
    State(api): State<Arc<Api>>,
    Reader(caller): Reader,
    Path(id): Path<JobId>,
    Query(query): Query<PageQuery>,
    Query(filter): Query<TaskFilter>,
) -> Result<Json<Page<TaskView>>, ApiError> {
    let record = own_job(&api, &caller, id).await?;
    let after = cursor::read(&query)?;
    let (items, next) = match filter.state {
        Some(OnlyFailed::Failed) => failed(&api, id, after, query.size()).await?,
        None => all(&api, &record, after, query.size()).await?,
    };
    let next_page_token = next.as_ref().map(cursor::write).unwrap_or_default();
    Ok(Json(Page {
        items,
        next_page_token,
    }))
}

/// One task.
#[utoipa::path(get, path = "/api/v1/jobs/{id}/tasks/{task}", tag = "jobs",
    params(("id" = JobId, Path), ("task" = u32, Path)), security(("signature" = []), ("token" = ["jobs:read"])),
    responses((status = 200, body = TaskView), (status = 404, body = Problem)))]
pub(in super::super) async fn task(
    State(api): State<Arc<Api>>,
    Reader(caller): Reader,
    Path((id, task)): Path<(JobId, u32)>,
) -> Result<Json<TaskView>, ApiError> {
    let record = own_job(&api, &caller, id).await?;
    if task >= record.job.task_count {
        return Err(ApiError::not_found("task"));
    }
    let view = match api.store.decision_get(id, task).await? {
        Some(decision) => decided(&decision)?,
        None => open(&api, &decode(&record)?, id, task).await?,
    };
    Ok(Json(view))
}

type Tasks = (Vec<TaskView>, Option<u32>);

async fn failed(api: &Api, id: JobId, after: Option<u32>, limit: u32) -> Result<Tasks, ApiError> {
    let page = api.store.failures_after(id, after, limit).await?;
    let views = page.items.iter().map(decided);
    Ok((views.collect::<Result<_, _>>()?, page.next))
}

async fn all(
    api: &Api,
    record: &JobRecord,
    after: Option<u32>,
    limit: u32,
) -> Result<Tasks, ApiError> {
    let id = record.job.id;
    let job = decode(record)?;
    let page = api.store.decisions_after(id, after, limit, false).await?;
    let decisions = page.items.into_iter().map(|one| (one.task, one));
    let decisions: BTreeMap<u32, DecisionRecord> = decisions.collect();
    let first = after.map_or(0, |after| after.saturating_add(1));
    let end = first.saturating_add(limit).min(record.job.task_count);
    let mut items = Vec::new();
    for task in first..end {
        items.push(match decisions.get(&task) {
            Some(decision) => decided(decision)?,
            None => open(api, &job, id, task).await?,
        });
    }
    let next = (end < record.job.task_count).then(|| end.saturating_sub(1));
    Ok((items, next))
}

/// A task that is not decided, as the hub has it; in a job that does not run, nobody has a seat.
async fn open(api: &Api, job: &Job, id: JobId, task: u32) -> Result<TaskView, ApiError> {
    let live = api.hub.task_live(id, task).await?;
    Ok(live.unwrap_or(TaskView {
        task,
        state: TaskState::Waiting,
        attempt: 1,
        chosen: job.trust,
        outcome: None,
        relaxed: 0,
        seats: Vec::new(),
        failure: None,
    }))
}

fn decided(decision: &DecisionRecord) -> Result<TaskView, ApiError> {
    let (chosen, seats) = if decision.outcome.is_some() {
        let (_, cert) = Cert::decode(&decision.entry).map_err(ApiError::internal)?;
        let votes = cert.votes();
        let seats = votes.map(|(vote, outcome)| seat(vote, outcome, Some(&cert.outcome)));
        (cert.chosen, seats.collect())
    } else {
        let (_, fail) = Fail::decode(&decision.entry).map_err(ApiError::internal)?;
        let votes = fail.votes.iter();
        let seats: Vec<_> = votes
            .map(|one| seat(&one.vote, one.outcome, None))
            .collect();
        (u8::try_from(seats.len()).unwrap_or(u8::MAX), seats)
    };
    Ok(TaskView {
        task: decision.task,
        state: match decision.outcome {
            Some(_) if decision.index.is_some() => TaskState::Stored,
            Some(_) => TaskState::Accepted,
            None => TaskState::Failed,
        },
        attempt: decision.attempt,
        chosen,
        outcome: decision.outcome,
        relaxed: decision.relaxed,
        seats,
        failure: decision.failure.clone(),
    })
}

fn seat(vote: &SeatVote, outcome: Outcome, verdict: Option<&Outcome>) -> SeatView {
    SeatView {
        seat: vote.seat,
        attempt: vote.attempt,
        node_key: vote.node_key,
        voted: true,
        outcome: Some(outcome),
        agrees: verdict.map(|verdict| *verdict == outcome),
    }
}
