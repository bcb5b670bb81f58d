//! The chunks of an input that lies in files: read in slices, cut as the split says, never held whole.

use crate::fetch::words;
use js_sys::{Array, Uint8Array};
use shared::page::submit::{Trouble, TroubleCode};
use shared::split::{SplitError, SplitSpec, Splitter};
use std::collections::VecDeque;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

/// Bytes read at once.
const SLICE_BYTES: u64 = 1 << 20;

/// One chunk after the other.
#[derive(Debug)]
pub(super) struct Chunks {
    blobs: Vec<Blob>,
    /// The blob that is read, and how far.
    at: (usize, u64),
    /// Absent once everything was read.
    splitter: Option<Splitter>,
    ready: VecDeque<Vec<u8>>,
    bytes_read: u64,
}

impl Chunks {
    /// Of these blobs, in this order.
    pub(super) fn new(blobs: Vec<Blob>, split: &SplitSpec, limit: u64) -> Result<Self, Trouble> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let splitter = Splitter::new(split, limit).map_err(|error| of_split(&error))?;
        Ok(Self {
            blobs,
            at: (0, 0),
            splitter: Some(splitter),
            ready: VecDeque::new(),
            bytes_read: 0,
        })
    }

    /// How much was read.
    pub(super) const fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// The next chunk; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>, Trouble> {
        while self.ready.is_empty() {
            if self.splitter.is_none() {
                return Ok(None);
            }
            self.read_on().await?;
        }
        Ok(self.ready.pop_front())
    }

    async fn read_on(&mut self) -> Result<(), Trouble> {
        let (index, from) = self.at;
        let ready = &mut self.ready;
        let Some(blob) = self.blobs.get(index) else {
            if let Some(splitter) = self.splitter.take() {
                let ended = splitter.finish(|chunk| ready.push_back(chunk));
                ended.map_err(|error| of_split(&error))?;
            }
            return Ok(());
        };
        let slice = slice(blob, from, SLICE_BYTES).await?;
        let Some(splitter) = &mut self.splitter else {
            return Ok(());
        };
        let len = slice.len() as u64;
        let result = if slice.is_empty() {
            self.at = (index.saturating_add(1), 0);
            splitter.end_file(|chunk| ready.push_back(chunk))
        } else {
            self.at = (index, from.saturating_add(len));
            splitter.push(&slice, |chunk| ready.push_back(chunk))
        };
        self.bytes_read = self.bytes_read.saturating_add(len);
        result.map_err(|error| of_split(&error))
    }
}

fn of_split(error: &SplitError) -> Trouble {
    Trouble::new(TroubleCode::Split, error.to_string())
}

/// The length of a blob.
pub(super) fn len(blob: &Blob) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a length is not negative, and a cast of any float saturates"
    )]
    let len = blob.size() as u64;
    len
}

/// The bytes of a blob from `from` on, at most `max` of them.
pub(super) async fn slice(blob: &Blob, from: u64, max: u64) -> Result<Vec<u8>, Trouble> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "lengths of files are exact in 53 bits"
    )]
    let (start, end) = (from as f64, from.saturating_add(max) as f64);
    let part = blob.slice_with_f64_and_f64(start, end);
    let part = part.map_err(|error| unreadable(&error))?;
    let buffer = JsFuture::from(part.array_buffer()).await;
    let buffer = buffer.map_err(|error| unreadable(&error))?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// All bytes of a blob, if they are not more than `max`.
pub(super) async fn whole(blob: &Blob, max: u64) -> Result<Vec<u8>, Trouble> {
    let bytes = len(blob);
    if bytes > max {
        let detail = format!("it has {bytes} bytes; at most {max} are allowed");
        return Err(Trouble::new(TroubleCode::NoInput, detail));
    }
    slice(blob, 0, max).await
}

/// Bytes as a blob, which the browser may keep outside of this worker's memory.
pub(super) fn blob_of(bytes: &[u8]) -> Result<Blob, Trouble> {
    let parts = Array::of1(&Uint8Array::from(bytes));
    Blob::new_with_u8_array_sequence(&parts).map_err(|error| unreadable(&error))
}

/// A file cannot be read: it was changed or removed since it was chosen.
fn unreadable(error: &JsValue) -> Trouble {
    Trouble::new(TroubleCode::InputChanged, words(error))
}
