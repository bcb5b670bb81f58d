//! Reading the committed log. What is handed out matches the hashes that were cosigned, or it is not handed out.

use super::super::db::BlockRow;
use super::super::error::{Result, StorageError};
use super::super::wire::{Blocks, CommittedBlock};
use super::StorageNode;
use shared::ids::Digest;
use shared::ledger::note::Note;
use shared::ledger::proof::TlogProof;
use shared::ledger::tiles::{Tile, TileId};
use shared::merkle::{NodeId, Plan, leaf_hash};
use std::collections::BTreeMap;

/// Entries of one answer to [`StorageNode::blocks`], unless its first block has more.
const PACKAGE_ENTRIES: usize = 256;

impl StorageNode {
    /// The hashes that a plan asks for, from the tiles.
    pub(in super::super) async fn hashes(&self, plan: &Plan) -> Result<Vec<Digest>> {
        let mut tiles: BTreeMap<TileId, Tile> = BTreeMap::new();
        for node in plan.needs() {
            let id = TileId::of_node(node);
            if !tiles.contains_key(&id)
                && let Some(tile) = self.db().tile(id).await?
            {
                tiles.insert(id, tile);
            }
        }
        let lookup = |node: NodeId| tiles.get(&TileId::of_node(node))?.node(node);
        plan.build(lookup).map_err(|missing| StorageError::Damaged {
            what: missing.to_string(),
        })
    }

    /// The first `width` hashes of a tile; `None` when the committed log has fewer.
    pub(in super::super) async fn tile(&self, tile: TileId, width: u16) -> Result<Option<Vec<u8>>> {
        if width > tile.width_at(self.view().place().size) {
            return Ok(None);
        }
        let found = self.db().tile(tile).await?;
        let cut = found.and_then(|mut tile| {
            let width = usize::from(width);
            let is_there = tile.hashes.len() >= width;
            tile.hashes.truncate(width);
            is_there.then(|| tile.to_bytes())
        });
        cut.map(Some).ok_or_else(|| StorageError::Damaged {
            what: format!("tile {} of level {}", tile.n, tile.level),
        })
    }

    /// The entries from `first` on, `count` of them, each as its leaf hash says; `None` when the log is shorter.
    pub(in super::super) async fn entries(
        &self,
        first: u64,
        count: u16,
    ) -> Result<Option<Vec<Vec<u8>>>> {
        let end = first.saturating_add(u64::from(count));
        if end > self.view().place().size || count == 0 {
            return Ok(None);
        }
        let mut entries: Vec<Vec<u8>> = Vec::with_capacity(usize::from(count));
        while entries.len() < usize::from(count) {
            let at = first + entries.len() as u64;
            let block = self.block_with(at).await?;
            let skip = usize::try_from(at - block.first_index).unwrap_or(usize::MAX);
            let of_block = self.db().entries(block.height).await?;
            let left = usize::from(count) - entries.len();
            let before = entries.len();
            entries.extend(of_block.into_iter().skip(skip).take(left));
            if entries.len() == before {
                return Err(damaged(at));
            }
        }
        self.check_entries(first, &entries).await?;
        Ok(Some(entries))
    }

    /// The committed block that holds the entry.
    pub(in super::super) async fn block_with(&self, index: u64) -> Result<BlockRow> {
        let block = self.db().block_of(index).await?;
        block.ok_or_else(|| damaged(index))
    }

    async fn check_entries(&self, first: u64, entries: &[Vec<u8>]) -> Result<()> {
        let mut open: Option<Tile> = None;
        for (index, entry) in (first..).zip(entries) {
            let node = NodeId { level: 0, index };
            let id = TileId::of_node(node);
            if open.as_ref().is_none_or(|tile| tile.id != id) {
                open = self.db().tile(id).await?;
            }
            let hash = open.as_ref().and_then(|tile| tile.node(node));
            if hash != Some(leaf_hash(entry)) {
                return Err(damaged(index));
            }
        }
        Ok(())
    }

