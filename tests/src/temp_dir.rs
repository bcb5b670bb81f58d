//! A directory that is deleted when its owner is dropped.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A new, empty directory under the system's directory for temporary files.
#[derive(Debug)]
pub struct TempDir(PathBuf);

impl TempDir {
    /// Makes the directory.
    ///
    /// # Panics
    /// When the system does not let us.
    #[must_use]
    pub fn new() -> Self {
        let n = COUNT.fetch_add(1, Ordering::SeqCst);
        let name = format!("manyhands-test-{}-{n}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("the directory for temporary files is writable");
        Self(path)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Default for TempDir {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        // What cannot be deleted is left to the system: a test must not fail for it.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
