//! RFC 6962 section 2.1: the tree hash under SHA-256.

use crate::ids::Digest;
use sha2::{Digest as _, Sha256};

/// Hash of a leaf: SHA-256(0x00 || leaf).
#[must_use]
pub fn leaf_hash(leaf: &[u8]) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(leaf);
    Digest(hasher.finalize().into())
}

/// Hash of an inner node: SHA-256(0x01 || left || right).
#[must_use]
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update([1]);
    hasher.update(left.0);
    hasher.update(right.0);
    Digest(hasher.finalize().into())
}

/// Builds a tree hash from leaves that arrive one by one, in memory logarithmic in their number.
#[derive(Debug, Clone, Default)]
pub struct TreeHasher {
    /// Roots of the full subtrees, largest first; bit `i` of `size` set means that one of height `i` stands here.
    roots: Vec<Digest>,
    size: u64,
}

impl TreeHasher {
    /// An empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a leaf.
    pub fn push(&mut self, leaf: &[u8]) {
        self.push_hash(leaf_hash(leaf));
    }

    /// Appends a leaf whose hash is known.
    pub fn push_hash(&mut self, leaf_hash: Digest) {
        let mut hash = leaf_hash;
        let mut full = self.size;
        while full & 1 == 1 {
            let left = self
                .roots
                .pop()
                .expect("one root stands for each set bit of the size");
            hash = node_hash(&left, &hash);
            full >>= 1;
        }
        self.roots.push(hash);
        self.size += 1;
    }

    /// How many leaves there are.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The tree hash of the leaves so far; of none: SHA-256 of nothing.
    #[must_use]
    pub fn root(&self) -> Digest {
        let folded = self
            .roots
            .iter()
            .rev()
            .copied()
            .reduce(|right, left| node_hash(&left, &right));
        folded.unwrap_or_else(|| Digest::of(&[]))
    }
}

/// The tree hash of `leaves`.
#[must_use]
pub fn tree_hash<T: AsRef<[u8]>>(leaves: impl IntoIterator<Item = T>) -> Digest {
    let mut tree = TreeHasher::new();
    for leaf in leaves {
        tree.push(leaf.as_ref());
    }
    tree.root()
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::*;

    #[test]
    fn tree_hashes_equal_those_of_ct_merkle_for_sizes_0_to_260() {
        let mut oracle = ct_merkle::mem_backed_tree::MemoryBackedTree::<Sha256, Vec<u8>>::new();
        let mut ours = TreeHasher::new();
        for size in 0u64..=260 {
            assert_eq!(
                ours.root().0.as_slice(),
                oracle.root().as_bytes().as_slice(),
                "{size}"
            );
            let leaf = size.to_be_bytes().to_vec();
            ours.push(&leaf);
            oracle.push(leaf);
        }
    }
}
