//! The files of a chunk job: read as a stream, cut as the split says, never held whole.

use shared::split::{SplitError, SplitSpec, Splitter};
use std::fs::File;
use std::io::Read as _;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Bytes read at once.
const PIECE_BYTES: usize = 256 << 10;

/// Files and how they are cut.
#[derive(Debug, Clone)]
pub struct InputFiles {
    files: Vec<PathBuf>,
    split: SplitSpec,
    chunk_limit: usize,
    total_bytes: u64,
}

/// Why the files cannot be made into tasks.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// A file cannot be read.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// Whether there is no such file.
        missing: bool,
        /// What the system said.
        reason: String,
    },
    /// The split does not fit the files.
    #[error("{place}: {error}")]
    Split {
        /// The file, or the input as a whole.
        place: String,
        /// What does not fit.
        error: SplitError,
    },
    /// Nobody wants more chunks.
    #[error("the reading of the input was stopped")]
    Stopped,
}

impl InputFiles {
    /// The files in the order of their paths as bytes; a directory stands for all files below it.
    ///
    /// # Errors
    /// When one cannot be read, or the split's numbers are out of range.
    pub fn open(paths: &[PathBuf], split: SplitSpec, chunk_limit: u64) -> Result<Self, InputError> {
        let chunk_limit = usize::try_from(chunk_limit).unwrap_or(usize::MAX);
        Splitter::new(&split, chunk_limit).map_err(|error| InputError::Split {
            place: "--split".into(),
            error,
        })?;
        let mut files = Vec::new();
        let mut total_bytes = 0;
        for path in paths {
            collect(path, &mut files, &mut total_bytes)?;
        }
        files.sort_by(|a, b| a.as_os_str().as_bytes().cmp(b.as_os_str().as_bytes()));
        Ok(Self {
            files,
            split,
            chunk_limit,
            total_bytes,
        })
    }

    /// Bytes of all files together, as the directory says.
    #[must_use]
    pub const fn total_bytes(&self) -> u64 {
        self.total_bytes
    }

    /// Reads the files and hands over one chunk after the other; `read` is told the bytes of each piece read. Gives the number of
    /// chunks. Blocks.
    ///
    /// # Errors
    /// See [`InputError`]; [`InputError::Stopped`] when `on_chunk` breaks off.
    pub fn each_chunk(
        &self,
        mut read: impl FnMut(u64),
        mut on_chunk: impl FnMut(Vec<u8>) -> ControlFlow<()>,
    ) -> Result<u32, InputError> {
        let whole = |error| InputError::Split {
            place: "the input".into(),
            error,
        };
        let mut splitter = Splitter::new(&self.split, self.chunk_limit).map_err(whole)?;
        let mut piece = vec![0; PIECE_BYTES];
        let mut chunks = Vec::new();
        for path in &self.files {
            let in_file = |error| InputError::Split {
                place: path.display().to_string(),
                error,
            };
            let mut file = File::open(path).map_err(|error| unreadable(path, &error))?;
            loop {
                let len = file
                    .read(&mut piece)
                    .map_err(|error| unreadable(path, &error))?;
                let Some(bytes) = piece.get(..len).filter(|bytes| !bytes.is_empty()) else {
                    break;
                };
                read(len as u64);
                splitter
                    .push(bytes, |chunk| chunks.push(chunk))
                    .map_err(in_file)?;
                hand_over(&mut chunks, &mut on_chunk)?;
            }
            splitter
                .end_file(|chunk| chunks.push(chunk))
                .map_err(in_file)?;
            hand_over(&mut chunks, &mut on_chunk)?;
        }
        splitter.finish(|chunk| chunks.push(chunk)).map_err(whole)
    }
}

fn hand_over(
    chunks: &mut Vec<Vec<u8>>,
    on_chunk: &mut impl FnMut(Vec<u8>) -> ControlFlow<()>,
) -> Result<(), InputError> {
    match chunks.drain(..).try_for_each(on_chunk) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(InputError::Stopped),
    }
}

/// Reads files whole, joined in the order of their paths. For inputs that are one task.
///
/// # Errors
/// When one cannot be read.
pub fn read_all(paths: &[PathBuf]) -> Result<Vec<u8>, InputError> {
    let files = InputFiles::open(paths, SplitSpec::Files, u64::MAX)?;
    let mut bytes = Vec::new();
    files.each_chunk(
        |_| {},
        |mut chunk| {
            bytes.append(&mut chunk);
            ControlFlow::Continue(())
        },
    )?;
    Ok(bytes)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>, total: &mut u64) -> Result<(), InputError> {
    let about = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if about.is_dir() {
        for entry in std::fs::read_dir(path).map_err(|error| unreadable(path, &error))? {
            let entry = entry.map_err(|error| unreadable(path, &error))?;
            let kind = entry
                .file_type()
                .map_err(|error| unreadable(path, &error))?;
            // Links are left out: one could lead back up and never end.
            if kind.is_dir() || kind.is_file() {
                collect(&entry.path(), files, total)?;
            }
        }
        return Ok(());
    }
    if !about.is_file() {
        return Err(InputError::File {
            path: path.to_owned(),
            missing: false,
            reason:
                "is neither a file nor a directory; the input is read twice, so it cannot be a pipe"
                    .into(),
        });
    }
    *total = total.saturating_add(about.len());
    files.push(path.to_owned());
    Ok(())
}

fn unreadable(path: &Path, error: &std::io::Error) -> InputError {
    InputError::File {
        path: path.to_owned(),
        missing: error.kind() == std::io::ErrorKind::NotFound,
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::random_bytes;
    use shared::ids::to_hex;

    fn scratch() -> PathBuf {
        let path =
            std::env::temp_dir().join(format!("manyhands-input-{}", to_hex(&random_bytes::<8>())));
        std::fs::create_dir_all(path.join("b")).unwrap();
        path
    }

    fn chunks(files: &InputFiles) -> Result<Vec<Vec<u8>>, InputError> {
        let mut chunks = Vec::new();
        files.each_chunk(
            |_| {},
            |chunk| {
                chunks.push(chunk);
                ControlFlow::Continue(())
            },
        )?;
        Ok(chunks)
    }

    #[test]
    fn a_directory_is_its_files_in_the_order_of_their_paths() {
        let dir = scratch();
        for (name, text) in [("b/z", "1"), ("a", "2"), ("c", "3")] {
            std::fs::write(dir.join(name), text).unwrap();
        }
        let files = InputFiles::open(std::slice::from_ref(&dir), SplitSpec::Files, 100).unwrap();
        assert_eq!(files.total_bytes(), 3);
        assert_eq!(chunks(&files).unwrap(), [b"2", b"1", b"3"]);
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_missing_or_empty_input_is_named() {
        let dir = scratch();
        let split = SplitSpec::Lines { size: 10 };
        let missing = InputFiles::open(&[dir.join("none")], split.clone(), 100).unwrap_err();
        assert!(
            matches!(missing, InputError::File { missing: true, .. }),
            "{missing}"
        );
        std::fs::write(dir.join("empty"), "").unwrap();
        let empty = InputFiles::open(&[dir.join("empty")], split, 100).unwrap();
        let error = chunks(&empty).unwrap_err();
        assert!(error.to_string().contains("empty"), "{error}");
        std::fs::remove_dir_all(dir).unwrap();
    }
}
