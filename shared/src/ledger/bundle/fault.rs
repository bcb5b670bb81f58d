//! Why a bundle proves nothing: which rule is broken, and where.

use crate::ids::JobId;
use crate::ledger::rules::LedgerRule;
use std::fmt;

/// The rule that a bundle breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {rule}")]
pub struct BundleFault {
    /// Where.
    pub place: BundlePlace,
    /// Which.
    pub rule: LedgerRule,
}

/// A part of a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BundlePlace {
    /// The Policy at this index, or its checkpoint.
    Policy(u64),
    /// The newest header, or its checkpoint.
    Header,
    /// The leaf list of a job.
    Leaves(JobId),
    /// The record at this index.
    Record(u64),
    /// A task of the job.
    Task(u32),
    /// The bundle as a whole.
    Whole,
}

impl fmt::Display for BundlePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policy(index) => write!(f, "policy {index}"),
            Self::Header => f.write_str("the newest header"),
            Self::Leaves(job_id) => write!(f, "the leaf list of job {job_id}"),
            Self::Record(index) => write!(f, "record {index}"),
            Self::Task(task) => write!(f, "task {task}"),
            Self::Whole => f.write_str("the bundle"),
        }
    }
}

impl BundlePlace {
    /// Puts the place to a broken rule.
    pub(super) fn of<T>(self, checked: Result<T, impl Into<LedgerRule>>) -> Result<T, BundleFault> {
        checked.map_err(|rule| BundleFault {
            place: self,
            rule: rule.into(),
        })
    }

    /// A rule that is broken here.
    pub(super) fn broken<T>(
        self,
        name: &'static str,
        words: impl Into<String>,
    ) -> Result<T, BundleFault> {
        let words = words.into();
        self.of(Err(LedgerRule::Order { name, words }))
    }
}
