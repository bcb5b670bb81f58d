//! `GET ledger/tile/…`: hashes and entries as tlog-tiles has them.

use super::{FOR_EVER, LedgerReads, bytes};
use crate::problem::ApiError;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use shared::api::problem::{Problem, ProblemCode};
use shared::ledger::tiles::{FULL_WIDTH, TilePath, encode_bundle};

const MEDIA_TYPE: &str = "application/octet-stream";

/// A tile of 256 hashes (`tile/<L>/<N>`) or a bundle of 256 entries (`tile/entries/<N>`), as
/// [tlog-tiles](https://c2sp.org/tlog-tiles) has them; `.p/<W>` behind it asks for the first W of them.
#[utoipa::path(get, path = "/api/v1/ledger/tile/{path}", tag = "ledger",
    params(("path" = String, Path, description = "L/N, entries/N, with .p/W for a partial one; N as in x001/x234/067")),
    responses((status = 200, content_type = "application/octet-stream", body = [u8]),
    (status = 400, body = Problem), (status = 404, body = Problem),
))]
pub(super) async fn tile(
    State(reads): State<LedgerReads>,
    Path(path): Path<String>,
    uri: Uri,
) -> Result<Response, ApiError> {
    let path = format!("tile/{path}").parse::<TilePath>();
    let path =
        path.map_err(|error| ApiError::new(ProblemCode::InvalidRequest, error.to_string()))?;
    reads
        .answer(&uri, async |node| {
            let found = match path {
                TilePath::Hashes { tile, width } => node.tile(tile, width).await?,
                TilePath::Entries { n, width } => {
                    let first = n.checked_mul(u64::from(FULL_WIDTH));
                    let first = first.ok_or_else(|| ApiError::not_found("tile"))?;
                    let entries = node.entries(first, width).await?;
                    let bundle = entries.as_deref().map(encode_bundle).transpose();
                    bundle.map_err(ApiError::internal)?
                }
            };
            let found = found.ok_or_else(|| ApiError::not_found("tile"))?;
            Ok(bytes(MEDIA_TYPE, FOR_EVER, found))
        })
        .await
}
