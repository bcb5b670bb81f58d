//! Tasks of an earlier job, run again with other limits: signed with the key that signed that job.

use super::api::Api;
use super::prepare::limit_args;
use crate::entropy::random_bytes;
use shared::api::jobs::SubmitJob;
use shared::codec::Canonical as _;
use shared::ids::{JobId, JobNonce};
use shared::job::SignedJob;
use shared::leaf::encode_list;
use shared::page::submit::{LimitsDraft, Trouble, TroubleCode};
use shared::subset;
use shared::wish;

/// Posts the job that runs `tasks` of the job `parent` again.
pub(super) async fn rerun(
    api: &Api,
    parent: JobId,
    tasks: &[u32],
    limits: &LimitsDraft,
) -> Result<JobId, Trouble> {
    let wrong = |detail: String| Trouble::new(TroubleCode::Job, detail);
    let wished = limit_args(limits)?;
    let view = api.job(parent).await?;
    let signed =
        SignedJob::decode(api.chain(), &view.job).map_err(|error| wrong(error.to_string()))?;
    if signed.id() != parent {
        let detail = format!("what came for job {parent} is job {}", signed.id());
        return Err(Trouble::new(TroubleCode::Tampered, detail));
    }
    let nonce = random_bytes()
        .ok_or_else(|| Trouble::new(TroubleCode::Browser, "there is no randomness"))?;
    let limits = wish::limits(signed.job().limits, &wished);
    let mut job = subset::again(signed.job(), parent, tasks, limits, JobNonce(nonce));
    job.submitter_key = api.submitter_key()?;
    job.check().map_err(|error| wrong(error.to_string()))?;
    subset::check(&job, parent, signed.job(), tasks).map_err(|rule| wrong(rule.to_string()))?;
    let request = SubmitJob {
        job: api.signed(job.encode(api.chain())).await?,
        leaves: encode_list(&subset::leaves(tasks).collect::<Vec<_>>()),
        title: view.title,
    };
    let id =
        SignedJob::decode(api.chain(), &request.job).map_err(|error| wrong(error.to_string()))?;
    let submitted = api.submit(&request).await?;
    if submitted.job_id != id.id() {
        let detail = format!("it calls job {} {}", id.id(), submitted.job_id);
        return Err(Trouble::new(TroubleCode::NotUnderstood, detail));
    }
    match submitted.missing_total {
        0 => Ok(submitted.job_id),
        missing => {
            let detail = format!("the coordinator no longer has {missing} inputs of these tasks");
            Err(Trouble::new(TroubleCode::Refused, detail))
        }
    }
}
