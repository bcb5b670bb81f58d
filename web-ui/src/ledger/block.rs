//! Blocks: each header is read from its own bytes and must be in the log under the head, each entry in its block.

use super::fetch;
use super::head::Head;
use super::tiles::Tiles;
use super::trouble::{Fault, Trouble, broken};
use shared::api::ledger::BlockView;
use shared::ids::Digest;
use shared::ledger::header::Header;
use shared::ledger::rules::{LedgerRule, MAX_BLOCK_ENTRIES};
use shared::merkle::{leaf_hash, tree_hash};

/// A block of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedBlock {
    /// What its header says.
    pub(crate) header: Header,
    /// Hash of the header.
    pub(crate) hash: Digest,
    /// Whether the head covers it, and with what result; none when the storage quorum has yet to come.
    pub(crate) checked: Option<Result<(), Fault>>,
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listing {
    /// Newest first.
    pub(crate) blocks: Vec<ListedBlock>,
    /// Where older ones begin.
    pub(crate) next: Option<u64>,
}

/// A block with its entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// What its header says.
    pub(crate) header: Header,
    /// Hash of the header.
    pub(crate) hash: Digest,
    /// The bytes of its entries in their order, all in the block as its header says; none when the storage quorum has yet
    /// to come.
    pub(crate) entries: Option<Vec<Vec<u8>>>,
}

/// Blocks below a height, newest first.
pub(crate) async fn read_listing(
    head: &Head,
    before: Option<u64>,
    limit: u32,
) -> Result<Listing, Trouble> {
    let page = fetch::blocks(before, limit).await?;
    let mut tiles = Tiles::new(head.size);
    let mut blocks = Vec::new();
    for view in page.blocks {
        let header = header_of(head, &view)?;
        let checked = match included(head, &mut tiles, &header, &view).await {
            Ok(is_included) => is_included.then_some(Ok(())),
            Err(Trouble::Broken(fault)) => Some(Err(fault)),
            Err(trouble) => return Err(trouble),
        };
        blocks.push(ListedBlock {
            hash: header.hash(head.chain()),
            header,
            checked,
        });
    }
    Ok(Listing {
        blocks,
        next: page.next,
    })
}

/// One block; its entries are what its header says.
pub(crate) async fn read_block(head: &Head, height: u64) -> Result<Block, Trouble> {
    let view = fetch::block(height).await?;
    let header = header_of(head, &view)?;
    let hash = header.hash(head.chain());
    let mut tiles = Tiles::new(head.size);
    let entries = if included(head, &mut tiles, &header, &view).await? {
        Some(entries_of(&tiles, &header).await?)
    } else {
        None
    };
    Ok(Block {
        header,
        hash,
        entries,
    })
}

fn header_of(head: &Head, view: &BlockView) -> Result<Header, Trouble> {
    let header = Header::decode_signed(head.chain(), &view.header);
    let header = header.map_err(|error| Fault::from(LedgerRule::from(error)))?;
    if header.height != view.height {
        let words = format!("it is the header of block {}", header.height);
        return broken("height", words);
    }
    Ok(header)
}

/// Whether the head covers the block; its header must be in the log then.
async fn included(
    head: &Head,
    tiles: &mut Tiles,
    header: &Header,
    view: &BlockView,
) -> Result<bool, Trouble> {
    if header.size() > head.size {
        return Ok(false);
    }
    let leaf = leaf_hash(&view.header);
    tiles
        .check_inclusion(leaf, header.index(), head.root)
        .await?;
    Ok(true)
}

async fn entries_of(tiles: &Tiles, header: &Header) -> Result<Vec<Vec<u8>>, Trouble> {
    if header.count as usize > MAX_BLOCK_ENTRIES {
        let words = format!("a block of {} entries", header.count);
        return broken("count", words);
    }
    let entries = tiles.entries(header.first_index, header.index()).await?;
    if tree_hash(&entries) != header.body_root {
        return broken("body_root", "the entries are not those of the header");
    }
    Ok(entries)
}
