//! Counted votes as entries list them (LEDGER.md section 2: `agree` and `dissent` of Cert, `votes` of Fail): their
//! bytes, and the rules that hold wherever they are listed.

#[cfg(test)]
pub(crate) mod fixture;

use std::collections::BTreeSet;

use crate::codec::{Canonical as _, DecodeError, Reader};
use crate::crypto::{PublicKey as _, Signatures};
use crate::ids::{ChainId, Digest, JobId, NodeKey, SeatNonce, Signature};
use crate::job::{Job, MAX_TRUST};
use crate::outcome::Outcome;
use crate::rule::BrokenRule;
use crate::vote::Vote;

/// One counted vote as an entry lists it: what the Vote has beyond the entry, and its signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatVote {
    /// Who voted.
    pub node_key: NodeKey,
    /// The attempt in which the seat was opened.
    pub attempt: u16,
    /// The seat.
    pub seat: u8,
    /// The nonce of the lending.
    pub nonce: SeatNonce,
    /// The node's signature over the Vote.
    pub signature: Signature,
}

/// A counted vote with its own outcome: one that differs from the accepted outcome, or one of a failed task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dissent {
    /// The vote.
    pub vote: SeatVote,
    /// What it said.
    pub outcome: Outcome,
}

/// Which task an entry decides: what all its votes have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decided {
    pub(crate) job_id: JobId,
    pub(crate) task: u32,
    /// The attempt that decided, from 1.
    pub(crate) attempt: u16,
    pub(crate) input_sha256: Digest,
    pub(crate) module_sha256: Digest,
}

impl Decided {
    /// The Vote that a listed seat implies.
    pub(crate) fn vote(&self, seat: &SeatVote, outcome: Outcome) -> Vote {
        Vote {
            job_id: self.job_id,
            task: self.task,
            attempt: seat.attempt,
            seat: seat.seat,
            nonce: seat.nonce,
            input_sha256: self.input_sha256,
            module_sha256: self.module_sha256,
            outcome,
            node_key: seat.node_key,
        }
    }

    /// The rules about job, task, module and input.
    pub(crate) fn check(&self, job_id: JobId, job: &Job, input: Digest) -> Result<(), BrokenRule> {
        if self.job_id != job_id {
            return Err(BrokenRule::Job { found: self.job_id });
        }
        if self.task >= job.task_count {
            return Err(BrokenRule::Task {
                task: self.task,
                task_count: job.task_count,
            });
        }
        if self.module_sha256 != job.module_sha256 {
            return Err(BrokenRule::Module(self.module_sha256));
        }
        if self.input_sha256 != input {
            return Err(BrokenRule::Input(self.input_sha256));
        }
        Ok(())
    }

    /// `chosen` must be the number of seats that the task has in the attempt that decided.
    pub(crate) fn check_chosen(&self, trust: u8, chosen: u8) -> Result<(), BrokenRule> {
        let expected = chosen_seats(trust, self.attempt);
        if expected == Some(chosen) {
            return Ok(());
        }
        Err(BrokenRule::Chosen {
            attempt: self.attempt,
            trust,
            expected: expected.unwrap_or(0),
            chosen,
        })
    }

    /// Each seat and each key once, no seat above `chosen`, no vote of a later attempt.
    pub(crate) fn check_seats<'a>(
        &self,
        votes: impl Iterator<Item = &'a SeatVote>,
        chosen: u8,
    ) -> Result<(), BrokenRule> {
        let mut seats = BTreeSet::new();
        let mut keys = BTreeSet::new();
        for vote in votes {
            if vote.seat >= chosen || !seats.insert(vote.seat) {
                return Err(BrokenRule::Seat {
                    seat: vote.seat,
                    chosen,
                });
            }
            if !keys.insert(vote.node_key) {
                return Err(BrokenRule::Key(vote.node_key));
            }
            if vote.attempt == 0 || vote.attempt > self.attempt {
                return Err(BrokenRule::Attempt {
                    vote: vote.attempt,
                    decided: self.attempt,
                });
            }
        }
        Ok(())
    }

    /// Every signature verifies over the Vote it implies.
    pub(crate) fn check_signatures<'a>(
        &self,
        chain: ChainId,
        votes: impl Iterator<Item = (&'a SeatVote, Outcome)>,
        signatures: &impl Signatures,
    ) -> Result<(), BrokenRule> {
        for (seat, outcome) in votes {
            let message = self.vote(seat, outcome).encode(chain);
            // Of a weak key nothing verifies.
            if !signatures.verify(&seat.node_key.0, &message, &seat.signature) {
                return Err(if seat.node_key.is_acceptable() {
                    BrokenRule::Signature(seat.node_key)
                } else {
                    BrokenRule::WeakKey(seat.node_key)
                });
            }
        }
        Ok(())
    }
}

