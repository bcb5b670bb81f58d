//! Signed answers of storage nodes: LEDGER.md's Answer structure and the header that carries its signature.

use crate::codec::{Canonical, DecodeError, Reader};
use crate::crypto::{PublicKey, SecretKey};
use crate::ids::{ChainId, Digest, RequestNonce, Signature};

/// Name of the header, in lower case as HTTP/2 wants it.
pub const HEADER: &str = "manyhands-answer";

/// What the one who answers signs: which request it was, and what was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The nonce of the signed request.
    pub request_nonce: RequestNonce,
    /// HTTP status.
    pub status: u16,
    /// SHA-256 of the answer's body, of nothing when there is none.
    pub body_sha256: Digest,
}

impl Canonical for Answer {
    const LABEL: &'static [u8; 16] = b"manyhands/answ/1";

    fn encode_fields(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.request_nonce.0);
        out.extend_from_slice(&self.status.to_be_bytes());
        out.extend_from_slice(&self.body_sha256.0);
    }

    fn decode_fields(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            request_nonce: RequestNonce(reader.array("request_nonce")?),
            status: reader.u16("status")?,
            body_sha256: Digest(reader.array("body_sha256")?),
        })
    }
}

/// Why an answer does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// The header is missing or is not 128 hexadecimal digits.
    #[error("the answer has no {HEADER} header of 128 hexadecimal digits")]
    Malformed,
    /// The signature does not verify.
    #[error(
        "the answer is not signed by the key that was asked (request, status and body are signed)"
    )]
    BadSignature,
}

impl Answer {
    /// Signs the answer; the result is the header's value.
    #[must_use]
    pub fn sign(&self, chain: ChainId, key: &SecretKey) -> String {
        key.sign(&self.encode(chain)).to_string()
    }

    /// Checks the header's value against the key that was asked.
    ///
    /// # Errors
    /// See [`AnswerError`].
    pub fn verify(
        &self,
        chain: ChainId,
        key: &impl PublicKey,
        header: &str,
    ) -> Result<(), AnswerError> {
        let signature: Signature = header.parse().map_err(|_| AnswerError::Malformed)?;
        if key.verifies(&self.encode(chain), &signature) {
            Ok(())
        } else {
            Err(AnswerError::BadSignature)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAIN: ChainId = ChainId([9; 32]);

    #[test]
    fn request_status_body_and_ledger_are_signed() {
        let key = SecretKey::from_seed(&[1; 32]);
        let answer = Answer {
            request_nonce: RequestNonce([5; 16]),
            status: 200,
            body_sha256: Digest::of(b"body"),
        };
        let header = answer.sign(CHAIN, &key);
        let public = key.leader_key();
        assert_eq!(answer.verify(CHAIN, &public, &header), Ok(()));
        let status = Answer {
            status: 409,
            ..answer
        };
        let body = Answer {
            body_sha256: Digest::of(b""),
            ..answer
        };
        let request = Answer {
            request_nonce: RequestNonce([6; 16]),
            ..answer
        };
        for other in [status, body, request] {
            let refused = other.verify(CHAIN, &public, &header);
            assert_eq!(refused, Err(AnswerError::BadSignature));
        }
        assert!(answer.verify(ChainId([8; 32]), &public, &header).is_err());
        let other_key = SecretKey::from_seed(&[2; 32]).leader_key();
        assert!(answer.verify(CHAIN, &other_key, &header).is_err());
        assert_eq!(
            answer.verify(CHAIN, &public, "00"),
            Err(AnswerError::Malformed)
        );
    }
}
