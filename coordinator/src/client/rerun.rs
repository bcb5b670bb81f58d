//! Tasks of an earlier job, run again with other limits: a job whose leaves are that job's tasks.

use super::connection::ApiClient;
use super::submission::{SubmitError, post};
use crate::entropy::random_bytes;
use shared::api::jobs::SubmitJob;
use shared::ids::JobNonce;
use shared::job::{Limits, Policy};
use shared::leaf::encode_list;
use shared::subset;
use shared::verified_job::VerifiedJob;
use std::sync::Arc;

/// What may differ from the parent.
#[derive(Debug, Clone)]
pub struct Otherwise {
    /// What each task may use.
    pub limits: Limits,
    /// Volunteers for each task.
    pub trust: u8,
    /// How they are chosen.
    pub policy: Policy,
    /// Plain text for people.
    pub title: String,
}

/// Signs and records a job that runs `tasks` of `parent` again; it is verified before it is posted.
///
/// # Errors
/// When the job breaks a rule, the coordinator refuses it, or it has no longer what the tasks read.
pub async fn rerun(
    client: &ApiClient,
    parent: &VerifiedJob,
    tasks: &[u32],
    otherwise: Otherwise,
) -> Result<Arc<VerifiedJob>, SubmitError> {
    let key = client.key().ok_or(SubmitError::NoKey)?;
    let nonce = JobNonce(random_bytes());
    let mut job = subset::again(parent.job(), parent.id(), tasks, otherwise.limits, nonce);
    job.submitter_key = key.submitter_key();
    job.trust = otherwise.trust;
    job.policy = otherwise.policy;
    let signed = job.sign(client.chain(), key)?;
    let leaves = encode_list(&subset::leaves(tasks).collect::<Vec<_>>());
    let request = SubmitJob {
        job: signed.encode(),
        leaves,
        title: otherwise.title,
    };
    let verified = parent.subset(signed.id(), &request.job, &request.leaves)?;
    let submitted = post(client, signed.id(), &request).await?;
    match submitted.missing_total {
        0 => Ok(Arc::new(verified)),
        missing => Err(SubmitError::InputsGone {
            id: signed.id(),
            missing,
        }),
    }
}