/// Seats of a task of trust level `trust` in `attempt` (from 1): `trust + 2 * (attempt - 1)`, `None` above 15.
#[must_use]
pub fn chosen_seats(trust: u8, attempt: u16) -> Option<u8> {
    let extra = attempt.checked_sub(1)?.checked_mul(2)?;
    let chosen = u16::from(trust).checked_add(extra)?;
    u8::try_from(chosen)
        .ok()
        .filter(|chosen| *chosen <= MAX_TRUST)
}

fn encode_seat(vote: &SeatVote, outcome: Option<&Outcome>, out: &mut Vec<u8>) {
    out.extend_from_slice(&vote.node_key.0);
    out.extend_from_slice(&vote.attempt.to_be_bytes());
    out.push(vote.seat);
    out.extend_from_slice(&vote.nonce.0);
    if let Some(outcome) = outcome {
        outcome.encode(out);
    }
    out.extend_from_slice(&vote.signature.0);
}

fn decode_seat<T>(
    reader: &mut Reader<'_>,
    outcome: impl FnOnce(&mut Reader<'_>) -> Result<T, DecodeError>,
) -> Result<(SeatVote, T), DecodeError> {
    let node_key = NodeKey(reader.array("node_key")?);
    let attempt = reader.u16("attempt")?;
    let seat = reader.u8("seat")?;
    let nonce = SeatNonce(reader.array("nonce")?);
    let outcome = outcome(reader)?;
    let vote = SeatVote {
        node_key,
        attempt,
        seat,
        nonce,
        signature: Signature(reader.array("signature")?),
    };
    Ok((vote, outcome))
}

/// Appends the number of items of a list.
pub(crate) fn put_count(out: &mut Vec<u8>, count: usize) {
    out.push(u8::try_from(count).expect("a task has at most 15 seats"));
}

/// Appends an `agree` list.
pub(crate) fn encode_agree(agree: &[SeatVote], out: &mut Vec<u8>) {
    put_count(out, agree.len());
    for vote in agree {
        encode_seat(vote, None, out);
    }
}

/// Reads an `agree` list: strictly ascending node keys.
pub(crate) fn decode_agree(reader: &mut Reader<'_>) -> Result<Vec<SeatVote>, DecodeError> {
    let agree = (0..reader.u8("agree")?)
        .map(|_| decode_seat(reader, |_| Ok(())).map(|(vote, ())| vote))
        .collect::<Result<Vec<_>, _>>()?;
    check_sorted(agree.iter(), "agree")?;
    Ok(agree)
}

/// Appends a list of votes with outcomes: `dissent` of a Cert, `votes` of a Fail.
pub(crate) fn encode_dissent(dissent: &[Dissent], out: &mut Vec<u8>) {
    put_count(out, dissent.len());
    for one in dissent {
        encode_seat(&one.vote, Some(&one.outcome), out);
    }
}

/// Reads a list of votes with outcomes: strictly ascending node keys.
pub(crate) fn decode_dissent(
    reader: &mut Reader<'_>,
    field: &'static str,
) -> Result<Vec<Dissent>, DecodeError> {
    let dissent = (0..reader.u8(field)?)
        .map(|_| {
            let (vote, outcome) = decode_seat(reader, Outcome::decode)?;
            Ok(Dissent { vote, outcome })
        })
        .collect::<Result<Vec<_>, DecodeError>>()?;
    check_sorted(dissent.iter().map(|one| &one.vote), field)?;
    Ok(dissent)
}

fn check_sorted<'a>(
    votes: impl Iterator<Item = &'a SeatVote>,
    field: &'static str,
) -> Result<(), DecodeError> {
    let keys: Vec<NodeKey> = votes.map(|vote| vote.node_key).collect();
    let unsorted = keys.iter().zip(keys.iter().skip(1));
    match unsorted.clone().find(|(left, right)| left >= right) {
        Some((_, key)) => Err(DecodeError::value(
            field,
            key,
            "votes must be sorted by node_key, each key once",
        )),
        None => Ok(()),
    }
}
