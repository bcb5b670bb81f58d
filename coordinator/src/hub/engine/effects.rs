//! Carries out what the scheduler wants: frames to nodes, decisions to the committer.

use super::{Engine, Lending, Outgoing};
use crate::hub::connection::WantedOutput;
use crate::hub::job_context::Seat;
use crate::scheduler::{Decision, Effect};
use shared::api::events::JobEvent;
use shared::cert::Cert;
use shared::codec::Canonical as _;
use shared::fail::Fail;
use shared::ids::JobId;

impl Engine {
    /// Carries out all effects, and those that carrying them out brings.
    pub(super) fn apply_effects(&mut self) {
        while !self.effects.is_empty() {
            for effect in std::mem::take(&mut self.effects) {
                self.apply(effect);
            }
        }
    }

    fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::Assign { node, seat } => {
                let Some(running) = self.jobs.get(&seat.job) else {
                    return;
                };
                let job = running.context.clone();
                let lent = Seat {
                    task: seat.task,
                    attempt: seat.attempt,
                    number: seat.seat,
                    nonce: seat.nonce,
                };
                let Some(entry) = self.nodes.get_mut(&node) else {
                    return;
                };
                if entry.unsent.is_empty() {
                    self.to_send.push(node);
                }
                entry.unsent.push(Lending { job, seat: lent });
            }
            Effect::Cancel { node, nonce } => self.tell(node, Outgoing::Cancel(nonce)),
            Effect::NeedOutput {
                node,
                job,
                task,
                sha256,
                len,
            } => {
                let wanted = WantedOutput {
                    job,
                    task,
                    sha256,
                    len,
                };
                self.tell(node, Outgoing::NeedOutput(Box::new(wanted)));
            }
            Effect::Settled {
                node,
                nonce,
                settlement,
                ..
            } => {
                self.tell(node, Outgoing::Settled(nonce, settlement));
            }
            Effect::Idle { node, reason } => self.tell(node, Outgoing::Idle(reason)),
            Effect::Record { key, what } => self.record(key, &what),
            Effect::Decided(decision) => self.on_decided(decision),
            Effect::JobWaiting { job, reason } => {
                self.job_event(job, JobEvent::JobWaiting { reason });
            }
            Effect::Attempt {
                job,
                task,
                attempt,
                reason,
            } => {
                self.job_event(
                    job,
                    JobEvent::TaskAttempt {
                        task,
                        attempt,
                        reason,
                    },
                );
            }
        }
    }

    /// Writes the entry of a decided task and queues it for the committer.
    fn on_decided(&mut self, decision: Decision) {
        let chain = self.hub.config.chain;
        match decision {
            Decision::Accepted(accepted) => {
                let (id, task) = (accepted.job, accepted.task);
                let Some(running) = self.jobs.get_mut(&id) else {
                    return;
                };
                let context = &running.context;
                let Some(input_sha256) = context.input_sha256(task) else {
                    return;
                };
                let cert = Cert {
                    job_id: id,
                    task,
                    attempt: accepted.attempt,
                    chosen: accepted.chosen,
                    relaxed: accepted.relaxed,
                    input_sha256,
                    module_sha256: context.job.module_sha256,
                    outcome: accepted.outcome,
                    agree: accepted.agree,
                    dissent: accepted.dissent,
                    referee: None,
                };
                let bytes = cert.encode(chain);
                let output = self
                    .outputs
                    .take(id, task, Some(cert.outcome.output_sha256));
                let logs = running.take_logs(task);
                self.batch.accepted(&cert, bytes, output, logs);
                let dissent: Vec<_> = cert.dissent.iter().map(|one| one.vote.node_key).collect();
                if !dissent.is_empty() {
                    self.job_event(
                        id,
                        JobEvent::TaskDissent {
                            task,
                            nodes: dissent,
                        },
                    );
                }
            }
            Decision::Failed(failed) => {
                let (id, task) = (failed.job, failed.task);
                self.outputs.take(id, task, None);
                let Some(running) = self.jobs.get_mut(&id) else {
                    return;
                };
                let context = &running.context;
                let Some(input_sha256) = context.input_sha256(task) else {
                    return;
                };
                let fail = Fail {
                    job_id: id,
                    task,
                    attempt: failed.attempt,
                    reason: failed.reason,
                    input_sha256,
                    module_sha256: context.job.module_sha256,
                    votes: failed.votes,
                };
                let bytes = fail.encode(chain);
                let logs = running.take_logs(task);
                self.batch.failed(&fail, bytes, logs);
            }
        }
    }

    /// Records an event of a running job; its readers are woken once it is committed.
    pub(super) fn job_event(&mut self, job: JobId, event: JobEvent) {
        if self.jobs.contains_key(&job) {
            self.batch.event(job, event);
        }
    }
}
