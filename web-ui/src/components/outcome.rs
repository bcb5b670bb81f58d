//! How a guest ended, in a few words.

use super::fuel::instructions;
use crate::texts::Texts;
use shared::outcome::{Outcome, Status};

/// The words.
pub(crate) fn outcome_words(texts: &Texts, outcome: &Outcome) -> String {
    match outcome.status {
        Status::Ok => texts.say("job-outcome-ok"),
        Status::Exit => texts.say_with("job-outcome-exit", [("code", outcome.code.into())]),
        Status::Trap => texts.say("job-outcome-trap"),
        Status::OutOfFuel => {
            let limit = instructions(texts, outcome.fuel);
            texts.say_with("job-outcome-fuel", [("limit", limit.into())])
        }
        Status::OutputTooLarge => texts.say("job-outcome-output"),
        Status::OutOfMemory => texts.say("job-outcome-memory"),
    }
}
