//! The certificate: the votes that accepted a task (LEDGER.md section 2, Cert).

mod check;
#[cfg(test)]
mod tests;

use crate::codec::{Canonical, DecodeError, Reader};
use crate::counted::{decode_agree, decode_dissent, encode_agree, encode_dissent, put_count};
use crate::ids::{Digest, JobId, SeatNonce, Signature};
use crate::outcome::Outcome;

pub use crate::counted::{Dissent, SeatVote, chosen_seats};
pub use crate::rule::BrokenRule;

/// Bits of [`Cert::relaxed`]: which always-rules of TRUST.md section 3 did not hold. The leader's own statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Relaxed(u8);

impl Relaxed {
    /// One network holds two seats.
    pub const NETWORK: Self = Self(1);
    /// A majority of unproven nodes.
    pub const UNPROVEN: Self = Self(2);
    /// Settled by the referee.
    pub const REFEREE: Self = Self(4);

    /// No rule was relaxed.
    pub const NONE: Self = Self(0);

    /// From the byte; `None` when an unknown bit is set.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if bits & !7 == 0 {
            Some(Self(bits))
        } else {
            None
        }
    }

    /// The byte.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Both together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every bit of `other` is set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// The referee's vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefereeVote {
    /// Nonce of its Vote (seat 255).
    pub nonce: SeatNonce,
    /// Signature by the policy's referee key.
    pub signature: Signature,
}

/// The votes that accepted a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cert {
    /// The job.
    pub job_id: JobId,
    /// The task.
    pub task: u32,
    /// The attempt that decided, from 1.
    pub attempt: u16,
    /// Seats of the task: `trust + 2 * (attempt - 1)`, at most 15.
    pub chosen: u8,
    /// Which always-rules did not hold.
    pub relaxed: Relaxed,
    /// SHA-256 of the task's input.
    pub input_sha256: Digest,
    /// The job's module.
    pub module_sha256: Digest,
    /// The accepted outcome.
    pub outcome: Outcome,
    /// Votes for it, sorted by node key.
    pub agree: Vec<SeatVote>,
    /// Counted votes against it, sorted by node key.
    pub dissent: Vec<Dissent>,
    /// The referee's vote, where one settled the task.
    pub referee: Option<RefereeVote>,
}

impl Canonical for Cert {
    const LABEL: &'static [u8; 16] = b"manyhands/cert/1";

    fn encode_fields(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.job_id.0);
        out.extend_from_slice(&self.task.to_be_bytes());
        out.extend_from_slice(&self.attempt.to_be_bytes());
        out.push(self.chosen);
        out.push(self.relaxed.bits());
        out.extend_from_slice(&self.input_sha256.0);
        out.extend_from_slice(&self.module_sha256.0);
        self.outcome.encode(out);
        encode_agree(&self.agree, out);
        encode_dissent(&self.dissent, out);
        put_count(out, usize::from(self.referee.is_some()));
        if let Some(referee) = &self.referee {
            out.extend_from_slice(&referee.nonce.0);
            out.extend_from_slice(&referee.signature.0);
        }
    }

    fn decode_fields(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let job_id = JobId(reader.array("job_id")?);
        let task = reader.u32("task")?;
        let attempt = reader.u16("attempt")?;
        let chosen = reader.u8("chosen")?;
        let bits = reader.u8("relaxed")?;
        let relaxed = Relaxed::from_bits(bits)
            .ok_or_else(|| DecodeError::value("relaxed", bits, "only bits 0 to 2 are known"))?;
        let input_sha256 = Digest(reader.array("input_sha256")?);
        let module_sha256 = Digest(reader.array("module_sha256")?);
        let outcome = Outcome::decode(reader)?;
        let agree = decode_agree(reader)?;
        let dissent = decode_dissent(reader, "dissent")?;
        let referee = match reader.u8("referee")? {
            0 => None,
            1 => Some(RefereeVote {
                nonce: SeatNonce(reader.array("referee nonce")?),
                signature: Signature(reader.array("referee signature")?),
            }),
            other => return Err(DecodeError::value("referee", other, "must be 0 or 1")),
        };
        Ok(Self {
            job_id,
            task,
            attempt,
            chosen,
            relaxed,
            input_sha256,
            module_sha256,
            outcome,
            agree,
            dissent,
            referee,
        })
    }
}
