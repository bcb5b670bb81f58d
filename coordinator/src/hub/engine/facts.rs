//! What the scheduler notices of a node, as it is added to the node's record.

use crate::scheduler::NodeFact;
use crate::store::NodeDelta;

/// Adds one fact to what will be committed of a node.
pub(super) fn add(node: &mut NodeDelta, fact: &NodeFact) {
    let record = &mut node.add;
    match fact {
        NodeFact::Assigned => record.assigned += 1,
        NodeFact::Accepted { credit } => {
            record.accepted += 1;
            record.credit = record.credit.saturating_add(*credit);
            node.streak += 1;
        }
        NodeFact::Outvoted => {
            record.outvoted += 1;
            node.streak = 0;
            node.streak_reset = true;
        }
        NodeFact::Invalid => {
            record.invalid += 1;
            node.streak = 0;
            node.streak_reset = true;
        }
        NodeFact::Superseded => record.superseded += 1,
        NodeFact::DoubleVote(_) => record.double_votes += 1,
        NodeFact::Replayed => record.replays += 1,
        NodeFact::Unable(_) => record.unable += 1,
        NodeFact::Returned => record.returned += 1,
        NodeFact::Expired => record.expired += 1,
    }
}
