//! The answer to a challenge: signatures of the node and its owners, and the puzzle's solution.

use shared::auth::{Auth, OwnerAuth, solve_work};
use shared::codec::Canonical as _;
use shared::crypto::SecretKey;
use shared::ids::{ChainId, ChallengeNonce};
use shared::protocol::OwnerProof;
use shared::volunteer::Proof;
use tokio_util::sync::CancellationToken;

/// Tries between two looks at `stop`.
const TRIES_A_STEP: u64 = 1 << 14;

/// Signs and solves; `None` when it was stopped. Blocks for as long as the puzzle takes.
pub(super) fn prove(
    node: &SecretKey,
    owners: &[SecretKey],
    chain_id: ChainId,
    nonce: ChallengeNonce,
    work_bits: u8,
    stop: &CancellationToken,
) -> Option<Proof> {
    let node_key = node.node_key();
    let auth = Auth { nonce, node_key };
    let mut start = 0_u64;
    let work = loop {
        if stop.is_cancelled() {
            return None;
        }
        if let Some(answer) = solve_work(chain_id, &auth, work_bits, start, TRIES_A_STEP) {
            break answer;
        }
        start = start.checked_add(TRIES_A_STEP)?;
    };
    let owner_auth = OwnerAuth { nonce, node_key }.encode(chain_id);
    let prove_owner = |owner: &SecretKey| OwnerProof {
        key: owner.submitter_key(),
        signature: owner.sign(&owner_auth),
    };
    Some(Proof {
        nonce,
        signature: node.sign(&auth.encode(chain_id)),
        work,
        owners: owners.iter().map(prove_owner).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::auth::work_zero_bits;
    use shared::crypto::PublicKey as _;

    #[test]
    fn the_proof_verifies_and_a_stopped_puzzle_gives_none() {
        let (node, owner) = (
            SecretKey::from_seed(&[1; 32]),
            SecretKey::from_seed(&[2; 32]),
        );
        let (chain, nonce) = (ChainId([3; 32]), ChallengeNonce([4; 32]));
        let stop = CancellationToken::new();
        let owners = [owner.clone()];
        let proof = prove(&node, &owners, chain, nonce, 12, &stop).unwrap();
        let node_key = node.node_key();
        let auth = Auth { nonce, node_key };
        assert!(node_key.verifies(&auth.encode(chain), &proof.signature));
        assert!(work_zero_bits(chain, &auth, proof.work) >= 12);
        let owner_auth = OwnerAuth { nonce, node_key }.encode(chain);
        let shown = proof.owners.first().unwrap();
        assert!(shown.key.verifies(&owner_auth, &shown.signature));
        stop.cancel();
        assert_eq!(prove(&node, &[], chain, nonce, 255, &stop), None);
    }
}
