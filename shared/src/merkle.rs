//! RFC 6962 section 2.1: the tree hash under SHA-256, and proofs that a leaf is in a tree or a tree goes on in another.

mod plan;
#[cfg(test)]
mod tests;
mod verify;

pub use plan::{MissingNode, NodeId, Plan};
pub use verify::{ProofError, root_by_path, verify_consistency, verify_inclusion};

use crate::ids::Digest;
use sha2::{Digest as _, Sha256};

/// The most leaves that a tree may have: what fits into the signed integers of other programs.
pub const MAX_SIZE: u64 = i64::MAX as u64;

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
///
/// Its state, the frontier, can be kept and restored: [`roots`](Self::roots) and [`restore`](Self::restore).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TreeHasher {
    /// Roots of the full subtrees, largest first; bit `i` of `size` set means that one of height `i` stands here.
    roots: Vec<Digest>,
    size: u64,
}

/// A size and a list of roots that do not belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tree of {size} leaves is kept as {} roots, here are {found}", size.count_ones())]
pub struct FrontierError {
    /// The size that was to be restored.
    pub size: u64,
    /// How many roots came with it.
    pub found: usize,
}

impl TreeHasher {
    /// An empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree of `size` leaves whose full subtrees have these roots, largest first; [`NodeId::frontier`] names them.
    ///
    /// # Errors
    /// When there are not as many roots as a tree of this size has, or the size passes [`MAX_SIZE`].
    pub fn restore(size: u64, roots: Vec<Digest>) -> Result<Self, FrontierError> {
        if size > MAX_SIZE || u32::try_from(roots.len()) != Ok(size.count_ones()) {
            let found = roots.len();
            return Err(FrontierError { size, found });
        }
        Ok(Self { roots, size })
    }

    /// The roots of the full subtrees, largest first.
    #[must_use]
    pub fn roots(&self) -> &[Digest] {
        &self.roots
    }

    /// Appends a leaf.
    pub fn push(&mut self, leaf: &[u8]) {
        self.push_hash(leaf_hash(leaf));
    }

    /// Appends a leaf of which only the hash is at hand.
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

    /// The tree hash of the leaves so far; of none: [`empty_root`].
    #[must_use]
    pub fn root(&self) -> Digest {
        fold(&self.roots).unwrap_or_else(empty_root)
    }
}

/// The root of the tree without leaves: SHA-256 of nothing.
#[must_use]
pub fn empty_root() -> Digest {
    Digest::of(&[])
}

/// The hash over neighbouring full subtrees, largest first; `None` without any.
fn fold(roots: &[Digest]) -> Option<Digest> {
    let from_the_right = roots.iter().rev().copied();
    from_the_right.reduce(|right, left| node_hash(&left, &right))
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
