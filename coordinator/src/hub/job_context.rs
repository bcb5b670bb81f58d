//! What the hub keeps of a running job: the signed job, its leaves, and what volunteers are shown.

use shared::ids::{Digest, JobId, NodeKey, SeatNonce};
use shared::job::{Input, Job};
use shared::leaf::{Leaf, range_line};
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
    /// The leaf list of a chunk job, 40 bytes a leaf; empty for a range.
    leaves: Vec<u8>,
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

/// Why a recorded job cannot be taken up: the store does not hold what was checked when it was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the leaf list has {found} bytes, the job's {tasks} tasks need {needed}")]
pub(super) struct BadLeaves {
    found: usize,
    tasks: u32,
    needed: usize,
}

impl JobContext {
    /// Puts together a job that was checked when it was recorded.
    pub(super) fn new(
        id: JobId,
        job: Job,
        program: String,
        title: String,
        leaves: Vec<u8>,
    ) -> Result<Self, BadLeaves> {
        let needed = match job.input {
            Input::Chunks => Leaf::CHUNK_LEN * job.task_count as usize,
            Input::Range(_) | Input::Subset { .. } => 0,
        };
        if leaves.len() != needed {
            return Err(BadLeaves {
                found: leaves.len(),
                tasks: job.task_count,
                needed,
            });
        }
        Ok(Self {
            id,
            job,
            program,
            title,
            leaves,
        })
    }

    /// The input of a task of this job; `None` when there is no such task.
    pub(super) fn input(&self, task: u32) -> Option<TaskInput> {
        match self.job.input {
            Input::Range(range) => match range.leaf(task)? {
                Leaf::Range { start, end } => Some(TaskInput::Line(range_line(start, end))),
                Leaf::Chunk { .. } | Leaf::Subset { .. } => None,
            },
            Input::Chunks => {
                let at = Leaf::CHUNK_LEN * task as usize;
                let bytes = self.leaves.get(at..at + Leaf::CHUNK_LEN)?;
                let mut reader = shared::codec::Reader::new(bytes);
                match Leaf::decode_chunk(&mut reader).ok()? {
                    Leaf::Chunk { sha256, len } => Some(TaskInput::Blob { sha256, len }),
                    Leaf::Range { .. } | Leaf::Subset { .. } => None,
                }
            }
            Input::Subset { .. } => None,
        }
    }

    /// SHA-256 of the bytes that a task's guest reads.
    pub(super) fn input_sha256(&self, task: u32) -> Option<Digest> {
        Some(match self.input(task)? {
            TaskInput::Line(line) => Digest::of(line.as_bytes()),
            TaskInput::Blob { sha256, .. } => sha256,
        })
    }

    /// The assignment as it is sent.
    pub(super) fn assignment(&self, seat: Seat, input: AssignedInput) -> Assignment {
        Assignment {
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
            random_task: seat.task,
        }
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
