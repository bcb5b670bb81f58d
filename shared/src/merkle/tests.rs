use super::*;
use crate::ids::from_hex;
use proptest::prelude::*;

#[cfg(not(target_family = "wasm"))]
mod oracle;

/// All hashes of full subtrees over leaves that say their index.
struct Stored {
    levels: Vec<Vec<Digest>>,
}

impl Stored {
    fn new(leaves: &[Vec<u8>]) -> Self {
        let mut levels = vec![
            leaves
                .iter()
                .map(|leaf| leaf_hash(leaf))
                .collect::<Vec<_>>(),
        ];
        while let Some(last) = levels.last().filter(|last| last.len() > 1) {
            let pairs = last.chunks_exact(2);
            levels.push(pairs.map(|pair| node_hash(&pair[0], &pair[1])).collect());
        }
        Self { levels }
    }

    fn of_size(size: u64) -> Self {
        let leaves: Vec<_> = (0..size).map(|n| n.to_be_bytes().to_vec()).collect();
        Self::new(&leaves)
    }

    fn lookup(&self, node: NodeId) -> Option<Digest> {
        let level = self.levels.get(usize::from(node.level))?;
        level.get(usize::try_from(node.index).unwrap()).copied()
    }

    fn build(&self, plan: &Plan) -> Vec<Digest> {
        plan.build(|node| self.lookup(node)).unwrap()
    }

    fn root(&self, size: u64) -> Digest {
        self.build(&Plan::root(size))[0]
    }

    fn path(&self, index: u64, size: u64) -> Vec<Digest> {
        self.build(&Plan::inclusion(index, size).unwrap())
    }

    fn consistency(&self, old: u64, new: u64) -> Vec<Digest> {
        self.build(&Plan::consistency(old, new).unwrap())
    }
}

fn hashes(hex: &[&str]) -> Vec<Digest> {
    hex.iter().map(|hex| hex.parse().unwrap()).collect()
}

/// The tree with which the test suites of Certificate Transparency try their implementations.
fn classic_leaves() -> Vec<Vec<u8>> {
    let bytes = from_hex::<32>(
        "0010202130314041424350515253545556576061626364656667\
                                68696a6b6c6d",
    )
    .unwrap();
    let mut rest = &bytes[..];
    let mut leaves = vec![vec![]];
    for len in [1, 1, 2, 2, 4, 8, 14] {
        let (leaf, behind) = rest.split_at(len);
        leaves.push(leaf.to_vec());
        rest = behind;
    }
    leaves[7].extend([0x6e, 0x6f]);
    leaves
}

const CLASSIC_ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
const A: &str = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
const B: &str = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
const C: &str = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";
const D: &str = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
const E: &str = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
const F: &str = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";

#[test]
fn roots_and_proofs_are_those_of_the_certificate_transparency_test_suite() {
    let leaves = classic_leaves();
    let stored = Stored::new(&leaves);
    let mut tree = TreeHasher::new();
    for (size, root) in (0..).zip(hashes(&CLASSIC_ROOTS)) {
        assert_eq!(tree.root(), root, "{size}");
        assert_eq!(stored.root(size), root, "{size}");
        if let Some(leaf) = leaves.get(usize::try_from(size).unwrap()) {
            tree.push(leaf);
        }
    }
    let [_, one, two, _, four, ..] = CLASSIC_ROOTS;
    assert_eq!(stored.path(0, 1), []);
    assert_eq!(stored.path(0, 8), hashes(&[A, B, C]));
    assert_eq!(stored.path(5, 8), hashes(&[D, E, four]));
    assert_eq!(stored.path(2, 3), hashes(&[two]));
    assert_eq!(stored.path(1, 5), hashes(&[one, B, D]));
    assert_eq!(stored.consistency(1, 1), []);
    assert_eq!(stored.consistency(1, 8), hashes(&[A, B, C]));
    assert_eq!(stored.consistency(6, 8), hashes(&[F, E, four]));
    assert_eq!(stored.consistency(2, 5), hashes(&[B, D]));
}

#[test]
fn a_frontier_that_was_kept_goes_on_like_the_tree() {
    let stored = Stored::of_size(100);
    let mut tree = TreeHasher::new();
    for size in 0..100_u64 {
        let nodes = NodeId::frontier(size);
        let roots: Vec<_> = nodes
            .into_iter()
            .map(|node| stored.lookup(node).unwrap())
            .collect();
        let restored = TreeHasher::restore(size, roots).unwrap();
        assert_eq!(restored, tree);
        assert_eq!(restored.root(), stored.root(size));
        tree.push_hash(leaf_hash(&size.to_be_bytes()));
    }
}

#[test]
fn a_frontier_with_another_number_of_roots_is_refused() {
    let error = TreeHasher::restore(5, vec![Digest::NONE]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a tree of 5 leaves is kept as 2 roots, here are 1"
    );
    TreeHasher::restore(0, vec![Digest::NONE]).unwrap_err();
    TreeHasher::restore(u64::MAX, vec![Digest::NONE; 64]).unwrap_err();
}

#[test]
fn plans_and_proofs_outside_the_tree_are_refused() {
    let no_leaf = |index, size| ProofError::NoSuchLeaf { index, size };
    for (index, size) in [(0, 0), (7, 7), (u64::MAX, 7), (0, u64::MAX)] {
        assert_eq!(Plan::inclusion(index, size), Err(no_leaf(index, size)));
        let found = root_by_path(Digest::NONE, index, size, &[]);
        assert_eq!(found, Err(no_leaf(index, size)));
    }
    for (old, new) in [(8, 7), (u64::MAX, 7), (7, u64::MAX), (u64::MAX, u64::MAX)] {
        let shrinks = ProofError::Shrinks { old, new };
        assert_eq!(Plan::consistency(old, new), Err(shrinks));
        let found = verify_consistency(old, new, &[], Digest::NONE, Digest::NONE);
        assert_eq!(found, Err(shrinks));
    }
}

