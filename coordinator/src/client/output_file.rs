//! Where a result goes: into a file, whole or not at all; to stdout; or nowhere but into its hash.

use crate::entropy::random_bytes;
use sha2::{Digest as _, Sha256};
use shared::ids::{Digest, to_hex};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Where a result goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Into this file.
    File(PathBuf),
    /// To stdout.
    Stdout,
    /// Nowhere; only its length and hash are told.
    Nowhere,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// How many bytes.
    pub bytes: u64,
    /// Their SHA-256.
    pub sha256: Digest,
}

impl std::fmt::Display for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Stdout => f.write_str("stdout"),
            Self::Nowhere => f.write_str("nowhere (give --output FILE)"),
        }
    }
}

impl Output {
    /// As the option says it. When stdout is taken by a description of the result, it goes nowhere without a file.
    #[must_use]
    pub fn of(path: Option<&Path>, stdout_is_taken: bool) -> Self {
        match path {
            Some(path) if path != Path::new("-") => Self::File(path.to_owned()),
            _ if stdout_is_taken => Self::Nowhere,
            _ => Self::Stdout,
        }
    }

    /// Lets `write` write. A file appears when everything is in it.
    ///
    /// # Errors
    /// Those of the file system and of `write`.
    pub fn write(
        &self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<Written> {
        match self {
            Self::Nowhere => count(io::sink(), write),
            Self::Stdout => count(io::stdout().lock(), write),
            Self::File(path) => {
                let name = path
                    .file_name()
                    .ok_or(io::Error::from(io::ErrorKind::IsADirectory))?;
                let mut draft = name.to_owned();
                draft.push(format!(".{}.part", to_hex(&random_bytes::<4>())));
                let draft = path.with_file_name(draft);
                let written = File::create_new(&draft).and_then(|file| {
                    let written = count(BufWriter::new(&file), write)?;
                    file.sync_all()?;
                    fs::rename(&draft, path)?;
                    Ok(written)
                });
                written.inspect_err(|_| {
                    // Our own draft; the error that counts is the one before.
                    let _ = fs::remove_file(&draft);
                })
            }
        }
    }
}

struct Counting<W> {
    out: W,
    bytes: u64,
    hash: Sha256,
}

impl<W: Write> Write for Counting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.out.write(bytes)?;
        self.hash.update(bytes.get(..taken).unwrap_or_default());
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn count(
    out: impl Write,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<Written> {
    let mut counting = Counting {
        out,
        bytes: 0,
        hash: Sha256::new(),
    };
    write(&mut counting)?;
    counting.flush()?;
    Ok(Written {
        bytes: counting.bytes,
        sha256: Digest(counting.hash.finalize().into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_only_when_everything_is_in_it() {
        let directory =
            std::env::temp_dir().join(format!("manyhands-out-{}", to_hex(&random_bytes::<8>())));
        fs::create_dir_all(&directory).unwrap();
        let path = directory.join("result");
        let output = Output::of(Some(&path), true);
        let failed = output.write(|out| {
            out.write_all(b"half")?;
            Err(io::Error::other("broken"))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
        let written = output.write(|out| out.write_all(b"whole")).unwrap();
        assert_eq!(
            written,
            Written {
                bytes: 5,
                sha256: Digest::of(b"whole")
            }
        );
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        fs::remove_dir_all(directory).unwrap();
    }
}
