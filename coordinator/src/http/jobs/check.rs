//! Whether a submission is a job that this coordinator takes: every rule that needs no database.

use super::super::ApiConfig;
use super::super::error::ApiError;
use shared::api::jobs::{MAX_TITLE_CHARS, SubmitJob};
use shared::api::problem::ProblemCode;
use shared::api::status::ServerLimits;
use shared::ids::{ChainId, Digest, JobId, UnixMs};
use shared::job::{DEFAULT_DEADLINE_MS, Input, Job, Policy, SignedJob};
use shared::leaf::{Leaf, decode_chunk_list, decode_subset_list, input_root};
use shared::subset;

/// A job whose signature, limits and leaves are in order.
#[derive(Debug)]
pub(super) struct Checked {
    /// The job.
    pub(super) signed: SignedJob,
    pub(super) leaves: CheckedLeaves,
    /// When it expires.
    pub(super) deadline_ms: UnixMs,
}

/// What tasks read, in task order.
#[derive(Debug)]
pub(super) enum CheckedLeaves {
    /// These blobs.
    Chunks(Vec<Digest>),
    /// Lines that are computed.
    Range,
    /// What these tasks of the parent read. Whether it has them is still to be checked.
    Subset {
        /// The parent.
        parent: JobId,
        /// Its tasks.
        tasks: Vec<u32>,
    },
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
    let leaves = check_leaves(job, &body.leaves, &config.limits)?;
    Ok(Checked {
        signed,
        leaves,
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
    if matches!(job.policy, Policy::Balanced | Policy::Random) {
        return Ok(());
    }
    let detail = format!(
        "this coordinator does not offer the policy {}; use balanced or random",
        job.policy
    );
    Err(ApiError::field(ProblemCode::NotOffered, "/job", detail))
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

fn check_leaves(
    job: &Job,
    leaves: &[u8],
    limits: &ServerLimits,
) -> Result<CheckedLeaves, ApiError> {
    match job.input {
        Input::Range(range) => {
            if !leaves.is_empty() {
                return Err(mismatch(
                    "a range has no list of leaves: leave it empty".into(),
                ));
            }
            check_root(job, input_root(range.leaves()))?;
            Ok(CheckedLeaves::Range)
        }
        Input::Chunks => {
            check_length(job, leaves, Leaf::CHUNK_LEN)?;
            let leaves = decode_chunk_list(leaves).map_err(|error| mismatch(error.to_string()))?;
            check_root(job, input_root(leaves.iter().copied()))?;
            Ok(CheckedLeaves::Chunks(chunks(&leaves, limits)?))
        }
        Input::Subset { parent } => {
            check_length(job, leaves, Leaf::SUBSET_LEN)?;
            let tasks = decode_subset_list(leaves).map_err(|error| mismatch(error.to_string()))?;
            check_root(job, input_root(subset::leaves(&tasks)))?;
            Ok(CheckedLeaves::Subset { parent, tasks })
        }
    }
}

fn check_length(job: &Job, leaves: &[u8], each: usize) -> Result<(), ApiError> {
    let tasks = usize::try_from(job.task_count).unwrap_or(usize::MAX);
    if leaves.len() == tasks.saturating_mul(each) {
        return Ok(());
    }
    Err(mismatch(format!(
        "the list of leaves has {} bytes: {tasks} tasks need {each} each",
        leaves.len()
    )))
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
