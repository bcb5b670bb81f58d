//! What dispatch costs: simulated volunteers over real WebSockets, trivial tasks, real signatures.
//!
//! The volunteers run no guest: the output of a task is its input. So nearly all of what is measured is the
//! coordinator: its sockets, scheduler, signature checks and commits.

mod job;
mod latency;
mod node;
mod server;

use anyhow::{Context as _, Result, ensure};
use latency::Latencies;
use node::{Network, Node};
use serde::Serialize;
use server::Server;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Nodes that connect at the same time; more would only wait in the listener's queue.
const CONNECT_AT_ONCE: usize = 64;
/// How long the coordinator may take for anything but the job.
const PATIENCE: Duration = Duration::from_mins(1);

/// What to measure.
#[derive(Debug, Clone)]
pub struct Options {
    /// The program `manyhands`.
    pub manyhands: PathBuf,
    /// An empty folder for the coordinator's data.
    pub folder: PathBuf,
    /// Volunteers that work.
    pub volunteers: u32,
    /// Tasks of the job.
    pub tasks: u32,
    /// Volunteers for each task.
    pub trust: u8,
    /// Connections that only wait.
    pub idle: u32,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Volunteers that worked.
    pub volunteers: u32,
    /// Tasks of the job.
    pub tasks: u32,
    /// The trust level.
    pub trust: u8,
    /// From the submission to the last certificate.
    pub seconds: f64,
    /// Votes that the coordinator checked.
    pub votes: u32,
    /// Votes a second.
    pub votes_per_second: f64,
    /// Certificates a second.
    pub certificates_per_second: f64,
    /// User and system time of the coordinator's process for each vote, microseconds.
    pub coordinator_cpu_us_per_vote: f64,
    /// From an assignment's arrival to the news of its certificate: half of them were faster, milliseconds.
    pub assignment_to_certificate_p50_ms: f64,
    /// 99 of 100 were faster, milliseconds.
    pub assignment_to_certificate_p99_ms: f64,
    /// Assignments for each task.
    pub executions_per_task: f64,
    /// Connections that only waited.
    pub idle_connections: u32,
    /// Growth of the coordinator's resident memory for each of them, bytes.
    pub memory_bytes_per_idle_connection: u64,
}

/// Measures.
///
/// # Errors
/// When something cannot be started, a task is not accepted, or a vote is lost.
pub async fn run(options: &Options) -> Result<Figures> {
    let work = work(options).await.context("measuring the work")?;
    let memory = idle_memory(options)
        .await
        .context("measuring idle connections")?;
    let (votes, tasks) = (f64::from(work.votes), f64::from(options.tasks));
    Ok(Figures {
        volunteers: options.volunteers,
        tasks: options.tasks,
        trust: options.trust,
        seconds: work.seconds,
        votes: work.votes,
        votes_per_second: votes / work.seconds,
        certificates_per_second: tasks / work.seconds,
        coordinator_cpu_us_per_vote: work.cpu.as_secs_f64() * 1e6 / votes,
        assignment_to_certificate_p50_ms: work.latencies.percentile_ms(50),
        assignment_to_certificate_p99_ms: work.latencies.percentile_ms(99),
        executions_per_task: f64::from(work.executions) / tasks,
        idle_connections: options.idle,
        memory_bytes_per_idle_connection: memory,
    })
}

/// Sums over the whole job.
struct Work {
    seconds: f64,
    cpu: Duration,
    votes: u32,
    executions: u32,
    latencies: Latencies,
}

async fn work(options: &Options) -> Result<Work> {
    let server = Server::start(&options.manyhands, &options.folder.join("work"), PATIENCE).await?;
    let client = Arc::new(job::client(&server, &options.folder).await?);
    let program = job::publish(&client).await?;
    let stop = CancellationToken::new();
    let mut nodes = JoinSet::new();
    for node in join_all(&server, options.volunteers).await? {
        nodes.spawn(node.work(stop.clone()));
    }
    let cpu_before = server.cpu()?;
    let began = Instant::now();
    let submitted = job::submit(&client, &program, options.tasks, options.trust).await?;
    job::wait(&client, submitted).await?;
    let seconds = began.elapsed().as_secs_f64();
    let cpu = server.cpu()?.saturating_sub(cpu_before);
    stop.cancel();
    let mut work = Work {
        seconds,
        cpu,
        votes: 0,
        executions: 0,
        latencies: Latencies::default(),
    };
    while let Some(node) = nodes.join_next().await {
        let done = node.context("a simulated volunteer panicked")??;
        work.votes = work.votes.saturating_add(done.votes);
        work.executions = work.executions.saturating_add(done.assignments);
        work.latencies.extend(done.latencies);
    }
    ensure!(work.votes > 0, "no vote was cast");
    server.stop().await?;
    Ok(work)
}

/// Bytes of the coordinator's memory for each idle connection.
async fn idle_memory(options: &Options) -> Result<u64> {
    let server = Server::start(&options.manyhands, &options.folder.join("idle"), PATIENCE).await?;
    let before = server.resident_bytes()?;
    let mut idle = Vec::new();
    for node in join_all(&server, options.idle).await? {
        idle.push(node.wait().await?);
    }
    let after = server.resident_bytes()?;
    drop(idle);
    server.stop().await?;
    let grown = after.saturating_sub(before);
    Ok(grown / u64::from(options.idle.max(1)))
}

/// Nodes that have joined, each with a key of its own, spread over networks of 100.
async fn join_all(server: &Server, count: u32) -> Result<Vec<Node>> {
    let mut joining = JoinSet::new();
    let mut joined = Vec::new();
    for number in 0..count {
        if joining.len() >= CONNECT_AT_ONCE {
            joined.extend(joining.join_next().await.transpose()?.transpose()?);
        }
        let network = Network::of(number);
        joining.spawn(Node::join(server.address(), network, number));
    }
    while let Some(node) = joining.join_next().await {
        joined.push(node??);
    }
    Ok(joined)
}
