//! `GET jobs`: a key's own jobs, or with a token all of them, newest first.

use super::super::Api;
use super::super::auth::{Caller, Reader};
use super::super::cursor;
use super::super::error::ApiError;
use super::super::extract::Query;
use super::view::view;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use shared::api::jobs::{JobState, JobView};
use shared::api::problem::{Problem, ProblemCode};
use shared::api::{Page, PageQuery};
use std::sync::Arc;

/// Which jobs.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub(in super::super) struct StateFilter {
    /// States, separated by commas; all when absent.
    #[param(example = "running,uploading")]
    state: Option<String>,
}

/// The caller's jobs, newest first.
#[utoipa::path(get, path = "/api/v1/jobs", tag = "jobs", params(PageQuery, StateFilter),
    security(("signature" = []), ("token" = ["jobs:read"])),
    responses((status = 200, body = Page<JobView>), (status = 401, body = Problem)))]
pub(in super::super) async fn list(
    State(api): State<Arc<Api>>,
    Reader(caller): Reader,
    Query(query): Query<PageQuery>,
    Query(filter): Query<StateFilter>,
) -> Result<Json<Page<JobView>>, ApiError> {
    let owner = match caller {
        Caller::Key(key) => Some(key),
        Caller::Token(_) => None,
    };
    let states = filter.states()?;
    let before = cursor::read(&query)?;
    let page = api.store.jobs_page(owner, &states, before, query.size());
    let page = page.await?;
    let mut items = Vec::with_capacity(page.items.len());
    for record in page.items {
        items.push(view(&api, record).await?);
    }
    Ok(Json(Page {
        items,
        next_page_token: page.next.as_ref().map(cursor::write).unwrap_or_default(),
    }))
}

impl StateFilter {
    fn states(&self) -> Result<Vec<JobState>, ApiError> {
        let text = self.state.as_deref().unwrap_or_default();
        let words = text.split(',').filter(|word| !word.is_empty());
        words.map(parse_state).collect()
    }
}

fn parse_state(word: &str) -> Result<JobState, ApiError> {
    let deserializer = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(word);
    JobState::deserialize(deserializer)
        .map_err(|error| ApiError::new(ProblemCode::InvalidRequest, format!("state: {error}")))
}
