//! `jobs` and what is below it. [`own_job`] is the one place that decides who may see a job.

pub(super) mod cancel;
mod check;
pub(super) mod events;
mod fits;
pub(super) mod list;
pub(super) mod log;
pub(super) mod one;
pub(super) mod proof;
pub(super) mod results;
pub(super) mod submit;
mod subset;
pub(super) mod tasks;
mod view;

use super::Api;
use super::auth::Caller;
use super::error::ApiError;
use crate::store::JobRecord;
use shared::ids::JobId;
use shared::job::Job;

/// The job, if the caller may see it.
///
/// # Errors
/// `NotFound` whether it does not exist or is somebody else's.
async fn own_job(api: &Api, caller: &Caller, id: JobId) -> Result<JobRecord, ApiError> {
    let record = api.store.job_get(id).await?;
    record
        .filter(|record| caller.may_see(record.job.submitter_key))
        .ok_or_else(|| ApiError::not_found("job"))
}

/// The recorded job's fields. Its signature was verified when it was recorded.
///
/// # Errors
/// When the store holds other bytes than were written.
fn decode(record: &JobRecord) -> Result<Job, ApiError> {
    use shared::codec::{Canonical as _, DecodeError};
    let body = record.job.signed.split_last_chunk::<64>();
    let truncated = DecodeError::Truncated {
        at: 0,
        field: "signature",
    };
    let (body, _) = body.ok_or(truncated).map_err(ApiError::internal)?;
    let (_, job) = Job::decode(body).map_err(ApiError::internal)?;
    Ok(job)
}
