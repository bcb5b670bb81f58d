//! Splits that do not look at the bytes: `bytes` and `files`.

use super::{Position, Sink, SplitError};

/// Chunks of a fixed number of bytes.
#[derive(Debug)]
pub(super) struct Fixed {
    size: usize,
    chunk: Vec<u8>,
}

impl Fixed {
    pub(super) const fn new(size: usize) -> Self {
        Self {
            size,
            chunk: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, mut bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), SplitError> {
        while !bytes.is_empty() {
            let room = self.size.saturating_sub(self.chunk.len());
            let (piece, rest) = bytes.split_at(room.min(bytes.len()));
            self.chunk.extend_from_slice(piece);
            if self.chunk.len() == self.size {
                sink.chunk(std::mem::take(&mut self.chunk))?;
            }
            bytes = rest;
        }
        Ok(())
    }

    pub(super) fn end_file(&mut self, sink: &mut Sink<'_>) -> Result<(), SplitError> {
        if self.chunk.is_empty() {
            return Ok(());
        }
        sink.chunk(std::mem::take(&mut self.chunk))
    }
}

/// Each file a chunk.
#[derive(Debug)]
pub(super) struct WholeFile {
    limit: usize,
    chunk: Vec<u8>,
}

impl WholeFile {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            limit,
            chunk: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), SplitError> {
        if bytes.len() > self.limit.saturating_sub(self.chunk.len()) {
            return Err(SplitError::TooLong {
                what: "file",
                at: Position::START,
                limit: self.limit,
            });
        }
        self.chunk.extend_from_slice(bytes);
        Ok(())
    }

    pub(super) fn end_file(&mut self, sink: &mut Sink<'_>) -> Result<(), SplitError> {
        sink.chunk(std::mem::take(&mut self.chunk))
    }
}
