//! What a job that runs tasks of an earlier job again takes from that job: the rules of LEDGER.md section 2 that need it,
//! and what its tasks read.

use super::super::Api;
use super::super::error::ApiError;
use super::decode;
use crate::store::JobRecord;
use shared::api::problem::ProblemCode;
use shared::codec::Reader;
use shared::ids::{Digest, JobId};
use shared::job::Job;
use shared::leaf::Leaf;
use shared::subset::{self, MAX_SUBSETS, SubsetError};

/// What it reads of its parent's.
#[derive(Debug, Default)]
pub(super) struct Inherited {
    /// What tasks read, in task order; empty when the parent is a range.
    pub(super) chunks: Vec<Digest>,
    /// The parent's leaf list, without which nobody knows what the tasks read.
    pub(super) leaves_sha256: Option<Digest>,
}

/// Checks `job`, which runs `tasks` of `parent` again.
///
/// # Errors
/// The first rule that is broken.
pub(super) async fn inherit(
    api: &Api,
    job: &Job,
    parent: JobId,
    tasks: &[u32],
) -> Result<Inherited, ApiError> {
    let record = api.store.job_get(parent).await?;
    // Somebody else's job is not told apart from one that is not there.
    let record = record.filter(|record| record.job.submitter_key == job.submitter_key);
    let record = record.ok_or_else(|| {
        invalid(format!(
            "rule subset_parent: this key has no job {parent} here; a job can run tasks only of an earlier job of its own key"
        ))
    })?;
    subset::check(job, parent, &decode(&record)?, tasks).map_err(|rule| broken(&rule))?;
    check_recorded(&record)?;
    check_kept(&record)?;
    check_count(api, parent).await?;
    chunks(api, &record, tasks).await
}

fn invalid(detail: String) -> ApiError {
    ApiError::field(ProblemCode::JobInvalid, "/job", detail)
}

fn broken(rule: &SubsetError) -> ApiError {
    let detail = rule.to_string();
    match rule {
        SubsetError::Nested { .. } | SubsetError::Differs { .. } => invalid(detail),
        SubsetError::Order { .. } | SubsetError::Range { .. } => {
            ApiError::field(ProblemCode::LeavesMismatch, "/leaves", detail)
        }
    }
}

fn check_recorded(parent: &JobRecord) -> Result<(), ApiError> {
    if parent.is_recorded() {
        return Ok(());
    }
    Err(invalid(format!(
        "rule subset_parent: job {} is not on the ledger, because its inputs were never all there; upload them first, \
         or post the input as a new job",
        parent.job.id
    )))
}

fn check_kept(parent: &JobRecord) -> Result<(), ApiError> {
    if !parent.blobs_deleted {
        return Ok(());
    }
    let detail = format!(
        "the inputs of job {} were deleted some time after its end; post them again as a new job",
        parent.job.id
    );
    Err(ApiError::field(ProblemCode::JobEnded, "/job", detail))
}

async fn check_count(api: &Api, parent: JobId) -> Result<(), ApiError> {
    if api.store.job_subsets(parent).await?.len() < MAX_SUBSETS {
        return Ok(());
    }
    let detail = format!(
        "{MAX_SUBSETS} jobs run tasks of job {parent} again already, and no more are taken; post the input as a new job"
    );
    Err(ApiError::field(ProblemCode::NotOffered, "/job", detail))
}

async fn chunks(api: &Api, parent: &JobRecord, tasks: &[u32]) -> Result<Inherited, ApiError> {
    let Some(sha256) = parent.job.leaves_sha256 else {
        return Ok(Inherited::default());
    };
    let len = u64::from(parent.job.task_count).saturating_mul(Leaf::CHUNK_LEN as u64);
    let list = api.store.blob_bytes(sha256, len).await?;
    let list = list.ok_or_else(|| ApiError::internal(LeavesGone(parent.job.id)))?;
    // Stored again it is young: it is not cleaned away before the new job refers to it.
    api.store.blob_put(&list, api.clock.now()).await?;
    let mut chunks = Vec::with_capacity(tasks.len());
    for task in tasks {
        let at = usize::try_from(*task).unwrap_or(usize::MAX);
        let leaf = list.chunks_exact(Leaf::CHUNK_LEN).nth(at);
        let leaf = leaf.ok_or_else(|| ApiError::internal(LeavesGone(parent.job.id)))?;
        let leaf = Leaf::decode_chunk(&mut Reader::new(leaf)).map_err(ApiError::internal)?;
        if let Leaf::Chunk { sha256, .. } = leaf {
            chunks.push(sha256);
        }
    }
    Ok(Inherited {
        chunks,
        leaves_sha256: Some(sha256),
    })
}

/// The store does not hold what was stored with the job.
#[derive(Debug, thiserror::Error)]
#[error("the leaf list of job {0} is not in the store")]
struct LeavesGone(JobId);
