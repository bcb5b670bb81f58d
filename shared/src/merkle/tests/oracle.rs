//! Against the crate ct-merkle, for all sizes from 0 to 260.

use super::Stored;
use crate::merkle::*;
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use sha2::Sha256;

fn of_bytes(bytes: &[u8]) -> Vec<Digest> {
    let hashes = bytes.chunks_exact(32);
    hashes
        .map(|hash| Digest::from_slice(hash).unwrap())
        .collect()
}

#[test]
fn tree_hashes_and_proofs_equal_those_of_ct_merkle_for_sizes_0_to_260() {
    let stored = Stored::of_size(260);
    let mut oracle = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    let mut ours = TreeHasher::new();
    let mut roots = Vec::new();
    for size in 0..=260_u64 {
        let root = ours.root();
        assert_eq!(
            root.0.as_slice(),
            oracle.root().as_bytes().as_slice(),
            "{size}"
        );
        assert_eq!(stored.root(size), root, "{size}");
        roots.push(root);
        for index in 0..size {
            let path = stored.path(index, size);
            let theirs = oracle.prove_inclusion(usize::try_from(index).unwrap());
            assert_eq!(path, of_bytes(theirs.as_bytes()), "{index} in {size}");
            let leaf = leaf_hash(&index.to_be_bytes());
            assert_eq!(verify_inclusion(leaf, index, size, &path, root), Ok(()));
        }
        for (old, &old_root) in (0..=size).zip(&roots) {
            let proof = stored.consistency(old, size);
            assert_eq!(
                verify_consistency(old, size, &proof, old_root, root),
                Ok(()),
                "{old} to {size}"
            );
            if old > 0 {
                let theirs = oracle.prove_consistency(usize::try_from(size - old).unwrap());
                assert_eq!(proof, of_bytes(theirs.as_bytes()), "{old} to {size}");
            }
        }
        ours.push(&size.to_be_bytes());
        oracle.push(size.to_be_bytes().to_vec());
    }
}
