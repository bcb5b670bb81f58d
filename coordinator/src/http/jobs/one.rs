//! `GET jobs/{id}`.

use super::super::Api;
use super::super::auth::Reader;
use super::super::error::ApiError;
use super::super::extract::Path;
use super::own_job;
use super::view::view;
use axum::Json;
use axum::extract::State;
use shared::api::jobs::JobView;
use shared::api::problem::Problem;
use shared::ids::JobId;
use std::sync::Arc;

/// One job.
#[utoipa::path(get, path = "/api/v1/jobs/{id}", tag = "jobs", params(("id" = JobId, Path)),
    security(("signature" = []), ("token" = ["jobs:read"])),
    responses((status = 200, body = JobView), (status = 404, body = Problem)))]
pub(in super::super) async fn one(
    State(api): State<Arc<Api>>,
    Reader(caller): Reader,
    Path(id): Path<JobId>,
) -> Result<Json<JobView>, ApiError> {
    let record = own_job(&api, &caller, id).await?;
    Ok(Json(view(&api, record).await?))
}
