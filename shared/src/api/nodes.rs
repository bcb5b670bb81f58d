//! `GET nodes` and `admin/nodes`.

use crate::ids::{NodeKey, UnixMs};
use serde::{Deserialize, Serialize};

/// What a node is doing (DESIGN.md section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NodeState {
    /// Not connected.
    Offline,
    /// Connected, no assignment.
    Idle,
    /// Has assignments.
    Computing,
}

/// One volunteer and its record. Counters only grow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NodeView {
    /// The node.
    pub node_key: NodeKey,
    /// What it is doing.
    pub state: NodeState,
    /// Assignments it holds.
    pub running: u32,
    /// Tasks it runs at once; 0 while offline.
    pub slots: u16,
    /// The engine that runs guests.
    pub engine: String,
    /// Program and version of the node.
    pub agent: String,
    /// Whether an admin has made it proven.
    pub proven: bool,
    /// When it first joined.
    pub first_seen_ms: UnixMs,
    /// When it was last heard of.
    pub last_seen_ms: UnixMs,
    /// What became of its votes.
    pub record: NodeRecord,
}

/// What became of a node's assignments and votes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NodeRecord {
    /// Assignments given.
    pub assigned: u64,
    /// Votes that agree with a certificate.
    pub accepted: u64,
    /// Votes that were outvoted.
    pub outvoted: u64,
    /// Votes with a bad signature, outcome or output.
    pub invalid: u64,
    /// Votes that came after the seat was lent again or the task was decided, or on assignments that nobody knows.
    pub superseded: u64,
    /// Two different votes on one nonce.
    pub double_votes: u64,
    /// Settled votes sent again, or votes on assignments of other nodes.
    pub replays: u64,
    /// Assignments it said it could not run.
    pub unable: u64,
    /// Assignments that came back because the node left or fell silent.
    pub returned: u64,
    /// Leases that ran out: the node was silent.
    pub expired: u64,
    /// Agreed fuel of accepted votes.
    pub credit: u64,
}

/// An admin's word on a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TrustNode {
    /// Whether the node is proven from now on.
    pub proven: bool,
}
