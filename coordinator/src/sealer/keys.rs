//! The leader's keys: headers and requests, checkpoints, the referee's votes.

use super::{Policy, SealerError};
use crate::data_dir::DataDir;
use anyhow::Result;
use shared::crypto::SecretKey;
use shared::key_file::KeyRole;
use shared::ledger::note::{SignatureKind, VKey};

/// File of the key that signs checkpoints.
const CHECKPOINT_KEY: &str = "keys/checkpoint.key";
/// File of the referee's key.
const REFEREE_KEY: &str = "keys/referee.key";

/// The secret keys of a ledger's leader; all coordinators of one ledger have the same.
#[derive(Debug, Clone)]
pub struct LedgerKeys {
    /// Signs headers and requests.
    pub leader: SecretKey,
    /// Signs checkpoints.
    pub checkpoint: SecretKey,
    /// Settles disputes.
    pub referee: SecretKey,
}

impl LedgerKeys {
    /// Reads the keys beside the leader's, or makes them on first use.
    ///
    /// # Errors
    /// When a key file is damaged or cannot be written.
    pub fn open(data: &DataDir, leader: SecretKey) -> Result<Self> {
        Ok(Self {
            leader,
            checkpoint: data.key(CHECKPOINT_KEY, KeyRole::Checkpoint)?,
            referee: data.key(REFEREE_KEY, KeyRole::Referee)?,
        })
    }

    /// The verifier key of the log `origin`.
    pub(super) fn log_vkey(&self, origin: &str) -> Result<VKey, SealerError> {
        let key = self.checkpoint.public_bytes();
        VKey::new(origin, SignatureKind::Ed25519, key)
            .map_err(|error| SealerError::Setup(format!("the origin {origin}: {error}")))
    }

    /// Whether these are the keys that the policy names.
    pub(super) fn check(&self, policy: &Policy) -> Result<(), SealerError> {
        let setup = |words: &str| Err(SealerError::Setup(words.to_owned()));
        if policy.entry.leader_key != self.leader.leader_key() {
            return setup(
                "keys/leader.key is not the policy's leader; copy that ledger's key files",
            );
        }
        if policy.text.log() != &self.log_vkey(policy.text.origin())? {
            return setup(
                "keys/checkpoint.key is not the policy's log key; copy that ledger's key files",
            );
        }
        Ok(())
    }
}
