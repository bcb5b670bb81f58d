//! What can go wrong inside a storage node.

use super::wire::Refusal;
use shared::ids::Digest;
use std::path::PathBuf;

/// Why a storage node could not do what it was asked. What a leader can act on is data in the answers, or
/// [`StorageError::Refused`].
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The node says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database cannot be opened.
    #[error("cannot open the storage node's database {path}: {reason}")]
    Open {
        /// Its file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A stored value is not what this version writes.
    #[error(
        "the stored value of {0} cannot be read: the storage node's database was changed from outside or is damaged"
    )]
    Corrupt(&'static str),
    /// A record is not the one that its hash names.
    #[error("the storage node's record of {what} is damaged: it does not match its hash")]
    Damaged {
        /// Which record.
        what: String,
    },
    /// A blob that must be here is not.
    #[error("the blob {0} is not stored any more")]
    BlobGone(Digest),
    /// The database failed, or was busy for longer than half a minute.
    #[error("the storage node's database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// A worker thread panicked.
    #[error("checking a block broke off: {0}")]
    Worker(#[from] tokio::task::JoinError),
    /// What was asked for is not here yet, or there is no room for it now.
    #[error("{0}; try again")]
    Later(&'static str),
    /// Bytes on their way in broke off.
    #[error("the bytes broke off: {0}")]
    BrokenOff(std::io::Error),
}

/// Of everything in here.
pub(super) type Result<T, E = StorageError> = std::result::Result<T, E>;
