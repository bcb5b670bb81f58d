//! A program version that takes no new jobs (LEDGER.md section 2, Withdraw).

use crate::codec::{Canonical, DecodeError, Reader, put_var8};
use crate::crypto::SecretKey;
use crate::ids::{ChainId, Signature};
use crate::job::{SignedError, read_signed, sign_structure};

/// A program version that takes no new jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdraw {
    /// The program's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Why, in words.
    pub reason: String,
}

impl Canonical for Withdraw {
    const LABEL: &'static [u8; 16] = b"manyhands/wdrw/1";

    fn encode_fields(&self, out: &mut Vec<u8>) {
        put_var8(out, self.name.as_bytes());
        put_var8(out, self.version.as_bytes());
        put_var8(out, self.reason.as_bytes());
    }

    fn decode_fields(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            name: reader.text8("name")?,
            version: reader.text8("version")?,
            reason: reader.text8("reason")?,
        })
    }
}

/// A Withdraw with its signature. Whose it must be depends on the ledger: the publisher's or the leader's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedWithdraw {
    /// What it says.
    pub withdraw: Withdraw,
    /// The signature over it.
    pub signature: Signature,
}

impl Withdraw {
    /// The entry's bytes: the withdrawal, then the signature.
    #[must_use]
    pub fn sign(&self, chain: ChainId, key: &SecretKey) -> Vec<u8> {
        sign_structure(self, chain, key)
    }
}

impl SignedWithdraw {
    /// Reads a signed withdrawal of ledger `chain`; the signature is left to the rules, which know the keys.
    ///
    /// # Errors
    /// See [`SignedError`].
    pub fn decode(chain: ChainId, bytes: &[u8]) -> Result<Self, SignedError> {
        let (withdraw, _, signature) = read_signed::<Withdraw>(chain, bytes)?;
        Ok(Self {
            withdraw,
            signature,
        })
    }
}
