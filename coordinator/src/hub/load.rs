//! Reads a recorded job from the store, so that the engine can take it up.

use super::job_context::{JobContext, Source, Tasks};
use crate::store::{JobStage, NewJob, Store};
use anyhow::{Context as _, Result, bail, ensure};
use shared::ids::{ChainId, JobId, UnixMs};
use shared::job::{Input, Job, SignedJob};
use shared::leaf::{Leaf, decode_subset_list};
use std::sync::Arc;

/// A job as it was left: and which of its tasks are decided.
#[derive(Debug)]
pub(super) struct LoadedJob {
    pub(super) context: Arc<JobContext>,
    pub(super) decided: Vec<u32>,
    pub(super) accepted: u32,
    pub(super) failed: u32,
    pub(super) deadline_ms: UnixMs,
}

/// Reads a job whose Job is stored; `None` when it is not yet, when the job ends or has ended, or is unknown.
pub(super) async fn load(store: &Store, chain: ChainId, id: JobId) -> Result<Option<LoadedJob>> {
    let Some(record) = store.job_get(id).await? else {
        return Ok(None);
    };
    if record.stage != JobStage::Running {
        return Ok(None);
    }
    let signed = decode(chain, &record.job)?;
    let tasks = match signed.job().input {
        Input::Subset { parent } => {
            let parent = store.job_get(parent).await?;
            let parent = parent.context("the job whose tasks it runs again is not recorded")?;
            let source = source(store, &parent.job, decode(chain, &parent.job)?.job()).await?;
            let list = leaf_list(store, &record.job, Leaf::SUBSET_LEN).await?;
            Tasks::of_parent(source, decode_subset_list(&list)?)
        }
        Input::Chunks | Input::Range(_) => {
            Tasks::own(source(store, &record.job, signed.job()).await?)
        }
    };
    let NewJob {
        program,
        title,
        deadline_ms,
        ..
    } = record.job;
    let context = JobContext::new(id, signed.job().clone(), program, title, tasks);
    let decided = store.decided_tasks(id).await?;
    Ok(Some(LoadedJob {
        context: Arc::new(context),
        decided,
        accepted: record.accepted,
        failed: record.failed,
        deadline_ms,
    }))
}

fn decode(chain: ChainId, job: &NewJob) -> Result<SignedJob> {
    SignedJob::decode(chain, &job.signed).context("the recorded job does not decode")
}

/// The leaves of a job that is no subset.
async fn source(store: &Store, record: &NewJob, job: &Job) -> Result<Source> {
    match job.input {
        Input::Range(range) => Ok(Source::Range(range)),
        Input::Chunks => {
            let list = leaf_list(store, record, Leaf::CHUNK_LEN).await?;
            Ok(Source::Chunks(list))
        }
        Input::Subset { .. } => bail!("its tasks are those of another job"),
    }
}

/// The leaf list of a job with `each` bytes for each task.
async fn leaf_list(store: &Store, record: &NewJob, each: usize) -> Result<Vec<u8>> {
    let sha256 = record.leaves_sha256.context("it has no leaf list")?;
    let len = u64::from(record.task_count) * each as u64;
    let bytes = store.blob_bytes(sha256, len).await?;
    let bytes = bytes.context("the leaf list is not in the store")?;
    ensure!(
        bytes.len() as u64 == len,
        "the leaf list has {} bytes, the job's {} tasks need {len}",
        bytes.len(),
        record.task_count
    );
    Ok(bytes)
}
