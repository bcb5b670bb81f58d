//! How a guest ended, in a few words.

use crate::texts::Texts;
use shared::outcome::{Outcome, Status};

/// The words.
pub(crate) fn outcome_words(texts: &Texts, outcome: &Outcome) -> String {
    match outcome.status {
        Status::Ok => texts.say("job-outcome-ok"),
        Status::Exit => texts.say_with("job-outcome-exit", [("code", outcome.code.into())]),
        Status::Trap => texts.say("job-outcome-trap"),
        Status::OutOfFuel => texts.say("job-outcome-fuel"),
        Status::OutputTooLarge => texts.say("job-outcome-output"),
        Status::OutOfMemory => texts.say("job-outcome-memory"),
    }
}
