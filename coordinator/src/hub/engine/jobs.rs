//! The running jobs: taken up, counted, completed, expired, dropped.

use super::Engine;
use crate::hub::commit::{CommitDone, CommittedTask};
use crate::hub::engine::ToEngine;
use crate::hub::job_context::JobContext;
use crate::hub::load::{self, LoadedJob};
use crate::scheduler::{Event, JobPlan};
use crate::store::{Committed, JobEnd, TaskLogRecord};
use shared::ids::{JobId, UnixMs};
use std::collections::HashMap;
use std::sync::Arc;

/// A running job as the engine knows it.
pub(super) struct RunningJob {
    pub(super) context: Arc<JobContext>,
    /// What guests wrote to stderr in tasks that are not decided yet.
    logs: HashMap<u32, Vec<TaskLogRecord>>,
    deadline_ms: UnixMs,
    /// When this process took the job up, and what was decided then: for the estimate.
    started_at_ms: UnixMs,
    decided_at_start: u32,
}

/// Decided tasks below which no estimate of the time left is given.
const ESTIMATE_FROM_TASKS: u32 = 10;
/// Time below which no estimate is given, ms.
const ESTIMATE_FROM_MS: u64 = 3000;

impl RunningJob {
    /// Keeps what a guest wrote until its task is decided.
    pub(super) fn keep_log(&mut self, task: u32, log: TaskLogRecord) {
        self.logs.entry(task).or_default().push(log);
    }

    /// The task is decided: its logs go to the store with it.
    pub(super) fn take_logs(&mut self, task: u32) -> Vec<TaskLogRecord> {
        self.logs.remove(&task).unwrap_or_default()
    }

    /// Time left, seconds from and to, with so many tasks decided; `None` while there is not enough to go by.
    pub(super) fn seconds_left(&self, decided: u32, now: UnixMs) -> Option<[u64; 2]> {
        let done = decided.checked_sub(self.decided_at_start)?;
        let elapsed_ms = now.since(self.started_at_ms);
        if done < ESTIMATE_FROM_TASKS || elapsed_ms < ESTIMATE_FROM_MS {
            return None;
        }
        let left = u64::from(self.context.job.task_count.saturating_sub(decided));
        let expected = left.saturating_mul(elapsed_ms) / u64::from(done) / 1000;
        Some([expected * 3 / 4, expected * 3 / 2 + 1])
    }
}

impl Engine {
    /// Reads a job from the store, off this task; it comes back as [`ToEngine::Loaded`].
    pub(super) fn load_job(&self, id: JobId) {
        if self.jobs.contains_key(&id) {
            return;
        }
        let hub = self.hub.clone();
        tokio::spawn(async move {
            match load::load(&hub.store, hub.config.chain, id).await {
                Ok(Some(job)) => {
                    // Without an engine there is nothing left to take the job up.
                    let _ = hub.engine.send(ToEngine::Loaded(Box::new(job))).await;
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(job.id = %id, error = format!("{error:#}"), "a job cannot be taken up");
                }
            }
        });
    }

    pub(super) fn on_loaded(&mut self, loaded: LoadedJob) {
        let LoadedJob {
            context,
            decided,
            accepted,
            failed,
            deadline_ms,
        } = loaded;
        let id = context.id;
        if self.jobs.contains_key(&id) {
            return;
        }
        let now = self.hub.clock.now();
        let plan = JobPlan::new(id, &context.job, decided).with_failed(failed);
        self.jobs.insert(
            id,
            RunningJob {
                context,
                logs: HashMap::new(),
                deadline_ms,
                started_at_ms: now,
                decided_at_start: accepted + failed,
            },
        );
        self.event(Event::JobAdded(plan));
        self.complete_if_done(id);
    }

    /// A batch is in the store: now it may be told.
    pub(super) fn on_committed(&mut self, done: CommitDone) {
        self.committing = false;
        for CommittedTask {
            job,
            task,
            committed,
        } in done.tasks
        {
            match committed {
                Committed::First { .. } => {
                    let effects = self.effects.len();
                    self.event(Event::Committed { job, task });
                    self.wait_for_quorum(job, task, effects);
                    self.complete_if_done(job);
                }
                Committed::AlreadyDecided => {
                    self.event(Event::Committed { job, task });
                    self.complete_if_done(job);
                }
                // The store knows better than we do: begin again from what it says.
                Committed::JobNotRunning | Committed::OutputMissing => {
                    tracing::warn!(job.id = %job, task.id = task, ?committed, "a decision was not committed");
                    self.drop_job(job);
                    self.load_job(job);
                }
            }
        }
        for job in done.touched {
            self.wake(job);
        }
    }

    /// Tasks of a running job that are decided and committed.
    pub(super) fn decided(&self, id: JobId) -> u32 {
        let counts = self.scheduler.job_counts(id).unwrap_or_default();
        counts.accepted.saturating_add(counts.failed)
    }

    fn complete_if_done(&mut self, id: JobId) {
        let Some(running) = self.jobs.get(&id) else {
            return;
        };
        if self.decided(id) == running.context.job.task_count {
            self.end_job(id, JobEnd::Complete, None);
        }
    }

    /// Queues the Done of a job; its readers are told after the commit, and that it has ended once the Done is stored.
    fn end_job(&mut self, id: JobId, end: JobEnd, reason: Option<String>) {
        self.batch.job_ended(id, end, reason, self.hub.clock.now());
        self.drop_job(id);
    }

    /// Forgets a job: what still runs for it is superseded.
    pub(super) fn drop_job(&mut self, id: JobId) {
        if self.jobs.remove(&id).is_some() {
            self.outputs.forget_job(id);
            self.event(Event::JobEnded { job: id });
        }
    }

    pub(super) fn expire_jobs(&mut self) {
        let now = self.hub.clock.now();
        let expired: Vec<JobId> = self
            .jobs
            .iter()
            .filter(|(_, job)| job.deadline_ms <= now)
            .map(|(id, _)| *id)
            .collect();
        for id in expired {
            self.end_job(id, JobEnd::Expired, Some("its deadline passed".to_owned()));
        }
    }
}
