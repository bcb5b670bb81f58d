//! `admin/storage`: which storage nodes keep the ledger, and how that changes.

use crate::ids::{AckKey, Digest};
use serde::{Deserialize, Serialize};

/// `GET admin/storage`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StorageView {
    /// The policy in force.
    pub policy: PolicyView,
    /// SHA-256 of Policy 0, which the operator of a new storage node approves too.
    pub policy_zero_sha256: Digest,
    /// Blocks of the coordinator's ledger that have their storage quorum.
    pub blocks: u64,
    /// The storage nodes of the policy in force, in its order.
    pub nodes: Vec<StorageNodeView>,
    /// The policy that is proposed to follow; absent when none is.
    pub proposal: Option<ProposalView>,
}

/// A policy in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PolicyView {
    /// 0 for the one that founded the ledger.
    pub version: u32,
    /// SHA-256 of the Policy entry: what the operators of storage nodes approve.
    pub sha256: Digest,
    /// How many storage nodes are a quorum.
    pub threshold: u32,
}

/// A storage node of the policy in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StorageNodeView {
    /// Its name in the policy.
    pub name: String,
    /// The key of its acks and answers.
    pub ack_key: AckKey,
    /// Where it is; absent for one inside the coordinator.
    pub url: Option<String>,
    /// Blocks that it has committed; absent when it does not answer.
    pub blocks: Option<u64>,
    /// It lost its database and counts for nobody until others have told it what it had promised.
    pub wiped: bool,
    /// Why it does not answer.
    pub trouble: Option<String>,
}

/// A policy that is proposed. It is cut into a block once enough storage nodes of the policy in force, and all new ones, have
/// approved it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProposalView {
    /// The policy.
    pub policy: PolicyView,
    /// Its text: a tlog-policy file.
    pub text: String,
    /// Who approves: the storage nodes of the policy in force, and those that the new one adds.
    pub approvals: Vec<ApprovalView>,
    /// Whether enough have approved.
    pub is_approved: bool,
}

/// What a storage node says to a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApprovalView {
    /// Its name.
    pub name: String,
    /// What the proposal changes for it.
    pub change: SeatChange,
    /// Whether its operator has approved; `false` also while it does not answer. A new one must have approved Policy 0 too.
    pub approved: bool,
}

/// What a new policy changes for a storage node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SeatChange {
    /// It stays.
    Stays,
    /// It is added.
    Added,
    /// It is removed.
    Removed,
}

/// `POST admin/storage`: proposes one more storage node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AddStorageNode {
    /// Where it is, `http://` or `https://`, as the coordinator and all other storage nodes reach it.
    pub url: String,
}
