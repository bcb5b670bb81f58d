//! Outputs of votes that are not settled: small ones in memory, large ones as blobs, which browsers may lay on disk.

use js_sys::{Array, Uint8Array};
use shared::ids::Digest;
use shared::protocol::MAX_INLINE_BYTES;
use std::collections::BTreeMap;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

/// Bytes of all kept outputs together.
const BUDGET_BYTES: u64 = 1 << 30;

/// The kept outputs, by hash.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    kept: BTreeMap<Digest, Output>,
    bytes: u64,
}

/// A kept output.
#[derive(Debug, Clone)]
pub(super) enum Output {
    Small(Vec<u8>),
    Large(Blob),
}

impl Outputs {
    /// Keeps an output; false when there is no room.
    pub(super) fn keep(&mut self, sha256: Digest, output: &Uint8Array) -> bool {
        if self.kept.contains_key(&sha256) {
            return true;
        }
        let bytes = self.bytes.saturating_add(output.length().into());
        if bytes > BUDGET_BYTES {
            return false;
        }
        let kept = if usize::try_from(output.length()).is_ok_and(|len| len <= MAX_INLINE_BYTES) {
            Output::Small(output.to_vec())
        } else {
            match Blob::new_with_u8_array_sequence(&Array::of1(output)) {
                Ok(blob) => Output::Large(blob),
                Err(_) => return false,
            }
        };
        self.kept.insert(sha256, kept);
        self.bytes = bytes;
        true
    }

    pub(super) fn get(&self, sha256: Digest) -> Option<&Output> {
        self.kept.get(&sha256)
    }

    /// A kept output that fits into a frame.
    pub(super) fn small(&self, sha256: Digest) -> Option<&[u8]> {
        match self.kept.get(&sha256) {
            Some(Output::Small(bytes)) => Some(bytes),
            Some(Output::Large(_)) | None => None,
        }
    }

    /// Lets go of an output.
    pub(super) fn forget(&mut self, sha256: Digest) {
        if let Some(output) = self.kept.remove(&sha256) {
            self.bytes = self.bytes.saturating_sub(output.len());
        }
    }
}

impl Output {
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Small(bytes) => bytes.len() as u64,
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a blob has at most the bytes of one output, as a whole number"
            )]
            Self::Large(blob) => blob.size() as u64,
        }
    }

    /// The bytes from `offset` on, at most `len` of them; `None` when the browser has lost them.
    pub(super) async fn piece(&self, offset: u64, len: usize) -> Option<Vec<u8>> {
        match self {
            Self::Small(bytes) => {
                let rest = bytes.get(usize::try_from(offset).ok()?..)?;
                Some(rest.get(..len).unwrap_or(rest).to_vec())
            }
            Self::Large(blob) => {
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "places in an output are far below 2^53"
                )]
                let (start, end) = (offset as f64, offset.saturating_add(len as u64) as f64);
                let piece = blob.slice_with_f64_and_f64(start, end).ok()?;
                let bytes = JsFuture::from(piece.array_buffer()).await.ok()?;
                Some(Uint8Array::new(&bytes).to_vec())
            }
        }
    }
}
