//! tlog-policy: which log is trusted, which witnesses, here storage nodes, there are, and how many must have cosigned.
//!
//! Of the specification's policies the ledger has those of one log and one flat group of all witnesses, of which more than
//! half must cosign.

mod parse;
mod quorum;
#[cfg(test)]
mod tests;
mod url;

pub use parse::{PolicyFault, PolicyTextError};
pub use quorum::{Certified, Cosigned, Uncertified};

use super::note::VKey;
use std::fmt;

/// The most witnesses.
pub const MAX_WITNESSES: usize = 32;

/// A policy. It prints as a tlog-policy file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuorumPolicy {
    log: VKey,
    log_url: Option<String>,
    witnesses: Vec<Witness>,
    group: String,
    threshold: usize,
}

/// A witness of the policy: a storage node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// Its name within the policy.
    pub name: String,
    /// The key with which it cosigns, and the name in its lines.
    pub vkey: VKey,
    /// Where it is reached.
    pub url: Option<String>,
}

impl QuorumPolicy {
    /// The policy under which `threshold` of the witnesses must have cosigned what the log signs.
    ///
    /// # Errors
    /// What [`parse`](Self::parse) would say of its text.
    pub fn new(
        log: VKey,
        witnesses: Vec<Witness>,
        group: &str,
        threshold: usize,
    ) -> Result<Self, PolicyTextError> {
        let group = group.to_owned();
        let log_url = None;
        let policy = Self {
            log,
            log_url,
            witnesses,
            group,
            threshold,
        };
        let parsed = Self::parse(&policy.to_string())?;
        if parsed == policy {
            Ok(parsed)
        } else {
            Err(PolicyTextError::Words)
        }
    }

    /// The key with which the log signs checkpoints. Its name is the origin.
    #[must_use]
    pub const fn log(&self) -> &VKey {
        &self.log
    }

    /// The log's name.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.log.name()
    }

    /// The witnesses, in the order of the policy.
    #[must_use]
    pub fn witnesses(&self) -> &[Witness] {
        &self.witnesses
    }

    /// How many of them must have cosigned; more than half.
    #[must_use]
    pub const fn threshold(&self) -> usize {
        self.threshold
    }
}

impl fmt::Display for QuorumPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "log {}", self.log)?;
        end_with_url(f, self.log_url.as_deref())?;
        for witness in &self.witnesses {
            write!(f, "witness {} {}", witness.name, witness.vkey)?;
            end_with_url(f, witness.url.as_deref())?;
        }
        write!(f, "group {} {}", self.group, self.threshold)?;
        for witness in &self.witnesses {
            write!(f, " {}", witness.name)?;
        }
        write!(f, "\nquorum {}\n", self.group)
    }
}

fn end_with_url(f: &mut fmt::Formatter<'_>, url: Option<&str>) -> fmt::Result {
    match url {
        Some(url) => writeln!(f, " {url}"),
        None => writeln!(f),
    }
}
