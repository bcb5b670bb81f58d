//! Why a job does not go on, in a sentence.

use crate::texts::Texts;
use shared::api::jobs::WaitingReason;

/// The sentence.
pub(crate) fn waiting_sentence(texts: &Texts, reason: &WaitingReason) -> String {
    match *reason {
        WaitingReason::Inputs { missing } => {
            texts.say_with("job-waiting-inputs", [("missing", missing.into())])
        }
        WaitingReason::TooFewVolunteers { eligible, needed } => texts.say_with(
            "job-waiting-volunteers",
            [("eligible", eligible.into()), ("needed", needed.into())],
        ),
        WaitingReason::OneMoreIfDisagree { eligible, trust } => texts.say_with(
            "job-waiting-one-more",
            [("eligible", eligible.into()), ("trust", trust.into())],
        ),
        WaitingReason::TooFewNetworks { networks, needed } => texts.say_with(
            "job-waiting-networks",
            [("networks", networks.into()), ("needed", needed.into())],
        ),
        WaitingReason::TooFewProven { proven, needed } => texts.say_with(
            "job-waiting-proven",
            [("proven", proven.into()), ("needed", needed.into())],
        ),
        WaitingReason::AllBusy => texts.say("job-waiting-busy"),
        WaitingReason::StorageQuorum => texts.say("job-waiting-quorum"),
        WaitingReason::Draining => texts.say("job-waiting-draining"),
    }
}
