//! The key file: one secret key as JSON, the same for command line and browser.

use crate::crypto::SecretKey;
use crate::ids::{from_hex, to_hex};
use serde::{Deserialize, Serialize};

/// What the key in a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyRole {
    /// Signs jobs and requests.
    Submitter,
    /// Signs votes.
    Node,
    /// Leads a ledger: signs headers and requests to storage nodes.
    Leader,
    /// Signs the ledger's checkpoints, in the name of its origin.
    Checkpoint,
    /// A storage node's: acknowledges blocks and signs its answers.
    Ack,
    /// A storage node's: cosigns checkpoints.
    Cosign,
    /// Settles disputes of jobs that allow it.
    Referee,
}

/// Why a text is not a key file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// Not JSON of this form.
    #[error("this is not a Manyhands key file: {0}")]
    Form(String),
    /// The two keys do not belong together.
    #[error("the key file is damaged: its public key is not that of its seed")]
    Mismatch,
    /// A newer format.
    #[error("the key file has version {0}; this program reads version 1")]
    Version(u32),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    manyhands_key: u32,
    role: KeyRole,
    public_key: String,
    secret_seed: String,
}

/// Writes a key file.
#[must_use]
pub fn write(role: KeyRole, key: &SecretKey) -> String {
    let form = Form {
        manyhands_key: 1,
        role,
        public_key: to_hex(&key.public_bytes()),
        secret_seed: to_hex(&key.seed()),
    };
    let mut text = serde_json::to_string_pretty(&form).expect("four plain fields always serialise");
    text.push('\n');
    text
}

/// Reads a key file.
///
/// # Errors
/// See [`KeyFileError`].
pub fn read(text: &str) -> Result<(KeyRole, SecretKey), KeyFileError> {
    let form: Form =
        serde_json::from_str(text).map_err(|error| KeyFileError::Form(error.to_string()))?;
    if form.manyhands_key != 1 {
        return Err(KeyFileError::Version(form.manyhands_key));
    }
    let seed = from_hex(&form.secret_seed)
        .ok_or_else(|| KeyFileError::Form("secret_seed must be 64 hex digits".into()))?;
    let key = SecretKey::from_seed(&seed);
    if to_hex(&key.public_bytes()) != form.public_key.to_ascii_lowercase() {
        return Err(KeyFileError::Mismatch);
    }
    Ok((form.role, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_reads_back_and_a_damaged_one_is_refused() {
        let key = SecretKey::from_seed(&[7; 32]);
        let text = write(KeyRole::Submitter, &key);
        let (role, read_back) = read(&text).unwrap();
        assert_eq!((role, read_back.seed()), (KeyRole::Submitter, [7; 32]));
        let damaged = text.replacen("0707", "0708", 1);
        assert_eq!(read(&damaged).unwrap_err(), KeyFileError::Mismatch);
        assert!(matches!(read("{}"), Err(KeyFileError::Form(_))));
    }
}
