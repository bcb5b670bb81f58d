//! `GET ledger/entries/{index}` and `ledger/proof/{index}`.

use super::super::node::StorageNode;
use super::{FOR_EVER, FRESH, LedgerReads, bytes, json, number, text};
use crate::problem::ApiError;
use axum::extract::{Path, State};
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use shared::api::ledger::EntryView;
use shared::api::problem::Problem;
use shared::ledger::entry::kind_of;
use shared::merkle::leaf_hash;

const RAW: &str = "application/octet-stream";

/// One entry: as JSON, or its bytes alone with `Accept: application/octet-stream`.
#[utoipa::path(get, path = "/api/v1/ledger/entries/{index}", tag = "ledger", params(("index" = u64, Path)), responses(
    (status = 200, content((EntryView = "application/json"), ([u8] = "application/octet-stream"))),
    (status = 404, body = Problem),
))]
pub(super) async fn entry(
    State(reads): State<LedgerReads>,
    Path(index): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, ApiError> {
    let index = number(&index, "an index")?;
    let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    let is_raw = accepts.is_some_and(|accepts| accepts.starts_with(RAW));
    reads
        .answer(&uri, async |node| {
            let found = find(node, index).await?;
            let entry = found.ok_or_else(|| ApiError::not_found("entry"))?;
            if is_raw {
                return Ok(bytes(RAW, FOR_EVER, entry));
            }
            let block = node.block_with(index).await?;
            let view = EntryView {
                index,
                height: block.height,
                kind: kind_of(&entry).unwrap_or_default().to_owned(),
                leaf_hash: leaf_hash(&entry),
                entry,
            };
            Ok(json(FOR_EVER, view))
        })
        .await
}

async fn find(node: &StorageNode, index: u64) -> Result<Option<Vec<u8>>, ApiError> {
    let entries = node.entries(index, 1).await?;
    Ok(entries.and_then(|entries| entries.into_iter().next()))
}

/// Shows that an entry is in the log of the newest checkpoint, as [tlog-proof](https://c2sp.org/tlog-proof) has it; the
/// extra data is the entry.
#[utoipa::path(get, path = "/api/v1/ledger/proof/{index}", tag = "ledger", params(("index" = u64, Path)), responses(
    (status = 200, content_type = "text/plain", body = String), (status = 404, body = Problem),
))]
pub(super) async fn proof(
    State(reads): State<LedgerReads>,
    Path(index): Path<String>,
    uri: Uri,
) -> Result<Response, ApiError> {
    let index = number(&index, "an index")?;
    reads
        .answer(&uri, async |node| {
            let proof = node.proof(index).await?;
            let proof = proof.ok_or_else(|| ApiError::not_found("entry with a quorum"))?;
            Ok(text(FRESH, proof.to_string()))
        })
        .await
}
