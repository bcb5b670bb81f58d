//! Building proofs and roots from stored hashes: first which hashes are needed, then, once they are loaded, the result.

use super::verify::ProofError;
use super::{MAX_SIZE, empty_root, fold};
use crate::ids::Digest;

/// A full subtree, over the leaves from `index << level` to before `(index + 1) << level`. Its hash never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// Height above the leaves; 0 is a leaf.
    pub level: u8,
    /// Position among the nodes of this level.
    pub index: u64,
}

impl NodeId {
    /// The full subtrees that make up a tree of `size` leaves, largest first: the frontier of
    /// [`TreeHasher`](super::TreeHasher).
    #[must_use]
    pub fn frontier(size: u64) -> Vec<Self> {
        full_subtrees(0, size)
    }
}

/// A hash of a [`Plan`] that the lookup did not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the hash of node {} of level {} is missing", .0.index, .0.level)]
pub struct MissingNode(pub NodeId);

/// What to look up for a proof or a root, and how to put it together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// For each hash of the result, the full subtrees that it is folded from, largest first.
    hashes: Vec<Vec<NodeId>>,
}

impl Plan {
    /// The audit path of the leaf `index` in the tree of the first `size` leaves, from the leaf's sibling upwards.
    ///
    /// # Errors
    /// When that tree has no such leaf, or would be larger than [`MAX_SIZE`].
    pub fn inclusion(index: u64, size: u64) -> Result<Self, ProofError> {
        if index >= size || size > MAX_SIZE {
            return Err(ProofError::NoSuchLeaf { index, size });
        }
        let mut hashes = Vec::new();
        let (mut from, mut to) = (0, size);
        while to - from > 1 {
            let middle = from + left_part(to - from);
            if index < middle {
                hashes.push(full_subtrees(middle, to));
                to = middle;
            } else {
                hashes.push(full_subtrees(from, middle));
                from = middle;
            }
        }
        hashes.reverse();
        Ok(Self { hashes })
    }

    /// The proof that the tree of the first `old` leaves is the beginning of that of the first `new` leaves; nothing
    /// when `old` is 0 or `new`.
    ///
    /// # Errors
    /// When `old` is the larger one, or `new` passes [`MAX_SIZE`].
    pub fn consistency(old: u64, new: u64) -> Result<Self, ProofError> {
        if old > new || new > MAX_SIZE {
            return Err(ProofError::Shrinks { old, new });
        }
        let mut hashes = Vec::new();
        if old == 0 || old == new {
            return Ok(Self { hashes });
        }
        let (mut from, mut to) = (0, new);
        while to != old {
            let middle = from + left_part(to - from);
            if old <= middle {
                hashes.push(full_subtrees(middle, to));
                to = middle;
            } else {
                hashes.push(full_subtrees(from, middle));
                from = middle;
            }
        }
        // The part that ends where the old tree ends; when it is the whole old tree, the verifier knows its hash.
        if from > 0 {
            hashes.push(full_subtrees(from, to));
        }
        hashes.reverse();
        Ok(Self { hashes })
    }

    /// The root of the tree of the first `size` leaves, as the only hash.
    #[must_use]
    pub fn root(size: u64) -> Self {
        let hashes = vec![full_subtrees(0, size)];
        Self { hashes }
    }

    /// The full subtrees whose hashes are needed, each once.
    pub fn needs(&self) -> impl Iterator<Item = NodeId> {
        self.hashes.iter().flatten().copied()
    }

    /// The result, with the hash of each needed subtree from `lookup`.
    ///
    /// # Errors
    /// When `lookup` lacks one.
    pub fn build(
        &self,
        lookup: impl Fn(NodeId) -> Option<Digest>,
    ) -> Result<Vec<Digest>, MissingNode> {
        let find = |&node: &NodeId| lookup(node).ok_or(MissingNode(node));
        let build_one = |nodes: &Vec<NodeId>| {
            let found: Vec<Digest> = nodes.iter().map(find).collect::<Result<_, _>>()?;
            Ok(fold(&found).unwrap_or_else(empty_root))
        };
        self.hashes.iter().map(build_one).collect()
    }
}

/// The largest power of two below `leaves`, which is at least 2: how many of them lie in the left subtree.
const fn left_part(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}

/// The full subtrees that the leaves from `from` to before `to` fall into, largest first. `from` is a multiple of a power
/// of two that is at least their number.
fn full_subtrees(from: u64, to: u64) -> Vec<NodeId> {
    let mut nodes = Vec::new();
    let mut start = from;
    while start < to {
        let height = (to - start).ilog2();
        nodes.push(NodeId {
            level: u8::try_from(height).expect("the logarithm of a u64 is below 64"),
            index: start >> height,
        });
        start += 1 << height;
    }
    nodes
}
