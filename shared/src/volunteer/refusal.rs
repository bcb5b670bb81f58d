//! What a refusal means to a volunteer: a sentence, and whether trying again makes sense.

use crate::protocol::RefuseReason;

/// Whether the node should stay away: trying again would be refused again, or would push another process out.
#[must_use]
pub const fn is_final(reason: RefuseReason) -> bool {
    match reason {
        RefuseReason::Version
        | RefuseReason::BadSignature
        | RefuseReason::BadOwner
        | RefuseReason::Banned
        | RefuseReason::TakenOver
        | RefuseReason::InvalidVotes => true,
        RefuseReason::Protocol
        | RefuseReason::Timeout
        | RefuseReason::BadWork
        | RefuseReason::Busy
        | RefuseReason::ShuttingDown => false,
    }
}

/// The reason as a sentence for the user, with what to do about it.
#[must_use]
pub const fn sentence(reason: RefuseReason) -> &'static str {
    match reason {
        RefuseReason::Version => {
            "the coordinator speaks another version of the protocol: update this program"
        }
        RefuseReason::Protocol => "the coordinator could not read what this program sent",
        RefuseReason::Timeout => "the coordinator waited too long for an answer",
        RefuseReason::BadSignature => {
            "the coordinator does not accept this node's key or signature: use another key"
        }
        RefuseReason::BadOwner => "the coordinator does not accept the signature of an owner key",
        RefuseReason::BadWork => "the coordinator does not accept the answer to its puzzle",
        RefuseReason::Banned => "this node is banned: ask the coordinator's operator",
        RefuseReason::Busy => {
            "the coordinator has too many volunteers, or this node read too slowly"
        }
        RefuseReason::TakenOver => {
            "a newer connection with the same key took over: only one program may use a key"
        }
        RefuseReason::InvalidVotes => "the coordinator found three invalid votes of this node",
        RefuseReason::ShuttingDown => "the coordinator is stopping",
    }
}
