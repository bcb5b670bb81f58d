//! Any entry of the ledger, told apart by its label.

use super::ban::Ban;
use super::done::Done;
use super::evidence::Evidence;
use super::header::Header;
use super::policy::PolicyEntry;
use super::void::Void;
use super::withdraw::{SignedWithdraw, Withdraw};
use crate::cert::Cert;
use crate::codec::{Canonical, DecodeError};
use crate::fail::Fail;
use crate::ids::ChainId;
use crate::job::{Job, SignedError, SignedJob};
use crate::program::Prog;

/// Most bytes of an entry.
pub const MAX_ENTRY_BYTES: usize = 65_535;

/// An entry. Signatures by keys that the entry itself names are verified, by construction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A job.
    Job(Box<SignedJob>),
    /// A task's answer.
    Cert(Box<Cert>),
    /// A task without an answer.
    Fail(Box<Fail>),
    /// A job's end.
    Done(Done),
    /// A Cert that does not count any more.
    Void(Box<Void>),
    /// A program version.
    Prog(Box<Prog>),
    /// A program version that takes no new jobs.
    Withdraw(SignedWithdraw),
    /// A node that may not vote, or may again.
    Ban(Ban),
    /// Two statements that cannot both be honest.
    Evidence(Evidence),
    /// Who keeps the ledger from the next block on.
    Policy(Box<PolicyEntry>),
    /// The last entry of a block.
    Header(Box<Header>),
}

impl Entry {
    /// Reads an entry of ledger `chain`.
    ///
    /// # Errors
    /// See [`SignedError`].
    pub fn decode(chain: ChainId, bytes: &[u8]) -> Result<Self, SignedError> {
        if bytes.len() > MAX_ENTRY_BYTES {
            let found = format!("{} bytes", bytes.len());
            return Err(DecodeError::value("entry", found, "at most 65,535 bytes").into());
        }
        let label = bytes.first_chunk::<16>().ok_or(DecodeError::Truncated {
            at: 0,
            field: "label",
        })?;
        Ok(match label {
            Job::LABEL => Self::Job(Box::new(SignedJob::decode(chain, bytes)?)),
            Cert::LABEL => Self::Cert(Box::new(plain(chain, bytes)?)),
            Fail::LABEL => Self::Fail(Box::new(plain(chain, bytes)?)),
            Done::LABEL => Self::Done(plain(chain, bytes)?),
            Void::LABEL => Self::Void(Box::new(plain(chain, bytes)?)),
            Prog::LABEL => Self::Prog(Prog::decode_signed(chain, bytes)?.0.into()),
            Withdraw::LABEL => Self::Withdraw(SignedWithdraw::decode(chain, bytes)?),
            Ban::LABEL => Self::Ban(plain(chain, bytes)?),
            Evidence::LABEL => Self::Evidence(plain(chain, bytes)?),
            PolicyEntry::LABEL => Self::Policy(Box::new(plain(chain, bytes)?)),
            Header::LABEL => Self::Header(Header::decode_signed(chain, bytes)?.into()),
            other => {
                let found = format!("{:?}", String::from_utf8_lossy(other));
                return Err(DecodeError::value("label", found, "no entry has this label").into());
            }
        })
    }

    /// What kind of entry it is, as LEDGER.md calls it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Job(_) => "Job",
            Self::Cert(_) => "Cert",
            Self::Fail(_) => "Fail",
            Self::Done(_) => "Done",
            Self::Void(_) => "Void",
            Self::Prog(_) => "Prog",
            Self::Withdraw(_) => "Withdraw",
            Self::Ban(_) => "Ban",
            Self::Evidence(_) => "Evid",
            Self::Policy(_) => "Policy",
            Self::Header(_) => "Header",
        }
    }
}

/// What kind of entry these bytes say they are, by their label alone; nothing is verified.
#[must_use]
pub fn kind_of(bytes: &[u8]) -> Option<&'static str> {
    Some(match bytes.first_chunk::<16>()? {
        Job::LABEL => "Job",
        Cert::LABEL => "Cert",
        Fail::LABEL => "Fail",
        Done::LABEL => "Done",
        Void::LABEL => "Void",
        Prog::LABEL => "Prog",
        Withdraw::LABEL => "Withdraw",
        Ban::LABEL => "Ban",
        Evidence::LABEL => "Evid",
        PolicyEntry::LABEL => "Policy",
        Header::LABEL => "Header",
        _ => return None,
    })
}

fn plain<T: Canonical>(chain: ChainId, bytes: &[u8]) -> Result<T, SignedError> {
    let (found, value) = T::decode(bytes)?;
    if found == chain {
        Ok(value)
    } else {
        Err(SignedError::Chain { found })
    }
}