#[test]
fn the_largest_tree_is_planned_and_checked_like_any_other() {
    let plan = Plan::inclusion(MAX_SIZE - 1, MAX_SIZE).unwrap();
    assert_eq!(plan.needs().count(), 62);
    let path = plan.build(|_| Some(Digest::NONE)).unwrap();
    root_by_path(Digest::NONE, MAX_SIZE - 1, MAX_SIZE, &path).unwrap();
    let plan = Plan::consistency(MAX_SIZE - 1, MAX_SIZE).unwrap();
    let proof = plan.build(|_| Some(Digest::NONE)).unwrap();
    let found = verify_consistency(MAX_SIZE - 1, MAX_SIZE, &proof, Digest::NONE, Digest::NONE);
    assert_eq!(found, Err(ProofError::OldRoot));
}

#[test]
fn a_build_names_the_hash_that_is_missing() {
    let plan = Plan::inclusion(2, 7).unwrap();
    let error = plan.build(|node| (node.level != 1).then_some(Digest::NONE));
    assert_eq!(error, Err(MissingNode(NodeId { level: 1, index: 0 })));
    let text = error.unwrap_err().to_string();
    assert_eq!(text, "the hash of node 0 of level 1 is missing");
}

#[test]
fn the_empty_tree_is_the_beginning_of_every_tree_under_its_own_root_only() {
    let root = Digest::of(b"any");
    assert_eq!(verify_consistency(0, 9, &[], empty_root(), root), Ok(()));
    let forged = verify_consistency(0, 9, &[], root, root);
    assert_eq!(forged, Err(ProofError::OldRoot));
    let too_long = verify_consistency(0, 9, &[root], empty_root(), root);
    assert_eq!(
        too_long,
        Err(ProofError::Length {
            expected: 0,
            found: 1
        })
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(if cfg!(target_family = "wasm") { 4 } else { 256 }) })]

    #[test]
    fn an_audit_path_with_any_change_is_refused(size in 1..400_u64, at: prop::sample::Index, place: prop::sample::Index, bit in 0..256_usize) {
        let stored = Stored::of_size(size);
        let (root, index) = (stored.root(size), at.index(usize::try_from(size).unwrap()) as u64);
        let leaf = stored.lookup(NodeId { level: 0, index }).unwrap();
        let path = stored.path(index, size);
        prop_assert_eq!(verify_inclusion(leaf, index, size, &path, root), Ok(()));
        prop_assert_eq!(verify_inclusion(flipped(leaf, bit), index, size, &path, root), Err(ProofError::Root));
        prop_assert_eq!(verify_inclusion(leaf, index, size, &path, flipped(root, bit)), Err(ProofError::Root));
        prop_assert!(verify_inclusion(leaf, index ^ (1 << (bit % 9)), size, &path, root).is_err());
        for wrong in wrong_lengths(&path) {
            let found = verify_inclusion(leaf, index, size, &wrong, root);
            prop_assert_eq!(found, Err(ProofError::Length { expected: path.len(), found: wrong.len() }));
        }
        if !path.is_empty() {
            let mut changed = path.clone();
            let place = place.index(path.len());
            changed[place] = flipped(changed[place], bit);
            prop_assert_eq!(verify_inclusion(leaf, index, size, &changed, root), Err(ProofError::Root));
        }
    }

    #[test]
    fn a_consistency_proof_with_any_change_is_refused(new in 2..400_u64, at: prop::sample::Index, place: prop::sample::Index, bit in 0..256_usize) {
        let stored = Stored::of_size(new);
        let old = 1 + at.index(usize::try_from(new).unwrap() - 1) as u64;
        let (old_root, new_root) = (stored.root(old), stored.root(new));
        let proof = stored.consistency(old, new);
        prop_assert_eq!(verify_consistency(old, new, &proof, old_root, new_root), Ok(()));
        prop_assert!(verify_consistency(old, new, &proof, flipped(old_root, bit), new_root).is_err());
        prop_assert_eq!(verify_consistency(old, new, &proof, old_root, flipped(new_root, bit)), Err(ProofError::NewRoot));
        for wrong in wrong_lengths(&proof) {
            let found = verify_consistency(old, new, &wrong, old_root, new_root);
            prop_assert_eq!(found, Err(ProofError::Length { expected: proof.len(), found: wrong.len() }));
        }
        let mut changed = proof.clone();
        let place = place.index(proof.len());
        changed[place] = flipped(changed[place], bit);
        prop_assert!(verify_consistency(old, new, &changed, old_root, new_root).is_err());
    }
}

fn flipped(mut hash: Digest, bit: usize) -> Digest {
    hash.0[bit / 8] ^= 1 << (bit % 8);
    hash
}

fn wrong_lengths(hashes: &[Digest]) -> Vec<Vec<Digest>> {
    let mut wrong: Vec<Vec<Digest>> = (0..hashes.len())
        .map(|len| hashes[..len].to_vec())
        .collect();
    wrong.push([hashes, &[Digest::NONE]].concat());
    wrong.push([&[Digest::NONE], hashes].concat());
    wrong
}
