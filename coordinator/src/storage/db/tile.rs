//! Tiles of hashes: the committed log's tree.

use super::batch::Batch;
use super::{Columns as _, Db, Tx};
use crate::storage::error::{Result, StorageError};
use shared::ids::Digest;
use shared::ledger::tiles::{RightEdge, Tile, TileId};
use std::collections::BTreeMap;
use std::sync::LazyLock;

const GET: &str = "SELECT hashes FROM tiles WHERE place = ?";
static PUT: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        "INSERT INTO tiles (place, hashes)",
        2,
        "ON CONFLICT (place) DO UPDATE SET hashes = excluded.hashes",
    )
});

/// The tile's key: no log has 2^56 tiles of a level, and eight levels are enough for any.
fn place(tile: TileId) -> Option<i64> {
    let n = i64::try_from(tile.n).ok().filter(|n| *n < 1 << 56)?;
    (tile.level < 8).then(|| (i64::from(tile.level) << 56) | n)
}

impl Db {
    /// The hashes of a tile, as many as the committed log has.
    pub(in crate::storage) async fn tile(&self, tile: TileId) -> Result<Option<Tile>> {
        let Some(place) = place(tile) else {
            return Ok(None);
        };
        let query = sqlx::query(GET).bind(place);
        let Some(row) = query.fetch_optional(&self.reader).await? else {
            return Ok(None);
        };
        let tile = Tile::from_bytes(tile, &row.bytes("hashes")?);
        tile.map(Some).map_err(|_| StorageError::Corrupt("tiles"))
    }

    /// The right edge of the log of `size` entries.
    pub(in crate::storage) async fn right_edge(&self, size: u64) -> Result<RightEdge> {
        let mut tiles: BTreeMap<TileId, Vec<Digest>> = BTreeMap::new();
        for (id, _) in RightEdge::tiles_at(size) {
            if let Some(tile) = self.tile(id).await? {
                tiles.insert(id, tile.hashes);
            }
        }
        RightEdge::restore(size, |id| tiles.get(&id).cloned()).map_err(|error| {
            StorageError::Damaged {
                what: error.to_string(),
            }
        })
    }
}

impl Tx {
    /// Writes the tiles that an append has changed.
    pub(in crate::storage) async fn put_tiles(&mut self, tiles: &[Tile]) -> Result<()> {
        for (sql, tiles) in PUT.cut(tiles) {
            let mut put = sqlx::query(sql);
            for tile in tiles {
                let place = place(tile.id).ok_or(StorageError::Corrupt("tiles"))?;
                put = put.bind(place).bind(tile.to_bytes());
            }
            put.execute(self.conn()).await?;
        }
        Ok(())
    }
}
