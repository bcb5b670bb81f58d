//! The first two messages of a connection: Challenge, and a Join that proves the node's and its owners' keys.

use crate::entropy::random_bytes;
use shared::auth::{Auth, OwnerAuth, work_zero_bits};
use shared::codec::Canonical as _;
use shared::crypto::PublicKey as _;
use shared::ids::{ChainId, ChallengeNonce, NodeKey, SubmitterKey, UnixMs};
use shared::protocol::{Capabilities, MAX_OWNERS, RefuseReason, ToCoordinator, ToNode};

/// Most bytes of `engine` and `agent`.
const MAX_NAME_BYTES: usize = 64;
/// Most slots that a node may offer.
const MAX_SLOTS: u16 = 1024;

/// A challenge that was sent and awaits its Join.
#[derive(Debug)]
pub(super) struct Handshake {
    nonce: ChallengeNonce,
    chain: ChainId,
    work_bits: u8,
}

/// A node that proved its key.
#[derive(Debug)]
pub(super) struct Joined {
    pub(super) node_key: NodeKey,
    pub(super) owners: Vec<SubmitterKey>,
    pub(super) capabilities: Capabilities,
    /// Whether its Work answer has the bits that unknown keys must show.
    pub(super) work_done: bool,
}

impl Handshake {
    /// Draws a nonce, single use by construction.
    pub(super) fn new(chain: ChainId, work_bits: u8) -> Self {
        Self {
            nonce: ChallengeNonce(random_bytes()),
            chain,
            work_bits,
        }
    }

    /// The message to send first.
    pub(super) fn challenge(&self, origin: &str, now: UnixMs) -> ToNode {
        ToNode::Challenge {
            nonce: self.nonce,
            origin: origin.to_owned(),
            chain_id: self.chain,
            work_bits: self.work_bits,
            server_time_ms: now,
        }
    }

    /// Checks the answer.
    pub(super) fn join(self, message: ToCoordinator) -> Result<Joined, RefuseReason> {
        let ToCoordinator::Join {
            node_key,
            signature,
            work,
            owners,
            capabilities,
        } = message
        else {
            return Err(RefuseReason::Protocol);
        };
        if !node_key.is_acceptable() {
            return Err(RefuseReason::BadSignature);
        }
        let auth = Auth {
            nonce: self.nonce,
            node_key,
        };
        if !node_key.verifies(&auth.encode(self.chain), &signature) {
            return Err(RefuseReason::BadSignature);
        }
        if owners.len() > MAX_OWNERS {
            return Err(RefuseReason::BadOwner);
        }
        let owner_message = OwnerAuth {
            nonce: self.nonce,
            node_key,
        }
        .encode(self.chain);
        for owner in &owners {
            let proven = owner.key.is_acceptable();
            if !proven || !owner.key.verifies(&owner_message, &owner.signature) {
                return Err(RefuseReason::BadOwner);
            }
        }
        let names = [&capabilities.engine, &capabilities.agent];
        let printable =
            |name: &&String| name.len() <= MAX_NAME_BYTES && !name.chars().any(char::is_control);
        let slots = capabilities.slots;
        if !names.iter().all(printable) || slots == 0 || slots > MAX_SLOTS {
            return Err(RefuseReason::Protocol);
        }
        let work_done = work_zero_bits(self.chain, &auth, work) >= u32::from(self.work_bits);
        let owners = owners.into_iter().map(|owner| owner.key).collect();
        Ok(Joined {
            node_key,
            owners,
            capabilities,
            work_done,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::crypto::SecretKey;
    use shared::protocol::OwnerProof;

    const CHAIN: ChainId = ChainId([1; 32]);

    fn join(handshake: &Handshake, node: &SecretKey, owner: &SecretKey) -> ToCoordinator {
        let (nonce, node_key) = (handshake.nonce, node.node_key());
        ToCoordinator::Join {
            node_key,
            signature: node.sign(&Auth { nonce, node_key }.encode(CHAIN)),
            work: 0,
            owners: vec![OwnerProof {
                key: owner.submitter_key(),
                signature: owner.sign(&OwnerAuth { nonce, node_key }.encode(CHAIN)),
            }],
            capabilities: Capabilities {
                slots: 1,
                engine: "wasmi".into(),
                agent: "test".into(),
                memory_pages: 16,
            },
        }
    }

    fn keys() -> (SecretKey, SecretKey) {
        (
            SecretKey::from_seed(&[2; 32]),
            SecretKey::from_seed(&[3; 32]),
        )
    }

    #[test]
    fn a_node_that_signs_the_challenge_joins_with_its_owners() {
        let (node, owner) = keys();
        let handshake = Handshake::new(CHAIN, 0);
        let message = join(&handshake, &node, &owner);
        let joined = handshake.join(message).unwrap();
        assert_eq!(joined.node_key, node.node_key());
        assert_eq!(joined.owners, [owner.submitter_key()]);
        assert!(joined.work_done);
    }

    #[test]
    fn the_answer_to_another_challenge_is_refused() {
        let (node, owner) = keys();
        let message = join(&Handshake::new(CHAIN, 0), &node, &owner);
        assert_eq!(
            Handshake::new(CHAIN, 0).join(message).unwrap_err(),
            RefuseReason::BadSignature
        );
    }

    #[test]
    fn an_owner_that_did_not_sign_is_refused() {
        let (node, owner) = keys();
        let handshake = Handshake::new(CHAIN, 0);
        let ToCoordinator::Join {
            node_key,
            signature,
            work,
            mut owners,
            capabilities,
        } = join(&handshake, &node, &owner)
        else {
            panic!("join() builds a Join")
        };
        owners[0].key = node.submitter_key();
        let message = ToCoordinator::Join {
            node_key,
            signature,
            work,
            owners,
            capabilities,
        };
        assert_eq!(handshake.join(message).unwrap_err(), RefuseReason::BadOwner);
    }

    #[test]
    fn a_first_message_that_is_not_join_is_out_of_order() {
        let refused = Handshake::new(CHAIN, 0)
            .join(ToCoordinator::Goodbye)
            .unwrap_err();
        assert_eq!(refused, RefuseReason::Protocol);
    }
}
