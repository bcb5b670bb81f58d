//! What can go wrong between this program and a coordinator, in words that say what to do.

use crate::remote::address::AddressError;
use shared::api::problem::{Problem, ProblemCode};
use shared::ids::{ChainId, Digest};
use std::path::PathBuf;

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Not an address that a coordinator can have.
    #[error(transparent)]
    BadUrl(#[from] AddressError),
    /// The TLS settings cannot be made.
    #[error(transparent)]
    Tls(#[from] crate::remote::tls::TlsError),
    /// Nobody answers.
    #[error("cannot reach the coordinator at {url}: {reason}; is it running, and is --url right?")]
    Unreachable {
        /// Where.
        url: String,
        /// What the connection said.
        reason: String,
        /// Whether the request may have been heard: the connection was there and broke.
        connected: bool,
    },
    /// The coordinator answered with a problem.
    #[error("{}", in_words(.0))]
    Refused(Box<Problem>),
    /// Something else than a coordinator answered, or a damaged coordinator.
    #[error("{url} answered something else than a Manyhands coordinator would: {reason}")]
    NotUnderstood {
        /// Where.
        url: String,
        /// What was wrong with the answer.
        reason: String,
    },
    /// The ledger behind a known address is another one.
    #[error(transparent)]
    OtherLedger(#[from] Box<OtherLedger>),
    /// The call needs a token and there is none.
    #[error(
        "this needs an admin's token: give one with --token-file, or run it on the coordinator's machine with its --data directory (no token in {looked_in})"
    )]
    NoToken {
        /// Where a token was looked for.
        looked_in: PathBuf,
    },
    /// A secret must not travel unprotected.
    #[error("a token is not sent to {url} over plain http; use https")]
    PlainToken {
        /// Where.
        url: String,
    },
    /// A blob came that is not the one asked for.
    #[error("rule blob_hash: the coordinator gave other bytes than those with SHA-256 {sha256}")]
    WrongBytes {
        /// The hash that was asked for.
        sha256: Digest,
    },
    /// A local file cannot be read or written.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        reason: String,
    },
}

/// The ledger behind a known address is another one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{url} now serves the ledger {found_origin} (chain_id {found}), but it was {known_origin} (chain_id {known}) when this program first met it. \
     If you have set that coordinator up anew, say so with --accept-new-ledger; otherwise somebody else answers in its place"
)]
pub struct OtherLedger {
    /// Where.
    pub url: String,
    /// The name of the ledger that was known.
    pub known_origin: String,
    /// Its chain id.
    pub known: ChainId,
    /// The name of the ledger now.
    pub found_origin: String,
    /// Its chain id.
    pub found: ChainId,
}

impl ClientError {
    /// A failed file operation.
    pub fn file(path: impl Into<PathBuf>, reason: impl std::fmt::Display) -> Self {
        Self::File {
            path: path.into(),
            reason: reason.to_string(),
        }
    }

    /// The code of the problem, when the coordinator answered with one.
    #[must_use]
    pub fn code(&self) -> Option<ProblemCode> {
        match self {
            Self::Refused(problem) => Some(problem.code),
            _ => None,
        }
    }

    /// Whether nobody answered, or only to say that now is not the time.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused(problem) => matches!(
                problem.code,
                ProblemCode::RateLimited
                    | ProblemCode::Busy
                    | ProblemCode::NotLeader
                    | ProblemCode::Draining
            ),
            _ => false,
        }
    }
}

fn in_words(problem: &Problem) -> String {
    let mut text = problem.title.clone();
    if !problem.detail.is_empty() && problem.detail != problem.title {
        text.push_str(": ");
        text.push_str(&problem.detail);
    }
    for fault in problem
        .errors
        .iter()
        .filter(|fault| fault.detail != problem.detail)
    {
        text.push_str("\n  ");
        text.push_str(&fault.pointer);
        text.push_str(": ");
        text.push_str(&fault.detail);
    }
    text
}
