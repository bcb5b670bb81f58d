//! `GET ledger/blocks` and `ledger/blocks/{height}`.

use super::super::db::BlockRow;
use super::super::error::StorageError;
use super::super::node::StorageNode;
use super::{FOR_EVER, FRESH, LedgerReads, json, number};
use crate::problem::ApiError;
use axum::extract::{Path, Query, State};
use axum::http::Uri;
use axum::response::Response;
use serde::Deserialize;
use shared::api::ledger::{BlockContent, BlockView, BlocksPage, EntrySummary, MAX_PAGE};
use shared::api::problem::Problem;
use shared::ids::ChainId;
use shared::ledger::entry::kind_of;
use shared::ledger::header::Header;
use shared::merkle::leaf_hash;

/// Which page.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub(super) struct PageOfBlocks {
    /// Only blocks below this height; absent for the newest.
    before: Option<u64>,
    /// Blocks wished, at most 500.
    limit: Option<u32>,
}

/// Blocks, newest first.
#[utoipa::path(get, path = "/api/v1/ledger/blocks", tag = "ledger", params(PageOfBlocks), responses(
    (status = 200, body = BlocksPage),
))]
pub(super) async fn list(
    State(reads): State<LedgerReads>,
    Query(page): Query<PageOfBlocks>,
    uri: Uri,
) -> Result<Response, ApiError> {
    let limit = page.limit.unwrap_or(50).clamp(1, MAX_PAGE);
    reads
        .answer(&uri, async |node| {
            let before = page.before.unwrap_or(u64::MAX);
            let rows = node.db().blocks_before(before, limit).await?;
            let blocks = match node.view().chain {
                Some(chain) => rows.iter().map(|row| view(chain, row)).collect(),
                None => Ok(Vec::new()),
            };
            let blocks: Vec<BlockView> = blocks?;
            let next = blocks.last().map(|block| block.height);
            let next = next.filter(|height| *height > 0);
            Ok(json(FRESH, BlocksPage { blocks, next }))
        })
        .await
}

/// One block with its entries. The bytes are in `entries/{index}` and in the bundles.
#[utoipa::path(get, path = "/api/v1/ledger/blocks/{height}", tag = "ledger", params(("height" = u64, Path)),
    responses((status = 200, body = BlockContent), (status = 404, body = Problem)))]
pub(super) async fn one(
    State(reads): State<LedgerReads>,
    Path(height): Path<String>,
    uri: Uri,
) -> Result<Response, ApiError> {
    let height = number(&height, "a height")?;
    reads
        .answer(&uri, async |node| {
            let content = content(node, height).await?;
            let content = content.ok_or_else(|| ApiError::not_found("block"))?;
            Ok(json(FOR_EVER, content))
        })
        .await
}

async fn content(node: &StorageNode, height: u64) -> Result<Option<BlockContent>, ApiError> {
    let (Some(chain), Some((row, mut entries))) = (node.view().chain, node.block(height).await?)
    else {
        return Ok(None);
    };
    entries.pop();
    let summaries = (row.first_index..)
        .zip(&entries)
        .map(|(index, entry)| EntrySummary {
            index,
            kind: kind_of(entry).unwrap_or_default().to_owned(),
            bytes: u32::try_from(entry.len()).unwrap_or(u32::MAX),
            leaf_hash: leaf_hash(entry),
        });
    Ok(Some(BlockContent {
        entries: summaries.collect(),
        block: view(chain, &row)?,
    }))
}

fn view(chain: ChainId, row: &BlockRow) -> Result<BlockView, ApiError> {
    let header = Header::decode_signed(chain, &row.header);
    let header = header.map_err(|_| {
        ApiError::from(StorageError::Damaged {
            what: format!("block {}", row.height),
        })
    })?;
    Ok(BlockView {
        height: header.height,
        epoch: header.epoch,
        first_index: header.first_index,
        count: header.count,
        size: header.size(),
        header_hash: row.header_hash,
        prev_header_hash: header.prev_header_hash,
        time_ms: header.time_ms,
        leader_key: header.leader_key,
        policy_sha256: header.policy_sha256,
        header: row.header.clone(),
    })
}
