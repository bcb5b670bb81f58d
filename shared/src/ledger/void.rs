//! A Cert that does not count any more (LEDGER.md section 2, Void).

use crate::codec::{Canonical, DecodeError, Reader};
use crate::counted::{Dissent, decode_dissent, encode_dissent, put_count};
use crate::ids::{SeatNonce, Signature};
use crate::outcome::Outcome;

/// Why a Cert is void.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum VoidReason {
    /// The referee ran the task in a dispute.
    Referee = 1,
    /// An audit ran the task again.
    Audit = 2,
}

/// The referee's own run of the task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefereeOutcome {
    /// Nonce of its Vote (seat 255).
    pub nonce: SeatNonce,
    /// What it came to.
    pub outcome: Outcome,
    /// Signature by the policy's referee key.
    pub signature: Signature,
}

/// A Cert that does not count any more. Job, task, attempt, input and module are the Cert's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Void {
    /// Index of the Cert in the log.
    pub cert_index: u64,
    /// Why.
    pub reason: VoidReason,
    /// Votes on the task that speak against the Cert, sorted by node key.
    pub votes: Vec<Dissent>,
    /// The referee's run.
    pub referee: Option<RefereeOutcome>,
}

impl Canonical for Void {
    const LABEL: &'static [u8; 16] = b"manyhands/void/1";

    fn encode_fields(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.cert_index.to_be_bytes());
        out.push(self.reason as u8);
        encode_dissent(&self.votes, out);
        put_count(out, usize::from(self.referee.is_some()));
        if let Some(referee) = &self.referee {
            out.extend_from_slice(&referee.nonce.0);
            referee.outcome.encode(out);
            out.extend_from_slice(&referee.signature.0);
        }
    }

    fn decode_fields(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let cert_index = reader.u64("cert_index")?;
        let reason = match reader.u8("reason")? {
            1 => VoidReason::Referee,
            2 => VoidReason::Audit,
            other => return Err(DecodeError::value("reason", other, "must be 1 or 2")),
        };
        let votes = decode_dissent(reader, "votes")?;
        let referee = match reader.u8("referee")? {
            0 => None,
            1 => Some(RefereeOutcome {
                nonce: SeatNonce(reader.array("referee nonce")?),
                outcome: Outcome::decode(reader)?,
                signature: Signature(reader.array("referee signature")?),
            }),
            other => return Err(DecodeError::value("referee", other, "must be 0 or 1")),
        };
        Ok(Self {
            cert_index,
            reason,
            votes,
            referee,
        })
    }
}
