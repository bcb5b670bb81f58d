//! Why something did not work: a code that pages say in the reader's language, and the details.

use crate::api::problem::{Problem, ProblemCode};
use serde::{Deserialize, Serialize};

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// The kind, for which pages have a sentence.
    pub code: TroubleCode,
    /// What exactly, in English.
    pub detail: String,
}

/// The kinds of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TroubleCode {
    /// The coordinator does not answer.
    Unreachable,
    /// The coordinator asks for patience.
    Busy,
    /// There is no such thing, or it belongs to another key.
    NotFound,
    /// The key is not approved on this coordinator.
    NotApproved,
    /// The coordinator refuses, for the reason given.
    Refused,
    /// The answer is not one of this protocol.
    NotUnderstood,
    /// This server serves another ledger than it did before.
    OtherLedger,
    /// Bytes are not those that were signed for: nothing of it is used.
    Tampered,
    /// There is no key to sign with.
    NoKey,
    /// The key cannot be used.
    Key,
    /// The module or its manifest is refused.
    Program,
    /// No program is chosen.
    NoProgram,
    /// The input is missing.
    NoInput,
    /// The input cannot be cut as the draft says.
    Split,
    /// The arguments are not those of the program.
    Args,
    /// A limit or the seed is not a value that is allowed.
    Limits,
    /// The signed job would break a rule.
    Job,
    /// The input is not what it was when it was hashed.
    InputChanged,
    /// A guest did not end well.
    Guest,
    /// It was stopped.
    Stopped,
    /// This browser lacks something.
    Browser,
}

impl Trouble {
    /// Of a kind, with details.
    #[must_use]
    pub fn new(code: TroubleCode, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { code, detail }
    }

    /// What a coordinator's refusal means.
    #[must_use]
    pub fn of_problem(problem: &Problem) -> Self {
        let code = match problem.code {
            ProblemCode::NotFound => TroubleCode::NotFound,
            ProblemCode::NotApproved
            | ProblemCode::ForeignOrigin
            | ProblemCode::Unauthenticated => TroubleCode::NotApproved,
            ProblemCode::Busy
            | ProblemCode::RateLimited
            | ProblemCode::NotLeader
            | ProblemCode::Draining => TroubleCode::Busy,
            _ => TroubleCode::Refused,
        };
        let mut detail = problem.title.clone();
        if !problem.detail.is_empty() && problem.detail != problem.title {
            detail = format!("{detail}: {}", problem.detail);
        }
        Self { code, detail }
    }

    /// Whether the same may work a little later.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(self.code, TroubleCode::Unreachable | TroubleCode::Busy)
    }
}
