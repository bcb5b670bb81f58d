//! `GET jobs/{id}/proof`: all that shows, offline and for ever, which outcomes of a job count.

use super::super::Api;
use super::super::auth::Reader;
use super::super::error::ApiError;
use super::super::extract::{Path, Query};
use super::own_job;
use crate::storage::reads::BundleQuery;
use axum::extract::State;
use axum::response::Response;
use shared::api::problem::Problem;
use shared::ids::JobId;
use std::sync::Arc;

/// The proof bundle of a job, `manyhands/bundle@v1`, under the newest certified checkpoint; of a subset job that of its
/// parent. Lists of the leaves of a job over chunks are not in it: whoever has them puts them in.
#[utoipa::path(get, path = "/api/v1/jobs/{id}/proof", tag = "jobs", params(("id" = JobId, Path), BundleQuery),
    security(("signature" = []), ("token" = ["jobs:read"])), responses(
    (status = 200, content_type = "text/plain", body = String), (status = 400, body = Problem),
    (status = 404, body = Problem), (status = 503, body = Problem),
))]
pub(in super::super) async fn proof(
    State(api): State<Arc<Api>>,
    Reader(caller): Reader,
    Path(id): Path<JobId>,
    Query(query): Query<BundleQuery>,
) -> Result<Response, ApiError> {
    own_job(&api, &caller, id).await?;
    api.reads.bundle(&query.of(id)).await
}
