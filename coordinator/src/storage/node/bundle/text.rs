//! The text of a bundle, record by record.

use super::super::super::error::Result;
use super::super::StorageNode;
use super::super::read::damaged;
use super::hashes::Hashes;
use bytes::Bytes;
use futures_util::stream::{self, Stream};
use shared::ledger::bundle::Record;
use shared::merkle::{Plan, leaf_hash};
use std::fmt::Write as _;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// Records of one piece: some 2 KiB of text each, and a few microseconds of hashing.
const PIECE: usize = 64;

/// A bundle whose text is still to be made.
#[derive(Debug)]
pub struct BundleText {
    node: Arc<StorageNode>,
    size: u64,
    /// Everything before the records, until it was given.
    opening: Option<String>,
    indexes: std::vec::IntoIter<u64>,
    hashes: Hashes,
    /// The block that was read last.
    block: Option<OpenBlock>,
    _permit: OwnedSemaphorePermit,
}

#[derive(Debug)]
struct OpenBlock {
    first_index: u64,
    entries: Vec<Vec<u8>>,
}

impl OpenBlock {
    fn entry(&self, index: u64) -> Option<&Vec<u8>> {
        let at = usize::try_from(index.checked_sub(self.first_index)?).ok()?;
        self.entries.get(at)
    }
}

impl BundleText {
    pub(super) fn new(
        node: Arc<StorageNode>,
        size: u64,
        opening: String,
        indexes: Vec<u64>,
        hashes: Hashes,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            node,
            size,
            opening: Some(opening),
            indexes: indexes.into_iter(),
            hashes,
            block: None,
            _permit: permit,
        }
    }

    /// The pieces of the text in order. An error ends them in the middle.
    pub fn into_pieces(self) -> impl Stream<Item = Result<Bytes>> + Send + use<> {
        stream::try_unfold(self, async |mut text| {
            let piece = text.next().await?;
            Ok(piece.map(|piece| (piece, text)))
        })
    }

    async fn next(&mut self) -> Result<Option<Bytes>> {
        if let Some(opening) = self.opening.take() {
            return Ok(Some(opening.into()));
        }
        let mut piece = String::new();
        for _ in 0..PIECE {
            let Some(index) = self.indexes.next() else {
                break;
            };
            let record = self.record(index).await?;
            // Writing to a String does not fail.
            let _ = write!(piece, "{record}");
        }
        Ok(Some(Bytes::from(piece)).filter(|piece| !piece.is_empty()))
    }

    async fn record(&mut self, index: u64) -> Result<Record> {
        let open = self.block.as_ref().and_then(|block| block.entry(index));
        let entry = if let Some(entry) = open {
            entry.clone()
        } else {
            let row = self.node.block_with(index).await?;
            let block = OpenBlock {
                first_index: row.first_index,
                entries: self.node.db().entries(row.height).await?,
            };
            let entry = block.entry(index).cloned();
            self.block = Some(block);
            entry.ok_or_else(|| damaged(index))?
        };
        self.node
            .proven(index, entry, self.size, &mut self.hashes)
            .await
    }
}

impl StorageNode {
    /// An entry with its audit path in the tree of the first `size` entries.
    pub(super) async fn record(
        &self,
        index: u64,
        size: u64,
        hashes: &mut Hashes,
    ) -> Result<Record> {
        let entry = self.entries(index, 1).await?;
        let entry = entry.and_then(|entry| entry.into_iter().next());
        let entry = entry.ok_or_else(|| damaged(index))?;
        self.proven(index, entry, size, hashes).await
    }

    async fn proven(
        &self,
        index: u64,
        entry: Vec<u8>,
        size: u64,
        hashes: &mut Hashes,
    ) -> Result<Record> {
        if hashes.leaf(self, index).await? != Some(leaf_hash(&entry)) {
            return Err(damaged(index));
        }
        let plan = Plan::inclusion(index, size).map_err(|_| damaged(index))?;
        let path = hashes.of(self, &plan).await?;
        Ok(Record { index, entry, path })
    }
}
