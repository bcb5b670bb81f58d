//! What a policy asks for: acks of a quorum commit a block, cosignatures of a quorum certify its checkpoint.

use super::wire::CommitProof;
use shared::ids::{AckKey, ChainId, Digest};
use shared::ledger::ack::Ack;
use shared::ledger::checkpoint::Checkpoint;
use shared::ledger::facts::PolicyInForce;
use shared::ledger::note::Note;
use shared::ledger::policy_text::QuorumPolicy;
use std::collections::BTreeSet;

/// A policy with its text read.
#[derive(Debug, Clone)]
pub(super) struct Quorum {
    pub(super) policy: PolicyInForce,
    pub(super) text: QuorumPolicy,
}

impl Quorum {
    /// Reads the text of a policy.
    pub(super) fn of(policy: PolicyInForce) -> Result<Self, String> {
        let text = QuorumPolicy::parse(&policy.entry.text).map_err(|error| error.to_string())?;
        Ok(Self { policy, text })
    }

    /// Whether a quorum has accepted the block, all at one ballot.
    pub(super) fn check_acks(&self, chain: ChainId, proof: &CommitProof) -> Result<(), String> {
        let mut ballot = None;
        let mut keys: BTreeSet<AckKey> = BTreeSet::new();
        for bytes in &proof.acks {
            let ack = Ack::decode_signed(chain, bytes);
            let ack = ack.map_err(|error| format!("rule acks: {error}"))?;
            if (ack.height, ack.header_hash) != (proof.height, proof.header_hash) {
                return Err("rule acks: an ack is for another block".to_owned());
            }
            if *ballot.get_or_insert(ack.ballot) != ack.ballot {
                return Err("rule acks: the acks are of different ballots".to_owned());
            }
            if self.policy.entry.member(ack.ack_key).is_none() {
                let key = ack.ack_key;
                return Err(format!("rule acks: {key} is no storage node of the policy"));
            }
            keys.insert(ack.ack_key);
        }
        let (found, needed) = (keys.len(), self.text.threshold());
        if found < needed {
            return Err(format!("rule acks: {found} of {needed} acks are there"));
        }
        Ok(())
    }

    /// The note of a checkpoint that the log has signed, if it is this one.
    pub(super) fn check_note(&self, note: &str, size: u64, root: Digest) -> Result<Note, String> {
        let read = Note::parse(note.as_bytes());
        let note = read.map_err(|error| format!("rule checkpoint: {error}"))?;
        let found = self.text.checkpoint(&note);
        let found = found.map_err(|error| format!("rule checkpoint: {error}"))?;
        let expected = Checkpoint {
            origin: self.text.origin().to_owned(),
            size,
            root,
        };
        if found != expected {
            let (size, root) = (found.size, found.root);
            return Err(format!(
                "rule checkpoint: it says size {size} and root {root}, the block ends at {} with {}",
                expected.size, expected.root
            ));
        }
        Ok(note)
    }
}
