//! Reads a recorded job from the store, so that the engine can take it up.

use super::job_context::JobContext;
use crate::store::{JobRecord, NewJob, Store};
use anyhow::{Context as _, Result};
use shared::ids::{ChainId, JobId, UnixMs};
use shared::job::SignedJob;
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

/// Reads a job that is recorded as running; `None` when it has ended or is unknown.
pub(super) async fn load(store: &Store, chain: ChainId, id: JobId) -> Result<Option<LoadedJob>> {
    let Some(record) = store.job_get(id).await? else {
        return Ok(None);
    };
    if record.state != shared::api::jobs::JobState::Running {
        return Ok(None);
    }
    let JobRecord {
        job,
        accepted,
        failed,
        ..
    } = record;
    let NewJob {
        signed,
        program,
        title,
        leaves_sha256,
        deadline_ms,
        ..
    } = job;
    let signed = SignedJob::decode(chain, &signed).context("the recorded job does not decode")?;
    let leaves = match leaves_sha256 {
        Some(sha256) => {
            let limit = u64::from(signed.job().task_count) * 40;
            let bytes = store.blob_bytes(sha256, limit).await?;
            bytes.context("the leaf list is not in the store")?
        }
        None => Vec::new(),
    };
    let context = JobContext::new(id, signed.job().clone(), program, title, leaves)?;
    let decided = store.decided_tasks(id).await?;
    Ok(Some(LoadedJob {
        context: Arc::new(context),
        decided,
        accepted,
        failed,
        deadline_ms,
    }))
}
