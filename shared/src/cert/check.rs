//! When a certificate is valid: the rules of LEDGER.md section 2, Cert.

use super::{BrokenRule, Cert, Relaxed};
use crate::counted::{Decided, SeatVote};
use crate::crypto::{Signatures, Strict};
use crate::ids::{ChainId, Digest, JobId, NodeKey};
use crate::job::{Job, MAX_TRUST};
use crate::outcome::Outcome;
use crate::tally::{Verdict, majority, tally};
use crate::vote::{REFEREE_SEAT, Vote};

impl Cert {
    /// The Vote that a listed seat implies.
    #[must_use]
    pub fn vote(&self, seat: &SeatVote, outcome: Outcome) -> Vote {
        self.decided().vote(seat, outcome)
    }

    /// All counted votes with their outcomes, those that agree first.
    pub fn votes(&self) -> impl Iterator<Item = (&SeatVote, Outcome)> {
        let agree = self.agree.iter().map(|vote| (vote, self.outcome));
        agree.chain(self.dissent.iter().map(|one| (&one.vote, one.outcome)))
    }

    /// Checks every rule that needs only the job and the task's leaf, on a ledger whose policy names no referee: all
    /// but the order of entries and bans. `input_sha256` is the hash of the bytes that the task reads.
    ///
    /// # Errors
    /// The first [`BrokenRule`].
    pub fn check(
        &self,
        chain: ChainId,
        job_id: JobId,
        job: &Job,
        input_sha256: Digest,
    ) -> Result<(), BrokenRule> {
        self.check_with_referee(chain, job_id, job, input_sha256, None, &Strict)
    }

    /// As [`check`](Self::check), on a ledger whose policy names `referee_key`.
    ///
    /// # Errors
    /// The first [`BrokenRule`].
    pub fn check_with_referee(
        &self,
        chain: ChainId,
        job_id: JobId,
        job: &Job,
        input_sha256: Digest,
        referee_key: Option<NodeKey>,
        signatures: &impl Signatures,
    ) -> Result<(), BrokenRule> {
        let decided = self.decided();
        decided.check(job_id, job, input_sha256)?;
        decided.check_chosen(job.trust, self.chosen)?;
        self.check_outcome(job)?;
        decided.check_seats(self.votes().map(|(vote, _)| vote), self.chosen)?;
        if let Some(one) = self.dissent.iter().find(|one| one.outcome == self.outcome) {
            return Err(BrokenRule::Dissent(one.vote.node_key));
        }
        self.check_majority(job)?;
        decided.check_signatures(chain, self.votes(), signatures)?;
        self.check_referee_vote(chain, referee_key, signatures)
    }

    const fn decided(&self) -> Decided {
        Decided {
            job_id: self.job_id,
            task: self.task,
            attempt: self.attempt,
            input_sha256: self.input_sha256,
            module_sha256: self.module_sha256,
        }
    }

    const fn check_outcome(&self, job: &Job) -> Result<(), BrokenRule> {
        if self.outcome.fuel > job.limits.fuel {
            return Err(BrokenRule::Fuel {
                fuel: self.outcome.fuel,
                limit: job.limits.fuel,
            });
        }
        if self.outcome.output_len > job.limits.output_bytes as u64 {
            return Err(BrokenRule::Output {
                len: self.outcome.output_len,
                limit: job.limits.output_bytes,
            });
        }
        Ok(())
    }

    /// A majority, or the referee rule; the mark 0x04 and the referee's vote stand exactly where the rule is used.
    fn check_majority(&self, job: &Job) -> Result<(), BrokenRule> {
        let has_majority = self.agree.len() >= usize::from(majority(self.chosen));
        let marked = self.relaxed.contains(Relaxed::REFEREE);
        let refused = |why| Err(BrokenRule::Referee(why));
        match (has_majority, self.referee.is_some(), marked) {
            (true, false, false) => Ok(()),
            (false, false, false) => Err(BrokenRule::Majority {
                agree: self.agree.len(),
                chosen: self.chosen,
            }),
            (true, _, _) => refused("a majority agreed, so no referee may be named"),
            (false, true, true) if !job.referee_allowed => {
                refused("the signed job does not allow a referee")
            }
            (false, true, true) if self.chosen != MAX_TRUST => {
                refused("a referee may only settle a task of 15 seats")
            }
            (false, true, true) if self.majority_is_possible() => {
                refused("an outcome could still reach a majority")
            }
            (false, true, true) => Ok(()),
            (false, _, _) => refused("bit 0x04 and the referee's vote must go together"),
        }
    }

    /// Whether any outcome could still reach a majority if all open seats joined it.
    fn majority_is_possible(&self) -> bool {
        let outcomes: Vec<Outcome> = self.votes().map(|(_, outcome)| outcome).collect();
        tally(&outcomes, self.chosen) != Verdict::Impossible
    }

    fn check_referee_vote(
        &self,
        chain: ChainId,
        referee_key: Option<NodeKey>,
        signatures: &impl Signatures,
    ) -> Result<(), BrokenRule> {
        let Some(referee) = self.referee else {
            return Ok(());
        };
        let Some(node_key) = referee_key else {
            return Err(BrokenRule::Referee("the ledger's policy names no referee"));
        };
        let seat = SeatVote {
            node_key,
            attempt: self.attempt,
            seat: REFEREE_SEAT,
            nonce: referee.nonce,
            signature: referee.signature,
        };
        let message = self.vote(&seat, self.outcome).encode_for_referee(chain);
        if signatures.verify(&node_key.0, &message, &referee.signature) {
            Ok(())
        } else {
            Err(BrokenRule::Referee(
                "the referee's signature does not verify",
            ))
        }
    }
}
