//! What the hub keeps of a running job: the signed job, its leaves, and what volunteers are shown.

use shared::codec::Reader;
use shared::ids::{Digest, JobId, NodeKey, SeatNonce};
use shared::job::Job;
use shared::leaf::{Leaf, RangeInput, range_line};
use shared::outcome::Outcome;
use shared::protocol::{AssignedInput, Assignment};
use shared::vote::Vote;

/// A running job, shared by the engine and the connections.
#[derive(Debug)]
pub(super) struct JobContext {
    pub(super) id: JobId,
    pub(super) job: Job,
    /// `name@version`.
    pub(super) program: String,
    pub(super) title: String,
    tasks: Tasks,
}

/// What the tasks of a job read: its own leaves, or those of the job of which it runs tasks again.
#[derive(Debug)]
pub(super) struct Tasks {
    source: Source,
    /// The parent's task that each task of a subset job is.
    parent_tasks: Option<Vec<u32>>,
}

/// The leaves of a job that is no subset.
#[derive(Debug)]
pub(super) enum Source {
    /// The leaf list, 40 bytes a leaf.
    Chunks(Vec<u8>),
    /// Computed.
    Range(RangeInput),
}

/// A seat as it is lent: which one, and the nonce that names this lending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seat {
    pub(super) task: u32,
    pub(super) attempt: u16,
    /// The seat among those of its task.
    pub(super) number: u8,
    pub(super) nonce: SeatNonce,
}

/// Where a task's input bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TaskInput {
    /// These bytes.
    Line(String),
    /// A blob.
    Blob { sha256: Digest, len: u64 },
}

impl Source {
    fn input(&self, task: u32) -> Option<TaskInput> {
        let leaf = match self {
            Self::Range(range) => range.leaf(task)?,
            Self::Chunks(leaves) => {
                let at = Leaf::CHUNK_LEN * task as usize;
                let bytes = leaves.get(at..at + Leaf::CHUNK_LEN)?;
                Leaf::decode_chunk(&mut Reader::new(bytes)).ok()?
            }
        };
        match leaf {
            Leaf::Chunk { sha256, len } => Some(TaskInput::Blob { sha256, len }),
            Leaf::Range { start, end } => Some(TaskInput::Line(range_line(start, end))),
            Leaf::Subset { .. } => None,
        }
    }
}

impl Tasks {
    /// A job's own leaves, which were checked when it was recorded.
    pub(super) const fn own(source: Source) -> Self {
        Self {
            source,
            parent_tasks: None,
        }
    }

    /// These tasks of the job with this source.
    pub(super) const fn of_parent(source: Source, parent_tasks: Vec<u32>) -> Self {
        Self {
            source,
            parent_tasks: Some(parent_tasks),
        }
    }

    /// The number that a task has where its leaf is: the parent's for a subset job.
    fn number(&self, task: u32) -> Option<u32> {
        match &self.parent_tasks {
            None => Some(task),
            Some(tasks) => tasks.get(usize::try_from(task).ok()?).copied(),
        }
    }
}

impl JobContext {
    /// Puts together a job that was checked when it was recorded.
    pub(super) const fn new(
        id: JobId,
        job: Job,
        program: String,
        title: String,
        tasks: Tasks,
    ) -> Self {
        Self {
            id,
            job,
            program,
            title,
            tasks,
        }
    }

    /// The input of a task of this job; `None` when there is no such task.
    pub(super) fn input(&self, task: u32) -> Option<TaskInput> {
        self.tasks.source.input(self.tasks.number(task)?)
    }

    /// SHA-256 of the bytes that a task's guest reads.
    pub(super) fn input_sha256(&self, task: u32) -> Option<Digest> {
        Some(match self.input(task)? {
            TaskInput::Line(line) => Digest::of(line.as_bytes()),
            TaskInput::Blob { sha256, .. } => sha256,
        })
    }

    /// The assignment as it is sent; `None` when there is no such task.
    pub(super) fn assignment(&self, seat: Seat, input: AssignedInput) -> Option<Assignment> {
        Some(Assignment {
            nonce: seat.nonce,
            job_id: self.id,
            task: seat.task,
            attempt: seat.attempt,
            seat: seat.number,
            program: self.program.clone(),
            title: self.title.clone(),
            module_sha256: self.job.module_sha256,
            argv_mode: self.job.argv_mode,
            args: self.job.args.clone(),
            common_sha256: self.job.common_sha256,
            input,
            limits: self.job.limits,
            seed: self.job.seed,
            random_task: self.tasks.number(seat.task)?,
        })
    }

    /// The Vote that `node_key` signs for `seat`.
    pub(super) fn vote(
        &self,
        seat: Seat,
        input_sha256: Digest,
        outcome: Outcome,
        node_key: NodeKey,
    ) -> Vote {
        Vote {
            job_id: self.id,
            task: seat.task,
            attempt: seat.attempt,
            seat: seat.number,
            nonce: seat.nonce,
            input_sha256,
            module_sha256: self.job.module_sha256,
            outcome,
            node_key,
        }
    }
}
