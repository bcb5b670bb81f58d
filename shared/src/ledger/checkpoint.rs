//! tlog-checkpoint: the log's name, its size and its root, as the text of a note that the log signs.

use super::note::{Note, NoteError, NoteLine, SignatureKind, VKey, VKeyError, is_key_name};
use super::text::{decimal, excerpt, hash_from_base64, to_base64};
use crate::crypto::{PublicKey as _, SecretKey};
use crate::ids::{Digest, Signature};
use std::fmt;
use std::str::FromStr;

/// What a log says of itself. It prints as the text of a note, without extension lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// How many entries it has.
    pub size: u64,
    /// The root over them.
    pub root: Digest,
}

/// Why a note is not a checkpoint of the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is not a note at all.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Not three lines.
    #[error("a checkpoint has three lines: origin, size and root; here are {0}")]
    Lines(usize),
    /// The origin is not a key name.
    #[error("{0:?} is no origin: it must not be empty, nor have spaces or plus signs")]
    Origin(String),
    /// The size is not a decimal number.
    #[error("the size is a number below 2^63 without leading zeros, found {0:?}")]
    Size(String),
    /// The root is not 32 bytes in base64.
    #[error("the root is 32 bytes in base64, found {0:?}")]
    Root(String),
    /// The checkpoint is about another log.
    #[error("the checkpoint is of the log {found:?}, expected was {expected:?}")]
    OtherLog {
        /// The log whose key is known.
        expected: String,
        /// The checkpoint's origin.
        found: String,
    },
    /// The log has not signed.
    #[error("the checkpoint has no line of the log's key {0}")]
    Unsigned(String),
    /// A line of the log's key does not verify.
    #[error("the signature of the log's key {0} does not verify")]
    Signature(String),
}

impl Checkpoint {
    /// The checkpoint as a note with the line of the log's key, which is named by the origin.
    ///
    /// # Errors
    /// When the origin cannot name a key.
    pub fn sign(&self, key: &SecretKey) -> Result<Note, VKeyError> {
        let vkey = VKey::new(&self.origin, SignatureKind::Ed25519, key.public_bytes())?;
        let text = self.to_string();
        let signature = key.sign(text.as_bytes());
        let mut note =
            Note::new(text).expect("an origin that names a key has no control characters");
        note.push(NoteLine::new(&vkey, signature.0.to_vec()));
        Ok(note)
    }

    /// The checkpoint of a note that the log has signed with `log_key`; lines of other keys are not looked at.
    ///
    /// # Errors
    /// When the note is no checkpoint of that log, has no line of its key, or one that does not verify.
    pub fn of_log(log_key: &VKey, note: &Note) -> Result<Self, CheckpointError> {
        let checkpoint: Self = note.text().parse()?;
        if checkpoint.origin != log_key.name() {
            return Err(CheckpointError::OtherLog {
                expected: log_key.name().to_owned(),
                found: checkpoint.origin,
            });
        }
        let mut is_signed = false;
        for line in note.lines_of(log_key) {
            let signature = Signature::from_slice(line.signature());
            if !signature
                .is_some_and(|signature| log_key.verifies(note.text().as_bytes(), &signature))
            {
                return Err(CheckpointError::Signature(log_key.to_string()));
            }
            is_signed = true;
        }
        if is_signed {
            return Ok(checkpoint);
        }
        Err(CheckpointError::Unsigned(log_key.to_string()))
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = to_base64(&self.root.0);
        write!(f, "{}\n{}\n{root}\n", self.origin, self.size)
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let text = text.strip_suffix('\n').ok_or(NoteError::OpenText)?;
        let mut lines = text.split('\n');
        let (Some(origin), Some(size), Some(root), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(CheckpointError::Lines(text.split('\n').count()));
        };
        if !is_key_name(origin) {
            return Err(CheckpointError::Origin(excerpt(origin)));
        }
        let bad_size = || CheckpointError::Size(excerpt(size));
        let bad_root = || CheckpointError::Root(excerpt(root));
        Ok(Self {
            origin: origin.to_owned(),
            size: decimal(size).ok_or_else(bad_size)?,
            root: hash_from_base64(root).ok_or_else(bad_root)?,
        })
    }
}
