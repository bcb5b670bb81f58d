//! Outputs as blobs: the browser keeps them, on its disk when they are many.

use super::chunks::{blob_of, len};
use crate::fetch::words;
use js_sys::{Array, Uint8Array};
use shared::folding::Piece as FoldingPiece;
use shared::page::submit::{Trouble, TroubleCode};
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

/// A verified output, or some of them reduced.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece(Blob);

impl FoldingPiece for Piece {
    fn len_bytes(&self) -> u64 {
        len(&self.0)
    }
}

impl Piece {
    /// Keeps bytes.
    pub(super) fn of(bytes: &[u8]) -> Result<Self, Trouble> {
        blob_of(bytes).map(Self)
    }

    /// Keeps what a guest gave.
    pub(super) fn of_array(bytes: &Uint8Array) -> Result<Self, Trouble> {
        let made = Blob::new_with_u8_array_sequence(&Array::of1(bytes));
        made.map(Self).map_err(|error| no_memory(&words(&error)))
    }

    /// Its bytes, outside of this worker's own memory.
    pub(super) async fn read(&self) -> Result<Uint8Array, Trouble> {
        let buffer = JsFuture::from(self.0.array_buffer()).await;
        let buffer = buffer.map_err(|error| no_memory(&words(&error)))?;
        Ok(Uint8Array::new(&buffer))
    }
}

/// Pieces joined.
pub(super) fn joined(pieces: &[Piece]) -> Result<Blob, Trouble> {
    let parts: Array = pieces.iter().map(|piece| &piece.0).collect();
    Blob::new_with_blob_sequence(&parts).map_err(|error| no_memory(&words(&error)))
}

fn no_memory(why: &str) -> Trouble {
    Trouble::new(TroubleCode::Browser, why)
}
