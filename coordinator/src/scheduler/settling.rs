//! What voters are told once a decision is committed, and what is remembered of it for votes that come late or again.

use super::Scheduler;
use super::event::{Effect, NodeFact, NodeId};
use super::lending::LendingState;
use super::task::{Ballot, Phase, SeatState, Task};
use shared::ids::{JobId, NodeKey, SeatNonce, Signature, UnixMs};
use shared::outcome::Outcome;
use shared::protocol::{RejectReason, Settlement};

/// An assignment that was cancelled because its task was decided.
#[derive(Debug)]
pub(super) struct Cancelled {
    /// A vote that agrees earns credit until then.
    pub(super) until: UnixMs,
    pub(super) verdict: Option<Outcome>,
    pub(super) is_committed: bool,
    /// The vote came before the commit: from which connection, and whether it agrees.
    pub(super) late: Option<(NodeId, bool)>,
}

/// A vote that is settled.
#[derive(Debug)]
pub(super) struct SettledVote {
    /// The connection that was told: an honest node does not send the vote again there.
    pub(super) told: NodeId,
    pub(super) outcome: Outcome,
    pub(super) signature: Signature,
    pub(super) settlement: Settlement,
}

const ACCEPTED: Settlement = Settlement::Accepted { ledger_index: None };

impl Scheduler {
    /// The decision is in the store: now its voters are told.
    pub(super) fn committed(
        &mut self,
        now: UnixMs,
        id: JobId,
        number: u32,
        effects: &mut Vec<Effect>,
    ) {
        let Some(job_at) = self.job_numbers.get(&id).copied() else {
            return;
        };
        let job = self.jobs.get_mut(job_at);
        let Some(task) = job.and_then(|job| job.committed(number)) else {
            return;
        };
        let Phase::Decided(verdict) = task.phase else {
            return;
        };
        for ballot in task.ballots() {
            let (settlement, fact) = match verdict {
                Some(outcome) if outcome == ballot.outcome => {
                    let credit = outcome.fuel;
                    (ACCEPTED, Some(NodeFact::Accepted { credit }))
                }
                Some(_) => (
                    Settlement::Rejected(RejectReason::Outvoted),
                    Some(NodeFact::Outvoted),
                ),
                None => (Settlement::Rejected(RejectReason::TaskFailed), None),
            };
            self.settle(ballot, settlement, fact, effects);
        }
        for nonce in &task.cancelled {
            self.settle_cancelled(now, *nonce, verdict, effects);
        }
        self.enlist(job_at);
    }

    /// Tells a voter what became of its vote, and keeps that for when the vote comes again.
    pub(super) fn settle(
        &mut self,
        ballot: &Ballot,
        settlement: Settlement,
        fact: Option<NodeFact>,
        effects: &mut Vec<Effect>,
    ) {
        let Ballot {
            holder,
            outcome,
            signature,
            ..
        } = *ballot;
        let (node, key, nonce) = (holder.node, holder.key, holder.nonce);
        effects.push(Effect::Settled {
            node,
            key,
            nonce,
            settlement,
        });
        effects.extend(fact.map(|what| Effect::Record { key, what }));
        let Some(at) = self.roster.find(node) else {
            self.lendings.remove(&nonce);
            return;
        };
        if let Some(lending) = self.lendings.get_mut(&nonce) {
            let settled = SettledVote {
                told: node,
                outcome,
                signature,
                settlement,
            };
            lending.state = LendingState::Settled(Box::new(settled));
        }
        if let Some(oldest) = self.roster.settled(at, nonce) {
            self.lendings.remove(&oldest);
        }
    }

    fn settle_cancelled(
        &mut self,
        now: UnixMs,
        nonce: SeatNonce,
        verdict: Option<Outcome>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(lending) = self.lendings.get_mut(&nonce) else {
            return;
        };
        let LendingState::Cancelled(cancelled) = &mut lending.state else {
            return;
        };
        cancelled.is_committed = true;
        let (late, is_over, key) = (cancelled.late, cancelled.until < now, lending.key);
        if let Some((node, agrees)) = late {
            let fuel = verdict.map_or(0, |outcome| outcome.fuel);
            settle_late((node, key, nonce), agrees, fuel, effects);
        }
        if late.is_some() || is_over {
            self.lendings.remove(&nonce);
        }
    }

    /// Forgets cancelled assignments whose time for credit is over. A vote that waits for the commit keeps its own.
    pub(super) fn forget_cancelled(&mut self, now: UnixMs) {
        while let Some((until, nonce)) = self.cancelled.front().copied()
            && until < now
        {
            self.cancelled.pop_front();
            let is_over = self.lendings.get(&nonce).is_some_and(|lending| {
                matches!(&lending.state, LendingState::Cancelled(cancelled) if cancelled.late.is_none())
            });
            if is_over {
                self.lendings.remove(&nonce);
            }
        }
    }

    /// The task's job has ended: what is out is called back, votes are superseded.
    pub(super) fn drop_task(&mut self, task: &Task, effects: &mut Vec<Effect>) {
        for seat in &task.seats {
            let (holder, effect) = match &seat.state {
                SeatState::Empty | SeatState::Wanted => continue,
                SeatState::Lent(holder) => {
                    let (node, nonce) = (holder.node, holder.nonce);
                    (holder, Effect::Cancel { node, nonce })
                }
                SeatState::Voted(ballot) => {
                    let holder = &ballot.holder;
                    let effect = Effect::Settled {
                        node: holder.node,
                        key: holder.key,
                        nonce: holder.nonce,
                        settlement: Settlement::Superseded,
                    };
                    (holder, effect)
                }
            };
            effects.push(effect);
            if let Some(lending) = self.lendings.remove(&holder.nonce)
                && let LendingState::Lent { node, .. } = lending.state
            {
                self.roster.returned(node, holder.nonce);
            }
        }
        for nonce in &task.cancelled {
            self.lendings.remove(nonce);
        }
    }
}

/// Tells what became of a vote on a cancelled assignment.
pub(super) fn settle_late(
    vote: (NodeId, NodeKey, SeatNonce),
    agrees: bool,
    credit: u64,
    effects: &mut Vec<Effect>,
) {
    let (node, key, nonce) = vote;
    let (settlement, what) = if agrees {
        (ACCEPTED, NodeFact::Accepted { credit })
    } else {
        (Settlement::Superseded, NodeFact::Superseded)
    };
    effects.push(Effect::Settled {
        node,
        key,
        nonce,
        settlement,
    });
    effects.push(Effect::Record { key, what });
}
