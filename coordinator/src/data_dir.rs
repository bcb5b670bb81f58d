//! The data directory: made on first use, readable by its owner only, held by one process.

use crate::entropy::random_bytes;
use crate::private_file;
use anyhow::{Context as _, Result, bail, ensure};
use shared::crypto::SecretKey;
use shared::key_file::{self, KeyRole};
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// An open data directory; the lock ends with the process, however it ends.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Makes the directory if needed and locks it.
    ///
    /// # Errors
    /// When it cannot be made, or another process holds it.
    pub fn open(path: &Path) -> Result<Self> {
        let made = std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path);
        made.with_context(|| format!("cannot make the data directory {}", path.display()))?;
        let lock_path = path.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path);
        let lock = lock.with_context(|| format!("cannot open {}", lock_path.display()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => bail!(
                "another manyhands process uses the data directory {}; stop it or give --data another directory",
                path.display()
            ),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("cannot lock {}", lock_path.display()))
            }
        }
    }

    /// A file or folder in the directory.
    #[must_use]
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The key in `name`, made on first use.
    ///
    /// # Errors
    /// When the file is damaged, holds a key of another role, or cannot be written.
    pub fn key(&self, name: &str, role: KeyRole) -> Result<SecretKey> {
        load_or_make_key(&self.join(name), role)
    }

    /// The secret text in `name`, made by `make` on first use.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn secret(&self, name: &str, make: impl FnOnce() -> String) -> Result<String> {
        let path = self.join(name);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(text.trim().to_owned()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let text = make();
                let written = private_file::create(&path, format!("{text}\n").as_bytes());
                let is_ours =
                    written.with_context(|| format!("cannot write {}", path.display()))?;
                ensure!(is_ours, "{} appeared at the same moment", path.display());
                Ok(text)
            }
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }
}

/// The key in a key file, made on first use.
///
/// # Errors
/// When the file is damaged, holds a key of another role, or cannot be written.
fn load_or_make_key(path: &Path, role: KeyRole) -> Result<SecretKey> {
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let (found, key) = key_file::read(&text)
                .with_context(|| format!("cannot use the key file {}", path.display()))?;
            if found != role {
                bail!(
                    "{} holds a {found:?} key, a {role:?} key is needed",
                    path.display()
                );
            }
            Ok(key)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = SecretKey::from_seed(&random_bytes());
            let written = private_file::create(path, key_file::write(role, &key).as_bytes());
            let is_ours = written.with_context(|| format!("cannot write {}", path.display()))?;
            ensure!(is_ours, "{} appeared at the same moment", path.display());
            Ok(key)
        }
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn scratch(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("manyhands-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        path
    }

    #[test]
    fn a_key_is_made_once_and_only_its_owner_may_read_it() {
        let path = scratch("key");
        let dir = DataDir::open(&path).unwrap();
        let key = dir.key("leader.key", KeyRole::Leader).unwrap();
        assert_eq!(
            dir.key("leader.key", KeyRole::Leader).unwrap().seed(),
            key.seed()
        );
        let mode = std::fs::metadata(path.join("leader.key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(dir.key("leader.key", KeyRole::Node).is_err());
        std::fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn a_second_process_is_told_that_the_directory_is_in_use() {
        let path = scratch("lock");
        let held = DataDir::open(&path).unwrap();
        let error = DataDir::open(&path).unwrap_err();
        assert!(
            error.to_string().contains("another manyhands process"),
            "{error}"
        );
        drop(held);
        DataDir::open(&path).unwrap();
        std::fs::remove_dir_all(path).unwrap();
    }
}
