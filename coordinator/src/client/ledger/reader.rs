//! Reads checkpoints, entries and hashes of a log; whether they are genuine is for the proofs to say.

use super::error::LedgerError;
use super::source::LogSource;
use shared::ids::Digest;
use shared::ledger::bundle::Record;
use shared::ledger::checkpoint::Checkpoint;
use shared::ledger::entry::MAX_ENTRY_BYTES;
use shared::ledger::note::{MAX_NOTE_BYTES, Note};
use shared::ledger::policy::MAX_TEXT_BYTES;
use shared::ledger::policy_text::QuorumPolicy;
use shared::ledger::tiles::{FULL_WIDTH, Tile, TileId, TilePath, decode_bundle};
use shared::merkle::Plan;
use std::collections::BTreeMap;

const MAX_TILE_BYTES: u64 = 256 * 32;
const MAX_BUNDLE_BYTES: u64 = 256 * (2 + MAX_ENTRY_BYTES as u64);
/// Tiles that are kept in memory: those of proofs lie close together.
const MAX_TILES: usize = 4096;

/// A log of a certain size.
#[derive(Debug)]
pub struct LogReader<'a> {
    source: &'a LogSource,
    size: u64,
    tiles: BTreeMap<TileId, Tile>,
}

/// The newest checkpoint, of which nothing is verified.
///
/// # Errors
/// When there is none.
pub async fn newest(source: &LogSource) -> Result<(Note, Checkpoint), LedgerError> {
    let bytes = source.expect("checkpoint", MAX_NOTE_BYTES as u64).await?;
    let note = note(&bytes)?;
    let checkpoint = note.text().parse()?;
    Ok((note, checkpoint))
}

/// The text of the policy that the source says is in force.
///
/// # Errors
/// When there is none or it is no policy.
pub async fn policy_text(source: &LogSource) -> Result<(String, QuorumPolicy), LedgerError> {
    let bytes = source.expect("policy", MAX_TEXT_BYTES as u64).await?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let policy = QuorumPolicy::parse(&text);
    let policy = policy.map_err(|error| LedgerError::broken("policy_text", error))?;
    Ok((text, policy))
}

/// The certified checkpoint of a block that holds a Policy.
///
/// # Errors
/// When it is not there.
pub async fn certificate(source: &LogSource, height: u64) -> Result<Note, LedgerError> {
    let path = format!("certificates/{height}");
    let bytes = source.read(&path, MAX_NOTE_BYTES as u64).await?;
    let bytes = bytes.ok_or_else(|| {
        let words =
            format!("block {height} has a new Policy, and there is no {path} that certifies it");
        LedgerError::broken("certificate", words)
    })?;
    note(&bytes)
}

fn note(bytes: &[u8]) -> Result<Note, LedgerError> {
    Note::parse(bytes).map_err(|error| LedgerError::broken("checkpoint", error))
}

impl<'a> LogReader<'a> {
    /// A log of `size` entries.
    #[must_use]
    pub const fn new(source: &'a LogSource, size: u64) -> Self {
        Self {
            source,
            size,
            tiles: BTreeMap::new(),
        }
    }

    /// How many bundles of entries it has.
    #[must_use]
    pub const fn bundles(&self) -> u64 {
        self.size.div_ceil(FULL_WIDTH as u64)
    }

    /// The entries from `n * 256` on: 256, or what the log has.
    ///
    /// # Errors
    /// When they are not there or damaged.
    pub async fn bundle(&self, n: u64) -> Result<Vec<Vec<u8>>, LedgerError> {
        let width = TileId { level: 0, n }.width_at(self.size);
        let partial = TilePath::Entries { n, width };
        let full = TilePath::Entries {
            n,
            width: FULL_WIDTH,
        };
        // A log that has grown in the meantime need not have its partial tiles any more.
        for (path, found) in [(partial, width), (full, FULL_WIDTH)] {
            let bytes = self
                .source
                .read(&path.to_string(), MAX_BUNDLE_BYTES)
                .await?;
            let Some(bytes) = bytes else {
                continue;
            };
            let entries = decode_bundle(&bytes, found)
                .map_err(|error| LedgerError::broken("tiles", format!("{path}: {error}")))?;
            let entries = entries.into_iter().take(usize::from(width));
            return Ok(entries.map(<[u8]>::to_vec).collect());
        }
        Err(missing(&partial))
    }

    /// One entry.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn entry(&self, index: u64) -> Result<Vec<u8>, LedgerError> {
        let width = u64::from(FULL_WIDTH);
        let mut entries = self.bundle(index / width).await?;
        let at = usize::try_from(index % width).unwrap_or(usize::MAX);
        if at < entries.len() {
            return Ok(entries.swap_remove(at));
        }
        let size = self.size;
        let words = format!("there is no entry {index} in a log of {size}");
        Err(LedgerError::NotFound(words))
    }

    /// One entry with its audit path in the tree of the first `size` entries.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn record(&mut self, index: u64, size: u64) -> Result<Record, LedgerError> {
        let entry = self.entry(index).await?;
        let plan = Plan::inclusion(index, size)
            .map_err(|error| LedgerError::NotFound(error.to_string()))?;
        let path = self.hashes(&plan).await?;
        Ok(Record { index, entry, path })
    }

    /// The hashes that a plan asks for.
    ///
    /// # Errors
    /// When a tile is not there.
    pub async fn hashes(&mut self, plan: &Plan) -> Result<Vec<Digest>, LedgerError> {
        let nodes: Vec<_> = plan.needs().collect();
        for node in &nodes {
            self.load(TileId::of_node(*node)).await?;
        }
        let lookup = |node| self.tiles.get(&TileId::of_node(node))?.node(node);
        plan.build(lookup)
            .map_err(|error| LedgerError::broken("tiles", error))
    }

    async fn load(&mut self, id: TileId) -> Result<(), LedgerError> {
        if self.tiles.contains_key(&id) {
            return Ok(());
        }
        if self.tiles.len() >= MAX_TILES {
            self.tiles.clear();
        }
        let width = id.width_at(self.size);
        let partial = TilePath::Hashes { tile: id, width };
        let full = TilePath::Hashes {
            tile: id,
            width: FULL_WIDTH,
        };
        for path in [partial, full] {
            if let Some(bytes) = self.source.read(&path.to_string(), MAX_TILE_BYTES).await? {
                let tile = Tile::from_bytes(id, &bytes)
                    .map_err(|error| LedgerError::broken("tiles", format!("{path}: {error}")))?;
                self.tiles.insert(id, tile);
                return Ok(());
            }
        }
        Err(missing(&partial))
    }
}

fn missing(path: &TilePath) -> LedgerError {
    LedgerError::broken("tiles", format!("there is no {path}"))
}
