//! Finds blocks and entries by height, index or hash, each proven to be under a certified checkpoint.

use super::error::LedgerError;
use super::reader::LogReader;
use super::source::LogSource;
use shared::api::ledger::Found;
use shared::codec::Canonical as _;
use shared::ids::{ChainId, Digest};
use shared::job::Job;
use shared::ledger::entry::Entry;
use shared::ledger::header::Header;
use shared::ledger::policy_text::Certified;
use shared::ledger::rules::MAX_BLOCK_ENTRIES;
use shared::merkle::{leaf_hash, verify_inclusion};

const MAX_FOUND_BYTES: u64 = 16 << 20;
/// Most entries that a search by hash answers with.
const MAX_FOUND: usize = 500;

/// A block with its entries.
#[derive(Debug)]
pub struct Block {
    /// Its header.
    pub header: Header,
    /// Its entries with their indexes, the header not among them.
    pub entries: Vec<(u64, Vec<u8>)>,
}

/// The entry at an index.
///
/// # Errors
/// When there is none, or it is not the one of the checkpoint.
pub async fn proven_entry(
    reader: &mut LogReader<'_>,
    certified: &Certified,
    index: u64,
) -> Result<Vec<u8>, LedgerError> {
    let (size, root) = (certified.checkpoint.size, certified.checkpoint.root);
    if index >= size {
        let words = format!("there is no entry {index}: the ledger has {size}");
        return Err(LedgerError::NotFound(words));
    }
    let record = reader.record(index, size).await?;
    verify_inclusion(leaf_hash(&record.entry), index, size, &record.path, root)
        .map_err(|error| LedgerError::broken("inclusion", format!("entry {index}: {error}")))?;
    Ok(record.entry)
}

/// The newest block.
///
/// # Errors
/// When its entries are not those of the checkpoint.
pub async fn newest_block(
    reader: &mut LogReader<'_>,
    chain: ChainId,
    certified: &Certified,
) -> Result<Block, LedgerError> {
    let last = certified.checkpoint.size.saturating_sub(1);
    let header = header_from(reader, chain, certified, last).await?;
    block_of(reader, certified, header).await
}

/// The block of this height, found by halving.
///
/// # Errors
/// When there is none.
pub async fn block_at_height(
    reader: &mut LogReader<'_>,
    chain: ChainId,
    certified: &Certified,
    height: u64,
) -> Result<Block, LedgerError> {
    let (mut from, mut to) = (0, certified.checkpoint.size);
    while from < to {
        let middle = from + (to - from) / 2;
        let header = header_from(reader, chain, certified, middle).await?;
        if header.height == height {
            return block_of(reader, certified, header).await;
        }
        if header.height < height {
            from = header.size().max(middle.saturating_add(1));
        } else {
            to = header.first_index.min(middle);
        }
    }
    Err(LedgerError::NotFound(format!(
        "there is no block {height} yet"
    )))
}

/// The header of the block that has the entry at an index.
async fn header_from(
    reader: &mut LogReader<'_>,
    chain: ChainId,
    certified: &Certified,
    index: u64,
) -> Result<Header, LedgerError> {
    let end = index.saturating_add(MAX_BLOCK_ENTRIES as u64);
    for at in index..=end.min(certified.checkpoint.size.saturating_sub(1)) {
        let entry = reader.entry(at).await?;
        if entry.starts_with(Header::LABEL) {
            let entry = proven_entry(reader, certified, at).await?;
            let header = Header::decode_signed(chain, &entry)
                .map_err(|error| LedgerError::broken("header", format!("entry {at}: {error}")))?;
            return Ok(header);
        }
    }
    let words = format!("no header follows entry {index}");
    Err(LedgerError::broken("count", words))
}

async fn block_of(
    reader: &mut LogReader<'_>,
    certified: &Certified,
    header: Header,
) -> Result<Block, LedgerError> {
    let mut entries = Vec::new();
    for index in header.first_index..header.index() {
        entries.push((index, proven_entry(reader, certified, index).await?));
    }
    Ok(Block { header, entries })
}

/// Indexes of entries that name a hash, newest first: what a server says, or what a folder has.
///
/// # Errors
/// When the log cannot be read.
pub async fn find(
    source: &LogSource,
    reader: &LogReader<'_>,
    chain: ChainId,
    hash: &Digest,
) -> Result<Vec<u64>, LedgerError> {
    if matches!(source, LogSource::Folder(_)) {
        return search(reader, chain, hash).await;
    }
    let path = format!("find?hash={hash}");
    let Some(bytes) = source.read(&path, MAX_FOUND_BYTES).await? else {
        return Ok(Vec::new());
    };
    let found: Found = serde_json::from_slice(&bytes)
        .map_err(|error| LedgerError::broken("find", format!("{}: {error}", source.name())))?;
    Ok(found.indexes.into_iter().take(MAX_FOUND).collect())
}

async fn search(
    reader: &LogReader<'_>,
    chain: ChainId,
    hash: &Digest,
) -> Result<Vec<u64>, LedgerError> {
    let mut indexes = Vec::new();
    for n in (0..reader.bundles()).rev() {
        let entries = reader.bundle(n).await?;
        for (at, entry) in entries.iter().enumerate().rev() {
            if names(chain, entry, hash) {
                indexes.push(n * 256 + at as u64);
            }
            if indexes.len() == MAX_FOUND {
                return Ok(indexes);
            }
        }
    }
    Ok(indexes)
}

/// Whether an entry is or names a job, node, module or block of this hash.
fn names(chain: ChainId, entry: &[u8], hash: &Digest) -> bool {
    let body = entry
        .split_last_chunk::<64>()
        .map_or(entry, |(body, _)| body);
    if entry.starts_with(Header::LABEL) {
        return Digest::of(body) == *hash;
    }
    if entry.starts_with(Job::LABEL) && Digest::of(body) == *hash {
        return true;
    }
    let is_public = |entry: &Entry| {
        !matches!(
            entry,
            Entry::Evidence(_) | Entry::Policy(_) | Entry::Header(_)
        )
    };
    // Keys and ids stand in entries as they are.
    Entry::decode(chain, entry).is_ok_and(|entry| is_public(&entry))
        && entry.windows(32).any(|bytes| bytes == hash.0)
}
