//! tlog-proof: that an entry is in the log, in one file that is checked offline against a policy.

use super::note::{Note, NoteError};
use super::policy_text::{Certified, QuorumPolicy, Uncertified};
use super::text::{decimal, excerpt, from_base64, hash_from_base64, to_base64};
use crate::ids::Digest;
use crate::merkle::{ProofError, verify_inclusion};
use std::fmt;

/// The first line.
const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";
/// The longest audit path: that of a tree of 2^63 - 1 leaves.
const MAX_PATH: usize = 63;
/// The most extra data that is read.
const MAX_EXTRA: usize = 65_536;

/// A proof that an entry is in the log. It prints as the text of a `.tlog-proof` file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// Data of the application that nothing vouches for.
    pub extra: Option<Vec<u8>>,
    /// The entry's index in the log.
    pub index: u64,
    /// The audit path, from the leaf's sibling upwards.
    pub path: Vec<Digest>,
    /// The checkpoint to whose root it leads, with its signatures.
    pub checkpoint: Note,
}

/// Why bytes are not a proof.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofTextError {
    /// Not UTF-8.
    #[error("the proof is not UTF-8 from byte {0} on")]
    NotUtf8(usize),
    /// The first line is not that of a proof.
    #[error("the first line must be {FIRST_LINE:?}, found {0:?}")]
    FirstLine(String),
    /// The text ends above the checkpoint.
    #[error("the proof ends before its {0}")]
    Ends(&'static str),
    /// The extra data is not base64 or too long.
    #[error("the extra line must hold at most {MAX_EXTRA} bytes in base64")]
    Extra,
    /// There is no index.
    #[error(
        "line {line} must be index and a number below 2^63 without leading zeros, found {found:?}"
    )]
    Index {
        /// Which line, from 1.
        line: usize,
        /// What stands there.
        found: String,
    },
    /// A line of the path is not a hash.
    #[error("line {line} must be a hash of 32 bytes in base64, found {found:?}")]
    Hash {
        /// Which line, from 1.
        line: usize,
        /// What stands there.
        found: String,
    },
    /// No tree is so high.
    #[error("the audit path has more than {MAX_PATH} hashes")]
    LongPath,
    /// What stands behind the empty line is not a note.
    #[error("the checkpoint of the proof: {0}")]
    Checkpoint(#[from] NoteError),
}

/// Why a proof proves nothing under a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// The checkpoint does not meet the policy.
    #[error(transparent)]
    Uncertified(#[from] Uncertified),
    /// The entry is not in the tree of the checkpoint.
    #[error("the entry is not in the log: {0}")]
    NotIncluded(#[from] ProofError),
}

impl TlogProof {
    /// Reads a proof.
    ///
    /// # Errors
    /// See [`ProofTextError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofTextError> {
        let not_utf8 = |error: std::str::Utf8Error| ProofTextError::NotUtf8(error.valid_up_to());
        let text = std::str::from_utf8(bytes).map_err(not_utf8)?;
        let first = text.split('\n').next().unwrap_or_default();
        if first != FIRST_LINE {
            return Err(ProofTextError::FirstLine(excerpt(first)));
        }
        let (head, checkpoint) = text
            .split_once("\n\n")
            .ok_or(ProofTextError::Ends("checkpoint"))?;
        let mut lines = (2..).zip(head.split('\n').skip(1)).peekable();
        let extra = lines.next_if(|(_, line)| line.starts_with("extra "));
        let extra = extra.map(|(_, line)| read_extra(line)).transpose()?;
        let (line, found) = lines.next().ok_or(ProofTextError::Ends("index"))?;
        let index = found.strip_prefix("index ").and_then(decimal);
        let index = index.ok_or_else(|| ProofTextError::Index {
            line,
            found: excerpt(found),
        })?;
        let mut path = Vec::new();
        for (line, found) in lines {
            if path.len() == MAX_PATH {
                return Err(ProofTextError::LongPath);
            }
            let hash = hash_from_base64(found);
            path.push(hash.ok_or_else(|| ProofTextError::Hash {
                line,
                found: excerpt(found),
            })?);
        }
        Ok(Self {
            extra,
            index,
            path,
            checkpoint: Note::parse(checkpoint.as_bytes())?,
        })
    }

    /// Checks that the checkpoint meets the policy and has the entry with this leaf hash at the proof's index.
    ///
    /// # Errors
    /// When one of them is not so.
    pub fn verify(&self, policy: &QuorumPolicy, leaf_hash: Digest) -> Result<Certified, Unproven> {
        let certified = policy.certify(&self.checkpoint)?;
        let (size, root) = (certified.checkpoint.size, certified.checkpoint.root);
        verify_inclusion(leaf_hash, self.index, size, &self.path, root)?;
        Ok(certified)
    }
}

fn read_extra(line: &str) -> Result<Vec<u8>, ProofTextError> {
    let base64 = line.strip_prefix("extra ").unwrap_or_default();
    // Four characters stand for three bytes.
    let is_short = base64.len() <= MAX_EXTRA.div_ceil(3) * 4;
    let extra = from_base64(base64).filter(|extra| is_short && extra.len() <= MAX_EXTRA);
    extra.ok_or(ProofTextError::Extra)
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", to_base64(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.path {
            writeln!(f, "{}", to_base64(&hash.0))?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests;
