//! A block on its way to the storage nodes.

use crate::storage::wire::LeafList;
use crate::store::NamedBlob;
use shared::codec::Canonical as _;
use shared::ids::Digest;
use shared::ledger::cut::Tip;
use shared::ledger::header::Header;
use shared::ledger::policy::PolicyEntry;

/// A block that is persisted and on its way.
#[derive(Debug)]
pub(super) struct Block {
    /// Its header.
    pub(super) header: Header,
    /// The header's hash.
    pub(super) header_hash: Digest,
    /// The header with its signature.
    pub(super) signed_header: Vec<u8>,
    /// The entries, without the header.
    pub(super) entries: Vec<Vec<u8>>,
    /// Their numbers in the store's queue.
    pub(super) nums: Vec<i64>,
    /// What the storage nodes must hold.
    pub(super) blobs: Vec<NamedBlob>,
    /// Leaf lists of its jobs.
    pub(super) leaf_lists: Vec<LeafList>,
    /// Where the log ends with it.
    pub(super) tip: Tip,
}

impl Block {
    /// Number in the queue and index on the ledger of each entry.
    pub(super) fn indexes(&self) -> Vec<(i64, u64)> {
        let first = self.header.first_index;
        let nums = self.nums.iter().zip(first..);
        nums.map(|(num, index)| (*num, index)).collect()
    }

    /// Whether it changes who keeps the ledger.
    pub(super) fn holds_policy(&self) -> bool {
        let mut entries = self.entries.iter();
        entries.any(|entry| entry.starts_with(PolicyEntry::LABEL))
    }

    /// Blobs that travel with the block: those whose bytes are at hand.
    pub(super) fn inline_blobs(&self) -> Vec<Vec<u8>> {
        self.blobs
            .iter()
            .filter_map(|blob| blob.bytes.clone())
            .collect()
    }
}
