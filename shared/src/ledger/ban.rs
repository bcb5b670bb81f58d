//! A node that may not vote, or may again (LEDGER.md section 2, Ban).

use crate::codec::{Canonical, DecodeError, Reader, put_var8};
use crate::ids::{NodeKey, UnixMs};

/// `evidence_index` of a Ban without evidence on the ledger.
const NO_EVIDENCE: u64 = u64::MAX;

/// A node that may not vote, or may again; the newest one counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban {
    /// The node.
    pub node_key: NodeKey,
    /// Whether it is banned.
    pub banned: bool,
    /// Until when; `None` for ever.
    pub until_ms: Option<UnixMs>,
    /// Index of the entry that shows why.
    pub evidence_index: Option<u64>,
    /// Why, in words.
    pub reason: String,
}

impl Ban {
    /// Whether the node may vote in a block of this time.
    #[must_use]
    pub fn allows_at(&self, block_time: UnixMs) -> bool {
        !self.banned || self.until_ms.is_some_and(|until| until <= block_time)
    }
}

impl Canonical for Ban {
    const LABEL: &'static [u8; 16] = b"manyhands/bans/1";

    fn encode_fields(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.node_key.0);
        out.push(u8::from(self.banned));
        out.extend_from_slice(&self.until_ms.unwrap_or_default().0.to_be_bytes());
        let index = self.evidence_index.unwrap_or(NO_EVIDENCE);
        out.extend_from_slice(&index.to_be_bytes());
        put_var8(out, self.reason.as_bytes());
    }

    fn decode_fields(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let node_key = NodeKey(reader.array("node_key")?);
        let banned = match reader.u8("banned")? {
            0 => false,
            1 => true,
            other => return Err(DecodeError::value("banned", other, "must be 0 or 1")),
        };
        let until_ms = reader.time("until_ms")?;
        let index = reader.u64("evidence_index")?;
        Ok(Self {
            node_key,
            banned,
            until_ms: (until_ms.0 != 0).then_some(until_ms),
            evidence_index: (index != NO_EVIDENCE).then_some(index),
            reason: reader.text8("reason")?,
        })
    }
}