    /// A committed block with its entries, the header last; `None` above the head.
    pub(in super::super) async fn block(
        &self,
        height: u64,
    ) -> Result<Option<(BlockRow, Vec<Vec<u8>>)>> {
        let Some(row) = self.db().block(height).await? else {
            return Ok(None);
        };
        let entries = self.db().entries(height).await?;
        if entries.len() as u64 != row.size - row.first_index {
            return Err(damaged(row.first_index));
        }
        self.check_entries(row.first_index, &entries).await?;
        Ok(Some((row, entries)))
    }

    /// Committed blocks from a height on, for a node that missed them.
    ///
    /// # Errors
    /// When a record is damaged, or the database fails.
    pub async fn blocks(&self, from: u64) -> Result<Blocks> {
        let Some(chain) = self.view().chain else {
            return Ok(Blocks { blocks: Vec::new() });
        };
        let mut blocks = Vec::new();
        let mut count = 0;
        let mut height = from;
        while count < PACKAGE_ENTRIES
            && let Some((row, mut entries)) = self.block(height).await?
        {
            if count > 0 && count + entries.len() > PACKAGE_ENTRIES {
                break;
            }
            count += entries.len();
            height += 1;
            let header = entries.pop().unwrap_or_default();
            blocks.push(CommittedBlock {
                leaf_lists: self.leaf_lists(chain, &entries).await?,
                header,
                entries,
                proof: row.proof,
            });
        }
        Ok(Blocks { blocks })
    }

    /// The newest checkpoint with the lines of a quorum; before there is one, that with the log's line and ours.
    pub(in super::super) async fn checkpoint(&self) -> Result<Option<String>> {
        if let Some(certificate) = self.db().certified().await?.and_then(|row| row.certificate) {
            return Ok(Some(certificate));
        }
        let head = self.db().head().await?;
        Ok(head.and_then(|row| Some(row.proof?.log_note + &row.cosignature?)))
    }

    /// Shows that an entry is in the log of the newest certified checkpoint, and holds it; `None` when it is not in
    /// there, or not yet.
    pub(in super::super) async fn proof(&self, index: u64) -> Result<Option<TlogProof>> {
        let Some(row) = self.db().certified().await? else {
            return Ok(None);
        };
        let checkpoint = row
            .certificate
            .and_then(|note| Note::parse(note.as_bytes()).ok());
        let checkpoint = checkpoint.ok_or(StorageError::Corrupt("certificate"))?;
        let Ok(plan) = Plan::inclusion(index, row.size) else {
            return Ok(None);
        };
        let path = self.hashes(&plan).await?;
        let entry = self.entries(index, 1).await?;
        Ok(Some(TlogProof {
            extra: entry.and_then(|entry| entry.into_iter().next()),
            index,
            path,
            checkpoint,
        }))
    }

    /// Looks a hash up: what it is, and indexes of the entries that name it, newest first, below `before`.
    pub(in super::super) async fn find(
        &self,
        hash: Digest,
        before: u64,
        limit: u32,
    ) -> Result<Option<(&'static str, Vec<u64>)>> {
        if let Some((index, done)) = self.db().find_job(hash).await? {
            let indexes = done.into_iter().chain([index]);
            let indexes = indexes.filter(|index| *index < before).collect();
            return Ok(Some(("job", indexes)));
        }
        if let Some(row) = self.db().block_by_hash(hash).await? {
            return Ok(Some(("block", vec![row.size.saturating_sub(1)])));
        }
        let indexes = self.db().find_module(hash, before, limit).await?;
        if !indexes.is_empty() {
            return Ok(Some(("module", indexes)));
        }
        let indexes = self.db().find_node(hash, before, limit).await?;
        Ok((!indexes.is_empty()).then_some(("node", indexes)))
    }
}

pub(super) fn damaged(index: u64) -> StorageError {
    StorageError::Damaged {
        what: format!("entry {index}"),
    }
}
