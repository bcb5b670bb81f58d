//! One task and signed votes for it, for the tests of Cert and Fail.

use super::{Decided, Dissent, SeatVote};
use crate::codec::Canonical as _;
use crate::crypto::SecretKey;
use crate::ids::{ChainId, Digest, JobId, SeatNonce};
use crate::job::Job;
use crate::job::tests::job;
use crate::outcome::Outcome;

pub(crate) const CHAIN: ChainId = ChainId([9; 32]);
pub(crate) const JOB_ID: JobId = JobId([8; 32]);
/// Attempts of trust 3 end with this one, of 15 seats.
pub(crate) const LAST_ATTEMPT: u16 = 7;

/// Trust 3, three tasks, a referee allowed.
pub(crate) fn a_job() -> Job {
    job()
}

pub(crate) fn input() -> Digest {
    Digest::of(b"input")
}

pub(crate) fn node(number: u8) -> SecretKey {
    SecretKey::from_seed(&[number; 32])
}

pub(crate) fn outcome(kind: u8) -> Outcome {
    Outcome::ok(&[kind], 5)
}

pub(crate) fn decided(attempt: u16) -> Decided {
    Decided {
        job_id: JOB_ID,
        task: 1,
        attempt,
        input_sha256: input(),
        module_sha256: a_job().module_sha256,
    }
}

/// A vote as `decided` implies it, signed by `signer`.
pub(crate) fn signed(
    decided: &Decided,
    signer: &SecretKey,
    (attempt, seat): (u16, u8),
    outcome: Outcome,
) -> Dissent {
    let mut vote = SeatVote {
        node_key: signer.node_key(),
        attempt,
        seat,
        nonce: SeatNonce([seat; 16]),
        signature: signer.sign(b""),
    };
    vote.signature = signer.sign(&decided.vote(&vote, outcome).encode(CHAIN));
    Dissent { vote, outcome }
}

/// Votes of attempt 1: node and seat i give `kinds[i]`. Sorted by node key.
pub(crate) fn votes(decided: &Decided, kinds: &[u8]) -> Vec<Dissent> {
    let mut votes: Vec<_> = (0u8..)
        .zip(kinds)
        .map(|(seat, kind)| signed(decided, &node(seat), (1, seat), outcome(*kind)))
        .collect();
    votes.sort_by_key(|one| one.vote.node_key);
    votes
}
