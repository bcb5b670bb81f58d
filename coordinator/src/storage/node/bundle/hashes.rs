//! Audit paths of many entries that ascend: what neighbours share is read and computed once.

use super::super::super::error::{Result, StorageError};
use super::super::StorageNode;
use shared::ids::Digest;
use shared::ledger::tiles::{Tile, TileId};
use shared::merkle::{NodeId, Plan};
use std::collections::BTreeMap;

/// Hashes that are kept, 48 bytes each, and tiles, 8 KiB each: far more than one path needs.
const MAX_HASHES: usize = 8192;
const MAX_TILES: usize = 64;

/// Hashes of the tree that were needed lately.
#[derive(Debug, Default)]
pub(super) struct Hashes {
    tiles: BTreeMap<TileId, Tile>,
    nodes: BTreeMap<NodeId, Digest>,
}

impl Hashes {
    /// The hashes that a plan asks for.
    pub(super) async fn of(&mut self, node: &StorageNode, plan: &Plan) -> Result<Vec<Digest>> {
        if self.nodes.len() > MAX_HASHES {
            self.nodes.clear();
        }
        for needed in plan.needs() {
            if !self.nodes.contains_key(&needed)
                && let Some(hash) = self.compute(node, needed).await?
            {
                self.nodes.insert(needed, hash);
            }
        }
        let lookup = |needed: NodeId| self.nodes.get(&needed).copied();
        plan.build(lookup).map_err(|missing| StorageError::Damaged {
            what: missing.to_string(),
        })
    }

    /// The hash of a leaf.
    pub(super) async fn leaf(&mut self, node: &StorageNode, index: u64) -> Result<Option<Digest>> {
        self.compute(node, NodeId { level: 0, index }).await
    }

    async fn compute(&mut self, node: &StorageNode, needed: NodeId) -> Result<Option<Digest>> {
        let id = TileId::of_node(needed);
        if !self.tiles.contains_key(&id) {
            if self.tiles.len() >= MAX_TILES {
                self.tiles.clear();
            }
            if let Some(tile) = node.db().tile(id).await? {
                self.tiles.insert(id, tile);
            }
        }
        Ok(self.tiles.get(&id).and_then(|tile| tile.node(needed)))
    }
}
