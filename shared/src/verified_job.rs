//! Trusting nothing that a coordinator says: the job, the leaves and every decided task are checked against what the
//! submitter signed (LEDGER.md section 2) before anything is reduced.

mod broken;

pub use broken::VerifyError;

use crate::api::jobs::TaskResult;
use crate::cert::Cert;
use crate::codec::Canonical;
use crate::fail::Fail;
use crate::ids::{ChainId, Digest, JobId};
use crate::job::{Input, Job, SignedJob};
use crate::leaf::{
    Leaf, RangeInput, decode_chunk_list, decode_subset_list, encode_list, input_root, range_line,
};
use crate::outcome::Status;
use crate::subset;

/// A job that is known to be the submitter's, with the leaves that it was signed over.
#[derive(Debug)]
pub struct VerifiedJob {
    signed: SignedJob,
    id: JobId,
    leaves: Leaves,
}

/// What a job's tasks read.
#[derive(Debug)]
enum Leaves {
    Chunks(Vec<Leaf>),
    Range(RangeInput),
    Subset {
        /// Tasks of the parent.
        tasks: Vec<u32>,
        /// The hash of what each reads.
        inputs: Vec<Digest>,
    },
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
    /// The rule that is broken; [`VerifyError::Subset`] for a job that is to be verified with its parent.
    pub fn new(chain: ChainId, id: JobId, job: &[u8], leaves: &[u8]) -> Result<Self, VerifyError> {
        let signed = signed(chain, id, job)?;
        let leaves = match signed.job().input {
            Input::Chunks => {
                Leaves::Chunks(decode_chunk_list(leaves).map_err(VerifyError::LeavesEncoding)?)
            }
            Input::Range(range) => Leaves::Range(range),
            Input::Subset { parent } => return Err(VerifyError::Subset { parent }),
        };
        Self { signed, id, leaves }.with_checked_root()
    }

    /// Checks that `job` is the job `id`, that it runs tasks of this verified job again and keeps every rule of subset
    /// jobs, and that `leaves` are those it was signed over.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn subset(&self, id: JobId, job: &[u8], leaves: &[u8]) -> Result<Self, VerifyError> {
        let signed = signed(self.signed.chain(), id, job)?;
        let parent = self.id;
        if signed.job().input != (Input::Subset { parent }) {
            return Err(VerifyError::NotOfParent { id, parent });
        }
        let tasks = decode_subset_list(leaves).map_err(VerifyError::LeavesEncoding)?;
        subset::check(signed.job(), parent, self.job(), &tasks)
            .map_err(|rule| VerifyError::SubsetRule { id, rule })?;
        let inputs = tasks.iter().filter_map(|task| self.input_sha256(*task));
        let leaves = Leaves::Subset {
            inputs: inputs.collect(),
            tasks,
        };
        Self { signed, id, leaves }.with_checked_root()
    }

    fn with_checked_root(self) -> Result<Self, VerifyError> {
        let (count, root) = match &self.leaves {
            Leaves::Chunks(chunks) => (chunks.len(), input_root(chunks.iter().copied())),
            Leaves::Range(range) => (self.job().task_count as usize, input_root(range.leaves())),
            Leaves::Subset { tasks, .. } => (tasks.len(), input_root(subset::leaves(tasks))),
        };
        if count != self.job().task_count as usize || root != self.job().input_root {
            return Err(VerifyError::LeavesRoot);
        }
        Ok(self)
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
        match &self.leaves {
            Leaves::Chunks(chunks) => encode_list(chunks),
            Leaves::Range(_) => Vec::new(),
            Leaves::Subset { tasks, .. } => encode_list(&subset::leaves(tasks).collect::<Vec<_>>()),
        }
    }

    /// The parent's tasks that a subset job runs again, in the order of its own tasks; nothing for other jobs.
    #[must_use]
    pub fn parent_tasks(&self) -> &[u32] {
        match &self.leaves {
            Leaves::Subset { tasks, .. } => tasks,
            Leaves::Chunks(_) | Leaves::Range(_) => &[],
        }
    }

    /// The hash of the bytes that `task` reads; `None` when there is no such task.
    #[must_use]
    pub fn input_sha256(&self, task: u32) -> Option<Digest> {
        let at = usize::try_from(task).ok()?;
        let leaf = match &self.leaves {
            Leaves::Chunks(chunks) => *chunks.get(at)?,
            Leaves::Range(range) => range.leaf(task)?,
            Leaves::Subset { inputs, .. } => return inputs.get(at).copied(),
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

/// The signed job `id` of ledger `chain`.
fn signed(chain: ChainId, id: JobId, job: &[u8]) -> Result<SignedJob, VerifyError> {
    let signed = SignedJob::decode(chain, job)?;
    match signed.id() {
        found if found == id => Ok(signed),
        found => Err(VerifyError::JobId { asked: id, found }),
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
