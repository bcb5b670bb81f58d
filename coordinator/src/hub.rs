//! The hub: sockets of volunteers on one side, the scheduler and the store on the other.
//!
//! `connection` holds one task for each socket, `verify` checks signatures on threads of its own, `engine` is the one
//! task that owns the scheduler, `commit` writes its decisions before anyone is told. [`Hub`] is the handle.

mod assigned;
mod blob_tokens;
mod commit;
mod connection;
mod engine;
mod handshake;
mod incoming;
mod inputs;
mod job_context;
mod load;
mod network;
mod outputs;
mod route;
mod verify;

use crate::clock::Clock;
use crate::scheduler::{NodeId, Scheduler, SchedulerConfig};
use crate::signatures::SignatureMemory;
use crate::store::{Dropped, JobStage, Lease, Store, StoreError, Stored};
use blob_tokens::BlobTokens;
use commit::Committer;
use engine::{Engine, ToEngine};
use inputs::Inputs;
use shared::api::jobs::{TaskCounts, TaskView, WaitingReason};
use shared::api::nodes::NodeState;
use shared::api::status::{JobWaits, NodeCounts, ServerLimits};
use shared::ids::{ChainId, Digest, JobId, NodeKey};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use verify::Verifier;

/// What the hub is told.
#[derive(Debug, Clone)]
pub struct HubConfig {
    /// SHA-256 of the ledger's origin.
    pub chain: ChainId,
    /// The ledger's name.
    pub origin: String,
    /// Scheme, host and port of the public address, when there is one: pages from there may connect.
    pub public_origin: Option<String>,
    /// What is taken at most; nodes are told.
    pub limits: ServerLimits,
    /// Zero bits of the Work puzzle for unknown nodes.
    pub join_work: u8,
    /// Connected nodes at most.
    pub max_nodes: usize,
    /// What this process has verified.
    pub signatures: Arc<SignatureMemory>,
    /// How tasks are given out.
    pub scheduler: SchedulerConfig,
    /// Seed of the draw of volunteers; secret, or nodes can foresee it.
    pub scheduler_seed: [u8; 32],
}

/// What engine, connections and verifying threads share.
#[derive(Debug)]
struct HubContext {
    config: HubConfig,
    clock: Clock,
    store: Store,
    inputs: Inputs,
    tokens: Arc<BlobTokens>,
    verifier: Verifier,
    engine: mpsc::Sender<ToEngine>,
    seats: Arc<Semaphore>,
    last_node: AtomicU64,
}

/// One of the places for connected nodes, free again when dropped.
type NodeSeat = OwnedSemaphorePermit;

impl HubContext {
    fn take_seat(&self) -> Option<NodeSeat> {
        self.seats.clone().try_acquire_owned().ok()
    }

