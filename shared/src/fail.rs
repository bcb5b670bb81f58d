//! The record of a task that has no answer (LEDGER.md section 2, Fail), and the rules that make it valid.

use crate::codec::{Canonical, DecodeError, Reader};
use crate::counted::{Decided, chosen_seats, decode_dissent, encode_dissent};
use crate::crypto::{Signatures, Strict};
use crate::ids::{ChainId, Digest, JobId};
use crate::job::{Job, MAX_TRUST};
use crate::outcome::Outcome;
use crate::tally::{Verdict, tally};

pub use crate::counted::{Dissent, SeatVote};
pub use crate::rule::BrokenRule;

/// Why a task failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum FailReason {
    /// No outcome can reach a majority of 15 seats: the votes show it.
    NoMajority = 1,
    /// Nodes were unable to run it, `2 * trust` distinct ones: the leader's own statement.
    Unable = 2,
}

impl FailReason {
    /// From its number in LEDGER.md.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::NoMajority),
            2 => Some(Self::Unable),
            _ => None,
        }
    }

    /// Its number in LEDGER.md.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// In words, for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoMajority => "no outcome can reach a majority of 15 volunteers",
            Self::Unable => "too many volunteers were unable to run it",
        }
    }
}

/// The record of a task that has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fail {
    /// The job.
    pub job_id: JobId,
    /// The task.
    pub task: u32,
    /// The last attempt, from 1.
    pub attempt: u16,
    /// Why it failed.
    pub reason: FailReason,
    /// SHA-256 of the task's input.
    pub input_sha256: Digest,
    /// The job's module.
    pub module_sha256: Digest,
    /// Every counted vote, sorted by node key.
    pub votes: Vec<Dissent>,
}

impl Canonical for Fail {
    const LABEL: &'static [u8; 16] = b"manyhands/fail/1";

    fn encode_fields(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.job_id.0);
        out.extend_from_slice(&self.task.to_be_bytes());
        out.extend_from_slice(&self.attempt.to_be_bytes());
        out.push(self.reason.number());
        out.extend_from_slice(&self.input_sha256.0);
        out.extend_from_slice(&self.module_sha256.0);
        encode_dissent(&self.votes, out);
    }

    fn decode_fields(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            job_id: JobId(reader.array("job_id")?),
            task: reader.u32("task")?,
            attempt: reader.u16("attempt")?,
            reason: decode_reason(reader)?,
            input_sha256: Digest(reader.array("input_sha256")?),
            module_sha256: Digest(reader.array("module_sha256")?),
            votes: decode_dissent(reader, "votes")?,
        })
    }
}

fn decode_reason(reader: &mut Reader<'_>) -> Result<FailReason, DecodeError> {
    let number = reader.u8("reason")?;
    FailReason::from_number(number)
        .ok_or_else(|| DecodeError::value("reason", number, "must be 1 or 2"))
}

