//! Verifier keys: `<name>+<key id in hex>+<kind and key in base64>`.

use crate::crypto::PublicKey;
use crate::ids::{Digest, from_hex, to_hex};
use crate::ledger::text::{excerpt, from_base64, to_base64};
use std::fmt;
use std::str::FromStr;

/// The longest key name: other formats give its length one byte.
const MAX_NAME: usize = 255;

/// What a key signs with, and what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignatureKind {
    /// 0x01: Ed25519 over the text of a note.
    Ed25519,
    /// 0x04: cosignature/v1, Ed25519 over a time and the text of a checkpoint.
    Cosignature,
}

impl SignatureKind {
    /// Its identifier byte.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 1,
            Self::Cosignature => 4,
        }
    }
}

/// A public key with its name and what it is for. It prints as its text form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VKey {
    name: String,
    kind: SignatureKind,
    key: [u8; 32],
}

/// Why a text or its parts are not a verifier key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VKeyError {
    /// There are not three parts with plus signs between.
    #[error("a verifier key is <name>+<8 hex digits>+<base64>, found {0:?}")]
    Form(String),
    /// The name is empty, too long, or has spaces, control characters or a plus.
    #[error("{0:?} is no key name: 1 to 255 bytes without spaces or plus signs are")]
    Name(String),
    /// The key id is not 8 lower-case hex digits.
    #[error("the key id is 8 lower-case hex digits, found {0:?}")]
    KeyId(String),
    /// The third part is not base64 in its one spelling.
    #[error("the key is not base64: {0:?}")]
    Base64(String),
    /// Another kind of signature.
    #[error("the signature type is {0:#04x}; 0x01 and 0x04 are known here")]
    Kind(u8),
    /// An Ed25519 key has 32 bytes.
    #[error("the key has {0} bytes instead of 32 behind its type")]
    Length(usize),
    /// The key id belongs to another name, kind or key.
    #[error("the key id is {found}, of this name and key it is {expected}")]
    OtherKeyId {
        /// What follows from name, kind and key.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// Not a point of the curve, or one of small order.
    #[error("the key is weak or no key at all")]
    Weak,
}

/// Whether a text may name a key: not empty, without spaces, control characters and plus signs.
#[must_use]
pub fn is_key_name(name: &str) -> bool {
    let is_wrong = |c: char| c.is_whitespace() || c < ' ' || c == '+';
    !name.is_empty() && !name.contains(is_wrong)
}

impl VKey {
    /// A key by its parts.
    ///
    /// # Errors
    /// When the name cannot be one, or the key is weak.
    pub fn new(name: &str, kind: SignatureKind, key: [u8; 32]) -> Result<Self, VKeyError> {
        if !is_key_name(name) || name.len() > MAX_NAME {
            return Err(VKeyError::Name(excerpt(name)));
        }
        let name = name.to_owned();
        let vkey = Self { name, kind, key };
        if vkey.is_acceptable() {
            Ok(vkey)
        } else {
            Err(VKeyError::Weak)
        }
    }

    /// The key's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs with.
    #[must_use]
    pub const fn kind(&self) -> SignatureKind {
        self.kind
    }

    /// The first four bytes of SHA-256(name, newline, kind, key).
    #[must_use]
    pub fn key_id(&self) -> [u8; 4] {
        let parts = [self.name.as_bytes(), b"\n", &self.material()].concat();
        let [a, b, c, d, ..] = Digest::of(&parts).0;
        [a, b, c, d]
    }

    fn material(&self) -> [u8; 33] {
        let mut material = [self.kind.byte(); 33];
        let (_, key) = material.split_at_mut(1);
        key.copy_from_slice(&self.key);
        material
    }
}

impl PublicKey for VKey {
    fn key_bytes(&self) -> &[u8; 32] {
        &self.key
    }
}

impl fmt::Display for VKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, material) = (to_hex(&self.key_id()), to_base64(&self.material()));
        write!(f, "{}+{id}+{material}", self.name)
    }
}

impl FromStr for VKey {
    type Err = VKeyError;

    fn from_str(text: &str) -> Result<Self, VKeyError> {
        // The base64 may have plus signs too.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(key_id), Some(material)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(VKeyError::Form(excerpt(text)));
        };
        let is_lower_case = key_id == key_id.to_ascii_lowercase();
        let found = from_hex::<4>(key_id).filter(|_| is_lower_case);
        let found = found.ok_or_else(|| VKeyError::KeyId(excerpt(key_id)))?;
        let bytes = from_base64(material);
        let bytes = bytes.ok_or_else(|| VKeyError::Base64(excerpt(material)))?;
        let kind = match bytes.first() {
            Some(1) => SignatureKind::Ed25519,
            Some(4) => SignatureKind::Cosignature,
            Some(&other) => return Err(VKeyError::Kind(other)),
            None => return Err(VKeyError::Base64(String::new())),
        };
        let key = bytes.get(1..).unwrap_or_default();
        let key = key.try_into().map_err(|_| VKeyError::Length(key.len()))?;
        let vkey = Self::new(name, kind, key)?;
        if vkey.key_id() == found {
            return Ok(vkey);
        }
        Err(VKeyError::OtherKeyId {
            expected: to_hex(&vkey.key_id()),
            found: key_id.to_owned(),
        })
    }
}
