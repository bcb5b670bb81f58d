//! A job with its submitter's signature: the entry's bytes.

use super::{Job, MAX_JOB_BYTES};
use crate::codec::{Canonical, DecodeError};
use crate::crypto::{PublicKey as _, SecretKey};
use crate::ids::{ChainId, Digest, JobId, Signature};

impl Job {
    /// Signs the job.
    ///
    /// # Errors
    /// When [`Job::check`] refuses it, the key is not `submitter_key`, or it is larger than 32 KiB.
    pub fn sign(self, chain: ChainId, key: &SecretKey) -> Result<SignedJob, DecodeError> {
        self.check()?;
        if key.submitter_key() != self.submitter_key {
            return Err(DecodeError::value(
                "submitter_key",
                self.submitter_key,
                "must be the signer's key",
            ));
        }
        let bytes = self.encode(chain);
        check_size(bytes.len() + Signature::LEN)?;
        Ok(SignedJob {
            chain,
            job: self,
            signature: key.sign(&bytes),
        })
    }
}

fn check_size(len: usize) -> Result<(), DecodeError> {
    if len > MAX_JOB_BYTES {
        let found = format!("{len} bytes");
        return Err(DecodeError::value(
            "job",
            found,
            "at most 32 KiB with its signature",
        ));
    }
    Ok(())
}

/// A job with its submitter's signature; it verifies, by construction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedJob {
    chain: ChainId,
    job: Job,
    signature: Signature,
}

/// Why bytes are not a signed job.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignedError {
    /// Not the canonical encoding, or a rule is broken.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// Signed for another ledger.
    #[error("it is signed for another ledger (its chain_id is {found})")]
    Chain {
        /// The chain id in the bytes.
        found: ChainId,
    },
    /// The key may not sign.
    #[error("the key is weak or not an Ed25519 public key")]
    WeakKey,
    /// The signature does not verify.
    #[error("the signature does not verify")]
    BadSignature,
}

/// The bytes of a structure, then the signature over them.
pub(crate) fn sign_structure<T: Canonical>(value: &T, chain: ChainId, key: &SecretKey) -> Vec<u8> {
    let mut bytes = value.encode(chain);
    let signature = key.sign(&bytes);
    bytes.extend_from_slice(&signature.0);
    bytes
}

/// Reads `structure || signature[64]` of ledger `chain`: the structure, the bytes that are signed, the signature, which is
/// left to the caller, who knows whose it must be.
pub(crate) fn read_signed<T: Canonical>(
    chain: ChainId,
    bytes: &[u8],
) -> Result<(T, &[u8], Signature), SignedError> {
    let (body, signature) = split_signature(bytes)?;
    let (found, value) = T::decode(body)?;
    if found != chain {
        return Err(SignedError::Chain { found });
    }
    Ok((value, body, signature))
}

/// Splits `bytes || signature[64]`.
fn split_signature(bytes: &[u8]) -> Result<(&[u8], Signature), DecodeError> {
    let (body, signature) = bytes
        .split_last_chunk::<64>()
        .ok_or(DecodeError::Truncated {
            at: 0,
            field: "signature",
        })?;
    Ok((body, Signature(*signature)))
}

impl SignedJob {
    /// Reads a signed job of ledger `chain` and verifies its signature.
    ///
    /// # Errors
    /// See [`SignedError`].
    pub fn decode(chain: ChainId, bytes: &[u8]) -> Result<Self, SignedError> {
        check_size(bytes.len())?;
        let (job, body, signature) = read_signed::<Job>(chain, bytes)?;
        if !job.submitter_key.is_acceptable() {
            return Err(SignedError::WeakKey);
        }
        if !job.submitter_key.verifies(body, &signature) {
            return Err(SignedError::BadSignature);
        }
        Ok(Self {
            chain,
            job,
            signature,
        })
    }

    /// The entry's bytes: the job, then the signature.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.job.encode(self.chain);
        bytes.extend_from_slice(&self.signature.0);
        bytes
    }

    /// SHA-256 of the job without its signature.
    #[must_use]
    pub fn id(&self) -> JobId {
        JobId(Digest::of(&self.job.encode(self.chain)).0)
    }

    /// The job.
    #[must_use]
    pub const fn job(&self) -> &Job {
        &self.job
    }

    /// The ledger it is signed for.
    #[must_use]
    pub const fn chain(&self) -> ChainId {
        self.chain
    }
}
