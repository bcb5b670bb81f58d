//! The hub: sockets of volunteers on one side, the scheduler and the store on the other.
//!
//! `connection` holds one task for each socket, `verify` checks signatures on threads of its own, `engine` is the one
//! task that owns the scheduler, `commit` writes its decisions before anyone is told. [`Hub`] is the handle.

use shared::api::jobs::{TaskCounts, TaskView, WaitingReason};
use shared::api::nodes::NodeState;
use shared::api::status::{JobWaits, NodeCounts};
use shared::ids::{Digest, JobId, NodeKey};
use std::collections::BTreeMap;
use tokio::sync::{mpsc, oneshot, watch};

mod blob_tokens;

use blob_tokens::BlobTokens;
use std::sync::Arc;

/// The handle of the running hub; cheap to clone.
#[derive(Debug, Clone)]
pub struct Hub {
    commands: mpsc::Sender<Command>,
    tokens: Arc<BlobTokens>,
}

/// The hub has stopped, or its queue is full for seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the hub has stopped")]
pub struct HubStopped;

/// What a running job looks like now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobLive {
    /// Tasks by state.
    pub tasks: TaskCounts,
    /// Why it does not go on.
    pub waiting: Option<WaitingReason>,
    /// Estimate of the time left, seconds from and to.
    pub seconds_left: Option<[u64; 2]>,
}

/// What the coordinator looks like now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Connected volunteers.
    pub nodes: NodeCounts,
    /// Different networks among them.
    pub networks: u32,
    /// Unfinished jobs.
    pub jobs_open: u32,
    /// Tasks of unfinished jobs.
    pub tasks: TaskCounts,
    /// Unfinished jobs that wait; at most 100.
    pub waiting: Vec<JobWaits>,
    /// Whether no new task is assigned because the coordinator is stopping.
    pub draining: bool,
}

/// A connected node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeLive {
    /// Idle or computing.
    pub state: NodeState,
    /// Assignments it holds.
    pub running: u32,
    /// Tasks it runs at once.
    pub slots: u16,
}

/// What the handle asks of the engine.
#[derive(Debug)]
enum Command {
    JobReady(JobId),
    JobEnded(JobId),
    Subscribe(JobId, oneshot::Sender<watch::Receiver<u64>>),
    JobLive(JobId, oneshot::Sender<Option<JobLive>>),
    TaskLive(JobId, u32, oneshot::Sender<Option<TaskView>>),
    Totals(oneshot::Sender<Totals>),
    NodesLive(oneshot::Sender<BTreeMap<NodeKey, NodeLive>>),
}

impl Hub {
    /// Takes up a job whose blobs are all there; it must be recorded as running in the store.
    ///
    /// # Errors
    /// [`HubStopped`]; so for every method below.
    pub async fn job_ready(&self, job: JobId) -> Result<(), HubStopped> {
        self.commands
            .send(Command::JobReady(job))
            .await
            .map_err(|_| HubStopped)
    }

    /// Drops a job that was recorded as ended in the store.
    ///
    /// # Errors
    /// [`HubStopped`].
    pub async fn job_ended(&self, job: JobId) -> Result<(), HubStopped> {
        self.commands
            .send(Command::JobEnded(job))
            .await
            .map_err(|_| HubStopped)
    }

    /// A receiver that wakes after each commit or change of the job; its value is the job's newest event number.
    ///
    /// # Errors
    /// [`HubStopped`].
    pub async fn subscribe(&self, job: JobId) -> Result<watch::Receiver<u64>, HubStopped> {
        self.ask(|answer| Command::Subscribe(job, answer)).await
    }

    /// The job as it stands; `None` unless it is running.
    ///
    /// # Errors
    /// [`HubStopped`].
    pub async fn job_live(&self, job: JobId) -> Result<Option<JobLive>, HubStopped> {
        self.ask(|answer| Command::JobLive(job, answer)).await
    }

    /// A task that is open; `None` when it is not open, or decided.
    ///
    /// # Errors
    /// [`HubStopped`].
    pub async fn task_live(&self, job: JobId, task: u32) -> Result<Option<TaskView>, HubStopped> {
        self.ask(|answer| Command::TaskLive(job, task, answer))
            .await
    }

    /// The coordinator as it stands.
    ///
    /// # Errors
    /// [`HubStopped`].
    pub async fn totals(&self) -> Result<Totals, HubStopped> {
        self.ask(Command::Totals).await
    }

    /// Every connected node.
    ///
    /// # Errors
    /// [`HubStopped`].
    pub async fn nodes_live(&self) -> Result<BTreeMap<NodeKey, NodeLive>, HubStopped> {
        self.ask(Command::NodesLive).await
    }

    /// Whether the holder of this blob token has a live assignment that reads `blob`.
    #[must_use]
    pub fn may_read(&self, blob_token: &str, blob: Digest) -> bool {
        self.tokens.may_read(blob_token, blob)
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> Result<T, HubStopped> {
        let (answer, answered) = oneshot::channel();
        self.commands
            .send(command(answer))
            .await
            .map_err(|_| HubStopped)?;
        answered.await.map_err(|_| HubStopped)
    }
}
