//! Trusting nothing that a coordinator says: the job, the leaves and every decided task are checked against what the
//! submitter signed (LEDGER.md section 2) before anything is reduced.

use crate::api::jobs::TaskResult;
use crate::cert::{BrokenRule, Cert};
use crate::codec::{Canonical, DecodeError};
use crate::fail::Fail;
use crate::ids::{ChainId, Digest, JobId};
use crate::job::{Input, Job, SignedError, SignedJob};
use crate::leaf::{Leaf, decode_chunk_list, encode_list, input_root, range_line};
use crate::outcome::Status;

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

/// A job that is known to be the submitter's, with the leaves that it was signed over.
#[derive(Debug)]
pub struct VerifiedJob {
    signed: SignedJob,
    id: JobId,
    /// Empty for a range, whose leaves are computed.
    chunks: Vec<Leaf>,
}

/// A decided task whose entry was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// More than half of the chosen volunteers signed this outcome.
    Accepted(Cert),
    /// No outcome could reach a majority, or nobody was able to run it.
    Failed(Fail),
}

impl Verdict {
    /// The task.
    #[must_use]
    pub const fn task(&self) -> u32 {
        match self {
            Self::Accepted(cert) => cert.task,
            Self::Failed(fail) => fail.task,
        }
    }
}

impl VerifiedJob {
    /// Checks that `job` is the job `id` of ledger `chain`, signed by its submitter, and that `leaves` (the list of a chunk
    /// job; not looked at for a range) are those it was signed over.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn new(chain: ChainId, id: JobId, job: &[u8], leaves: &[u8]) -> Result<Self, VerifyError> {
        let signed = SignedJob::decode(chain, job)?;
        let found = signed.id();
        if found != id {
            return Err(VerifyError::JobId { asked: id, found });
        }
        let chunks = match signed.job().input {
            Input::Chunks => decode_chunk_list(leaves).map_err(VerifyError::LeavesEncoding)?,
            Input::Range(_) => Vec::new(),
            Input::Subset { parent } => return Err(VerifyError::Subset { parent }),
        };
        let verified = Self { signed, id, chunks };
        let root = match verified.job().input {
            Input::Range(range) => input_root(range.leaves()),
            _ if verified.chunks.len() != verified.job().task_count as usize => {
                return Err(VerifyError::LeavesRoot);
            }
            _ => input_root(verified.chunks.iter().copied()),
        };
        if root != verified.job().input_root {
            return Err(VerifyError::LeavesRoot);
        }
        Ok(verified)
    }

    /// The job as signed.
    #[must_use]
    pub const fn job(&self) -> &Job {
        self.signed.job()
    }

    /// The job with its signature.
    #[must_use]
    pub const fn signed(&self) -> &SignedJob {
        &self.signed
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> JobId {
        self.id
    }

    /// The bytes of the leaf list; empty for a range.
    #[must_use]
    pub fn leaf_list(&self) -> Vec<u8> {
        encode_list(&self.chunks)
    }

    /// The hash of the bytes that `task` reads; `None` when there is no such task.
    #[must_use]
    pub fn input_sha256(&self, task: u32) -> Option<Digest> {
        let leaf = match self.job().input {
            Input::Range(range) => range.leaf(task)?,
            _ => *self.chunks.get(usize::try_from(task).ok()?)?,
        };
        match leaf {
            Leaf::Chunk { sha256, .. } => Some(sha256),
            Leaf::Range { start, end } => Some(Digest::of(range_line(start, end).as_bytes())),
            Leaf::Subset { .. } => None,
        }
    }

    /// Checks one decided task: encoding, ledger, task, and every rule of its certificate or failure.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn check(&self, result: &TaskResult) -> Result<Verdict, VerifyError> {
        let task = result.task;
        let task_count = self.job().task_count;
        let input = self
            .input_sha256(task)
            .ok_or(VerifyError::NoSuchTask { task, task_count })?;
        let chain = self.signed.chain();
        let broken = |rule| VerifyError::Rule { task, rule };
        let verdict = if result.failed {
            let fail: Fail = self.decode(result)?;
            fail.check(chain, self.id, self.job(), input)
                .map_err(broken)?;
            Verdict::Failed(fail)
        } else {
            let cert: Cert = self.decode(result)?;
            cert.check(chain, self.id, self.job(), input)
                .map_err(broken)?;
            Verdict::Accepted(cert)
        };
        if verdict.task() != task {
            return Err(VerifyError::Task {
                asked: task,
                found: verdict.task(),
            });
        }
        Ok(verdict)
    }

    fn decode<T: Canonical>(&self, result: &TaskResult) -> Result<T, VerifyError> {
        let task = result.task;
        let (found, entry) =
            T::decode(&result.entry).map_err(|error| VerifyError::Encoding { task, error })?;
        if found != self.signed.chain() {
            return Err(VerifyError::Chain { task, found });
        }
        Ok(entry)
    }
}

/// Whether a decided task has an output that is worth the way: only one that can be reduced.
#[must_use]
pub fn wants_output(cert: &Cert) -> bool {
    cert.outcome.status == Status::Ok && cert.outcome.output_len > 0
}

/// Checks what came as the output of a task; one that was not asked for may be missing.
///
/// # Errors
/// The rule that is broken.
pub fn check_received(cert: &Cert, output: Option<&[u8]>) -> Result<(), VerifyError> {
    match output {
        Some(output) => check_output(cert, output),
        None if wants_output(cert) => check_output(cert, &[]),
        None => Ok(()),
    }
}

/// Checks that `output` is what the certificate's votes say.
///
/// # Errors
/// The rule that is broken.
pub fn check_output(cert: &Cert, output: &[u8]) -> Result<(), VerifyError> {
    let task = cert.task;
    let voted = cert.outcome.output_len;
    let found = output.len() as u64;
    if found != voted {
        return Err(VerifyError::OutputLength { task, found, voted });
    }
    let voted = cert.outcome.output_sha256;
    let found = Digest::of(output);
    if found != voted {
        return Err(VerifyError::OutputHash { task, found, voted });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
