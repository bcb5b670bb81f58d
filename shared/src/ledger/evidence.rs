//! Two statements that cannot both be honest (LEDGER.md section 2, Evid).

use crate::codec::{Canonical, DecodeError, Reader, put_var16};

/// Most bytes of one statement with its signature.
pub const MAX_STATEMENT_BYTES: usize = 16_384;

/// What the two statements are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum EvidenceKind {
    /// Two Votes with one nonce.
    DoubleVote = 1,
    /// Two Headers of one height and epoch.
    DoubleHeader = 2,
    /// A Vote, and the Cert or the referee's vote that refutes it.
    RefutedVote = 3,
    /// Two checkpoints of one size.
    DoubleCheckpoint = 4,
}

/// Two statements that cannot both be honest, each with its signature behind it. A Cert stands without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// What they are.
    pub kind: EvidenceKind,
    /// The first statement.
    pub first: Vec<u8>,
    /// The second statement.
    pub second: Vec<u8>,
}

impl Canonical for Evidence {
    const LABEL: &'static [u8; 16] = b"manyhands/evid/1";

    fn encode_fields(&self, out: &mut Vec<u8>) {
        out.push(self.kind as u8);
        put_var16(out, &self.first);
        put_var16(out, &self.second);
    }

    fn decode_fields(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let kind = match reader.u8("kind")? {
            1 => EvidenceKind::DoubleVote,
            2 => EvidenceKind::DoubleHeader,
            3 => EvidenceKind::RefutedVote,
            4 => EvidenceKind::DoubleCheckpoint,
            other => return Err(DecodeError::value("kind", other, "must be 1 to 4")),
        };
        Ok(Self {
            kind,
            first: statement(reader, "first")?,
            second: statement(reader, "second")?,
        })
    }
}

fn statement(reader: &mut Reader<'_>, field: &'static str) -> Result<Vec<u8>, DecodeError> {
    let bytes = reader.var16(field)?;
    if bytes.len() > MAX_STATEMENT_BYTES {
        return Err(DecodeError::value(
            field,
            format!("{} bytes", bytes.len()),
            "at most 16,384 bytes",
        ));
    }
    Ok(bytes.to_vec())
}
