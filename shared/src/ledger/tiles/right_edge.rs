//! The partial tiles at the right edge of a log: all that appending needs to know of it.

use super::{FULL_WIDTH, HEIGHT, Tile, TileId, hashes_of_level, subtree_hash};
use crate::ids::Digest;
use crate::merkle::{MAX_SIZE, TreeHasher};

/// The partial tiles of a log, and its size.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RightEdge {
    size: u64,
    /// The hashes of each level's partial tile, level 0 first: 0 to 255.
    levels: Vec<Vec<Digest>>,
}

/// Why the right edge of a log cannot be restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EdgeError {
    /// No log is so large.
    #[error("a log of {0} entries is impossible")]
    Size(u64),
    /// A tile is not there, or narrower than the log's size demands.
    #[error("tile {} of level {} should have {width} hashes, it has {found}", .tile.n, .tile.level)]
    Tile {
        /// Which tile.
        tile: TileId,
        /// How many hashes it should have.
        width: u16,
        /// How many it has.
        found: usize,
    },
}

impl RightEdge {
    /// The edge of an empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The partial tiles of a log of `size` entries, and how many hashes each has.
    pub fn tiles_at(size: u64) -> impl Iterator<Item = (TileId, u16)> {
        (0..HEIGHT).filter_map(move |level| {
            let n = hashes_of_level(level, size) >> HEIGHT;
            let tile = TileId { level, n };
            let width = tile.width_at(size);
            (width > 0).then_some((tile, width))
        })
    }

    /// The edge of a log of `size` entries, from its partial tiles. A tile may already be wider: what is behind is left
    /// out.
    ///
    /// # Errors
    /// When `lookup` lacks a tile or has too few of its hashes.
    pub fn restore(
        size: u64,
        lookup: impl Fn(TileId) -> Option<Vec<Digest>>,
    ) -> Result<Self, EdgeError> {
        if size > MAX_SIZE {
            return Err(EdgeError::Size(size));
        }
        let mut levels = Vec::new();
        for (tile, width) in Self::tiles_at(size) {
            let mut hashes = lookup(tile).unwrap_or_default();
            let found = hashes.len();
            if found < usize::from(width) {
                return Err(EdgeError::Tile { tile, width, found });
            }
            hashes.truncate(usize::from(width));
            levels.resize(usize::from(tile.level), Vec::new());
            levels.push(hashes);
        }
        Ok(Self { size, levels })
    }

    /// How many entries the log has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends leaf hashes. Returns the tiles that changed, whole, each once: by level, then from the left.
    pub fn append(&mut self, leaf_hashes: &[Digest]) -> Vec<Tile> {
        let mut changed = Vec::new();
        let mut coming = leaf_hashes.to_vec();
        let mut level = 0_u8;
        while !coming.is_empty() {
            let mut n = hashes_of_level(level, self.size) >> HEIGHT;
            if self.levels.len() == usize::from(level) {
                self.levels.push(Vec::new());
            }
            let partial = self.levels.get_mut(usize::from(level));
            let partial = partial.expect("a level only follows when a tile below became full");
            let mut above = Vec::new();
            for hash in coming {
                partial.push(hash);
                if partial.len() == usize::from(FULL_WIDTH) {
                    above.push(subtree_hash(partial));
                    let id = TileId { level, n };
                    let hashes = std::mem::take(partial);
                    changed.push(Tile { id, hashes });
                    n += 1;
                }
            }
            if !partial.is_empty() {
                let id = TileId { level, n };
                let hashes = partial.clone();
                changed.push(Tile { id, hashes });
            }
            coming = above;
            level += 1;
        }
        self.size += leaf_hashes.len() as u64;
        changed
    }

    /// The frontier of the log's tree.
    #[must_use]
    pub fn frontier(&self) -> TreeHasher {
        let mut roots = Vec::new();
        for hashes in self.levels.iter().rev() {
            let mut rest = hashes.as_slice();
            while !rest.is_empty() {
                let (subtree, behind) = rest.split_at(1 << rest.len().ilog2());
                roots.push(subtree_hash(subtree));
                rest = behind;
            }
        }
        TreeHasher::restore(self.size, roots)
            .expect("the widths of the partial tiles are the size's digits to the base 256")
    }

    /// The log's root.
    #[must_use]
    pub fn root(&self) -> Digest {
        self.frontier().root()
    }
}
