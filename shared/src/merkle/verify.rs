//! Checking proofs (RFC 9162 sections 2.1.3.2 and 2.1.4.2), in constant memory and with nothing left over.

use super::{MAX_SIZE, empty_root, node_hash};
use crate::ids::Digest;

/// Why a proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The leaf lies outside the tree, or the tree passes [`MAX_SIZE`].
    #[error("there is no leaf {index} in a tree of {size}")]
    NoSuchLeaf {
        /// Index of the leaf.
        index: u64,
        /// Size of the tree.
        size: u64,
    },
    /// The newer tree is the smaller one, or passes [`MAX_SIZE`].
    #[error("a tree of {new} leaves does not go on from one of {old}")]
    Shrinks {
        /// Size of the tree that was known.
        old: u64,
        /// Size of the tree that is to go on from it.
        new: u64,
    },
    /// Too many hashes or too few.
    #[error("the proof needs {expected} hashes, it has {found}")]
    Length {
        /// How many follow from index and sizes.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The path from the leaf leads to another root.
    #[error("the audit path leads to another root")]
    Root,
    /// The proof is not about the tree that was known.
    #[error("the consistency proof leads to another root of the old tree")]
    OldRoot,
    /// The newer tree does not begin with the older one.
    #[error("the consistency proof leads to another root of the new tree")]
    NewRoot,
}

/// Where the audit path of a leaf leads: the root of the tree of `size` leaves if it is genuine.
///
/// # Errors
/// When there is no such leaf, or the path has not exactly the length that follows from index and size.
pub fn root_by_path(
    leaf_hash: Digest,
    index: u64,
    size: u64,
    path: &[Digest],
) -> Result<Digest, ProofError> {
    if index >= size || size > MAX_SIZE {
        return Err(ProofError::NoSuchLeaf { index, size });
    }
    let (inner, border) = lengths(index, size);
    check_length(path, inner + border)?;
    let (inner, border) = path.split_at(inner);
    Ok(climb_right_edge(climb(leaf_hash, index, inner), border))
}

/// Checks that the leaf with this hash is the leaf `index` of the tree of `size` leaves with this root.
///
/// # Errors
/// When it does not follow from the path.
pub fn verify_inclusion(
    leaf_hash: Digest,
    index: u64,
    size: u64,
    path: &[Digest],
    root: Digest,
) -> Result<(), ProofError> {
    match root_by_path(leaf_hash, index, size, path)? {
        found if found == root => Ok(()),
        _ => Err(ProofError::Root),
    }
}

/// Checks that the tree of `old` leaves with `old_root` is the beginning of the tree of `new` leaves with `new_root`.
///
/// # Errors
/// When it does not follow from the proof; one with `old` 0 or equal to `new` has no hashes.
pub fn verify_consistency(
    old: u64,
    new: u64,
    proof: &[Digest],
    old_root: Digest,
    new_root: Digest,
) -> Result<(), ProofError> {
    if old > new || new > MAX_SIZE {
        return Err(ProofError::Shrinks { old, new });
    }
    if old == 0 && old_root != empty_root() {
        return Err(ProofError::OldRoot);
    }
    if old == 0 || old == new {
        check_length(proof, 0)?;
        return if old == new && old_root != new_root {
            Err(ProofError::NewRoot)
        } else {
            Ok(())
        };
    }
    // The proof is the path of the largest full subtree in which the old tree ends, with that subtree's hash first
    // unless it is the whole old tree.
    let height = old.trailing_zeros();
    let last = (old - 1) >> height;
    let (inner, border) = lengths(old - 1, new);
    let inner = inner - height as usize;
    let seeds = usize::from(!old.is_power_of_two());
    check_length(proof, seeds + inner + border)?;
    let (seed, path) = proof.split_at(seeds);
    let seed = seed.first().copied().unwrap_or(old_root);
    let (inner, border) = path.split_at(inner);
    let to_old = climb_left_only(seed, last, inner);
    if climb_right_edge(to_old, border) != old_root {
        return Err(ProofError::OldRoot);
    }
    let to_new = climb(seed, last, inner);
    if climb_right_edge(to_new, border) != new_root {
        return Err(ProofError::NewRoot);
    }
    Ok(())
}

/// How many hashes a leaf's path has below the point where it reaches the tree's right edge, and how many along it.
const fn lengths(index: u64, size: u64) -> (usize, usize) {
    let inner = u64::BITS - (index ^ (size - 1)).leading_zeros();
    let along = match index.checked_shr(inner) {
        Some(above) => above.count_ones(),
        None => 0,
    };
    (inner as usize, along as usize)
}

const fn check_length(proof: &[Digest], expected: usize) -> Result<(), ProofError> {
    let found = proof.len();
    if found == expected {
        return Ok(());
    }
    Err(ProofError::Length { expected, found })
}

/// Up through subtrees that continue to the right: bit `i` of `index` says on which side the path is at height `i`.
fn climb(start: Digest, index: u64, siblings: &[Digest]) -> Digest {
    let step = |(hash, index): (Digest, u64), sibling: &Digest| match index & 1 {
        0 => (node_hash(&hash, sibling), index >> 1),
        _ => (node_hash(sibling, &hash), index >> 1),
    };
    siblings.iter().fold((start, index), step).0
}

/// As [`climb`], in the old tree: what lies to the right is not in it.
fn climb_left_only(start: Digest, index: u64, siblings: &[Digest]) -> Digest {
    let step = |(hash, index): (Digest, u64), sibling: &Digest| match index & 1 {
        0 => (hash, index >> 1),
        _ => (node_hash(sibling, &hash), index >> 1),
    };
    siblings.iter().fold((start, index), step).0
}

/// Up along the right edge: every sibling is to the left.
fn climb_right_edge(start: Digest, siblings: &[Digest]) -> Digest {
    let step = |hash: Digest, sibling: &Digest| node_hash(sibling, &hash);
    siblings.iter().fold(start, step)
}
