//! Tiles computed again from what they follow from: entries, or the full tiles below.

use super::db::{BlockRow, Db};
use super::error::Result;
use shared::ids::{ChainId, Digest};
use shared::ledger::header::Header;
use shared::ledger::tiles::{FULL_WIDTH, RightEdge, Tile, TileId};
use shared::merkle::{TreeHasher, leaf_hash};

/// The first `width` hashes of a tile; `None` when what is below is damaged.
pub(super) async fn tile(
    db: &Db,
    chain: ChainId,
    id: TileId,
    width: u16,
) -> Result<Option<Vec<Digest>>> {
    let first = id.n.saturating_mul(u64::from(FULL_WIDTH));
    if id.level == 0 {
        return leaf_hashes(db, chain, first, width).await;
    }
    let mut hashes = Vec::with_capacity(usize::from(width));
    for n in first..first.saturating_add(u64::from(width)) {
        let level = id.level - 1;
        let Some(below) = db.tile(TileId { level, n }).await? else {
            return Ok(None);
        };
        let mut tree = TreeHasher::new();
        for hash in below.hashes {
            tree.push_hash(hash);
        }
        hashes.push(tree.root());
    }
    Ok(Some(hashes))
}

async fn leaf_hashes(
    db: &Db,
    chain: ChainId,
    first: u64,
    width: u16,
) -> Result<Option<Vec<Digest>>> {
    let mut hashes: Vec<Digest> = Vec::with_capacity(usize::from(width));
    while hashes.len() < usize::from(width) {
        let at = first + hashes.len() as u64;
        let Some(row) = db.block_of(at).await? else {
            return Ok(None);
        };
        let entries = db.entries(row.height).await.unwrap_or_default();
        if !is_block(chain, &row, &entries) {
            return Ok(None);
        }
        let skip = usize::try_from(at - row.first_index).unwrap_or(usize::MAX);
        let left = usize::from(width) - hashes.len();
        let of_block = entries.iter().skip(skip).take(left);
        hashes.extend(of_block.map(|entry| leaf_hash(entry)));
    }
    Ok(Some(hashes))
}

/// The right edge of the log of `size` entries; `None` when what is below is damaged.
pub(super) async fn right_edge(db: &Db, chain: ChainId, size: u64) -> Result<Option<Vec<Tile>>> {
    let mut tiles = Vec::new();
    for (id, width) in RightEdge::tiles_at(size) {
        let Some(hashes) = tile(db, chain, id, width).await? else {
            return Ok(None);
        };
        tiles.push(Tile { id, hashes });
    }
    Ok(Some(tiles))
}

/// Whether these are the entries of the block, its header last.
pub(super) fn is_block(chain: ChainId, row: &BlockRow, entries: &[Vec<u8>]) -> bool {
    let Some((last, of_block)) = entries.split_last() else {
        return false;
    };
    let Ok(header) = Header::decode_signed(chain, last) else {
        return false;
    };
    let mut tree = TreeHasher::new();
    for entry in of_block {
        tree.push_hash(leaf_hash(entry));
    }
    header.hash(chain) == row.header_hash && tree.root() == header.body_root
}
