//! Making the next block: the leader's side of the rules.

use super::facts::Head;
use super::header::Header;
use crate::ids::{ChainId, Digest, LeaderKey, UnixMs};
use crate::merkle::{TreeHasher, leaf_hash};

/// Where the log ends.
#[derive(Debug, Clone, Default)]
pub struct Tip {
    /// The newest block; `None` before block 0.
    pub head: Option<Head>,
    /// The tree over all entries up to it.
    pub tree: TreeHasher,
}

/// A header that can be signed.
#[derive(Debug, Clone)]
pub struct Cut {
    /// The header.
    pub header: Header,
    /// Leaf hashes of the block's entries.
    leaf_hashes: Vec<Digest>,
}

impl Tip {
    /// Size of the log.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.head.map_or(0, |head| head.size)
    }

    /// The block of `entries` under the policy `policy_sha256`. Its time is `now`, or just later than the block before.
    #[must_use]
    pub fn cut(
        &self,
        entries: &[Vec<u8>],
        policy_sha256: Digest,
        leader_key: LeaderKey,
        epoch: u64,
        now: UnixMs,
    ) -> Cut {
        let leaf_hashes: Vec<Digest> = entries.iter().map(|entry| leaf_hash(entry)).collect();
        let mut body = TreeHasher::new();
        let mut log = self.tree.clone();
        for hash in &leaf_hashes {
            body.push_hash(*hash);
            log.push_hash(*hash);
        }
        let earliest = self.head.map_or(UnixMs(0), |head| head.time_ms.plus(1));
        let header = Header {
            height: self.head.map_or(0, |head| head.height.saturating_add(1)),
            epoch,
            first_index: self.size(),
            count: u32::try_from(entries.len()).unwrap_or(u32::MAX),
            prev_header_hash: self.head.map_or(Digest::NONE, |head| head.header_hash),
            body_root: body.root(),
            log_root: log.root(),
            policy_sha256,
            time_ms: now.max(earliest),
            leader_key,
        };
        Cut {
            header,
            leaf_hashes,
        }
    }

    /// Where the log ends with a block: its header, signed, and the leaf hashes of its entries.
    #[must_use]
    pub fn after(
        &self,
        chain: ChainId,
        header: &Header,
        signed_header: &[u8],
        leaf_hashes: impl IntoIterator<Item = Digest>,
    ) -> Self {
        let mut tree = self.tree.clone();
        for hash in leaf_hashes {
            tree.push_hash(hash);
        }
        tree.push(signed_header);
        let head = Head {
            height: header.height,
            size: header.size(),
            header_hash: header.hash(chain),
            time_ms: header.time_ms,
        };
        Self {
            head: Some(head),
            tree,
        }
    }
}

impl Cut {
    /// Where the log ends with this block, whose signed header is `signed_header`.
    #[must_use]
    pub fn tip(self, before: &Tip, chain: ChainId, signed_header: &[u8]) -> Tip {
        before.after(chain, &self.header, signed_header, self.leaf_hashes)
    }
}
