//! cosignature/v1 of tlog-cosignature: a line of a note by which a witness, here a storage node, signs a checkpoint and
//! the time.

use super::note::{NoteLine, SignatureKind, VKey, VKeyError};
use crate::crypto::{PublicKey as _, SecretKey};
use crate::ids::Signature;

/// The latest time: the specification's own bound, 2^63 - 1 seconds.
const MAX_TIME_S: u64 = i64::MAX as u64;

/// What a cosignature line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cosignature {
    /// When it was made: Unix seconds.
    pub time_s: u64,
    /// By the witness, over the time and the text of the checkpoint.
    pub signature: Signature,
}

/// Why a line is no cosignature of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CosignatureError {
    /// The line names another key, or the key does not cosign.
    #[error("the line is not of this key")]
    OtherKey,
    /// Not a time and a signature.
    #[error("a cosignature has 8 bytes of time and 64 of signature, here are {0}")]
    Length(usize),
    /// The time is later than any.
    #[error("the time {0} is later than 2^63 - 1 seconds")]
    Time(u64),
    /// The signature does not verify.
    #[error("the signature does not verify")]
    Signature,
}

/// The line by which `key`, named `name`, cosigns the checkpoint with this text at this time.
///
/// # Errors
/// When `name` cannot name a key.
pub fn cosign(
    name: &str,
    key: &SecretKey,
    checkpoint_text: &str,
    time_s: u64,
) -> Result<NoteLine, VKeyError> {
    let vkey = VKey::new(name, SignatureKind::Cosignature, key.public_bytes())?;
    let signature = key.sign(message(checkpoint_text, time_s).as_bytes());
    let bytes = [time_s.to_be_bytes().as_slice(), &signature.0].concat();
    Ok(NoteLine::new(&vkey, bytes))
}

/// What `line` says if it is a cosignature by `key` of the checkpoint with this text.
///
/// # Errors
/// See [`CosignatureError`].
pub fn check_cosignature(
    key: &VKey,
    line: &NoteLine,
    checkpoint_text: &str,
) -> Result<Cosignature, CosignatureError> {
    if key.kind() != SignatureKind::Cosignature || !line.is_of(key) {
        return Err(CosignatureError::OtherKey);
    }
    let wrong_length = CosignatureError::Length(line.signature().len());
    let (time_s, signature) = line.signature().split_first_chunk().ok_or(wrong_length)?;
    let time_s = u64::from_be_bytes(*time_s);
    let signature = Signature::from_slice(signature).ok_or(wrong_length)?;
    if time_s > MAX_TIME_S {
        return Err(CosignatureError::Time(time_s));
    }
    if key.verifies(message(checkpoint_text, time_s).as_bytes(), &signature) {
        Ok(Cosignature { time_s, signature })
    } else {
        Err(CosignatureError::Signature)
    }
}

fn message(checkpoint_text: &str, time_s: u64) -> String {
    format!("cosignature/v1\ntime {time_s}\n{checkpoint_text}")
}
