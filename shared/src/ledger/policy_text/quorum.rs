//! Whether a checkpoint meets the policy: the log has signed it and enough witnesses have cosigned.

use super::QuorumPolicy;
use crate::ledger::checkpoint::{Checkpoint, CheckpointError};
use crate::ledger::cosignature::{CosignatureError, check_cosignature};
use crate::ledger::note::Note;

/// A checkpoint that meets a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certified {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// Who has cosigned, in the order of the policy.
    pub cosigned: Vec<Cosigned>,
}

/// A witness that has cosigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigned {
    /// Its name within the policy.
    pub witness: String,
    /// When, in Unix seconds; the latest time when it did so more than once.
    pub time_s: u64,
}

/// Why a note does not meet a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Uncertified {
    /// It is no checkpoint that the log has signed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A line of a witness is not a cosignature of this checkpoint. Nobody adds such a line in good faith, so nothing
    /// else in the note counts.
    #[error("the cosignature of {witness} is none: {error}")]
    Cosignature {
        /// The witness's name within the policy.
        witness: String,
        /// What is wrong.
        error: CosignatureError,
    },
    /// Too few witnesses have cosigned.
    #[error("{} of the {needed} witnesses that are needed have cosigned: {}", .cosigned.len(), .cosigned.join(", "))]
    TooFew {
        /// How many the policy demands.
        needed: usize,
        /// Names of those that have.
        cosigned: Vec<String>,
    },
}

impl QuorumPolicy {
    /// The checkpoint of a note if it meets the policy. Each witness counts once; lines of unknown keys are ignored.
    ///
    /// # Errors
    /// When the log has not signed, a line of a known key does not verify, or too few witnesses have cosigned.
    pub fn certify(&self, note: &Note) -> Result<Certified, Uncertified> {
        let checkpoint = self.checkpoint(note)?;
        let cosigned = self.cosigned(note)?;
        if cosigned.len() >= self.threshold {
            let certified = Certified {
                checkpoint,
                cosigned,
            };
            return Ok(certified);
        }
        Err(Uncertified::TooFew {
            needed: self.threshold,
            cosigned: cosigned.into_iter().map(|one| one.witness).collect(),
        })
    }

    /// The checkpoint of a note that the log has signed, however few witnesses have cosigned it.
    ///
    /// # Errors
    /// When the note is no checkpoint of this log, or the log's line is missing or does not verify.
    pub fn checkpoint(&self, note: &Note) -> Result<Checkpoint, CheckpointError> {
        Checkpoint::of_log(&self.log, note)
    }

    /// The witnesses that have cosigned a checkpoint, each once, in the order of the policy.
    ///
    /// # Errors
    /// When a line of a witness does not verify.
    pub fn cosigned(&self, note: &Note) -> Result<Vec<Cosigned>, Uncertified> {
        let mut cosigned = Vec::new();
        for witness in &self.witnesses {
            let mut latest = None;
            for line in note.lines_of(&witness.vkey) {
                let found = check_cosignature(&witness.vkey, line, note.text());
                let found = found.map_err(|error| Uncertified::Cosignature {
                    witness: witness.name.clone(),
                    error,
                })?;
                latest = latest.max(Some(found.time_s));
            }
            cosigned.extend(latest.map(|time_s| Cosigned {
                witness: witness.name.clone(),
                time_s,
            }));
        }
        Ok(cosigned)
    }
}
