//! `/livez` and `/readyz`: machines read the status, people add `?verbose`.

use super::Api;
use super::error::ApiError;
use super::extract::Query;
use axum::extract::State;
use serde::Deserialize;
use shared::api::problem::ProblemCode;
use std::sync::Arc;

/// Whether to list each check.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub(super) struct Verbose {
    /// Present: one line for each check.
    verbose: Option<String>,
}

/// Whether the process runs. Looks at nothing else.
#[utoipa::path(get, path = "/livez", tag = "health", responses((status = 200, description = "It runs", body = String)))]
pub(super) async fn livez() -> &'static str {
    "ok\n"
}

/// Whether the coordinator can do its work: the store takes writes, the hub answers.
#[utoipa::path(get, path = "/readyz", tag = "health", params(Verbose), responses(
    (status = 200, description = "It is ready", body = String),
    (status = 503, description = "It is not; the detail names each check", body = shared::api::problem::Problem),
))]
pub(super) async fn readyz(
    State(api): State<Arc<Api>>,
    Query(query): Query<Verbose>,
) -> Result<String, ApiError> {
    let store = api.store.check_writable().await.map_err(|error| {
        tracing::error!("the store does not take writes: {error}");
        "does not take writes"
    });
    let totals = api.hub.totals().await;
    let hub = totals
        .as_ref()
        .map_err(|_| "has stopped")
        .and_then(|totals| {
            if totals.draining {
                Err("is stopping: it gives out no new task")
            } else {
                Ok(())
            }
        });
    let checks = [("store", store), ("hub", hub)];
    let mut lines = String::new();
    for (name, found) in checks {
        lines.extend([name, ": ", found.err().unwrap_or("ok"), "\n"]);
    }
    if checks.iter().any(|(_, found)| found.is_err()) {
        return Err(ApiError::later(ProblemCode::Busy, 5, lines));
    }
    Ok(if query.verbose.is_some() {
        lines
    } else {
        "ok\n".to_owned()
    })
}
