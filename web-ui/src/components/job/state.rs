//! Where a job stands, in a word.

use crate::texts::Texts;
use shared::api::jobs::JobState;

/// The word.
pub(crate) fn state_word(texts: &Texts, state: JobState) -> String {
    match state {
        JobState::Uploading => texts.say("job-is-uploading"),
        JobState::Running => texts.say("job-is-running"),
        JobState::Complete => texts.say("job-is-complete"),
        JobState::Cancelled => texts.say("job-is-cancelled"),
        JobState::Expired => texts.say("job-is-expired"),
        JobState::Stopped => texts.say("job-is-stopped"),
    }
}
