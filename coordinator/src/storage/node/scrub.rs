//! Walks all records and compares them with their hashes. A damaged one is put right from other storage nodes, or from what
//! it follows from; until then it is not handed out, and nothing behind it is lost.

use super::super::body;
use super::super::db::BlockRow;
use super::super::error::{Result, StorageError};
use super::super::link::Link;
use super::super::rebuild::{self, is_block};
use super::super::wire::ReadBlocks;
use super::StorageNode;
use shared::ids::{ChainId, Digest};
use shared::ledger::tiles::{Tile, TileId};
use std::time::Duration;

/// Blobs that are asked for at once.
const BLOBS: u32 = 256;

/// What a walk over all records has found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scrubbed {
    /// Records that were compared.
    pub records: u64,
    /// Damaged ones that were put right.
    pub repaired: u64,
    /// Damaged ones that nobody could give; the next walk tries again.
    pub damaged: u64,
}

impl Scrubbed {
    fn count(&mut self, outcome: Option<bool>) {
        self.records += 1;
        match outcome {
            None => {}
            Some(true) => self.repaired += 1,
            Some(false) => self.damaged += 1,
        }
    }
}

impl StorageNode {
    /// Compares every record with its hash and repairs what is damaged. It rests for `pause` after each one, so that it
    /// does not hold up anybody.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn scrub(&self, others: &[Link], pause: Duration) -> Result<Scrubbed> {
        let mut scrubbed = Scrubbed::default();
        let Some(chain) = self.view().chain else {
            return Ok(scrubbed);
        };
        let mut height = 0;
        while let Some(row) = self.db().block(height).await? {
            scrubbed.count(self.scrub_block(chain, &row, others).await?);
            height += 1;
            tokio::time::sleep(pause).await;
        }
        self.scrub_tiles(chain, &mut scrubbed).await?;
        let mut after = 0;
        loop {
            let blobs = self.db().blobs_after(after, BLOBS).await?;
            for (num, sha256) in &blobs {
                after = *num;
                scrubbed.count(self.scrub_blob(*sha256, others).await?);
                tokio::time::sleep(pause).await;
            }
            if blobs.is_empty() {
                return Ok(scrubbed);
            }
        }
    }

    /// `None` when the block is as its header says; otherwise whether it was repaired.
    async fn scrub_block(
        &self,
        chain: ChainId,
        row: &BlockRow,
        others: &[Link],
    ) -> Result<Option<bool>> {
        let stored = match self.db().entries(row.height).await {
            Ok(entries) => entries,
            Err(StorageError::Damaged { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        if is_block(chain, row, &stored) {
            return Ok(None);
        }
        tracing::error!(height = row.height, "a stored block is damaged");
        let from = row.height;
        for other in others {
            let answer = match other.read_blocks(&ReadBlocks { from }).await {
                Ok(answer) => answer,
                Err(error) => {
                    tracing::debug!(%error, "repairing a block");
                    continue;
                }
            };
            let Some(block) = answer.blocks.into_iter().next() else {
                continue;
            };
            let mut entries = block.entries;
            entries.push(block.header);
            if is_block(chain, row, &entries) {
                let header = entries.pop().unwrap_or_default();
                let body = body::encode(&entries, &header);
                self.repair_body(row.height, &body).await?;
                return Ok(Some(true));
            }
        }
        Ok(Some(false))
    }

    async fn repair_body(&self, height: u64, body: &[u8]) -> Result<()> {
        let now = self.clock().now();
        let damaged = self.db().body(height).await?.unwrap_or_default();
        let mut tx = self.db().tx("repair_body").await?;
        tx.quarantine(&format!("block {height}"), &damaged, now)
            .await?;
        tx.repair_body(height, body).await?;
        tx.commit().await?;
        tracing::info!(height, "the damaged block was fetched again");
        Ok(())
    }

    /// Computes every tile again from what is below it.
    async fn scrub_tiles(&self, chain: ChainId, scrubbed: &mut Scrubbed) -> Result<()> {
        let size = self.view().place().size;
        for level in 0..8 {
            let mut n = 0;
            loop {
                let id = TileId { level, n };
                let width = id.width_at(size);
                if width == 0 {
                    break;
                }
                scrubbed.count(self.scrub_tile(chain, id, width).await?);
                n += 1;
            }
        }
        Ok(())
    }

    async fn scrub_tile(&self, chain: ChainId, id: TileId, width: u16) -> Result<Option<bool>> {
        let Some(expected) = rebuild::tile(self.db(), chain, id, width).await? else {
            // What is below is damaged and could not be repaired.
            return Ok(None);
        };
        let stored = match self.db().tile(id).await {
            Ok(stored) => stored,
            Err(StorageError::Corrupt(_)) => None,
            Err(error) => return Err(error),
        };
        // The log may have grown meanwhile.
        let wide = usize::from(width);
        let stored = stored.and_then(|tile| tile.hashes.get(..wide).map(<[Digest]>::to_vec));
        if stored.as_ref() == Some(&expected) {
            return Ok(None);
        }
        tracing::error!(level = id.level, n = id.n, "a stored tile is damaged");
        let locked = self.lock().await?;
        let is_same = id.width_at(locked.state.ledger()?.tip.size()) == width;
        if is_same {
            let tile = Tile {
                id,
                hashes: expected,
            };
            let mut tx = self.db().tx("repair_tile").await?;
            tx.put_tiles(&[tile]).await?;
            tx.commit().await?;
        }
        locked.done();
        Ok(Some(is_same))
    }

    async fn scrub_blob(&self, sha256: Digest, others: &[Link]) -> Result<Option<bool>> {
        let damaged = match self.db().blob_bytes(sha256).await {
            Ok(bytes) if Digest::of(&bytes) == sha256 => return Ok(None),
            Ok(bytes) => bytes,
            // Cleaned away meanwhile, or a piece of it is gone.
            Err(StorageError::BlobGone(_)) if self.db().blob_len(sha256).await?.is_none() => {
                return Ok(None);
            }
            Err(StorageError::BlobGone(_)) => Vec::new(),
            Err(error) => return Err(error),
        };
        tracing::error!(%sha256, "a stored blob is damaged");
        for other in others {
            match other.read_blob(sha256).await {
                Ok(Some(bytes)) if Digest::of(&bytes) == sha256 => {
                    let what = format!("blob {sha256}");
                    let mut tx = self.db().tx("repair_blob").await?;
                    tx.quarantine(&what, &damaged, self.clock().now()).await?;
                    tx.repair_blob(&bytes).await?;
                    tx.commit().await?;
                    return Ok(Some(true));
                }
                Ok(_) => {}
                Err(error) => tracing::debug!(%error, "repairing a blob"),
            }
        }
        Ok(Some(false))
    }
}
