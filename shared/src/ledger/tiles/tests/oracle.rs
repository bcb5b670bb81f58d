//! Against the crate tlog_tiles, which writes the tile's height into the path and `data` for `entries`.

use super::{Log, tree_of};
use crate::ledger::tiles::*;
use crate::merkle::{Plan, leaf_hash};
use tlog_tiles::{
    Error, Hash, HashReader as _, TileHashReader, TileReader, check_record, check_tree,
    prove_record, prove_tree,
};

fn ours_of(theirs: &tlog_tiles::Tile) -> TilePath {
    let width = u16::try_from(theirs.width()).unwrap();
    let (level, n) = (theirs.level(), theirs.level_index());
    if theirs.is_data() {
        return TilePath::Entries { n, width };
    }
    let tile = TileId { level, n };
    TilePath::Hashes { tile, width }
}

fn their_spelling(path: &str) -> String {
    let path = path.replacen("tile/entries/", "tile/data/", 1);
    path.replacen("tile/", "tile/8/", 1)
}

impl TileReader for Log {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, Error> {
        let read = |theirs: &tlog_tiles::Tile| {
            let id = TileId {
                level: theirs.level(),
                n: theirs.level_index(),
            };
            self.tiles.get(&id).unwrap().to_bytes()
        };
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

#[test]
fn the_tiles_that_an_append_changes_are_those_of_tlog_tiles() {
    let blocks = [1, 254, 1, 1, 500, 255, 3000, 256];
    let mut edge = RightEdge::new();
    for block in blocks {
        let old = edge.size();
        let changed = edge.append(&super::leaves(old, old + block));
        let ours: Vec<_> = changed.iter().map(Tile::path).collect();
        let theirs = tlog_tiles::Tile::new_tiles(8, old, old + block);
        assert_eq!(ours, theirs.iter().map(ours_of).collect::<Vec<_>>());
    }
}

#[test]
fn paths_mean_the_same_to_tlog_tiles() {
    let numbers = [0, 1, 255, 256, 999, 1000, 999_999, 1_234_067, u64::MAX];
    for (n, width) in numbers
        .into_iter()
        .zip([256, 1, 255, 256, 9].into_iter().cycle())
    {
        let tile = TileId { level: 3, n };
        for ours in [
            TilePath::Hashes { tile, width },
            TilePath::Entries { n, width },
        ] {
            let spelling = their_spelling(&ours.to_string());
            let theirs = tlog_tiles::Tile::from_path(&spelling).unwrap();
            assert_eq!((ours_of(&theirs), theirs.path()), (ours, spelling));
        }
    }
    for wrong in [
        "tile/0/0",
        "tile/0/x000/000",
        "tile/0/x001",
        "tile/0/000.p/256",
        "tile/00/000",
        "tile/0/+12",
    ] {
        tlog_tiles::Tile::from_path(&their_spelling(wrong)).unwrap_err();
        wrong.parse::<TilePath>().unwrap_err();
    }
}

#[test]
fn tlog_tiles_reads_our_tiles_and_both_make_and_accept_the_same_proofs() {
    let hashes = |theirs: Vec<Hash>| {
        theirs
            .into_iter()
            .map(|hash| Digest(hash.0))
            .collect::<Vec<_>>()
    };
    for size in [1, 2, 255, 256, 257, 1000, 66_000] {
        let log = Log::of_size(size, &[500]);
        let root = Hash(log.edge.root().0);
        let reader = TileHashReader::new(size, root, &log);
        let build = |plan: Plan| plan.build(|node| log.node(node)).unwrap();
        for index in [0, size / 3, size - 1] {
            let theirs = prove_record(size, index, &reader).unwrap();
            let leaf = Hash(leaf_hash(&index.to_be_bytes()).0);
            check_record(&theirs, size, root, index, leaf).unwrap();
            assert_eq!(build(Plan::inclusion(index, size).unwrap()), hashes(theirs));
            let old = index + 1;
            let theirs = prove_tree(size, old, &reader).unwrap();
            check_tree(&theirs, size, root, old, Hash(tree_of(old).root().0)).unwrap();
            assert_eq!(build(Plan::consistency(old, size).unwrap()), hashes(theirs));
        }
        assert_eq!(
            reader.read_hashes(&[0]).unwrap()[0].0,
            leaf_hash(&0_u64.to_be_bytes()).0
        );
    }
}
