//! Outputs on disk while a result is put together: one file without a name, gone with the process.

use super::error::ClientError;
use crate::entropy::random_bytes;
use crate::private_file;
use shared::ids::to_hex;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

/// A file that only grows.
#[derive(Debug)]
pub struct Spool {
    file: File,
    len: u64,
    /// Where it lies, for messages.
    directory: PathBuf,
}

/// Where some bytes are in a spool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    offset: u64,
    /// How many bytes.
    pub len: u64,
}

impl shared::folding::Piece for Piece {
    fn len_bytes(&self) -> u64 {
        self.len
    }
}

/// Bytes copied at once.
const COPY_BYTES: u64 = 1 << 20;

impl Spool {
    /// An empty spool in `directory`, which is made when needed.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn new(directory: &Path) -> Result<Self, ClientError> {
        let make = || -> io::Result<File> {
            std::fs::create_dir_all(directory)?;
            let path = directory.join(format!("spool-{}", to_hex(&random_bytes::<8>())));
            let file = private_file::open_new(&path)?;
            // Without a name it leaves nothing behind, however the process ends.
            std::fs::remove_file(&path)?;
            Ok(file)
        };
        let file = make().map_err(|error| ClientError::file(directory, error))?;
        let directory = directory.to_owned();
        Ok(Self {
            file,
            len: 0,
            directory,
        })
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn append(&mut self, bytes: &[u8]) -> Result<Piece, ClientError> {
        let piece = Piece {
            offset: self.len,
            len: bytes.len() as u64,
        };
        let written = self.file.write_all_at(bytes, self.len);
        written.map_err(|error| ClientError::file(&self.directory, error))?;
        self.len += piece.len;
        Ok(piece)
    }

    /// Reads pieces, joined.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn read(&self, pieces: &[Piece]) -> Result<Vec<u8>, ClientError> {
        let total: u64 = pieces.iter().map(|piece| piece.len).sum();
        let mut bytes = Vec::with_capacity(usize::try_from(total).unwrap_or_default());
        self.copy(pieces, &mut bytes)
            .map_err(|error| ClientError::file(&self.directory, error))?;
        Ok(bytes)
    }

    /// Writes pieces to `out`, joined.
    ///
    /// # Errors
    /// Those of the file system and of `out`.
    pub fn copy(&self, pieces: &[Piece], out: &mut impl Write) -> io::Result<()> {
        let mut buffer = Vec::new();
        for piece in pieces {
            let mut at = 0;
            while at < piece.len {
                let part = (piece.len - at).min(COPY_BYTES);
                buffer.resize(usize::try_from(part).unwrap_or_default(), 0);
                self.file.read_exact_at(&mut buffer, piece.offset + at)?;
                out.write_all(&buffer)?;
                at += part;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_read_back_in_any_order_and_nothing_is_left() {
        let directory =
            std::env::temp_dir().join(format!("manyhands-spool-{}", to_hex(&random_bytes::<8>())));
        let mut spool = Spool::new(&directory).unwrap();
        let big = vec![7; 3_000_000];
        let first = spool.append(b"one").unwrap();
        let second = spool.append(&big).unwrap();
        let empty = spool.append(b"").unwrap();
        assert_eq!(
            spool.read(&[second, empty, first]).unwrap(),
            [big.as_slice(), b"one"].concat()
        );
        assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 0);
        std::fs::remove_dir(directory).unwrap();
    }
}
