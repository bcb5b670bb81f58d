//! Hashes of the log, out of its tiles. That they are the log's own is for the proofs to say.

use super::fetch;
use super::trouble::{Fault, NotFetched, Trouble};
use shared::ids::Digest;
use shared::ledger::tiles::{FULL_WIDTH, Tile, TileId, TilePath, decode_bundle};
use shared::merkle::{NodeId, Plan, verify_inclusion};
use std::collections::BTreeMap;

/// The tiles of a log of a certain size, each fetched once.
#[derive(Debug)]
pub(super) struct Tiles {
    size: u64,
    held: BTreeMap<TileId, Tile>,
}

impl Tiles {
    pub(super) const fn new(size: u64) -> Self {
        Self {
            size,
            held: BTreeMap::new(),
        }
    }

    /// The hashes that a plan comes to.
    pub(super) async fn hashes(&mut self, plan: &Plan) -> Result<Vec<Digest>, Trouble> {
        for node in plan.needs() {
            let id = TileId::of_node(node);
            if !self.held.contains_key(&id) {
                let tile = self.fetch(id).await?;
                self.held.insert(id, tile);
            }
        }
        let hash = |node: NodeId| self.held.get(&TileId::of_node(node))?.node(node);
        plan.build(hash).map_err(|error| fault(&error).into())
    }

    /// Checks that the leaf is in the log with this root.
    pub(super) async fn check_inclusion(
        &mut self,
        leaf: Digest,
        index: u64,
        root: Digest,
    ) -> Result<(), Trouble> {
        let plan = Plan::inclusion(index, self.size);
        let plan = plan.map_err(|error| Fault::new("inclusion", error))?;
        let path = self.hashes(&plan).await?;
        verify_inclusion(leaf, index, self.size, &path, root)
            .map_err(|error| Fault::new("inclusion", error).into())
    }

    async fn fetch(&self, id: TileId) -> Result<Tile, Trouble> {
        let width = id.width_at(self.size);
        let path = |width| TilePath::Hashes { tile: id, width }.to_string();
        let found = match fetch::bytes(&path(width)).await {
            // A log that has grown in the meantime need not have its partial tiles any more.
            Err(NotFetched::NotFound) if width < FULL_WIDTH => {
                fetch::bytes(&path(FULL_WIDTH)).await
            }
            found => found,
        };
        let bytes = found.map_err(|error| missing(error, &path(width)))?;
        Tile::from_bytes(id, &bytes).map_err(|error| fault(&error).into())
    }

    /// The entries from one index to before another.
    pub(super) async fn entries(&self, from: u64, to: u64) -> Result<Vec<Vec<u8>>, Trouble> {
        let full = u64::from(FULL_WIDTH);
        let mut entries = Vec::new();
        let mut at = from;
        while at < to {
            let n = at / full;
            let there = self.size.saturating_sub(n * full).min(full);
            let width = u16::try_from(there).unwrap_or(FULL_WIDTH);
            let path = TilePath::Entries { n, width }.to_string();
            let bytes = fetch::bytes(&path).await;
            let bytes = bytes.map_err(|error| missing(error, &path))?;
            let bundle = decode_bundle(&bytes, width).map_err(|error| fault(&error))?;
            let before = entries.len();
            let of_bundle = (n * full..).zip(bundle);
            let wanted = of_bundle.filter(|(index, _)| (at..to).contains(index));
            entries.extend(wanted.map(|(_, entry)| entry.to_vec()));
            if entries.len() == before {
                return Err(fault(&"the log is shorter than its block").into());
            }
            at = (n + 1) * full;
        }
        Ok(entries)
    }
}

fn fault(words: &dyn std::fmt::Display) -> Fault {
    Fault::new("tiles", words)
}

/// What a checkpoint covers must be there.
fn missing(error: NotFetched, path: &str) -> Trouble {
    match error {
        NotFetched::Unreachable => error.into(),
        NotFetched::NotFound => fault(&format!("there is no {path}")).into(),
    }
}
