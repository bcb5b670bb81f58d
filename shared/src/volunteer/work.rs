//! The way of an assignment through a volunteer: taken, prepared, run, signed, sent, settled.

use super::link::Link;
use super::queue::{Held, MAX_HELD, Stage};
use super::{Effect, Intake, Report, RunEnd, Shown, Volunteer};
use crate::ids::{Digest, SeatNonce, Signature, UnixMs};
use crate::outcome::Outcome;
use crate::protocol::{Assignment, IdleReason, Settlement, ToCoordinator, UnableReason};
use crate::vote::Vote;
use std::sync::Arc;

impl Volunteer {
    pub(super) fn assigned(&mut self, now: UnixMs, assignments: Vec<Assignment>) {
        if let Link::Joined(joined) = &mut self.link {
            if self.queue.is_empty() {
                joined.renewed_at = now;
            }
            // The coordinator has counted them already.
            let count = u16::try_from(assignments.len()).unwrap_or(u16::MAX);
            joined.told_free = joined.told_free.map(|told| told.saturating_sub(count));
        }
        for assignment in assignments {
            let nonce = assignment.nonce;
            let assignment = Arc::new(assignment);
            if !self.votes.take_nonce(nonce) {
                continue; // never two votes on one nonce
            }
            if self.intake != Intake::Open {
                self.unable(&assignment, UnableReason::Stopped); // it crossed our Slots on the way
            } else if assignment.limits.memory_pages > self.settings.capabilities.memory_pages {
                self.unable(&assignment, UnableReason::Capability);
            } else if !self.queue.push(Arc::clone(&assignment)) {
                self.unable(&assignment, UnableReason::HostMemory);
            }
        }
    }

    /// Changes how much work is taken, and gives back what is not wanted any more.
    pub(super) fn take(&mut self, intake: Intake) {
        self.intake = intake;
        for nonce in self.queue.nonces() {
            let is_kept = self.stage_is(nonce, |stage| match intake {
                Intake::Open => true,
                Intake::Finish => matches!(stage, Stage::Running { .. } | Stage::Signing { .. }),
                Intake::Closed => matches!(stage, Stage::Signing { .. }),
            });
            if !is_kept {
                self.give_up(nonce, UnableReason::Stopped);
            }
        }
    }

    pub(super) fn prepared(&mut self, nonce: SeatNonce) {
        if self.stage_is(nonce, |stage| *stage == Stage::Preparing) {
            self.queue.set_stage(nonce, Stage::Ready);
        } else {
            self.effects.push(Effect::Discard(nonce));
        }
    }

    pub(super) fn unprepared(&mut self, nonce: SeatNonce, reason: UnableReason) {
        if self.stage_is(nonce, |stage| *stage == Stage::Preparing) {
            self.give_up(nonce, reason);
        }
    }

    pub(super) fn ran(&mut self, now: UnixMs, nonce: SeatNonce, end: RunEnd) {
        self.queue.vacate(nonce);
        let since = match self.queue.get(nonce).map(|held| &held.stage) {
            Some(Stage::Running { since, .. }) => Some(*since),
            _ => None,
        };
        if let (Some(since), RunEnd::Done { outcome, .. }) = (since, &end) {
            self.speed.note(outcome.fuel, now.0.saturating_sub(since.0));
        }
        let runs = since.is_some();
        match end {
            RunEnd::Done {
                outcome,
                stderr_tail,
            } if runs => self.sign(nonce, outcome, stderr_tail),
            RunEnd::Done { outcome, .. } => {
                if !self.votes.holds_output(outcome.output_sha256) {
                    self.effects.push(Effect::Forget(outcome.output_sha256));
                }
            }
            RunEnd::Unable(reason) if runs => self.give_up(nonce, reason),
            RunEnd::Halted if runs => self.give_up(nonce, UnableReason::Stopped),
            RunEnd::Unable(_) | RunEnd::Halted => {}
        }
    }

