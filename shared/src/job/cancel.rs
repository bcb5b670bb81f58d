//! The submitter's signed wish to cancel a job.

use super::SignedError;
use super::signed::{read_signed, sign_structure};
use crate::codec::{Canonical, DecodeError, Reader};
use crate::crypto::{PublicKey as _, SecretKey};
use crate::ids::{ChainId, JobId, SubmitterKey, UnixMs};

/// The submitter's signed wish to cancel a job (LEDGER.md section 2, Done, `cancel`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancel {
    /// The job.
    pub job_id: JobId,
    /// When it was signed.
    pub time_ms: UnixMs,
}

impl Canonical for Cancel {
    const LABEL: &'static [u8; 16] = b"manyhands/cncl/1";

    fn encode_fields(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.job_id.0);
        out.extend_from_slice(&self.time_ms.0.to_be_bytes());
    }

    fn decode_fields(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            job_id: JobId(reader.array("job_id")?),
            time_ms: reader.time("time_ms")?,
        })
    }
}

impl Cancel {
    /// The cancel's bytes and signature, as the Done entry carries them.
    #[must_use]
    pub fn sign(&self, chain: ChainId, key: &SecretKey) -> Vec<u8> {
        sign_structure(self, chain, key)
    }

    /// Reads a signed cancel of `chain` by `key`.
    ///
    /// # Errors
    /// See [`SignedError`].
    pub fn decode_signed(
        chain: ChainId,
        key: SubmitterKey,
        bytes: &[u8],
    ) -> Result<Self, SignedError> {
        let (cancel, body, signature) = read_signed::<Self>(chain, bytes)?;
        if !key.verifies(body, &signature) {
            return Err(SignedError::BadSignature);
        }
        Ok(cancel)
    }
}
