//! Entry bundles: up to 256 entries, each behind its length as a big-endian u16.

use super::FULL_WIDTH;

/// Why entries cannot be bundled or bytes are not a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// An entry does not fit its length field.
    #[error("entry {entry} of the bundle has {len} bytes, at most 65,535 are possible")]
    EntryTooLong {
        /// Its position in the bundle.
        entry: usize,
        /// Its length.
        len: usize,
    },
    /// More than 256 entries, or none.
    #[error("a bundle has 1 to 256 entries, not {0}")]
    Width(usize),
    /// The bytes end inside an entry or before the last one.
    #[error("the bundle ends inside entry {entry}")]
    Truncated {
        /// Its position in the bundle.
        entry: usize,
    },
    /// Bytes are left over after the last entry.
    #[error("{extra} bytes are left over after the last entry of the bundle")]
    Trailing {
        /// How many.
        extra: usize,
    },
}

/// The bundle of these entries.
///
/// # Errors
/// When there are none or more than 256, or one is longer than 65,535 bytes.
pub fn encode_bundle<T: AsRef<[u8]>>(entries: &[T]) -> Result<Vec<u8>, BundleError> {
    if !(1..=usize::from(FULL_WIDTH)).contains(&entries.len()) {
        return Err(BundleError::Width(entries.len()));
    }
    let mut bundle = Vec::new();
    for (at, entry) in entries.iter().map(AsRef::as_ref).enumerate() {
        let too_long = BundleError::EntryTooLong {
            entry: at,
            len: entry.len(),
        };
        let len = u16::try_from(entry.len()).map_err(|_| too_long)?;
        bundle.extend_from_slice(&len.to_be_bytes());
        bundle.extend_from_slice(entry);
    }
    Ok(bundle)
}

/// The `width` entries of a bundle, and nothing behind them.
///
/// # Errors
/// When `width` is not 1 to 256, or the bytes end too early or too late.
pub fn decode_bundle(bytes: &[u8], width: u16) -> Result<Vec<&[u8]>, BundleError> {
    if !(1..=FULL_WIDTH).contains(&width) {
        return Err(BundleError::Width(usize::from(width)));
    }
    let mut rest = bytes;
    let mut entries = Vec::with_capacity(usize::from(width));
    for entry in 0..usize::from(width) {
        let truncated = BundleError::Truncated { entry };
        let (len, behind) = rest.split_first_chunk().ok_or(truncated)?;
        let len = usize::from(u16::from_be_bytes(*len));
        let (found, behind) = behind.split_at_checked(len).ok_or(truncated)?;
        entries.push(found);
        rest = behind;
    }
    match rest.len() {
        0 => Ok(entries),
        extra => Err(BundleError::Trailing { extra }),
    }
}