    fn sign(&mut self, nonce: SeatNonce, outcome: Outcome, stderr_tail: Vec<u8>) {
        let (Some(ledger), Some(held)) = (&self.ledger, self.queue.get(nonce)) else {
            return;
        };
        let assignment = &held.assignment;
        self.effects.push(Effect::Sign {
            chain_id: ledger.chain_id,
            vote: Vote {
                job_id: assignment.job_id,
                task: assignment.task,
                attempt: assignment.attempt,
                seat: assignment.seat,
                nonce,
                input_sha256: assignment.input.sha256(),
                module_sha256: assignment.module_sha256,
                outcome,
                node_key: self.settings.node_key,
            },
        });
        self.votes.hold_output(outcome.output_sha256);
        let stage = Stage::Signing {
            outcome,
            stderr_tail,
        };
        self.queue.set_stage(nonce, stage);
    }

    pub(super) fn signed(&mut self, nonce: SeatNonce, signature: Signature) {
        if !self.stage_is(nonce, |stage| matches!(stage, Stage::Signing { .. })) {
            return;
        }
        if let Some(Held {
            stage:
                Stage::Signing {
                    outcome,
                    stderr_tail,
                },
            ..
        }) = self.queue.remove(nonce)
        {
            self.votes.keep(nonce, outcome, signature, stderr_tail);
        }
    }

    /// A vote that is signed, or about to be, may still earn its credit; anything else ends here.
    pub(super) fn cancelled(&mut self, nonce: SeatNonce) {
        if self.stage_is(nonce, |stage| !matches!(stage, Stage::Signing { .. })) {
            self.record.cancelled = self.record.cancelled.saturating_add(1);
            self.let_go(nonce);
        }
    }

    pub(super) fn settled(&mut self, nonce: SeatNonce, verdict: Settlement) {
        if let Some(outcome) = self.votes.settle(nonce) {
            self.record.settled(&outcome, verdict);
            self.release_output(outcome.output_sha256);
            if let Settlement::Accepted { .. } = verdict {
                self.votes.accepted(nonce);
            }
            self.report(Report::Settled {
                assignment: nonce,
                verdict,
            });
        }
        // It comes again once the certificate is stored; anything else that comes again is no news.
        if let Settlement::Accepted {
            ledger_index: Some(index),
        } = verdict
            && self.votes.stored(nonce)
        {
            self.record.stored = self.record.stored.saturating_add(1);
            self.report(Report::Stored {
                assignment: nonce,
                index,
            });
        }
    }

    pub(super) fn output_needed(&mut self, sha256: Digest) {
        // An output that is not kept any more is not answered: another voter is asked in time.
        if self.votes.holds_output(sha256) {
            self.effects.push(Effect::SendOutput(sha256));
        }
    }

    /// Renews the leases in time; when that was too late, the assignments are others' already.
    pub(super) fn check_leases(&mut self, now: UnixMs) {
        let Link::Joined(joined) = &mut self.link else {
            return;
        };
        if self.queue.is_empty() {
            joined.renewed_at = now;
        } else if joined.has_lapsed(now) {
            joined.renewed_at = now;
            for nonce in self.queue.nonces() {
                self.give_up(nonce, UnableReason::Frozen);
            }
        } else if joined.renew_at() <= now {
            joined.renewed_at = now;
            let running = self.queue.nonces();
            self.effects
                .push(Effect::Send(ToCoordinator::Alive { running }));
        }
    }

    /// Ends guests that are over their limit, prepares what comes next, runs what is ready.
    pub(super) fn fill_slots(&mut self, now: UnixMs) {
        while let Some(nonce) = self.queue.overdue(now) {
            self.give_up(nonce, UnableReason::WallClock);
        }
        while let Some(nonce) = self.queue.next_to_prepare() {
            let Some(held) = self.queue.get(nonce) else {
                break;
            };
            self.effects
                .push(Effect::Prepare(Arc::clone(&held.assignment)));
            self.queue.set_stage(nonce, Stage::Preparing);
        }
        while let Some(nonce) = self.queue.next_to_run() {
            let Some(held) = self.queue.get(nonce) else {
                break;
            };
            let assignment = Arc::clone(&held.assignment);
            let factor = u64::from(self.speed.wall_factor());
            let wall_ms = u64::from(assignment.limits.wall_ms).saturating_mul(factor);
            self.queue.occupy(nonce, now, now.plus(wall_ms));
            self.effects.push(Effect::Run(nonce));
            self.show(assignment);
        }
    }

