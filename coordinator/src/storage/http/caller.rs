//! Who asks: a request is signed by the leader or by another storage node of the policy (LEDGER.md section 2, Http).

use super::super::node::View;
use super::super::wire::MAX_MESSAGE_BYTES;
use super::{CHAIN_HEADER, StorageApi};
use crate::nonces::Used;
use crate::problem::ApiError;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use shared::api::problem::ProblemCode;
use shared::http_auth::Credentials;
use shared::ids::{AckKey, ChainId, Digest, LeaderKey, RequestNonce};

/// Largest body of somebody who is no member.
const MAX_STRANGERS_BYTES: usize = 64 * 1024;

/// Who may ask something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// Whoever signs: what is asked is no secret.
    Anyone,
    /// The leader of the policy in force.
    Leader,
    /// The leader or a storage node of the policy in force.
    LeaderOrPeer,
}

/// A request's signature, not verified yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim {
    pub(super) chain: ChainId,
    credentials: Credentials,
    who: Who,
}

/// Who has signed a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller {
    pub(super) chain: ChainId,
    pub(super) leader_key: LeaderKey,
    /// To be signed with the answer.
    pub(super) nonce: RequestNonce,
}

impl Claim {
    /// Reads the headers, and refuses who may not ask before a body is read.
    pub(super) fn of(parts: &Parts, api: &StorageApi, who: Who) -> Result<Self, ApiError> {
        let header = parts.headers.get(AUTHORIZATION).ok_or_else(|| {
            let detail = "storage nodes answer signed requests only";
            ApiError::new(ProblemCode::Unauthenticated, detail)
        })?;
        let credentials = Credentials::parse(header.to_str().unwrap_or_default())?;
        credentials.check_time(api.node.clock().now())?;
        let chain = parts.headers.get(CHAIN_HEADER);
        let chain = chain.and_then(|value| value.to_str().ok()?.parse().ok());
        let chain = chain.ok_or_else(|| {
            let detail = format!("the header {CHAIN_HEADER} must name the ledger's chain_id");
            ApiError::new(ProblemCode::InvalidRequest, detail)
        })?;
        let claim = Self {
            chain,
            credentials,
            who,
        };
        if claim.may_ask(&api.node.view()) {
            return Ok(claim);
        }
        let detail = match who {
            Who::LeaderOrPeer => {
                "only the leader and the storage nodes of the policy in force may ask this"
            }
            Who::Leader | Who::Anyone => "only the leader of the policy in force may ask this",
        };
        Err(ApiError::new(ProblemCode::Forbidden, detail))
    }

    /// Whether the key was compared with the policy, as what is asked is not for strangers.
    fn is_member(&self, api: &StorageApi) -> bool {
        self.who != Who::Anyone && api.node.view().chain == Some(self.chain)
    }

    /// What strangers may ask is said in few bytes; Policy 0 is the most of it.
    pub(super) fn max_body_bytes(&self, api: &StorageApi) -> usize {
        if self.is_member(api) {
            MAX_MESSAGE_BYTES
        } else {
            MAX_STRANGERS_BYTES
        }
    }

    /// A node without a ledger, or with another one, says so to everybody.
    fn may_ask(&self, view: &View) -> bool {
        if view.chain != Some(self.chain) || self.who == Who::Anyone {
            return true;
        }
        let key = self.credentials.key.0;
        let is_leader = view.leaders.contains(&LeaderKey(key));
        let is_peer = || {
            let quorum = view.quorum.as_ref();
            quorum.is_some_and(|quorum| quorum.policy.entry.member(AckKey(key)).is_some())
        };
        is_leader || (self.who == Who::LeaderOrPeer && is_peer())
    }

    /// Verifies the signature over a request with a body of this hash, and uses its nonce.
    pub(super) fn prove(
        &self,
        parts: &Parts,
        api: &StorageApi,
        body: Digest,
    ) -> Result<Caller, ApiError> {
        let credentials = &self.credentials;
        let target = parts.uri.path_and_query();
        let target = target.map_or("/", |target| target.as_str());
        credentials.verify(self.chain, parts.method.as_str(), target, body)?;
        let now = api.node.clock().now();
        // Strangers, who may ask little, never fill the memory of the others.
        let nonces = if self.is_member(api) {
            &api.member_nonces
        } else {
            &api.nonces
        };
        match nonces.use_once(&credentials.key.0, credentials.nonce, now) {
            Used::First => Ok(Caller {
                chain: self.chain,
                leader_key: LeaderKey(credentials.key.0),
                nonce: credentials.nonce,
            }),
            Used::Again => {
                let detail =
                    "this signed request was answered before; sign each request with a new nonce";
                Err(ApiError::new(ProblemCode::ReplayedRequest, detail))
            }
            Used::Full => {
                let detail = "too many requests in the last 5 minutes; try again later";
                Err(ApiError::later(ProblemCode::Busy, 30, detail))
            }
        }
    }
}
