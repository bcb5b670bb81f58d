//! The header of a block (LEDGER.md section 2, Header): the last entry of its block.

use crate::codec::{Canonical, DecodeError, Reader};
use crate::crypto::{PublicKey as _, SecretKey};
use crate::ids::{ChainId, Digest, LeaderKey, UnixMs};
use crate::job::{SignedError, read_signed, sign_structure};

/// What the leader says of one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Number of the block, from 0.
    pub height: u64,
    /// The leader's epoch in which these bytes were made.
    pub epoch: u64,
    /// Index of the block's first entry in the log.
    pub first_index: u64,
    /// Entries in the block, this header not counted.
    pub count: u32,
    /// Hash of the header before; zero in block 0.
    pub prev_header_hash: Digest,
    /// Tree hash of the block's entries.
    pub body_root: Digest,
    /// Tree hash of the whole log up to this block's entries, this header not among them.
    pub log_root: Digest,
    /// SHA-256 of the Policy entry in force when the block is made.
    pub policy_sha256: Digest,
    /// When the block was made; later than the block before.
    pub time_ms: UnixMs,
    /// Who made it.
    pub leader_key: LeaderKey,
}

impl Canonical for Header {
    const LABEL: &'static [u8; 16] = b"manyhands/head/1";

    fn encode_fields(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.height.to_be_bytes());
        out.extend_from_slice(&self.epoch.to_be_bytes());
        out.extend_from_slice(&self.first_index.to_be_bytes());
        out.extend_from_slice(&self.count.to_be_bytes());
        out.extend_from_slice(&self.prev_header_hash.0);
        out.extend_from_slice(&self.body_root.0);
        out.extend_from_slice(&self.log_root.0);
        out.extend_from_slice(&self.policy_sha256.0);
        out.extend_from_slice(&self.time_ms.0.to_be_bytes());
        out.extend_from_slice(&self.leader_key.0);
    }

    fn decode_fields(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let header = Self {
            height: reader.u64("height")?,
            epoch: reader.u64("epoch")?,
            first_index: reader.u64("first_index")?,
            count: reader.u32("count")?,
            prev_header_hash: Digest(reader.array("prev_header_hash")?),
            body_root: Digest(reader.array("body_root")?),
            log_root: Digest(reader.array("log_root")?),
            policy_sha256: Digest(reader.array("policy_sha256")?),
            time_ms: reader.time("time_ms")?,
            leader_key: LeaderKey(reader.array("leader_key")?),
        };
        let end = header.first_index.checked_add(u64::from(header.count));
        match end.and_then(|end| end.checked_add(1)) {
            Some(_) => Ok(header),
            None => Err(DecodeError::value(
                "first_index",
                header.first_index,
                "first_index + count + 1 must fit 64 bits",
            )),
        }
    }
}

impl Header {
    /// Size of the log with this block: the block's entries and this header are in it.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.index().saturating_add(1)
    }

    /// Index of this header in the log.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.first_index.saturating_add(self.count as u64)
    }

    /// SHA-256 of the header without its signature.
    #[must_use]
    pub fn hash(&self, chain: ChainId) -> Digest {
        Digest::of(&self.encode(chain))
    }

    /// The entry's bytes: the header, then the leader's signature.
    #[must_use]
    pub fn sign(&self, chain: ChainId, leader: &SecretKey) -> Vec<u8> {
        sign_structure(self, chain, leader)
    }

    /// Reads a signed header of ledger `chain` and verifies its signature by the key that it names.
    ///
    /// # Errors
    /// See [`SignedError`].
    pub fn decode_signed(chain: ChainId, bytes: &[u8]) -> Result<Self, SignedError> {
        let (header, body, signature) = read_signed::<Self>(chain, bytes)?;
        if !header.leader_key.verifies(body, &signature) {
            return Err(SignedError::BadSignature);
        }
        Ok(header)
    }
}
