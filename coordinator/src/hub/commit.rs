//! Writes decisions to the store, many in one transaction, before anyone is told (DESIGN.md section 8, 10).

use crate::clock::Clock;
use crate::store::{
    Commit, Committed, Decided, JobEnd, Lease, NewDecision, NewEvent, NodeDelta, OutputPlace,
    Store, StoreError, TaskLogRecord,
};
use shared::api::events::JobEvent;
use shared::api::nodes::NodeRecord;
use shared::cert::Cert;
use shared::fail::Fail;
use shared::ids::{JobId, NodeKey, UnixMs};
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;
use tokio::sync::mpsc;

/// How long the committer waits before it tries a failed database again.
const RETRY: Duration = Duration::from_millis(500);

/// What waits to be committed together.
#[derive(Debug, Default)]
pub(super) struct Batch {
    commit: Commit,
    nodes: HashMap<NodeKey, NodeDelta>,
    ended: Vec<EndedJob>,
}

#[derive(Debug)]
struct EndedJob {
    job: JobId,
    end: JobEnd,
    reason: Option<String>,
    at: UnixMs,
}

/// A batch that is in the store.
#[derive(Debug)]
pub(super) struct CommitDone {
    pub(super) tasks: Vec<CommittedTask>,
    /// Jobs with new events.
    pub(super) touched: BTreeSet<JobId>,
}

/// What became of one decision.
#[derive(Debug)]
pub(super) struct CommittedTask {
    pub(super) job: JobId,
    pub(super) task: u32,
    pub(super) committed: Committed,
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.commit.decisions.is_empty()
            && self.commit.events.is_empty()
            && self.nodes.is_empty()
            && self.ended.is_empty()
    }

    /// Decisions that wait.
    pub(super) fn decisions(&self) -> usize {
        self.commit.decisions.len()
    }

    /// Queues a certificate.
    pub(super) fn accepted(
        &mut self,
        cert: &Cert,
        bytes: Vec<u8>,
        output: Option<Vec<u8>>,
        logs: Vec<TaskLogRecord>,
    ) {
        let output = match output {
            Some(output) => OutputPlace::Here(output),
            None if cert.outcome.output_len == 0 => OutputPlace::Here(Vec::new()),
            None => OutputPlace::Blob,
        };
        self.commit.decisions.push(NewDecision {
            job_id: cert.job_id,
            task: cert.task,
            attempt: cert.attempt,
            decided: Decided::Cert {
                outcome: cert.outcome,
                relaxed: cert.relaxed.bits(),
                cert: bytes,
                output,
            },
            votes: count(cert.agree.len() + cert.dissent.len()),
            dissent: count(cert.dissent.len()),
            logs,
        });
    }

    /// Queues a failure.
    pub(super) fn failed(&mut self, fail: &Fail, bytes: Vec<u8>, logs: Vec<TaskLogRecord>) {
        self.commit.decisions.push(NewDecision {
            job_id: fail.job_id,
            task: fail.task,
            attempt: fail.attempt,
            decided: Decided::Fail {
                reason: fail.reason.number(),
                words: fail.reason.words().to_owned(),
                fail: bytes,
            },
            votes: count(fail.votes.len()),
            dissent: count(fail.votes.len()),
            logs,
        });
    }

    /// Queues an event of a job.
    pub(super) fn event(&mut self, job_id: JobId, event: JobEvent) {
        self.commit.events.push(NewEvent { job_id, event });
    }

    /// Queues the end of a job: recorded after everything else in the batch.
    pub(super) fn job_ended(
        &mut self,
        job: JobId,
        end: JobEnd,
        reason: Option<String>,
        at: UnixMs,
    ) {
        self.ended.push(EndedJob {
            job,
            end,
            reason,
            at,
        });
    }

    /// Adds to a node's record.
    pub(super) fn node(&mut self, key: NodeKey) -> &mut NodeDelta {
        self.nodes.entry(key).or_insert_with(|| NodeDelta {
            node_key: key,
            add: NodeRecord::default(),
            streak_reset: false,
            streak: 0,
        })
    }

    fn into_parts(mut self) -> (Commit, Vec<EndedJob>) {
        self.commit.nodes = self.nodes.into_values().collect();
        (self.commit, self.ended)
    }
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// The committer's task.
#[derive(Debug)]
pub(super) struct Committer {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) lease: Lease,
}

impl Committer {
    /// Commits batches until there are no more. A database that fails is tried again until it answers: nothing is told
    /// meanwhile, and nothing is lost.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when another coordinator leads: this one must stop.
    pub(super) async fn run(
        self,
        mut batches: mpsc::Receiver<Batch>,
        done: mpsc::Sender<CommitDone>,
    ) -> Result<(), StoreError> {
        while let Some(batch) = batches.recv().await {
            let (commit, ended) = batch.into_parts();
            let committed = self.commit(&commit).await?;
            let mut touched: BTreeSet<JobId> =
                commit.events.iter().map(|event| event.job_id).collect();
            for job in ended {
                self.end(&job).await?;
                touched.insert(job.job);
            }
            let tasks: Vec<_> = commit
                .decisions
                .iter()
                .zip(committed)
                .map(committed_task)
                .collect();
            touched.extend(tasks.iter().map(|task| task.job));
            if done.send(CommitDone { tasks, touched }).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    async fn commit(&self, commit: &Commit) -> Result<Vec<Committed>, StoreError> {
        loop {
            match self
                .store
                .commit_decisions(&self.lease, commit, self.clock.now())
                .await
            {
                Err(error) if !matches!(error, StoreError::Fenced) => {
                    tracing::error!(%error, "decisions cannot be committed yet; trying again");
                    tokio::time::sleep(RETRY).await;
                }
                answered => return answered,
            }
        }
    }

    async fn end(&self, ended: &EndedJob) -> Result<(), StoreError> {
        let EndedJob {
            job,
            end,
            reason,
            at,
        } = ended;
        loop {
            match self
                .store
                .job_close(&self.lease, *job, end, reason.as_deref(), *at)
                .await
            {
                Ok(_) => return Ok(()),
                Err(StoreError::Fenced) => return Err(StoreError::Fenced),
                Err(error) => {
                    tracing::error!(%error, job.id = %job, "the end of a job cannot be recorded yet; trying again");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }
}

fn committed_task((decision, committed): (&NewDecision, Committed)) -> CommittedTask {
    CommittedTask {
        job: decision.job_id,
        task: decision.task,
        committed,
    }
}
