//! `POST jobs/{id}/cancel`: by the submitter's signed word, or by the operator.

use super::super::Api;
use super::super::auth::Caller;
use super::super::error::ApiError;
use super::super::extract::Path;
use super::super::posted::{Posted, PostedBody};
use super::view::view;
use crate::store::{JobEnd, JobRecord};
use axum::Json;
use axum::extract::State;
use shared::api::jobs::{CancelJob, JobView};
use shared::api::problem::{Problem, ProblemCode};
use shared::api::tokens::Scope;
use shared::ids::{JobId, to_hex};
use shared::job::Cancel;
use std::sync::Arc;

impl PostedBody for CancelJob {
    const SCOPE: Scope = Scope::JobsWrite;
    const MAX_BYTES: usize = 4096;
    /// Whoever was allowed to post may take it back, wherever from.
    const IS_POSTING: bool = false;
}

/// Ends a job: nothing more of it is decided, and it has ended once that is stored. A job that has ended, or ends
/// already, stays as it is.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/cancel", tag = "jobs", params(("id" = JobId, Path)), request_body = CancelJob,
    security(("signature" = []), ("token" = ["jobs:write"])), responses(
    (status = 200, body = JobView), (status = 404, body = Problem), (status = 409, body = Problem),
))]
pub(in super::super) async fn cancel(
    State(api): State<Arc<Api>>,
    Path(id): Path<JobId>,
    Posted { caller, body }: Posted<CancelJob>,
) -> Result<Json<JobView>, ApiError> {
    let record = api.store.job_get(id).await?;
    let record = record.ok_or_else(|| ApiError::not_found("job"))?;
    let end = ended_by(&api, &caller, &record, &body)?;
    let proof = body.cancel.as_deref().map(to_hex).unwrap_or_default();
    let now = api.clock.now();
    let closed = api.store.job_close(&api.lease, id, &end, None, now).await?;
    if closed.is_none() {
        let detail = "the job has ended already, or its end is being stored";
        return Err(ApiError::new(ProblemCode::JobEnded, detail));
    }
    let detail = format!("{id} {proof}");
    api.audit(&caller.name(), "job.cancel", &detail).await?;
    api.hub.job_changed(id).await?;
    let record = api.store.job_get(id).await?;
    let record = record.ok_or_else(|| ApiError::not_found("job"))?;
    Ok(Json(view(&api, record).await?))
}

/// How the job ends, if the caller may end it.
fn ended_by(
    api: &Api,
    caller: &Caller,
    record: &JobRecord,
    body: &CancelJob,
) -> Result<JobEnd, ApiError> {
    let submitter = record.job.submitter_key;
    if let Caller::Key(key) = caller
        && *key != submitter
    {
        return Err(ApiError::not_found("job"));
    }
    let Some(bytes) = &body.cancel else {
        return match caller {
            Caller::Token(_) => Ok(JobEnd::Stopped),
            Caller::Key(_) => Err(refused("the submitter signs the cancel: it is missing")),
        };
    };
    let cancel = Cancel::decode_signed(api.chain, submitter, bytes);
    let cancel = cancel.map_err(|error| refused(&format!("the signed cancel: {error}")))?;
    if cancel.job_id != record.job.id {
        return Err(refused("the signed cancel names another job"));
    }
    Ok(JobEnd::Cancelled {
        cancel: bytes.clone(),
    })
}

fn refused(detail: &str) -> ApiError {
    ApiError::field(ProblemCode::InvalidRequest, "/cancel", detail)
}
