//! What votes come to: counted, weighed, decided.

use super::Scheduler;
use super::event::{Accepted, Decision, DoubleVote, Effect, Failed, NodeFact, NodeId, SeatRef};
use super::lending::{LendingState, Why};
use super::settling::{Cancelled, settle_late};
use super::task::{Ballot, Phase, SeatState};
use shared::api::jobs::AttemptReason;
use shared::cert::chosen_seats;
use shared::fail::FailReason;
use shared::ids::{NodeKey, SeatNonce, Signature, UnixMs};
use shared::outcome::Outcome;
use shared::protocol::Settlement;
use shared::tally::{Verdict, tally};

/// A vote as it comes in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Vote {
    pub(super) outcome: Outcome,
    pub(super) signature: Signature,
    pub(super) has_output: bool,
}

impl Scheduler {
    pub(super) fn voted(
        &mut self,
        now: UnixMs,
        id: NodeId,
        nonce: SeatNonce,
        vote: Vote,
        effects: &mut Vec<Effect>,
    ) {
        let Some(node) = self.roster.by_id(id) else {
            return; // its seats are lent to others already
        };
        let key = node.info.key;
        let Some(lending) = self.lendings.get_mut(&nonce) else {
            return tell_superseded(id, key, nonce, NodeFact::Superseded, effects);
        };
        if lending.key != key {
            return tell_superseded(id, key, nonce, NodeFact::Replayed, effects);
        }
        let (job, seat) = (lending.job, lending.seat);
        match &mut lending.state {
            LendingState::Lent { node, .. } => {
                let node = *node;
                lending.state = LendingState::Voted;
                self.roster.returned(node, nonce);
                self.count(now, job, (seat.task, seat.seat), vote, effects);
            }
            LendingState::Voted => {
                let ballot = self
                    .jobs
                    .get_mut(job)
                    .and_then(|job| job.task_mut(seat.task)?.ballot_mut(seat.seat));
                let Some(ballot) = ballot else { return };
                if ballot.outcome == vote.outcome {
                    ballot.holder.node = id;
                    if vote.has_output {
                        self.output_arrived(
                            now,
                            seat.job,
                            seat.task,
                            vote.outcome.output_sha256,
                            effects,
                        );
                    }
                } else {
                    let first = (ballot.outcome, ballot.signature);
                    effects.push(double_vote(key, seat, first, vote));
                }
            }
            LendingState::Cancelled(cancelled) => {
                let agrees = cancelled.verdict == Some(vote.outcome) && now <= cancelled.until;
                if cancelled.is_committed {
                    self.lendings.remove(&nonce);
                    settle_late((id, key, nonce), agrees, vote.outcome.fuel, effects);
                } else {
                    cancelled.late.get_or_insert((id, agrees));
                }
            }
            LendingState::Settled(settled) => {
                if settled.outcome != vote.outcome {
                    let first = (settled.outcome, settled.signature);
                    effects.push(double_vote(key, seat, first, vote));
                } else if settled.told == id {
                    let what = NodeFact::Replayed;
                    effects.push(Effect::Record { key, what });
                }
                let settlement = settled.settlement;
                effects.push(Effect::Settled {
                    node: id,
                    key,
                    nonce,
                    settlement,
                });
            }
        }
    }

    /// A vote that cannot count gives its seat back; on any other nonce it is only remembered.
    pub(super) fn invalid_vote(
        &mut self,
        now: UnixMs,
        id: NodeId,
        nonce: SeatNonce,
        effects: &mut Vec<Effect>,
    ) {
        if self.is_lent_to(nonce, id) {
            self.take_back(now, nonce, Why::Invalid, effects);
        } else if let Some(node) = self.roster.by_id(id) {
            let (key, what) = (node.info.key, NodeFact::Invalid);
            effects.push(Effect::Record { key, what });
        }
    }

    /// Puts a vote into its seat. `place` is the task and the seat.
    fn count(
        &mut self,
        now: UnixMs,
        job_at: usize,
        place: (u32, u8),
        vote: Vote,
        effects: &mut Vec<Effect>,
    ) {
        let (number, seat) = place;
        let Some(job) = self.jobs.get_mut(job_at) else {
            return;
        };
        let Some(seat) = job
            .task_mut(number)
            .and_then(|task| task.seats.get_mut(usize::from(seat)))
        else {
            return;
        };
        let SeatState::Lent(holder) = seat.state else {
            return;
        };
        let Vote {
            outcome,
            signature,
            has_output,
        } = vote;
        let ballot = Ballot {
            holder,
            outcome,
            signature,
            has_output,
        };
        seat.state = SeatState::Voted(Box::new(ballot));
        job.refile(number);
        self.weigh(now, job_at, number, effects);
    }

