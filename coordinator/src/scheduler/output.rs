//! Outputs that are too large for a vote: fetched after the tally, from agreeing voters in turn (TRUST.md section 5).

use super::Scheduler;
use super::event::{Effect, NodeFact, NodeId};
use super::task::{OutputWait, Phase, SeatState};
use shared::api::jobs::AttemptReason;
use shared::fail::FailReason;
use shared::ids::{Digest, JobId, UnixMs};
use shared::outcome::Outcome;
use shared::protocol::{RejectReason, Settlement, UnableReason};
use std::collections::VecDeque;

/// Requests that are out, by the end of their time.
#[derive(Debug, Default)]
pub(super) struct OutputQueue {
    asked: VecDeque<Asked>,
}

#[derive(Debug, Clone, Copy)]
struct Asked {
    until: UnixMs,
    job: JobId,
    task: u32,
    seat: usize,
    node: NodeId,
}

impl Scheduler {
    /// A majority agrees on an output that nobody has sent yet.
    pub(super) fn want_output(
        &mut self,
        now: UnixMs,
        job_at: usize,
        number: u32,
        outcome: Outcome,
        effects: &mut Vec<Effect>,
    ) {
        let task = self
            .jobs
            .get_mut(job_at)
            .and_then(|job| job.task_mut(number));
        let Some(task) = task else { return };
        if matches!(task.phase, Phase::Output(_)) {
            return; // somebody is asked already
        }
        task.phase = Phase::Output(OutputWait {
            outcome,
            asking: 0,
            asked: 0,
            until: now,
        });
        if let Some(job) = self.jobs.get_mut(job_at) {
            job.refile(number);
        }
        self.ask_next(now, job_at, number, effects);
    }

    /// Asks the next agreeing voter that is connected; after the last one their votes are void.
    fn ask_next(&mut self, now: UnixMs, job_at: usize, number: u32, effects: &mut Vec<Effect>) {
        let Some(job) = self.jobs.get_mut(job_at) else {
            return;
        };
        let id = job.id;
        let Some(task) = job.task_mut(number) else {
            return;
        };
        let Phase::Output(wait) = &mut task.phase else {
            return;
        };
        let outcome = wait.outcome;
        let next = task
            .seats
            .iter()
            .enumerate()
            .find_map(|(at, seat)| match &seat.state {
                SeatState::Voted(ballot)
                    if wait.asked & (1 << at) == 0
                        && ballot.outcome == outcome
                        && self.roster.find(ballot.holder.node).is_some() =>
                {
                    Some((at, ballot.holder.node))
                }
                _ => None,
            });
        let Some((seat, node)) = next else {
            return self.output_missing(now, job_at, number, outcome, effects);
        };
        let until = now.plus(self.config.output_wait_ms);
        wait.asking = seat;
        wait.asked |= 1 << seat;
        wait.until = until;
        self.outputs.asked.push_back(Asked {
            until,
            job: id,
            task: number,
            seat,
            node,
        });
        effects.push(Effect::NeedOutput {
            node,
            job: id,
            task: number,
            sha256: outcome.output_sha256,
            len: outcome.output_len,
        });
    }

    /// No agreeing voter delivered: their votes become `Unable` and their seats are opened again.
    fn output_missing(
        &mut self,
        now: UnixMs,
        job_at: usize,
        number: u32,
        outcome: Outcome,
        effects: &mut Vec<Effect>,
    ) {
        let reason = UnableReason::OutputMissing;
        let Some(job) = self.jobs.get_mut(job_at) else {
            return;
        };
        let (id, trust) = (job.id, job.trust);
        let Some(task) = job.task_mut(number) else {
            return;
        };
        let mut voided = Vec::new();
        for at in 0..task.seats.len() {
            if let Some(SeatState::Voted(ballot)) = task.seats.get(at).map(|seat| &seat.state)
                && ballot.outcome == outcome
            {
                voided.push(**ballot);
                task.give_back(at);
                task.unable = task.unable.saturating_add(1);
            }
        }
        task.phase = Phase::Voting;
        let has_failed = task.unable >= trust.saturating_mul(2);
        effects.push(Effect::Attempt {
            job: id,
            task: number,
            attempt: task.attempt,
            reason: AttemptReason::Unable { reason },
        });
        let mut is_unreliable = false;
        for ballot in &voided {
            is_unreliable |= job.count_give_back(ballot.holder.key);
        }
        for ballot in &voided {
            let rejected = Settlement::Rejected(RejectReason::BadOutput);
            self.settle(ballot, rejected, Some(NodeFact::Unable(reason)), effects);
        }
        if is_unreliable {
            self.take_census(job_at);
        }
        if has_failed {
            self.fail(now, job_at, number, FailReason::Unable, effects);
        } else {
            self.weigh(now, job_at, number, effects);
        }
    }

    /// The bytes of an output are in hand.
    pub(super) fn output_arrived(
        &mut self,
        now: UnixMs,
        id: JobId,
        number: u32,
        sha256: Digest,
        effects: &mut Vec<Effect>,
    ) {
        let Some(job_at) = self.job_numbers.get(&id).copied() else {
            return;
        };
        let task = self
            .jobs
            .get_mut(job_at)
            .and_then(|job| job.task_mut(number));
        if let Some(task) = task {
            task.output_arrived(sha256);
            self.weigh(now, job_at, number, effects);
        }
    }

    /// Whoever was asked and has left will not deliver.
    pub(super) fn asked_node_left(&mut self, now: UnixMs, node: NodeId, effects: &mut Vec<Effect>) {
        let is_gone = |asked: &Asked| asked.node == node;
        let gone: Vec<Asked> = self.outputs.asked.iter().copied().filter(is_gone).collect();
        self.outputs.asked.retain(|asked| !is_gone(asked));
        for asked in gone {
            self.give_up_on(now, asked, effects);
        }
    }

    /// Asks others when the time is over.
    pub(super) fn expire_outputs(&mut self, now: UnixMs, effects: &mut Vec<Effect>) {
        while let Some(asked) = self.outputs.asked.front().copied()
            && asked.until <= now
        {
            self.outputs.asked.pop_front();
            self.give_up_on(now, asked, effects);
        }
    }

    fn give_up_on(&mut self, now: UnixMs, asked: Asked, effects: &mut Vec<Effect>) {
        let Some(job_at) = self.job_numbers.get(&asked.job).copied() else {
            return;
        };
        let task = self.jobs.get(job_at).and_then(|job| job.task(asked.task));
        let is_still_asked = task.is_some_and(|task| {
            matches!(&task.phase, Phase::Output(wait)
                if wait.asking == asked.seat && wait.until == asked.until)
        });
        if is_still_asked {
            self.ask_next(now, job_at, asked.task, effects);
        }
    }
}
