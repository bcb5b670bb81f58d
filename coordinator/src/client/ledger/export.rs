//! Writes a ledger as files: the paths of tlog-tiles, so that it can be verified offline.

use super::error::LedgerError;
use super::reader;
use super::source::LogSource;
use super::verifying::{Verified, Watcher, whole_at};
use crate::client::error::ClientError;
use shared::codec::Canonical as _;
use shared::ledger::header::Header;
use shared::ledger::policy::PolicyEntry;
use shared::ledger::policy_text::QuorumPolicy;
use shared::ledger::tiles::{FULL_WIDTH, RightEdge, Tile, TilePath, encode_bundle};
use shared::merkle::leaf_hash;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Writes what is read.
struct Writer<'a, W> {
    folder: &'a Path,
    watcher: &'a mut W,
    edge: RightEdge,
    /// Tiles that are not full yet, by level.
    partial: BTreeMap<u8, Tile>,
    /// The entries of the newest bundle.
    entries: Vec<Vec<u8>>,
    size: u64,
    /// Blocks that hold a new Policy.
    policies: Vec<u64>,
    policy_coming: bool,
}

/// Verifies the ledger of `source` from block 0 and writes it to `folder`. Its checkpoint is written last, so that a
/// folder without one is not whole.
///
/// # Errors
/// The rule that the ledger breaks, or a file that cannot be written.
pub async fn export(
    source: &LogSource,
    pinned: Option<&QuorumPolicy>,
    folder: &Path,
    watcher: &mut impl Watcher,
) -> Result<Verified, LedgerError> {
    let (note, checkpoint) = reader::newest(source).await?;
    let (text, _) = reader::policy_text(source).await?;
    let mut writer = Writer {
        folder,
        watcher,
        edge: RightEdge::new(),
        partial: BTreeMap::new(),
        entries: Vec::new(),
        size: checkpoint.size,
        policies: Vec::new(),
        policy_coming: false,
    };
    let verified = whole_at(source, &note, &checkpoint, pinned, &mut writer).await?;
    for height in writer.policies {
        let certificate = if height == verified.height {
            note.clone()
        } else {
            reader::certificate(source, height).await?
        };
        let path = format!("certificates/{height}");
        write(folder, &path, certificate.to_string().as_bytes())?;
    }
    write(folder, "policy", text.as_bytes())?;
    write(folder, "checkpoint", note.to_string().as_bytes())?;
    Ok(verified)
}

impl<W: Watcher> Watcher for Writer<'_, W> {
    fn read(&mut self, index: u64, size: u64, entry: &[u8]) -> Result<(), LedgerError> {
        self.watcher.read(index, size, entry)?;
        self.note_policy(entry);
        let is_last = index.saturating_add(1) == self.size;
        for tile in self.edge.append(&[leaf_hash(entry)]) {
            if tile.hashes.len() < usize::from(FULL_WIDTH) {
                self.partial.insert(tile.id.level, tile);
            } else {
                self.partial.remove(&tile.id.level);
                self.tile(&tile)?;
            }
        }
        if is_last {
            self.partial.values().try_for_each(|tile| self.tile(tile))?;
        }
        self.entries.push(entry.to_vec());
        let n = index / u64::from(FULL_WIDTH);
        if is_last || self.entries.len() == usize::from(FULL_WIDTH) {
            let width = u16::try_from(self.entries.len()).unwrap_or(FULL_WIDTH);
            let bundle = encode_bundle(&self.entries)
                .map_err(|error| LedgerError::broken("canonical", error))?;
            let path = TilePath::Entries { n, width };
            write(self.folder, &path.to_string(), &bundle)?;
            self.entries.clear();
        }
        Ok(())
    }

    fn notice(&mut self, words: &str) {
        self.watcher.notice(words);
    }
}

impl<W> Writer<'_, W> {
    /// Remembers the height of a block with a new Policy.
    fn note_policy(&mut self, entry: &[u8]) {
        if let Ok((_, policy)) = PolicyEntry::decode(entry) {
            self.policy_coming = policy.version > 0;
        }
        let body = entry.split_last_chunk::<64>().map(|(body, _)| body);
        if let Some(Ok((_, header))) = body.map(Header::decode)
            && std::mem::take(&mut self.policy_coming)
        {
            self.policies.push(header.height);
        }
    }

    fn tile(&self, tile: &Tile) -> Result<(), LedgerError> {
        write(self.folder, &tile.path().to_string(), &tile.to_bytes())
    }
}

fn write(folder: &Path, path: &str, bytes: &[u8]) -> Result<(), LedgerError> {
    let path: PathBuf = folder.join(path);
    let parent = path.parent().unwrap_or(folder);
    let written = std::fs::create_dir_all(parent).and_then(|()| std::fs::write(&path, bytes));
    Ok(written.map_err(|error| ClientError::file(&path, error))?)
}
