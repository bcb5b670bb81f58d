//! Answers the handle's questions from what is in memory.

use super::Engine;
use crate::hub::{Command, JobLive, NodeLive, Totals};
use shared::api::jobs::{TaskCounts, WaitingReason};
use shared::api::nodes::NodeState;
use shared::api::status::{JobWaits, NodeCounts};
use shared::ids::{JobId, NodeKey};
use std::collections::BTreeMap;
use tokio::sync::watch;

/// Waiting jobs that the status names at most.
const MAX_WAITING: usize = 100;

impl Engine {
    /// An asker that has gone away is no error: its answer is dropped.
    pub(super) fn on_command(&mut self, command: Command) {
        match command {
            Command::JobReady(job) => self.load_job(job),
            Command::JobChanged(job) => {
                self.drop_job(job);
                self.wake(job);
            }
            Command::Stored(stored) => self.on_stored(&stored),
            Command::QuorumMissing(missing) => self.on_quorum_missing(missing),
            Command::Dropped(dropped) => self.on_dropped(dropped),
            Command::Subscribe(job, answer) => {
                let _ = answer.send(self.subscribe(job));
            }
            Command::JobLive(job, answer) => {
                let _ = answer.send(self.job_live(job));
            }
            Command::TaskLive(job, task, answer) => {
                let _ = answer.send(self.scheduler.task_view(job, task));
            }
            Command::Totals(answer) => {
                let _ = answer.send(self.totals());
            }
            Command::NodesLive(answer) => {
                let _ = answer.send(self.nodes_live());
            }
        }
    }

    fn subscribe(&mut self, job: JobId) -> watch::Receiver<u64> {
        // Watchers of jobs that nobody reads any more go when the next reader comes.
        self.watchers
            .retain(|id, watcher| *id == job || watcher.receiver_count() > 0);
        self.watchers
            .entry(job)
            .or_insert_with(|| watch::channel(0).0)
            .subscribe()
    }

    /// Wakes the readers of a job whose state was changed in the store.
    pub(super) fn wake(&mut self, job: JobId) {
        if let Some(watcher) = self.watchers.get(&job) {
            watcher.send_modify(|_| {});
        }
    }

    fn job_live(&self, id: JobId) -> Option<JobLive> {
        let running = self.jobs.get(&id)?;
        Some(JobLive {
            tasks: self.counts(id),
            waiting: self.waiting(id),
            seconds_left: running.seconds_left(self.decided(id), self.hub.clock.now()),
        })
    }

    pub(super) fn waiting(&self, id: JobId) -> Option<WaitingReason> {
        if self.draining {
            return Some(WaitingReason::Draining);
        }
        if self.quorum_missing {
            return Some(WaitingReason::StorageQuorum);
        }
        self.scheduler.waiting_reason(id)
    }

    fn counts(&self, id: JobId) -> TaskCounts {
        self.scheduler.job_counts(id).unwrap_or_default()
    }

    fn totals(&self) -> Totals {
        let mut totals = Totals {
            networks: self.scheduler.networks(),
            draining: self.draining,
            jobs_open: u32::try_from(self.jobs.len()).unwrap_or(u32::MAX),
            ..Totals::default()
        };
        for (node, entry) in &self.nodes {
            let NodeCounts {
                connected,
                computing,
                slots,
            } = &mut totals.nodes;
            *connected += 1;
            *computing += u32::from(self.scheduler.in_flight(*node) > 0);
            *slots += u64::from(entry.slots);
        }
        for id in self.jobs.keys() {
            let counts = self.counts(*id);
            let sum = &mut totals.tasks;
            sum.waiting = sum.waiting.saturating_add(counts.waiting);
            sum.running = sum.running.saturating_add(counts.running);
            sum.voted = sum.voted.saturating_add(counts.voted);
            sum.accepted = sum.accepted.saturating_add(counts.accepted);
            sum.failed = sum.failed.saturating_add(counts.failed);
            if let Some(reason) = self.waiting(*id)
                && totals.waiting.len() < MAX_WAITING
            {
                totals.waiting.push(JobWaits {
                    job_id: *id,
                    reason,
                });
            }
        }
        totals
    }

    fn nodes_live(&self) -> BTreeMap<NodeKey, NodeLive> {
        let live = self.nodes.iter().map(|(node, entry)| {
            let running = self.scheduler.in_flight(*node);
            let state = if running > 0 {
                NodeState::Computing
            } else {
                NodeState::Idle
            };
            (
                entry.key,
                NodeLive {
                    state,
                    running,
                    slots: entry.slots,
                },
            )
        });
        live.collect()
    }
}
