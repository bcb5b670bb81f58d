//! A node's signed statement about one task: the Vote of LEDGER.md section 2.

use crate::codec::{Canonical, DecodeError, Reader};
use crate::ids::{ChainId, Digest, JobId, NodeKey, SeatNonce};
use crate::outcome::Outcome;

/// The seat of a referee's vote, which is no seat of the task.
pub const REFEREE_SEAT: u8 = 255;

/// Label of a referee's vote.
const REFEREE_LABEL: &[u8; 16] = b"manyhands/refe/1";

/// What a node signs for one lending of a seat. The signature travels beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vote {
    /// The job.
    pub job_id: JobId,
    /// The task's index in the job.
    pub task: u32,
    /// The attempt in which the seat was opened, from 1.
    pub attempt: u16,
    /// The seat, below `trust + 2 * (attempt - 1)`.
    pub seat: u8,
    /// The nonce of this lending of the seat.
    pub nonce: SeatNonce,
    /// SHA-256 of the bytes that the guest read.
    pub input_sha256: Digest,
    /// The job's module.
    pub module_sha256: Digest,
    /// What the run came to.
    pub outcome: Outcome,
    /// Who ran it.
    pub node_key: NodeKey,
}

impl Canonical for Vote {
    const LABEL: &'static [u8; 16] = b"manyhands/vote/1";

    fn encode_fields(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.job_id.0);
        out.extend_from_slice(&self.task.to_be_bytes());
        out.extend_from_slice(&self.attempt.to_be_bytes());
        out.push(self.seat);
        out.extend_from_slice(&self.nonce.0);
        out.extend_from_slice(&self.input_sha256.0);
        out.extend_from_slice(&self.module_sha256.0);
        self.outcome.encode(out);
        out.extend_from_slice(&self.node_key.0);
    }

    fn decode_fields(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            job_id: JobId(reader.array("job_id")?),
            task: reader.u32("task")?,
            attempt: reader.u16("attempt")?,
            seat: reader.u8("seat")?,
            nonce: SeatNonce(reader.array("nonce")?),
            input_sha256: Digest(reader.array("input_sha256")?),
            module_sha256: Digest(reader.array("module_sha256")?),
            outcome: Outcome::decode(reader)?,
            node_key: NodeKey(reader.array("node_key")?),
        })
    }
}

impl Vote {
    /// The bytes that a referee signs: the same fields behind the label `manyhands/refe/1`, so that no vote of a node
    /// passes for a referee's.
    #[must_use]
    pub fn encode_for_referee(&self, chain: ChainId) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        out.extend_from_slice(REFEREE_LABEL);
        out.extend_from_slice(&chain.0);
        self.encode_fields(&mut out);
        out
    }

    /// Reads the bytes that a referee signs.
    ///
    /// # Errors
    /// When they are not the canonical encoding.
    pub fn decode_for_referee(bytes: &[u8]) -> Result<(ChainId, Self), DecodeError> {
        let mut reader = Reader::new(bytes);
        if &reader.array::<16>("label")? != REFEREE_LABEL {
            let expected = String::from_utf8_lossy(REFEREE_LABEL).into_owned();
            return Err(DecodeError::Label { expected });
        }
        let chain = ChainId(reader.array("chain_id")?);
        let vote = Self::decode_fields(&mut reader)?;
        reader.finish()?;
        Ok((chain, vote))
    }
}
