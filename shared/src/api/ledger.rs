//! `GET ledger/…` as JSON. What counts are the raw bytes and the proofs: readers decode and check them themselves.

use super::bytes64;
use crate::ids::{Digest, LeaderKey, UnixMs};
use serde::{Deserialize, Serialize};

/// Most blocks or entries of one page.
pub const MAX_PAGE: u32 = 500;

/// A block, without its entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlockView {
    /// Its number, from 0.
    pub height: u64,
    /// The leader's epoch in which it was made.
    pub epoch: u64,
    /// Index of its first entry.
    pub first_index: u64,
    /// Entries, the header not counted.
    pub count: u32,
    /// Size of the log with it.
    pub size: u64,
    /// Hash of its header.
    pub header_hash: Digest,
    /// Hash of the header before.
    pub prev_header_hash: Digest,
    /// When it was made.
    pub time_ms: UnixMs,
    /// Who made it.
    pub leader_key: LeaderKey,
    /// SHA-256 of the policy that certifies it.
    pub policy_sha256: Digest,
    /// LEDGER.md's Header with its signature.
    #[serde(with = "bytes64")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Byte))]
    pub header: Vec<u8>,
}

/// `GET ledger/blocks?before=&limit=`: newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlocksPage {
    /// The blocks.
    pub blocks: Vec<BlockView>,
    /// Give it as `before` to read on; absent at block 0.
    pub next: Option<u64>,
}

/// `GET ledger/blocks/{height}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlockContent {
    /// The block.
    pub block: BlockView,
    /// Its entries in order, the header not among them.
    pub entries: Vec<EntrySummary>,
}

/// An entry in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntrySummary {
    /// Its index in the log.
    pub index: u64,
    /// What it is, as LEDGER.md calls it: Job, Cert, Fail, Done, Void, Prog, Withdraw, Ban, Evid, Policy, Header.
    pub kind: String,
    /// Its length.
    pub bytes: u32,
    /// Its leaf hash.
    pub leaf_hash: Digest,
}

/// `GET ledger/entries/{index}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EntryView {
    /// Its index in the log.
    pub index: u64,
    /// The block it stands in.
    pub height: u64,
    /// What it is, as LEDGER.md calls it.
    pub kind: String,
    /// Its leaf hash.
    pub leaf_hash: Digest,
    /// Its canonical bytes.
    #[serde(with = "bytes64")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Byte))]
    pub entry: Vec<u8>,
}

/// `GET ledger/find?hash=`: where a job, node, module or block stands. Newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Found {
    /// What the hash is: job, node, module or block; absent when nothing is found.
    pub what: Option<String>,
    /// Indexes of the entries that name it; for a block, of its header.
    pub indexes: Vec<u64>,
    /// Give it as `before` to read on.
    pub next: Option<u64>,
}