    fn next_node(&self) -> NodeId {
        NodeId(self.last_node.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// The handle of the running hub; cheap to clone.
#[derive(Debug, Clone)]
pub struct Hub {
    engine: mpsc::Sender<ToEngine>,
    tokens: Arc<BlobTokens>,
}

/// The running hub's tasks.
#[derive(Debug)]
pub struct HubTasks {
    engine: tokio::task::JoinHandle<()>,
    committer: tokio::task::JoinHandle<Result<(), StoreError>>,
}

impl HubTasks {
    /// Waits until the hub has stopped, after the token was cancelled or because it may no longer lead.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when another coordinator leads.
    pub async fn stopped(self) -> anyhow::Result<()> {
        let committed = self.committer.await;
        self.engine.await?;
        Ok(committed??)
    }
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
    JobChanged(JobId),
    Stored(Stored),
    QuorumMissing(bool),
    Dropped(Dropped),
    Subscribe(JobId, oneshot::Sender<watch::Receiver<u64>>),
    JobLive(JobId, oneshot::Sender<Option<JobLive>>),
    TaskLive(JobId, u32, oneshot::Sender<Option<TaskView>>),
    Totals(oneshot::Sender<Totals>),
    NodesLive(oneshot::Sender<BTreeMap<NodeKey, NodeLive>>),
}

impl Hub {
    /// Starts the hub of a leading coordinator and takes up every unfinished job. The router has the route of the
    /// volunteers' sockets. Cancelling `stop` commits what is decided and ends all connections.
    ///
    /// # Errors
    /// When the store cannot be read or no thread can be started.
    pub async fn start(
        config: HubConfig,
        store: Store,
        clock: Clock,
        lease: Lease,
        stop: CancellationToken,
    ) -> anyhow::Result<(Self, HubTasks, axum::Router)> {
        let (engine, inbox) = mpsc::channel(engine::QUEUE);
        let to_engine = engine.clone();
        let verifier = Verifier::start(config.chain, &config.signatures, move |votes| {
            to_engine.blocking_send(ToEngine::Verified(votes)).is_ok()
        })?;
        let scheduler = Scheduler::new(config.scheduler.clone(), config.scheduler_seed);
        let tokens = Arc::new(BlobTokens::default());
        let context = Arc::new(HubContext {
            seats: Arc::new(Semaphore::new(config.max_nodes)),
            config,
            clock: clock.clone(),
            store: store.clone(),
            inputs: Inputs::new(store.clone()),
            tokens: tokens.clone(),
            verifier,
            engine: engine.clone(),
            last_node: AtomicU64::new(0),
        });

        let (commits, batches) = mpsc::channel(1);
        let (done, committed) = mpsc::channel(1);
        let writer = Committer {
            store: store.clone(),
            clock,
            lease: lease.clone(),
        };
        let writing = tokio::spawn(writer.run(batches, done));
        let unsealed = store.ledger_unsealed().await?;
        let engine_task = Engine::new(context.clone(), scheduler, commits, unsealed);
        let engine_task = tokio::spawn(engine_task.run(inbox, committed, stop));

        let hub = Self { engine, tokens };
        for job in store.jobs_unfinished().await? {
            let id = job.job.id;
            match job.stage {
                JobStage::Running => hub.job_ready(id).await?,
                // The last input may have arrived just before the coordinator was stopped.
                JobStage::Uploading if store.job_has_all_inputs(id).await? => {
                    store.job_begin(&lease, id, context.clock.now()).await?;
                }
                _ => {}
            }
        }
        let router = route::router(context);
        Ok((
            hub,
            HubTasks {
                engine: engine_task,
                committer: writing,
            },
            router,
        ))
    }

    /// Takes up a job whose Job is stored.
    async fn job_ready(&self, job: JobId) -> Result<(), HubStopped> {
        self.engine
            .send(ToEngine::Ask(Command::JobReady(job)))
            .await
            .map_err(|_| HubStopped)
    }

    /// A job was begun or closed in the store: its tasks are given out no more, and its readers wake.
    ///
    /// # Errors
    /// [`HubStopped`]; so for every method below.
    pub async fn job_changed(&self, job: JobId) -> Result<(), HubStopped> {
        self.engine
            .send(ToEngine::Ask(Command::JobChanged(job)))
            .await
            .map_err(|_| HubStopped)
    }

    /// A block is stored: jobs are taken up or have ended, nodes learn where their votes stand, readers wake.
    ///
    /// # Errors
    /// [`HubStopped`].
    pub async fn stored(&self, stored: Stored) -> Result<(), HubStopped> {
        self.engine
            .send(ToEngine::Ask(Command::Stored(stored)))
            .await
            .map_err(|_| HubStopped)
    }

    /// Blocks wait, or do not wait any more, for enough storage nodes.
    ///
    /// # Errors
    /// [`HubStopped`].
    pub async fn quorum_missing(&self, missing: bool) -> Result<(), HubStopped> {
        self.engine
            .send(ToEngine::Ask(Command::QuorumMissing(missing)))
            .await
            .map_err(|_| HubStopped)
    }

    /// A refused entry was dropped in the store: its task runs again, or its jobs have ended.
    ///
    /// # Errors
    /// [`HubStopped`].
    pub async fn dropped(&self, dropped: Dropped) -> Result<(), HubStopped> {
        self.engine
            .send(ToEngine::Ask(Command::Dropped(dropped)))
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
        self.engine
            .send(ToEngine::Ask(command(answer)))
            .await
            .map_err(|_| HubStopped)?;
        answered.await.map_err(|_| HubStopped)
    }
}
