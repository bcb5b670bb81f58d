use super::*;
use crate::merkle::{Plan, leaf_hash};
use proptest::prelude::*;
use std::collections::BTreeMap;

#[cfg(not(target_family = "wasm"))]
mod oracle;

fn leaves(from: u64, to: u64) -> Vec<Digest> {
    (from..to).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

/// A log of `size` entries, appended in blocks of these sizes one after the other and over again.
struct Log {
    edge: RightEdge,
    tiles: BTreeMap<TileId, Tile>,
}

impl Log {
    fn of_size(size: u64, blocks: &[u64]) -> Self {
        let mut log = Self {
            edge: RightEdge::new(),
            tiles: BTreeMap::new(),
        };
        let mut blocks = blocks.iter().cycle();
        while log.edge.size() < size {
            let from = log.edge.size();
            let to = size.min(from + blocks.next().unwrap());
            for tile in log.edge.append(&leaves(from, to)) {
                log.tiles.insert(tile.id, tile);
            }
        }
        log
    }

    fn node(&self, node: NodeId) -> Option<Digest> {
        self.tiles.get(&TileId::of_node(node))?.node(node)
    }

    fn lookup(&self, tile: TileId) -> Option<Vec<Digest>> {
        Some(self.tiles.get(&tile)?.hashes.clone())
    }
}

fn tree_of(size: u64) -> TreeHasher {
    let mut tree = TreeHasher::new();
    for leaf in leaves(0, size) {
        tree.push_hash(leaf);
    }
    tree
}

#[test]
fn paths_are_written_as_the_specification_shows() {
    let hashes = |level, n, width| TilePath::Hashes {
        tile: TileId { level, n },
        width,
    };
    let entries = |n, width| TilePath::Entries { n, width };
    let cases = [
        (hashes(0, 0, 256), "tile/0/000"),
        (hashes(63, 999, 1), "tile/63/999.p/1"),
        (hashes(0, 1_234_067, 256), "tile/0/x001/x234/067"),
        (hashes(7, 1000, 255), "tile/7/x001/000.p/255"),
        (entries(1_234_067, 256), "tile/entries/x001/x234/067"),
        (entries(273, 112), "tile/entries/273.p/112"),
        (
            hashes(0, i64::MAX as u64, 256),
            "tile/0/x009/x223/x372/x036/x854/x775/807",
        ),
        (
            hashes(0, u64::MAX, 9),
            "tile/0/x018/x446/x744/x073/x709/x551/615.p/9",
        ),
    ];
    for (path, text) in cases {
        assert_eq!(path.to_string(), text);
        assert_eq!(text.parse(), Ok(path));
    }
}

#[test]
fn any_other_spelling_of_a_path_is_refused() {
    let wrong = [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/+1/000",
        "tile/x/000",
        "tile/data/000",
        "tile/Entries/000",
        "/tile/0/000",
        "tile/0/000/",
        "tile/0//000",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000",
        "tile/0/x000/000",
        "tile/0/x000/001",
        "tile/0/001/000",
        "tile/0/x001/x000",
        "tile/0/X001/000",
        "tile/0/xx01/000",
        "tile/0/0x1",
        "tile/0/00a",
        "tile/0/٠٠٠",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/+1",
        "tile/0/000.p/1/",
        "tile/0/000.p/1.p/1",
        "tile/0/000.P/1",
        "tile/0/.p/1",
        "tile/0/000 ",
        "tile/0/000\n",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/x001/x000/x000/x000/x000/x000/x000/000",
    ];
    for path in wrong {
        path.parse::<TilePath>().expect_err(path);
    }
    let error = "tile/0/000.p/256".parse::<TilePath>().unwrap_err();
    let text = "\"tile/0/000.p/256\" is no path of a tile: the width must be 1 to 255, without leading zeros";
    assert_eq!(error.to_string(), text);
    let long = "tile/".repeat(1000).parse::<TilePath>().unwrap_err();
    assert_eq!(long.path.len(), 64);
}

#[test]
fn a_log_of_70_000_entries_has_the_tiles_of_the_specification() {
    let log = Log::of_size(70_000, &[500]);
    let full = |level| {
        (0..)
            .map(move |n| TileId { level, n })
            .take_while(|tile| tile.width_at(70_000) == 256)
    };
    assert_eq!((full(0).count(), full(1).count()), (273, 1));
    let tile = |level, n| TileId { level, n };
    let partial: Vec<_> = RightEdge::tiles_at(70_000).collect();
    assert_eq!(
        partial,
        [(tile(0, 273), 112), (tile(1, 1), 17), (tile(2, 0), 1)]
    );
    assert_eq!(log.tiles.len(), 273 + 1 + 3);
    for (&id, tile) in &log.tiles {
        assert_eq!(tile.hashes.len(), usize::from(id.width_at(70_000)));
    }
    assert_eq!(log.edge.root(), tree_of(70_000).root());
}

#[test]
fn a_tile_that_is_exactly_full_leaves_a_partial_one_only_above_it() {
    let mut edge = RightEdge::new();
    let changed = edge.append(&leaves(0, 256));
    let widths: Vec<_> = changed
        .iter()
        .map(|tile| (tile.path().to_string(), tile.hashes.len()))
        .collect();
    assert_eq!(
        widths,
        [
            ("tile/0/000".to_owned(), 256),
            ("tile/1/000.p/1".to_owned(), 1)
        ]
    );
    assert_eq!(edge.append(&[]), []);
    let changed = edge.append(&leaves(256, 257));
    let paths: Vec<_> = changed.iter().map(|tile| tile.path().to_string()).collect();
    assert_eq!(paths, ["tile/0/001.p/1"]);
}

#[test]
fn a_restored_edge_goes_on_like_the_log_even_from_tiles_that_have_grown() {
    let grown = Log::of_size(1500, &[77]);
    for size in [0, 1, 255, 256, 257, 511, 512, 1024, 1337, 1500] {
        let restored = RightEdge::restore(size, |tile| grown.lookup(tile)).unwrap();
        assert_eq!(restored.root(), tree_of(size).root(), "{size}");
        let mut again = restored;
        again.append(&leaves(size, 1500));
        assert_eq!(again.root(), grown.edge.root(), "{size}");
    }
}

#[test]
fn an_edge_whose_tiles_are_missing_or_too_narrow_is_not_restored() {
    let log = Log::of_size(300, &[300]);
    let error = RightEdge::restore(301, |tile| log.lookup(tile)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "tile 1 of level 0 should have 45 hashes, it has 44"
    );
    let error = RightEdge::restore(70_000, |tile| log.lookup(tile)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "tile 273 of level 0 should have 112 hashes, it has 0"
    );
    assert_eq!(
        RightEdge::restore(u64::MAX, |_| None),
        Err(EdgeError::Size(u64::MAX))
    );
}

#[test]
fn every_full_subtree_is_found_in_its_tile() {
    let log = Log::of_size(700, &[500]);
    let mut level: Vec<Digest> = leaves(0, 700);
    for height in 0..10 {
        for (index, &hash) in (0..).zip(&level) {
            let node = NodeId {
                level: height,
                index,
            };
            assert_eq!(log.node(node), Some(hash), "{node:?}");
        }
        let behind = NodeId {
            level: height,
            index: level.len() as u64,
        };
        assert_eq!(log.node(behind), None);
        let pairs = level.chunks_exact(2);
        level = pairs
            .map(|pair| crate::merkle::node_hash(&pair[0], &pair[1]))
            .collect();
    }
    let tile = &log.tiles[&TileId { level: 0, n: 1 }];
    assert_eq!(tile.node(NodeId { level: 0, index: 3 }), None);
    let far = NodeId {
        level: u8::MAX,
        index: u64::MAX,
    };
    assert_eq!(log.node(far), None);
    assert_eq!(
        TileId {
            level: 255,
            n: u64::MAX
        }
        .width_at(u64::MAX),
        0
    );
}

#[test]
fn a_tile_reads_back_from_its_bytes_and_other_lengths_are_refused() {
    let log = Log::of_size(300, &[300]);
    for tile in log.tiles.values() {
        let bytes = tile.to_bytes();
        assert_eq!(Tile::from_bytes(tile.id, &bytes).as_ref(), Ok(tile));
        assert_eq!(
            Tile::from_bytes(tile.id, &bytes[1..]),
            Err(TileLength(bytes.len() - 1))
        );
    }
    let id = TileId { level: 0, n: 0 };
    Tile::from_bytes(id, &[]).unwrap_err();
    Tile::from_bytes(id, &[0; 257 * 32]).unwrap_err();
}

#[test]
fn a_bundle_reads_back_with_its_own_width_only() {
    let longest = vec![7; 65_535];
    let entries = [&b"one"[..], b"", &longest];
    let bundle = encode_bundle(&entries).unwrap();
    assert_eq!(bundle[..7], [0, 3, b'o', b'n', b'e', 0, 0]);
    assert_eq!(decode_bundle(&bundle, 3).unwrap(), entries);
    assert_eq!(
        decode_bundle(&bundle, 2),
        Err(BundleError::Trailing { extra: 65_537 })
    );
    assert_eq!(
        decode_bundle(&bundle, 4),
        Err(BundleError::Truncated { entry: 3 })
    );
    assert_eq!(
        decode_bundle(&bundle[..8], 3),
        Err(BundleError::Truncated { entry: 2 })
    );
    assert_eq!(
        decode_bundle(&bundle[..100], 3),
        Err(BundleError::Truncated { entry: 2 })
    );
    assert_eq!(decode_bundle(&[], 0), Err(BundleError::Width(0)));
    assert_eq!(decode_bundle(&[], 257), Err(BundleError::Width(257)));
    let too_long = BundleError::EntryTooLong {
        entry: 1,
        len: 65_536,
    };
    assert_eq!(encode_bundle(&[vec![], vec![0; 65_536]]), Err(too_long));
    assert_eq!(encode_bundle(&[[]; 257]), Err(BundleError::Width(257)));
    assert_eq!(encode_bundle::<&[u8]>(&[]), Err(BundleError::Width(0)));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(if cfg!(target_family = "wasm") { 2 } else { 24 }) })]

    #[test]
    fn however_a_log_was_cut_into_blocks_its_tiles_give_every_root_and_proof(blocks in prop::collection::vec(1..600_u64, 1..5), size in 1..2000_u64, at: prop::sample::Index, before: prop::sample::Index) {
        let log = Log::of_size(size, &blocks);
        let len = usize::try_from(size).unwrap();
        prop_assert_eq!(log.edge.frontier(), tree_of(size));
        let (index, old) = (at.index(len) as u64, before.index(len + 1) as u64);
        let build = |plan: Plan| plan.build(|node| log.node(node)).unwrap();
        let (old_root, root) = (build(Plan::root(old))[0], build(Plan::root(size))[0]);
        prop_assert_eq!(old_root, tree_of(old).root());
        let path = build(Plan::inclusion(index, size).unwrap());
        let leaf = leaf_hash(&index.to_be_bytes());
        crate::merkle::verify_inclusion(leaf, index, size, &path, root).unwrap();
        let proof = build(Plan::consistency(old, size).unwrap());
        crate::merkle::verify_consistency(old, size, &proof, old_root, root).unwrap();
    }

    #[test]
    fn every_path_reads_back(level in 0..64_u8, n: u64, width in 1..=256_u16) {
        for path in [TilePath::Hashes { tile: TileId { level, n }, width }, TilePath::Entries { n, width }] {
            prop_assert_eq!(path.to_string().parse(), Ok(path));
        }
    }

    #[test]
    fn no_text_is_the_path_of_two_tiles(text in "tile/([0-9]{1,2}|entries)(/x?[0-9]{3}){1,3}(\\.p/[0-9]{1,3})?") {
        if let Ok(path) = text.parse::<TilePath>() {
            prop_assert_eq!(path.to_string(), text);
        }
    }
}
