//! How a node and its owners prove their keys when they join: Auth, its owner form, and the Work puzzle.

use crate::codec::{Canonical, DecodeError, Reader};
use crate::ids::{ChainId, ChallengeNonce, NodeKey};
use sha2::{Digest as _, Sha256};

/// What a joining node signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Auth {
    /// The coordinator's challenge.
    pub nonce: ChallengeNonce,
    /// The joining node.
    pub node_key: NodeKey,
}

/// What each owner (submitter key of the same profile) of a joining node signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnerAuth {
    /// The coordinator's challenge.
    pub nonce: ChallengeNonce,
    /// The joining node.
    pub node_key: NodeKey,
}

macro_rules! auth_fields {
    ($name:ident, $label:literal) => {
        impl Canonical for $name {
            const LABEL: &'static [u8; 16] = $label;

            fn encode_fields(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.nonce.0);
                out.extend_from_slice(&self.node_key.0);
            }

            fn decode_fields(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                Ok(Self {
                    nonce: ChallengeNonce(reader.array("nonce")?),
                    node_key: NodeKey(reader.array("node_key")?),
                })
            }
        }
    };
}
auth_fields!(Auth, b"manyhands/auth/1");
auth_fields!(OwnerAuth, b"manyhands/ownr/1");

/// Label of the Work puzzle.
pub const WORK_LABEL: &[u8; 16] = b"manyhands/puzz/1";

/// Number of leading zero bits of the Work hash of `answer`.
#[must_use]
pub fn work_zero_bits(chain: ChainId, auth: &Auth, answer: u64) -> u32 {
    let mut hasher = Sha256::new();
    hasher.update(WORK_LABEL);
    hasher.update(chain.0);
    hasher.update(auth.nonce.0);
    hasher.update(auth.node_key.0);
    hasher.update(answer.to_be_bytes());
    let mut bits = 0;
    for byte in hasher.finalize() {
        bits += byte.leading_zeros();
        if byte != 0 {
            break;
        }
    }
    bits
}

/// The first answer at or after `start` whose Work hash has `work_bits` zero bits, within `tries` tries.
/// Callers call again with a later start, so that they can stop in between.
#[must_use]
pub fn solve_work(
    chain: ChainId,
    auth: &Auth,
    work_bits: u8,
    start: u64,
    tries: u64,
) -> Option<u64> {
    (start..start.saturating_add(tries))
        .find(|answer| work_zero_bits(chain, auth, *answer) >= u32::from(work_bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_solved_puzzle_has_the_bits_that_were_asked() {
        let auth = Auth {
            nonce: ChallengeNonce([1; 32]),
            node_key: NodeKey([2; 32]),
        };
        let chain = ChainId([3; 32]);
        let answer = solve_work(chain, &auth, 10, 0, 1 << 20).unwrap();
        assert!(work_zero_bits(chain, &auth, answer) >= 10);
        assert_eq!(solve_work(chain, &auth, 10, 0, answer), None);
    }
}
