//! Who keeps the ledger (LEDGER.md section 2, Policy): the leader's key, the storage nodes' keys and their quorum.

use crate::codec::{Canonical, DecodeError, Reader, put_var8, put_var16};
use crate::ids::{AckKey, ChainId, Digest, LeaderKey, NodeKey};

/// Most bytes of the policy's text.
pub const MAX_TEXT_BYTES: usize = 32_768;

/// A storage node's key for acknowledging, by the name that it has in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AckMember {
    /// The witness's name in the text.
    pub name: String,
    /// Its key for acknowledging blocks and signing requests.
    pub ack_key: AckKey,
}

/// Who keeps the ledger from the next block on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyEntry {
    /// 0 in block 0, then one more each time.
    pub version: u32,
    /// Signs headers and requests.
    pub leader_key: LeaderKey,
    /// Signs the referee's votes, where there is one.
    pub referee_key: Option<NodeKey>,
    /// The storage nodes, in the order of the text.
    pub ack: Vec<AckMember>,
    /// A tlog-policy file: the log's key, the storage nodes' cosigning keys, their quorum.
    pub text: String,
}

impl Canonical for PolicyEntry {
    const LABEL: &'static [u8; 16] = b"manyhands/poli/1";

    fn encode_fields(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.version.to_be_bytes());
        out.extend_from_slice(&self.leader_key.0);
        out.extend_from_slice(&self.referee_key.map_or([0; 32], |key| key.0));
        out.push(u8::try_from(self.ack.len()).expect("constructors take at most 255 members"));
        for member in &self.ack {
            put_var8(out, member.name.as_bytes());
            out.extend_from_slice(&member.ack_key.0);
        }
        put_var16(out, self.text.as_bytes());
    }

    fn decode_fields(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let version = reader.u32("version")?;
        let leader_key = LeaderKey(reader.array("leader_key")?);
        let referee: [u8; 32] = reader.array("referee_key")?;
        let ack = (0..reader.u8("ack")?)
            .map(|_| {
                Ok(AckMember {
                    name: reader.text8("ack name")?,
                    ack_key: AckKey(reader.array("ack_key")?),
                })
            })
            .collect::<Result<Vec<_>, DecodeError>>()?;
        let text = reader.var16("text")?;
        if text.len() > MAX_TEXT_BYTES {
            let found = format!("{} bytes", text.len());
            return Err(DecodeError::value("text", found, "at most 32,768 bytes"));
        }
        let text = String::from_utf8(text.to_vec())
            .map_err(|_| DecodeError::value("text", "not UTF-8", "must be UTF-8 text"))?;
        Ok(Self {
            version,
            leader_key,
            referee_key: (referee != [0; 32]).then_some(NodeKey(referee)),
            ack,
            text,
        })
    }
}

impl PolicyEntry {
    /// SHA-256 of the entry: what headers and approvals name.
    #[must_use]
    pub fn sha256(&self, chain: ChainId) -> Digest {
        Digest::of(&self.encode(chain))
    }

    /// The storage node that has this key.
    #[must_use]
    pub fn member(&self, key: AckKey) -> Option<&AckMember> {
        self.ack.iter().find(|member| member.ack_key == key)
    }
}