impl Fail {
    /// Checks every rule that needs only the job and the task's leaf: all but the order of entries and bans.
    /// `input_sha256` is the hash of the bytes that the task reads. That `2 * trust` nodes were unable is the
    /// leader's own statement, which no vote can show.
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
        self.check_with(chain, job_id, job, input_sha256, &Strict)
    }

    /// As [`check`](Self::check), with signatures verified by `signatures`.
    ///
    /// # Errors
    /// The first [`BrokenRule`].
    pub fn check_with(
        &self,
        chain: ChainId,
        job_id: JobId,
        job: &Job,
        input_sha256: Digest,
        signatures: &impl Signatures,
    ) -> Result<(), BrokenRule> {
        let decided = Decided {
            job_id: self.job_id,
            task: self.task,
            attempt: self.attempt,
            input_sha256: self.input_sha256,
            module_sha256: self.module_sha256,
        };
        decided.check(job_id, job, input_sha256)?;
        let chosen = match self.reason {
            FailReason::NoMajority => MAX_TRUST,
            FailReason::Unable => chosen_seats(job.trust, self.attempt).unwrap_or(0),
        };
        decided.check_chosen(job.trust, chosen)?;
        decided.check_seats(self.votes.iter().map(|one| &one.vote), chosen)?;
        self.check_reason(chosen)?;
        let votes = self.votes.iter().map(|one| (&one.vote, one.outcome));
        decided.check_signatures(chain, votes, signatures)
    }

    fn check_reason(&self, chosen: u8) -> Result<(), BrokenRule> {
        let outcomes: Vec<Outcome> = self.votes.iter().map(|one| one.outcome).collect();
        match (tally(&outcomes, chosen), self.reason) {
            (Verdict::Accepted(_), _) => Err(BrokenRule::Reason(
                "more than half of the chosen agree: the task has an answer",
            )),
            (Verdict::Ask { .. }, FailReason::NoMajority) => Err(BrokenRule::Reason(
                "an outcome could still reach a majority of 15 seats",
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counted::fixture::*;

    fn fail(attempt: u16, reason: FailReason, kinds: &[u8]) -> Fail {
        let task = decided(attempt);
        Fail {
            job_id: task.job_id,
            task: task.task,
            attempt,
            reason,
            input_sha256: task.input_sha256,
            module_sha256: task.module_sha256,
            votes: votes(&task, kinds),
        }
    }

    fn check(fail: &Fail) -> Result<(), BrokenRule> {
        fail.check(CHAIN, JOB_ID, &a_job(), input())
    }

    const SPLIT: [u8; 15] = [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 2];

    #[test]
    fn a_task_fails_when_its_15_votes_leave_no_majority() {
        check(&fail(LAST_ATTEMPT, FailReason::NoMajority, &SPLIT)).unwrap();
        let already = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 3];
        check(&fail(LAST_ATTEMPT, FailReason::NoMajority, &already)).unwrap();
    }

    #[test]
    fn a_task_does_not_fail_while_a_majority_is_possible() {
        let open = fail(LAST_ATTEMPT, FailReason::NoMajority, &SPLIT[..14]);
        assert!(matches!(check(&open), Err(BrokenRule::Reason(_))));
        let none = fail(LAST_ATTEMPT, FailReason::NoMajority, &[]);
        assert!(matches!(check(&none), Err(BrokenRule::Reason(_))));
    }

    #[test]
    fn a_task_does_not_fail_for_its_votes_before_the_last_attempt() {
        let early = fail(1, FailReason::NoMajority, &[0, 1, 2]);
        let rule = BrokenRule::Chosen {
            attempt: 1,
            trust: 3,
            expected: 3,
            chosen: 15,
        };
        assert_eq!(check(&early), Err(rule));
    }

    #[test]
    fn unable_nodes_fail_a_task_in_any_attempt_but_not_against_a_majority() {
        check(&fail(1, FailReason::Unable, &[])).unwrap();
        check(&fail(2, FailReason::Unable, &[0, 0])).unwrap();
        for reason in [FailReason::Unable, FailReason::NoMajority] {
            let answered = fail(LAST_ATTEMPT, reason, &[0; 8]);
            assert!(matches!(check(&answered), Err(BrokenRule::Reason(_))));
        }
        let no_such_attempt = fail(LAST_ATTEMPT + 1, FailReason::Unable, &[]);
        assert!(matches!(
            check(&no_such_attempt),
            Err(BrokenRule::Chosen { .. })
        ));
    }

    #[test]
    fn the_rules_of_counted_votes_hold_in_a_fail() {
        let good = || fail(LAST_ATTEMPT, FailReason::NoMajority, &SPLIT);
        let broken = |change: fn(&mut Fail)| {
            let mut fail = good();
            change(&mut fail);
            check(&fail).unwrap_err()
        };
        let forged = broken(|fail| fail.votes[3].outcome = outcome(9));
        assert_eq!(forged, BrokenRule::Signature(good().votes[3].vote.node_key));
        let twice = broken(|fail| fail.votes[3].vote.seat = fail.votes[4].vote.seat);
        assert!(matches!(twice, BrokenRule::Seat { .. }));
        let twice = broken(|fail| fail.votes[3].vote.node_key = fail.votes[4].vote.node_key);
        assert!(matches!(twice, BrokenRule::Key(_)));
        let later = broken(|fail| fail.votes[3].vote.attempt = LAST_ATTEMPT + 1);
        assert!(matches!(later, BrokenRule::Attempt { .. }));
        let module = broken(|fail| fail.module_sha256 = Digest::NONE);
        assert_eq!(module, BrokenRule::Module(Digest::NONE));
        let input = broken(|fail| fail.input_sha256 = Digest::NONE);
        assert_eq!(input, BrokenRule::Input(Digest::NONE));
        let task = broken(|fail| fail.task = 3);
        assert!(matches!(task, BrokenRule::Task { .. }));
        let job = broken(|fail| fail.job_id = JobId([0; 32]));
        assert!(matches!(job, BrokenRule::Job { .. }));
    }
}
