//! What a run has shown: a model that no longer reaches some rule proves nothing about it.

use coordinator::scheduler::{Decision, Effect, NodeFact};
use shared::cert::Relaxed;
use shared::fail::FailReason;
use shared::protocol::{RejectReason, Settlement};

/// What the model must see at least once.
pub(crate) const EVERYTHING: [&str; 19] = [
    "accepted",
    "accepted after disputes",
    "dissent",
    "networks relaxed",
    "newcomers relaxed",
    "no majority",
    "unable",
    "cancel",
    "output asked",
    "output missing",
    "outvoted",
    "task failed",
    "double vote",
    "replay",
    "superseded",
    "expired",
    "job waits",
    "node idles",
    "invalid",
];

/// What an effect shows of the model's reach.
pub(crate) fn name(effect: &Effect) -> Vec<&'static str> {
    match effect {
        Effect::Decided(Decision::Accepted(accepted)) => {
            let marks = [
                (true, "accepted"),
                (accepted.attempt > 1, "accepted after disputes"),
                (!accepted.dissent.is_empty(), "dissent"),
                (
                    accepted.relaxed.contains(Relaxed::NETWORK),
                    "networks relaxed",
                ),
                (
                    accepted.relaxed.contains(Relaxed::UNPROVEN),
                    "newcomers relaxed",
                ),
            ];
            marks
                .into_iter()
                .filter(|(holds, _)| *holds)
                .map(|(_, name)| name)
                .collect()
        }
        Effect::Decided(Decision::Failed(failed)) => vec![match failed.reason {
            FailReason::NoMajority => "no majority",
            FailReason::Unable => "unable",
        }],
        Effect::Cancel { .. } => vec!["cancel"],
        Effect::NeedOutput { .. } => vec!["output asked"],
        Effect::JobWaiting { .. } => vec!["job waits"],
        Effect::Idle { .. } => vec!["node idles"],
        Effect::Settled { settlement, .. } => vec![match settlement {
            Settlement::Accepted { .. } => return Vec::new(),
            Settlement::Superseded => "superseded",
            Settlement::Rejected(RejectReason::Outvoted) => "outvoted",
            Settlement::Rejected(RejectReason::TaskFailed) => "task failed",
            Settlement::Rejected(RejectReason::BadOutput) => "output missing",
            Settlement::Rejected(other) => panic!("only the hub says {other:?}"),
        }],
        Effect::Record { what, .. } => vec![match what {
            NodeFact::DoubleVote(_) => "double vote",
            NodeFact::Replayed => "replay",
            NodeFact::Expired => "expired",
            NodeFact::Invalid => "invalid",
            _ => return Vec::new(),
        }],
        Effect::Assign { .. } | Effect::Attempt { .. } => Vec::new(),
    }
}
