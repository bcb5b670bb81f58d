//! Outputs of votes that are not settled: in memory up to a budget, then in files of the data directory.

use anyhow::{Context as _, Result};
use shared::ids::Digest;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Outputs up to this size stay in memory when the budget allows, bytes.
const MEMORY_BYTES: usize = 4 << 20;
/// Bytes of all outputs in memory together.
const MEMORY_BUDGET_BYTES: usize = 64 << 20;

/// The kept outputs, by hash.
#[derive(Debug)]
pub(super) struct Outputs {
    folder: PathBuf,
    kept: HashMap<Digest, Kept>,
    memory_bytes: usize,
}

/// Where an output lies.
#[derive(Debug, Clone)]
enum Kept {
    Memory(Arc<[u8]>),
    File,
}

impl Outputs {
    /// An empty store. Whatever an earlier process left in the folder is removed: its votes are gone with it.
    ///
    /// # Errors
    /// When the folder cannot be emptied or made.
    pub(super) fn open(folder: PathBuf) -> Result<Self> {
        let describe = || format!("cannot make an empty folder {}", folder.display());
        match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(describe);
            }
            _ => {}
        }
        std::fs::create_dir_all(&folder).with_context(describe)?;
        Ok(Self {
            folder,
            kept: HashMap::new(),
            memory_bytes: 0,
        })
    }

    /// Keeps an output.
    ///
    /// # Errors
    /// When it must go to a file and cannot.
    pub(super) fn keep(&mut self, sha256: Digest, output: Vec<u8>) -> Result<()> {
        if self.kept.contains_key(&sha256) {
            return Ok(());
        }
        let together = self.memory_bytes.saturating_add(output.len());
        let kept = if output.len() <= MEMORY_BYTES && together <= MEMORY_BUDGET_BYTES {
            self.memory_bytes = together;
            Kept::Memory(output.into())
        } else {
            let path = self.path(sha256);
            std::fs::write(&path, output)
                .with_context(|| format!("cannot write {}", path.display()))?;
            Kept::File
        };
        self.kept.insert(sha256, kept);
        Ok(())
    }

    /// A kept output.
    ///
    /// # Errors
    /// When it is not kept, or its file cannot be read.
    pub(super) fn get(&self, sha256: Digest) -> Result<Arc<[u8]>> {
        match self.kept.get(&sha256) {
            Some(Kept::Memory(bytes)) => Ok(Arc::clone(bytes)),
            Some(Kept::File) => {
                let path = self.path(sha256);
                let bytes = std::fs::read(&path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                Ok(bytes.into())
            }
            None => anyhow::bail!("the output {sha256} is not kept"),
        }
    }

    /// Lets go of an output.
    pub(super) fn forget(&mut self, sha256: Digest) {
        match self.kept.remove(&sha256) {
            Some(Kept::Memory(bytes)) => {
                self.memory_bytes = self.memory_bytes.saturating_sub(bytes.len());
            }
            Some(Kept::File) => {
                let path = self.path(sha256);
                if let Err(error) = std::fs::remove_file(&path) {
                    tracing::warn!(%error, path = %path.display(), "cannot remove an output");
                }
            }
            None => {}
        }
    }

    fn path(&self, sha256: Digest) -> PathBuf {
        self.folder.join(Path::new(&sha256.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_output_goes_to_a_file_and_comes_back_until_it_is_forgotten() {
        let folder = std::env::temp_dir().join(format!("manyhands-outputs-{}", std::process::id()));
        let mut outputs = Outputs::open(folder.clone()).unwrap();
        let (small, large) = (vec![1; 10], vec![2; MEMORY_BYTES + 1]);
        for output in [&small, &large] {
            let sha256 = Digest::of(output);
            outputs.keep(sha256, output.clone()).unwrap();
            assert_eq!(outputs.get(sha256).unwrap().as_ref(), output.as_slice());
        }
        let count_files = || std::fs::read_dir(&folder).unwrap().count();
        assert_eq!((count_files(), outputs.memory_bytes), (1, 10));
        for output in [&small, &large] {
            outputs.forget(Digest::of(output));
            assert!(outputs.get(Digest::of(output)).is_err());
        }
        assert_eq!((count_files(), outputs.memory_bytes), (0, 0));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
