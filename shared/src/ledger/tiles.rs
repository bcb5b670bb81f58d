//! tlog-tiles: the log's hashes as tiles of 256 and its entries as bundles of 256. Where a hash of the tree is to be
//! found; [`RightEdge`] says which tiles an append changes.

mod bundle;
mod path;
mod right_edge;
#[cfg(test)]
mod tests;

pub use bundle::{BundleError, decode_bundle, encode_bundle};
pub use path::{TilePath, TilePathError};
pub use right_edge::{EdgeError, RightEdge};

use crate::ids::Digest;
use crate::merkle::{NodeId, TreeHasher};

/// How many hashes a full tile has and how many entries a full bundle.
pub const FULL_WIDTH: u16 = 256;

/// A tile has the hashes of eight levels of the tree, the lowest of them written out.
const HEIGHT: u8 = 8;

/// Which tile. It grows until it has 256 hashes and never changes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// 0 for leaf hashes; a hash of level l + 1 is the root of a full tile of level l.
    pub level: u8,
    /// Position among the tiles of this level.
    pub n: u64,
}

impl TileId {
    /// The tile from which the hash of `node` follows: it is one of the tile's hashes or the root of some of them.
    #[must_use]
    pub fn of_node(node: NodeId) -> Self {
        let below_the_top = u32::from(HEIGHT - node.level % HEIGHT);
        Self {
            level: node.level / HEIGHT,
            n: node.index >> below_the_top,
        }
    }

    /// How many hashes this tile has in the tree of `size` leaves; 0 if it does not exist yet.
    #[must_use]
    pub fn width_at(self, size: u64) -> u16 {
        let hashes = hashes_of_level(self.level, size);
        let before = self.n.checked_mul(u64::from(FULL_WIDTH));
        let width = before.and_then(|before| hashes.checked_sub(before));
        width.map_or(0, |width| {
            u16::try_from(width).map_or(FULL_WIDTH, |width| width.min(FULL_WIDTH))
        })
    }
}

/// How many hashes all tiles of one level have together.
fn hashes_of_level(level: u8, size: u64) -> u64 {
    let shift = u32::from(level) * u32::from(HEIGHT);
    size.checked_shr(shift).unwrap_or(0)
}

/// A tile with its hashes: 1 to 256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Which tile.
    pub id: TileId,
    /// Its hashes so far, from the left.
    pub hashes: Vec<Digest>,
}

/// Why bytes are not a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tile has 1 to 256 hashes of 32 bytes; these are {0} bytes")]
pub struct TileLength(pub usize);

impl Tile {
    /// The tile whose file holds these bytes.
    ///
    /// # Errors
    /// When they are not 1 to 256 whole hashes.
    pub fn from_bytes(id: TileId, bytes: &[u8]) -> Result<Self, TileLength> {
        let (hashes, rest) = bytes.as_chunks::<32>();
        if !rest.is_empty() || !(1..=usize::from(FULL_WIDTH)).contains(&hashes.len()) {
            return Err(TileLength(bytes.len()));
        }
        let hashes = hashes.iter().copied().map(Digest).collect();
        Ok(Self { id, hashes })
    }

    /// The bytes of the tile's file: its hashes one behind the other.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes.iter().flat_map(|hash| hash.0).collect()
    }

    /// Its path, partial as long as it is not full.
    #[must_use]
    pub fn path(&self) -> TilePath {
        let width = u16::try_from(self.hashes.len()).unwrap_or(FULL_WIDTH);
        TilePath::Hashes {
            tile: self.id,
            width,
        }
    }

    /// The hash of `node`; `None` when it lies in another tile or this one does not reach that far yet.
    #[must_use]
    pub fn node(&self, node: NodeId) -> Option<Digest> {
        if TileId::of_node(node) != self.id {
            return None;
        }
        let height = node.level % HEIGHT;
        let in_tile = node.index & ((1 << (HEIGHT - height)) - 1);
        let from = usize::try_from(in_tile << height).ok()?;
        let hashes = self.hashes.get(from..from + (1 << height))?;
        Some(subtree_hash(hashes))
    }
}

/// The root over the hashes of a level, as many as a power of two.
fn subtree_hash(hashes: &[Digest]) -> Digest {
    let mut tree = TreeHasher::new();
    for &hash in hashes {
        tree.push_hash(hash);
    }
    tree.root()
}