    fn show(&mut self, assignment: Arc<Assignment>) {
        let shown = Shown::Computing(assignment.program.clone(), assignment.title.clone());
        if self.shown.as_ref() != Some(&shown) {
            self.shown = Some(shown);
            self.report(Report::Computing(assignment));
        }
    }

    /// The coordinator has nothing for this node. While something is held, that is no news.
    pub(super) fn has_nothing(&mut self, reason: IdleReason) {
        if self.queue.is_empty() && self.shown != Some(Shown::Idle(reason)) {
            self.shown = Some(Shown::Idle(reason));
            self.report(Report::Idle(reason));
        }
    }

    pub(super) fn send_votes(&mut self) {
        loop {
            let batch = self.votes.next_batch();
            if batch.is_empty() {
                return;
            }
            self.effects.push(Effect::SendVotes(batch));
        }
    }

    /// Tells the coordinator how much more it may assign, when that has changed or was not said for a while.
    pub(super) fn send_slots(&mut self) {
        let unfinished = self.queue.unfinished();
        let is_full = self.votes.is_full() || self.intake != Intake::Open;
        let Link::Joined(joined) = &mut self.link else {
            return;
        };
        let window = usize::from(joined.limits.window).min(MAX_HELD);
        let free = if is_full {
            0
        } else {
            u16::try_from(window.saturating_sub(unfinished)).unwrap_or(u16::MAX)
        };
        if joined.told_free != Some(free) || joined.is_slots_stale() {
            joined.told_free = Some(free);
            joined.told_at = joined.heard_at;
            self.effects
                .push(Effect::Send(ToCoordinator::Slots { free }));
        }
    }

    /// Lets go of every assignment, without a word to the coordinator.
    pub(super) fn drop_all(&mut self) {
        for nonce in self.queue.nonces() {
            self.let_go(nonce);
        }
    }

    /// Lets go of an assignment and says why.
    fn give_up(&mut self, nonce: SeatNonce, reason: UnableReason) {
        if let Some(assignment) = self.let_go(nonce) {
            self.unable(&assignment, reason);
        }
    }

    fn unable(&mut self, assignment: &Arc<Assignment>, reason: UnableReason) {
        self.record.unable = self.record.unable.saturating_add(1);
        self.effects.push(Effect::Send(ToCoordinator::Unable {
            assignment: assignment.nonce,
            reason,
        }));
        self.report(Report::Unable {
            assignment: Arc::clone(assignment),
            reason,
        });
    }

    /// Lets go of an assignment, whatever stage it is in.
    fn let_go(&mut self, nonce: SeatNonce) -> Option<Arc<Assignment>> {
        let held = self.queue.remove(nonce)?;
        match held.stage {
            Stage::Waiting => {}
            Stage::Preparing | Stage::Ready => self.effects.push(Effect::Discard(nonce)),
            Stage::Running { .. } => self.effects.push(Effect::Halt(nonce)),
            Stage::Signing { outcome, .. } => self.release_output(outcome.output_sha256),
        }
        Some(held.assignment)
    }

    fn release_output(&mut self, output: Digest) {
        if self.votes.release_output(output) {
            self.effects.push(Effect::Forget(output));
        }
    }

    fn stage_is(&self, nonce: SeatNonce, is_wanted: impl Fn(&Stage) -> bool) -> bool {
        let held = self.queue.get(nonce);
        held.is_some_and(|held| is_wanted(&held.stage))
    }
}
