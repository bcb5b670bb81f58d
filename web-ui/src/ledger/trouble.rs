//! Why something of the ledger is not shown as checked.

use shared::ledger::rules::LedgerRule;
use shared::ledger::verify::Contradiction;

/// Why nothing came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotFetched {
    /// The coordinator does not answer, or not as one.
    Unreachable,
    /// There is no such thing.
    NotFound,
}

/// A rule that is broken, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The rule, by its name in refusals.
    pub(crate) rule: String,
    /// What is wrong, in the language of the specification.
    pub(crate) words: String,
}

impl Fault {
    pub(crate) fn new(rule: &str, words: impl std::fmt::Display) -> Self {
        Self {
            rule: rule.to_owned(),
            words: words.to_string(),
        }
    }
}

impl From<LedgerRule> for Fault {
    fn from(broken: LedgerRule) -> Self {
        let (rule, words) = (broken.name(), broken.to_string());
        let start = format!("rule {rule}: ");
        let words = words.strip_prefix(&start).unwrap_or(&words).to_owned();
        Self { rule, words }
    }
}

/// Why something of the ledger cannot be shown, or not as checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Nothing came.
    NotFetched(NotFetched),
    /// It breaks a rule.
    Broken(Fault),
    /// Another ledger than the one that was kept.
    OtherLedger {
        /// The name of the kept one.
        kept: String,
        /// The name of the one now.
        found: String,
    },
    /// The ledger was rewritten: two checkpoints prove it.
    Alarm(Box<Contradiction>),
}

impl From<NotFetched> for Trouble {
    fn from(error: NotFetched) -> Self {
        Self::NotFetched(error)
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Broken(fault)
    }
}

/// `Err` of a broken rule.
pub(super) fn broken<T>(rule: &str, words: impl std::fmt::Display) -> Result<T, Trouble> {
    Err(Trouble::Broken(Fault::new(rule, words)))
}
