//! A submitter's key on disk: made at its first use, readable by its owner only.

use super::error::ClientError;
use crate::entropy::random_bytes;
use crate::private_file;
use shared::crypto::SecretKey;
use shared::key_file::{self, KeyRole};
use std::path::Path;

/// Reads the submitter key in `path`.
///
/// # Errors
/// When the file cannot be read, is not a key file, or holds a key for something else.
pub fn read(path: &Path) -> Result<SecretKey, ClientError> {
    let text = std::fs::read_to_string(path).map_err(|error| ClientError::file(path, error))?;
    parse(path, &text)
}

fn parse(path: &Path, text: &str) -> Result<SecretKey, ClientError> {
    let (role, key) = key_file::read(text).map_err(|error| ClientError::file(path, error))?;
    match role {
        KeyRole::Submitter => Ok(key),
        other => {
            let reason = format!("this is a {other:?} key; a submitter key is needed here");
            Err(ClientError::file(path, reason))
        }
    }
}

/// Reads the submitter key in `path`, or makes one there. The flag says that it is new.
///
/// # Errors
/// When the file can be neither read nor made.
pub fn read_or_make(path: &Path) -> Result<(SecretKey, bool), ClientError> {
    if path.exists() {
        return read(path).map(|key| (key, false));
    }
    let key = SecretKey::from_seed(&random_bytes());
    if store_new(path, &key)? {
        return Ok((key, true));
    }
    // Another process made one in the meantime: that one counts.
    read(path).map(|key| (key, false))
}

/// Writes `key` to `path` unless there is a file already: then `false`.
///
/// # Errors
/// Those of the file system.
pub fn store_new(path: &Path, key: &SecretKey) -> Result<bool, ClientError> {
    let text = key_file::write(KeyRole::Submitter, key);
    private_file::create(path, text.as_bytes()).map_err(|error| ClientError::file(path, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::ids::to_hex;

    #[test]
    fn a_key_is_made_once_and_then_read_back() {
        let name = format!("manyhands-key-{}", to_hex(&random_bytes::<8>()));
        let path = std::env::temp_dir().join(name);
        let (made, is_new) = read_or_make(&path).unwrap();
        assert!(is_new);
        let (read_back, is_new) = read_or_make(&path).unwrap();
        assert!(!is_new);
        assert_eq!(made.seed(), read_back.seed());
        std::fs::write(&path, key_file::write(KeyRole::Node, &made)).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("submitter"));
        std::fs::remove_file(&path).unwrap();
    }
}
