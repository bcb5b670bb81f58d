//! `POST jobs`: records a signed job and answers what is still to be uploaded. The same job again is answered alike.

use super::super::Api;
use super::super::auth::Caller;
use super::super::error::ApiError;
use super::super::posted::{Posted, PostedBody};
use super::super::start_job::start_jobs;
use super::check::{Checked, CheckedLeaves, check};
use super::fits::check_fits;
use super::subset::{Inherited, inherit};
use crate::store::{BlobRole, BlobUse, JobStage, NewJob};
use axum::Json;
use axum::extract::State;
use shared::api::jobs::{JobSubmitted, SubmitJob};
use shared::api::problem::{Problem, ProblemCode};
use shared::api::tokens::Scope;
use shared::ids::{Digest, JobId, UnixMs};
use shared::job::DEFAULT_DEADLINE_MS;
use std::sync::Arc;

/// Missing blobs that an answer names.
const MAX_MISSING: u32 = 10_000;

impl PostedBody for SubmitJob {
    const SCOPE: Scope = Scope::JobsWrite;
    /// A million leaves and the job in base64, a title, and some room.
    const MAX_BYTES: usize = 57 << 20;
    const IS_POSTING: bool = true;
}

/// Submits a job: answers its id and the blobs that its key has yet to upload. It runs once none is missing.
#[utoipa::path(post, path = "/api/v1/jobs", tag = "jobs", request_body = SubmitJob,
    security(("signature" = []), ("token" = ["jobs:write"])), responses(
    (status = 200, body = JobSubmitted), (status = 401, body = Problem), (status = 403, body = Problem),
    (status = 413, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem),
))]
pub(in super::super) async fn submit(
    State(api): State<Arc<Api>>,
    Posted { caller, body }: Posted<SubmitJob>,
) -> Result<Json<JobSubmitted>, ApiError> {
    let (body, checked) = check_aside(&api, body).await?;
    check_signer(&caller, &checked)?;
    let id = checked.signed.id();
    if api.store.job_get(id).await?.is_none() {
        record(&api, id, body, checked).await?;
    }
    Ok(Json(answer(&api, id).await?))
}

/// The rules that need no database, on a thread where hashing a million leaves keeps nobody waiting.
async fn check_aside(api: &Arc<Api>, body: SubmitJob) -> Result<(SubmitJob, Checked), ApiError> {
    let api = api.clone();
    let checking = tokio::task::spawn_blocking(move || {
        let checked = check(api.chain, &api.config, &body, api.clock.now());
        checked.map(|checked| (body, checked))
    });
    checking.await.map_err(ApiError::internal)?
}

fn check_signer(caller: &Caller, checked: &Checked) -> Result<(), ApiError> {
    let submitter = checked.signed.job().submitter_key;
    match caller {
        Caller::Key(key) if *key != submitter => {
            let detail = format!("the job is signed by {submitter}, the request by {key}");
            Err(ApiError::field(ProblemCode::JobInvalid, "/job", detail))
        }
        _ => Ok(()),
    }
}

async fn record(api: &Api, id: JobId, body: SubmitJob, checked: Checked) -> Result<(), ApiError> {
    let job = checked.signed.job();
    let (parent, inherited) = match &checked.leaves {
        CheckedLeaves::Subset { parent, tasks } => {
            (Some(*parent), inherit(api, job, *parent, tasks).await?)
        }
        CheckedLeaves::Chunks(_) | CheckedLeaves::Range => (None, Inherited::default()),
    };
    let program = api
        .store
        .program_by_hashes(job.module_sha256, job.manifest_sha256);
    let program = program.await?.ok_or_else(|| {
        let detail = format!(
            "no program with module {} and manifest {} is published here",
            job.module_sha256, job.manifest_sha256
        );
        ApiError::field(ProblemCode::UnknownProgram, "/job", detail)
    })?;
    if let Some(rule) = &program.refused {
        let detail = format!(
            "{}@{} is not offered any more: the storage nodes refused it: {rule}",
            program.prog.name, program.prog.version
        );
        return Err(ApiError::field(ProblemCode::NotOffered, "/job", detail));
    }
    check_fits(&program, job)?;
    let now = api.clock.now();
    let mut leaves_sha256 = None;
    if !body.leaves.is_empty() {
        leaves_sha256 = Some(api.store.blob_put(&body.leaves, now).await?.sha256);
    }
    let blobs = blobs(&checked, &inherited, leaves_sha256);
    let new = NewJob {
        id,
        submitter_key: job.submitter_key,
        signed: body.job,
        title: body.title,
        program: format!("{}@{}", program.prog.name, program.prog.version),
        task_count: job.task_count,
        leaves_sha256,
        parent,
        created_at_ms: now,
        deadline_ms: checked.deadline_ms,
        lasts_ms: (job.deadline_ms == UnixMs(0)).then_some(DEFAULT_DEADLINE_MS),
    };
    api.store.job_add(&new, &blobs).await?;
    Ok(())
}

fn blobs(checked: &Checked, inherited: &Inherited, leaves: Option<Digest>) -> Vec<BlobUse> {
    let blob = |role| move |sha256| BlobUse { sha256, role };
    let common = checked.signed.job().common_sha256;
    let common = (!common.is_none()).then_some(common);
    let inputs = match &checked.leaves {
        CheckedLeaves::Chunks(chunks) => chunks.as_slice(),
        CheckedLeaves::Range | CheckedLeaves::Subset { .. } => &inherited.chunks,
    };
    let inputs = inputs.iter().copied();
    inputs
        .map(blob(BlobRole::Input))
        .chain(common.map(blob(BlobRole::Common)))
        .chain(leaves.map(blob(BlobRole::Leaves)))
        .chain(inherited.leaves_sha256.map(blob(BlobRole::Leaves)))
        .collect()
}

async fn answer(api: &Api, job_id: JobId) -> Result<JobSubmitted, ApiError> {
    let record = api.store.job_get(job_id).await?;
    let mut submitted = JobSubmitted {
        job_id,
        missing: Vec::new(),
        missing_total: 0,
    };
    if record.is_none_or(|record| record.stage != JobStage::Uploading) {
        return Ok(submitted);
    }
    if api.store.job_has_all_inputs(job_id).await? {
        start_jobs(api, &[job_id]).await?;
        return Ok(submitted);
    }
    let missing = api.store.job_missing_inputs(job_id, None, MAX_MISSING);
    submitted.missing = missing.await?.items;
    submitted.missing_total = api.store.job_missing_total(job_id).await?;
    Ok(submitted)
}
