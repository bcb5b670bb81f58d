//! A storage node's answer to APPEND: the block is accepted at this ballot (LEDGER.md section 5).

use crate::codec::{Canonical, DecodeError, Reader};
use crate::crypto::{PublicKey as _, SecretKey};
use crate::ids::{AckKey, ChainId, Digest};
use crate::job::{SignedError, read_signed, sign_structure};

/// What a storage node signs once a block is on its disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ack {
    /// The sending leader's epoch.
    pub ballot: u64,
    /// The block.
    pub height: u64,
    /// Hash of the block's header.
    pub header_hash: Digest,
    /// Who answers.
    pub ack_key: AckKey,
}

impl Canonical for Ack {
    const LABEL: &'static [u8; 16] = b"manyhands/acks/1";

    fn encode_fields(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.ballot.to_be_bytes());
        out.extend_from_slice(&self.height.to_be_bytes());
        out.extend_from_slice(&self.header_hash.0);
        out.extend_from_slice(&self.ack_key.0);
    }

    fn decode_fields(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            ballot: reader.u64("ballot")?,
            height: reader.u64("height")?,
            header_hash: Digest(reader.array("header_hash")?),
            ack_key: AckKey(reader.array("ack_key")?),
        })
    }
}

impl Ack {
    /// The ack's bytes and the storage node's signature.
    #[must_use]
    pub fn sign(&self, chain: ChainId, key: &SecretKey) -> Vec<u8> {
        sign_structure(self, chain, key)
    }

    /// Reads a signed ack of ledger `chain` and verifies its signature by the key that it names.
    ///
    /// # Errors
    /// See [`SignedError`].
    pub fn decode_signed(chain: ChainId, bytes: &[u8]) -> Result<Self, SignedError> {
        let (ack, body, signature) = read_signed::<Self>(chain, bytes)?;
        if !ack.ack_key.verifies(body, &signature) {
            return Err(SignedError::BadSignature);
        }
        Ok(ack)
    }
}
