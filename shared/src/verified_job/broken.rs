//! What can be wrong with what a coordinator gives: each rule by its name.

use crate::codec::DecodeError;
use crate::ids::{ChainId, Digest, JobId};
use crate::job::SignedError;
use crate::rule::BrokenRule;
use crate::subset::SubsetError;

/// The rule that an answer breaks; its words name it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The job's bytes are not a signed job of this ledger.
    #[error("rule job_signature: {0}")]
    Job(#[from] SignedError),
    /// Another job than the one asked for.
    #[error("rule job_id: the coordinator gave job {found} for {asked}")]
    JobId {
        /// The id that was asked for.
        asked: JobId,
        /// The id of what came.
        found: JobId,
    },
    /// The leaf list cannot be read.
    #[error("rule leaves_encoding: {0}")]
    LeavesEncoding(DecodeError),
    /// The leaves are not those that the submitter signed.
    #[error("rule leaves_root: the leaf list is not the one that the job's input_root was made of")]
    LeavesRoot,
    /// A job whose leaves are another job's cannot be checked alone.
    #[error("rule leaves_subset: this job runs tasks of job {parent} again; verify that one")]
    Subset {
        /// The earlier job.
        parent: JobId,
    },
    /// The coordinator gave it as a subset job of another job than the one it names.
    #[error(
        "rule subset_parent: the coordinator gave job {id} as one that runs tasks of job {parent} again, which it is not"
    )]
    NotOfParent {
        /// The job.
        id: JobId,
        /// Of which it was said to run tasks.
        parent: JobId,
    },
    /// A rule of subset jobs.
    #[error("job {id}: {rule}")]
    SubsetRule {
        /// The subset job.
        id: JobId,
        /// Which.
        rule: SubsetError,
    },
    /// A certificate or failure that cannot be read.
    #[error("task {task}: rule entry_encoding: {error}")]
    Encoding {
        /// The task.
        task: u32,
        /// What is wrong.
        error: DecodeError,
    },
    /// An entry of another ledger.
    #[error("task {task}: rule entry_chain: the entry belongs to another ledger ({found})")]
    Chain {
        /// The task.
        task: u32,
        /// The ledger it names.
        found: ChainId,
    },
    /// An entry for another task.
    #[error("rule entry_task: the coordinator gave the entry of task {found} for task {asked}")]
    Task {
        /// The task it was given for.
        asked: u32,
        /// The task it names.
        found: u32,
    },
    /// A task that the job does not have.
    #[error("rule entry_range: task {task} is not one of the job's {task_count}")]
    NoSuchTask {
        /// The task.
        task: u32,
        /// How many there are.
        task_count: u32,
    },
    /// A rule of certificates or failures.
    #[error("task {task}: {rule}")]
    Rule {
        /// The task.
        task: u32,
        /// Which.
        rule: BrokenRule,
    },
    /// The output is not the one that was voted for.
    #[error("task {task}: rule output_hash: the output has SHA-256 {found}, the votes say {voted}")]
    OutputHash {
        /// The task.
        task: u32,
        /// Of what came.
        found: Digest,
        /// What the volunteers signed.
        voted: Digest,
    },
    /// The output has not the length that was voted for.
    #[error("task {task}: rule output_length: the output has {found} bytes, the votes say {voted}")]
    OutputLength {
        /// The task.
        task: u32,
        /// Of what came.
        found: u64,
        /// What the volunteers signed.
        voted: u64,
    },
}
