//! Whether a submission is a job that this coordinator takes: every rule that needs no database.

use super::super::ApiConfig;
use super::super::error::ApiError;
use shared::api::jobs::{MAX_TITLE_CHARS, SubmitJob};
use shared::api::problem::ProblemCode;
use shared::api::status::ServerLimits;
use shared::ids::{ChainId, Digest, UnixMs};
use shared::job::{DEFAULT_DEADLINE_MS, Input, Job, Policy, SignedJob};
use shared::leaf::{Leaf, decode_chunk_list, input_root};

/// A job whose signature, limits and leaves are in order.
#[derive(Debug)]
pub(super) struct Checked {
    /// The job.
    pub(super) signed: SignedJob,
    /// What tasks read, in task order; empty for a range.
    pub(super) chunks: Vec<Digest>,
    /// When it expires.
    pub(super) deadline_ms: UnixMs,
}

/// Checks a submission. Hashes up to a million leaves: run it where that blocks nobody.
///
/// # Errors
/// The first broken rule.
pub(super) fn check(
    chain: ChainId,
    config: &ApiConfig,
    body: &SubmitJob,
    now: UnixMs,
) -> Result<Checked, ApiError> {
    let signed = SignedJob::decode(chain, &body.job).map_err(|error| invalid(error.to_string()))?;
    let job = signed.job();
    check_title(&body.title)?;
    check_offered(job)?;
    check_limits(job, &config.limits)?;
    let deadline_ms = deadline(job, now)?;
    let chunks = check_leaves(job, &body.leaves, &config.limits)?;
    Ok(Checked {
        signed,
        chunks,
        deadline_ms,
    })
}

fn invalid(detail: impl Into<String>) -> ApiError {
    ApiError::field(ProblemCode::JobInvalid, "/job", detail)
}

fn check_title(title: &str) -> Result<(), ApiError> {
    let refused = |detail: String| Err(ApiError::field(ProblemCode::JobInvalid, "/title", detail));
    let chars = title.chars().count();
    if chars > MAX_TITLE_CHARS {
        return refused(format!(
            "the title has {chars} characters: at most {MAX_TITLE_CHARS}"
        ));
    }
    if let Some(bad) = title.chars().find(|found| found.is_control()) {
        return refused(format!(
            "the title has the control character U+{:04X}: plain text only",
            u32::from(bad)
        ));
    }
    Ok(())
}

fn check_offered(job: &Job) -> Result<(), ApiError> {
    let refused = |detail: String| Err(ApiError::field(ProblemCode::NotOffered, "/job", detail));
    if matches!(job.input, Input::Subset { .. }) {
        return refused("this coordinator does not run parts of earlier jobs again".into());
    }
    if !matches!(job.policy, Policy::Balanced | Policy::Random) {
        let policy = &job.policy;
        return refused(format!(
            "this coordinator does not offer the policy {policy}; use balanced or random"
        ));
    }
    Ok(())
}

fn check_limits(job: &Job, limits: &ServerLimits) -> Result<(), ApiError> {
    let over = |name: &str, asked: u64, offered: u64| {
        if asked <= offered {
            return Ok(());
        }
        let detail = format!("{name} is {asked}: this coordinator takes at most {offered}");
        Err(ApiError::field(ProblemCode::NotOffered, "/job", detail))
    };
    over("task_count", job.task_count.into(), limits.tasks.into())?;
    let output_bytes = u64::from(job.limits.output_bytes);
    over("output_bytes", output_bytes, limits.output_bytes.into())?;
    over("wall_ms", job.limits.wall_ms.into(), limits.wall_ms.into())?;
    if job.limits.wall_ms == 0 {
        return Err(invalid("wall_ms is 0: no task can end in no time"));
    }
    Ok(())
}

fn deadline(job: &Job, now: UnixMs) -> Result<UnixMs, ApiError> {
    match job.deadline_ms {
        UnixMs(0) => Ok(now.plus(DEFAULT_DEADLINE_MS)),
        past if past <= now => Err(invalid(format!(
            "deadline_ms is {}, which has passed: the server's time is {}",
            past.0, now.0
        ))),
        later => Ok(later),
    }
}

fn check_leaves(job: &Job, leaves: &[u8], limits: &ServerLimits) -> Result<Vec<Digest>, ApiError> {
    match job.input {
        Input::Range(range) => {
            if !leaves.is_empty() {
                return Err(mismatch(
                    "a range has no list of leaves: leave it empty".into(),
                ));
            }
            check_root(job, input_root(range.leaves()))?;
            Ok(Vec::new())
        }
        Input::Chunks | Input::Subset { .. } => {
            let tasks = usize::try_from(job.task_count).unwrap_or(usize::MAX);
            if leaves.len() != tasks.saturating_mul(Leaf::CHUNK_LEN) {
                return Err(mismatch(format!(
                    "the list of leaves has {} bytes: {tasks} tasks need {} each",
                    leaves.len(),
                    Leaf::CHUNK_LEN
                )));
            }
            let leaves = decode_chunk_list(leaves).map_err(|error| mismatch(error.to_string()))?;
            check_root(job, input_root(leaves.iter().copied()))?;
            chunks(&leaves, limits)
        }
    }
}

fn check_root(job: &Job, found: Digest) -> Result<(), ApiError> {
    if found == job.input_root {
        return Ok(());
    }
    Err(mismatch(format!(
        "the leaves have the tree hash {found}, the job's input_root is {}",
        job.input_root
    )))
}

fn chunks(leaves: &[Leaf], limits: &ServerLimits) -> Result<Vec<Digest>, ApiError> {
    let mut chunks = Vec::with_capacity(leaves.len());
    for (task, leaf) in leaves.iter().enumerate() {
        let Leaf::Chunk { sha256, len } = *leaf else {
            return Err(mismatch(format!("leaf {task} is not a chunk")));
        };
        if len == 0 {
            return Err(mismatch(format!(
                "the chunk of task {task} is empty: a task reads at least one byte"
            )));
        }
        if len > limits.chunk_bytes {
            return Err(mismatch(format!(
                "the chunk of task {task} has {len} bytes: at most {}",
                limits.chunk_bytes
            )));
        }
        chunks.push(sha256);
    }
    Ok(chunks)
}

fn mismatch(detail: String) -> ApiError {
    ApiError::field(ProblemCode::LeavesMismatch, "/leaves", detail)
}
