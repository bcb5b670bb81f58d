//! The answer to a challenge: signatures of the node and of the profile's submitter, and the puzzle's solution.

use crate::keys::{self, KeyError, ProfileKey};
use gloo_timers::future::TimeoutFuture;
use shared::auth::{Auth, OwnerAuth, solve_work};
use shared::codec::Canonical as _;
use shared::ids::{ChainId, ChallengeNonce, NodeKey, SubmitterKey};
use shared::protocol::OwnerProof;
use shared::volunteer::Proof;
use std::cell::Cell;
use std::rc::Rc;

/// Tries between two looks at `is_wanted`: a few hundredths of a second, in which nothing else is heard.
const TRIES_A_STEP: u64 = 1 << 14;

/// Signs and solves; `None` when it is not wanted any more.
///
/// # Errors
/// When the browser cannot sign.
pub(super) async fn prove(
    key: ProfileKey,
    chain_id: ChainId,
    nonce: ChallengeNonce,
    work_bits: u8,
    is_wanted: Rc<Cell<bool>>,
) -> Result<Option<Proof>, KeyError> {
    let node_key = NodeKey(key.public);
    let auth = Auth { nonce, node_key };
    let mut start = 0_u64;
    let work = loop {
        if let Some(answer) = solve_work(chain_id, &auth, work_bits, start, TRIES_A_STEP) {
            break answer;
        }
        start = start.saturating_add(TRIES_A_STEP);
        TimeoutFuture::new(0).await;
        if !is_wanted.get() {
            return Ok(None);
        }
    };
    let mut owners = Vec::new();
    if let Some(owner) = keys::load(keys::SUBMITTER).await? {
        let owner_auth = OwnerAuth { nonce, node_key };
        owners.push(OwnerProof {
            key: SubmitterKey(owner.public),
            signature: owner.sign(owner_auth.encode(chain_id)).await?,
        });
    }
    let signature = key.sign(auth.encode(chain_id)).await?;
    Ok(is_wanted.get().then_some(Proof {
        nonce,
        signature,
        work,
        owners,
    }))
}
