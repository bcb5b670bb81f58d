//! What the text formats around the log have in common: numbers and hashes in exactly one spelling.

use crate::ids::Digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A decimal number that fits 63 bits, without leading zeros or a sign.
pub(super) fn decimal(digits: &str) -> Option<u64> {
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    if digits.len() > 1 && digits.starts_with('0') {
        return None;
    }
    digits
        .parse()
        .ok()
        .filter(|&number| i64::try_from(number).is_ok())
}

/// Base64 as in RFC 4648 section 4, with padding.
pub(super) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of a base64 text; `None` for any but the spelling of [`to_base64`].
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// A hash in base64.
pub(super) fn hash_from_base64(text: &str) -> Option<Digest> {
    // 32 bytes are 44 characters: nothing longer is decoded.
    if text.len() != 44 {
        return None;
    }
    Digest::from_slice(&from_base64(text)?)
}

/// At most the first 80 characters of what stood where something else should have.
pub(super) fn excerpt(found: &str) -> String {
    found.chars().take(80).collect()
}
