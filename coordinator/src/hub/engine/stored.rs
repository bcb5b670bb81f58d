//! Between the commit of a decision and its storage quorum: who is told its index, and when no new task is begun.

use super::{Engine, Outgoing};
use crate::scheduler::{Effect, Event, NodeId};
use crate::store::{Dropped, Stored};
use shared::api::events::JobEvent;
use shared::ids::{JobId, SeatNonce};
use shared::protocol::Settlement;
use std::collections::{BTreeSet, HashMap};

/// Decided tasks that may wait for their storage quorum; beyond it no new task is begun (LEDGER.md section 5). Whoever
/// makes it larger risks more work that a lost coordinator database takes with it.
const MAX_UNSEALED: i64 = 10_000;

/// Decided tasks that are committed and not stored.
pub(super) struct Unsealed {
    /// How many. A block may be told stored before the commit of its entries is told, so it can be below 0 for a moment.
    count: i64,
    held: bool,
    /// Who voted for the outcome: they are told where the certificate stands.
    voters: HashMap<(JobId, u32), Vec<(NodeId, SeatNonce)>>,
}

impl Unsealed {
    pub(super) fn new(count: u64) -> Self {
        Self {
            count: i64::try_from(count).unwrap_or(i64::MAX),
            held: false,
            voters: HashMap::new(),
        }
    }
}

impl Engine {
    /// A decision was committed; the effects from number `from` on tell its voters.
    pub(super) fn wait_for_quorum(&mut self, job: JobId, task: u32, from: usize) {
        let voters = self.effects.iter().skip(from);
        let voters = voters.filter_map(|effect| match effect {
            Effect::Settled {
                node,
                nonce,
                settlement: Settlement::Accepted { .. },
                ..
            } => Some((*node, *nonce)),
            _ => None,
        });
        let voters: Vec<_> = voters.collect();
        if !voters.is_empty() {
            self.unsealed.voters.insert((job, task), voters);
        }
        self.count_unsealed(1);
    }

    /// Every running job says that it waits for the storage quorum, or what it waits for otherwise.
    pub(super) fn on_quorum_missing(&mut self, missing: bool) {
        if self.quorum_missing == missing {
            return;
        }
        self.quorum_missing = missing;
        let jobs: Vec<JobId> = self.jobs.keys().copied().collect();
        for job in jobs {
            let reason = self.waiting(job);
            self.job_event(job, JobEvent::JobWaiting { reason });
        }
    }

    /// A block is stored.
    pub(super) fn on_stored(&mut self, stored: &Stored) {
        let mut touched: BTreeSet<JobId> = BTreeSet::new();
        for one in &stored.tasks {
            let voters = self.unsealed.voters.remove(&(one.job, one.task));
            let verdict = Settlement::Accepted {
                ledger_index: Some(one.index),
            };
            for (node, nonce) in voters.unwrap_or_default() {
                self.tell(node, Outgoing::Settled(nonce, verdict));
            }
            self.count_unsealed(-1);
            touched.insert(one.job);
        }
        for job in &stored.begun {
            self.load_job(*job);
            touched.insert(*job);
        }
        for job in &stored.ended {
            self.drop_job(*job);
            touched.insert(*job);
        }
        for job in touched {
            self.wake(job);
        }
    }

    /// An entry was refused by the storage nodes and dropped in the store.
    pub(super) fn on_dropped(&mut self, dropped: Dropped) {
        match dropped {
            // The store knows which tasks are decided: begin again from what it says.
            Dropped::Decision { job, task } => {
                self.unsealed.voters.remove(&(job, task));
                self.count_unsealed(-1);
                self.drop_job(job);
                self.load_job(job);
                self.wake(job);
            }
            Dropped::Jobs(stopped) | Dropped::Program { stopped, .. } => {
                for job in stopped {
                    self.drop_job(job);
                    self.wake(job);
                }
            }
            Dropped::Entry(_) => {}
        }
    }

    /// Holds new tasks back, or lets them go on, when the count crosses the limit.
    pub(super) fn count_unsealed(&mut self, change: i64) {
        let unsealed = &mut self.unsealed;
        unsealed.count = unsealed.count.saturating_add(change);
        let held = unsealed.count >= MAX_UNSEALED;
        if held != unsealed.held {
            unsealed.held = held;
            self.event(Event::Held(held));
        }
    }
}
