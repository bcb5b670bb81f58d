//! Why a ledger could not be read, or which of its rules is broken.

use crate::client::error::ClientError;
use shared::ledger::bundle::BundleFault;
use shared::ledger::checkpoint::CheckpointError;
use shared::ledger::verify::{Contradiction, LedgerFault, OtherTiles};
use std::path::PathBuf;

/// Why reading a ledger came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The server could not be asked, or a local file not read.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Something that every ledger has is not there.
    #[error("{at} has no {path}: is it a ledger?")]
    Missing {
        /// The server or folder.
        at: String,
        /// The path below it.
        path: String,
    },
    /// There is nothing of this number or hash.
    #[error("{0}")]
    NotFound(String),
    /// A rule is broken; the words name it.
    #[error("{words}")]
    Broken {
        /// Its name.
        rule: String,
        /// Where and how.
        words: String,
    },
    /// Two checkpoints that cannot both be honest.
    #[error("{contradiction}; both checkpoints are kept in {evidence} as evidence")]
    Contradiction {
        /// What they say.
        contradiction: Box<Contradiction>,
        /// The folder.
        evidence: PathBuf,
    },
}

impl LedgerError {
    /// A broken rule.
    pub(crate) fn broken(rule: &str, words: impl std::fmt::Display) -> Self {
        Self::Broken {
            rule: rule.to_owned(),
            words: format!("rule {rule}: {words}"),
        }
    }
}

impl From<LedgerFault> for LedgerError {
    fn from(fault: LedgerFault) -> Self {
        Self::Broken {
            rule: fault.rule.name(),
            words: fault.to_string(),
        }
    }
}

impl From<BundleFault> for LedgerError {
    fn from(fault: BundleFault) -> Self {
        Self::Broken {
            rule: fault.rule.name(),
            words: fault.to_string(),
        }
    }
}

impl From<CheckpointError> for LedgerError {
    fn from(error: CheckpointError) -> Self {
        Self::broken("checkpoint", error)
    }
}

impl From<OtherTiles> for LedgerError {
    fn from(error: OtherTiles) -> Self {
        Self::Broken {
            rule: "tiles".to_owned(),
            words: error.to_string(),
        }
    }
}