    /// Looks at the votes of a task: decides it, or opens as many seats as a verdict still needs.
    pub(super) fn weigh(
        &mut self,
        now: UnixMs,
        job_at: usize,
        number: u32,
        effects: &mut Vec<Effect>,
    ) {
        let Some(job) = self.jobs.get_mut(job_at) else {
            return;
        };
        let (id, trust) = (job.id, job.trust);
        let Some(task) = job.task_mut(number) else {
            return;
        };
        match task.phase {
            Phase::Decided(_) => return,
            Phase::Output(_) | Phase::Voting => {}
        }
        let outcomes: Vec<Outcome> = task.ballots().map(|ballot| ballot.outcome).collect();
        let mut is_new_attempt = false;
        let more = loop {
            match tally(&outcomes, task.chosen) {
                Verdict::Accepted(outcome) => {
                    return self.accept(now, job_at, number, outcome, effects);
                }
                Verdict::Ask { more } => break more,
                Verdict::Impossible => {
                    let attempt = task.attempt.saturating_add(1);
                    let Some(chosen) = chosen_seats(trust, attempt) else {
                        return self.fail(now, job_at, number, FailReason::NoMajority, effects);
                    };
                    task.attempt = attempt;
                    task.chosen = chosen;
                    is_new_attempt = true;
                }
            }
        };
        task.phase = Phase::Voting;
        let opened = task.want(more);
        let reason = match (is_new_attempt, opened) {
            (true, _) => Some(AttemptReason::NoMajority),
            (false, 1..) => Some(AttemptReason::VotesDiffer),
            (false, 0) => None,
        };
        let attempt = task.attempt;
        effects.extend(reason.map(|reason| Effect::Attempt {
            job: id,
            task: number,
            attempt,
            reason,
        }));
        job.refile(number);
        self.offer(now, job_at, number, effects);
    }

    /// An outcome has its majority: the task is decided once its bytes are in hand.
    fn accept(
        &mut self,
        now: UnixMs,
        job_at: usize,
        number: u32,
        outcome: Outcome,
        effects: &mut Vec<Effect>,
    ) {
        let Some(job) = self.jobs.get_mut(job_at) else {
            return;
        };
        let Some(task) = job.task(number) else { return };
        if !task.has_output(&outcome) {
            return self.want_output(now, job_at, number, outcome, effects);
        }
        let (agree, dissent) = task.split(Some(&outcome));
        let accepted = Accepted {
            job: job.id,
            task: number,
            attempt: task.attempt,
            chosen: task.chosen,
            relaxed: task.relaxed(&outcome),
            outcome,
            agree,
            dissent,
        };
        effects.push(Effect::Decided(Decision::Accepted(accepted)));
        self.close(now, job_at, number, Some(outcome), effects);
    }

    pub(super) fn fail(
        &mut self,
        now: UnixMs,
        job_at: usize,
        number: u32,
        reason: FailReason,
        effects: &mut Vec<Effect>,
    ) {
        let Some(job) = self.jobs.get(job_at) else {
            return;
        };
        let Some(task) = job.task(number) else { return };
        let failed = Failed {
            job: job.id,
            task: number,
            attempt: task.attempt,
            reason,
            votes: task.split(None).1,
        };
        effects.push(Effect::Decided(Decision::Failed(failed)));
        self.close(now, job_at, number, None, effects);
    }

    /// The task waits for its commit: whoever still runs it may stop.
    fn close(
        &mut self,
        now: UnixMs,
        job_at: usize,
        number: u32,
        verdict: Option<Outcome>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(job) = self.jobs.get_mut(job_at) else {
            return;
        };
        let Some(task) = job.task_mut(number) else {
            return;
        };
        task.phase = Phase::Decided(verdict);
        let until = now.plus(self.config.late_credit_ms);
        for seat in &mut task.seats {
            if let SeatState::Lent(holder) = seat.state {
                seat.state = SeatState::Empty;
                task.cancelled.push(holder.nonce);
                if let Some(lending) = self.lendings.get_mut(&holder.nonce) {
                    if let LendingState::Lent { node, .. } = lending.state {
                        self.roster.returned(node, holder.nonce);
                    }
                    lending.state = LendingState::Cancelled(Cancelled {
                        until,
                        verdict,
                        is_committed: false,
                        late: None,
                    });
                }
                self.cancelled.push_back((until, holder.nonce));
                effects.push(Effect::Cancel {
                    node: holder.node,
                    nonce: holder.nonce,
                });
            }
        }
        job.decided(number);
    }
}

fn double_vote(key: NodeKey, seat: SeatRef, first: (Outcome, Signature), vote: Vote) -> Effect {
    let second = (vote.outcome, vote.signature);
    let evidence = DoubleVote {
        seat,
        first,
        second,
    };
    let what = NodeFact::DoubleVote(Box::new(evidence));
    Effect::Record { key, what }
}

fn tell_superseded(
    node: NodeId,
    key: NodeKey,
    nonce: SeatNonce,
    what: NodeFact,
    effects: &mut Vec<Effect>,
) {
    let settlement = Settlement::Superseded;
    effects.push(Effect::Settled {
        node,
        key,
        nonce,
        settlement,
    });
    effects.push(Effect::Record { key, what });
}
