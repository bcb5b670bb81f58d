//! `GET jobs/{id}/proof`: the proof bundle of a job. A storage node gives it to anyone, as its entries are public: so
//! results can be shown to be right while the coordinator is away.

use super::super::error::StorageError;
use super::super::node::{BundleText, BundleWish};
use super::{LedgerReads, ReadFrom, forward};
use crate::problem::ApiError;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use futures_util::TryStreamExt as _;
use serde::Deserialize;
use shared::api::problem::ProblemCode;
use shared::ids::{Digest, JobId};
use std::fmt::Write as _;

const MEDIA_TYPE: &str = "text/plain; charset=utf-8";

/// Which part of a job's bundle is wished for, and from which policy on.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BundleQuery {
    /// SHA-256 of the text of the policy that you have pinned: the bundle leads from there on. Absent for Policy 0.
    policy: Option<Digest>,
    /// The first task wished for; absent for task 0.
    first: Option<u32>,
    /// Tasks wished for; absent for all from the first one on. A bundle without all tasks is partial.
    count: Option<u32>,
}

impl BundleQuery {
    /// The wish for this job.
    #[must_use]
    pub fn of(self, job: JobId) -> BundleWish {
        BundleWish {
            job,
            policy: self.policy,
            first: self.first.unwrap_or(0),
            count: self.count,
        }
    }
}

impl LedgerReads {
    /// The proof bundle of a job, as a text that is made while it is sent: a few megabytes of memory for each million
    /// tasks.
    ///
    /// # Errors
    /// `NotFound` when the job is not under a certified checkpoint yet; `Busy` when too many bundles are made, or no
    /// storage node answers.
    pub async fn bundle(&self, wish: &BundleWish) -> Result<Response, ApiError> {
        match self.read_from() {
            ReadFrom::Node(node) => {
                let text = node.bundle(wish).await?;
                let missing = || ApiError::not_found("job under a certified checkpoint");
                Ok(answer(text.ok_or_else(missing)?))
            }
            ReadFrom::Elsewhere(links) => forward::stream(&links, &target(wish)).await,
        }
    }
}

fn answer(text: BundleText) -> Response {
    let pieces = text.into_pieces().inspect_err(|error: &StorageError| {
        tracing::error!(%error, "a bundle breaks off in the middle");
    });
    let headers = [(CONTENT_TYPE, MEDIA_TYPE), (CACHE_CONTROL, "no-store")];
    (headers, Body::from_stream(pieces)).into_response()
}

fn target(wish: &BundleWish) -> String {
    let mut target = format!("/api/v1/jobs/{}/proof?first={}", wish.job, wish.first);
    // Writing to a String does not fail.
    if let Some(policy) = wish.policy {
        let _ = write!(target, "&policy={policy}");
    }
    if let Some(count) = wish.count {
        let _ = write!(target, "&count={count}");
    }
    target
}

/// The route of a storage node.
pub(in super::super) async fn proof(
    State(reads): State<LedgerReads>,
    Path(job): Path<String>,
    Query(query): Query<BundleQuery>,
) -> Result<Response, ApiError> {
    let job = job.parse::<JobId>();
    let job = job.map_err(|_| {
        let detail = "a job's id is 64 hexadecimal digits";
        ApiError::new(ProblemCode::InvalidRequest, detail)
    })?;
    reads.bundle(&query.of(job)).await
}
