//! `GET ledger/find?hash=`: where a job, node, module or block stands. Inputs and outputs are not looked up: who knows their
//! hashes would learn who works on what.

use super::{FRESH, LedgerReads, json};
use crate::problem::ApiError;
use axum::extract::{Query, State};
use axum::http::Uri;
use axum::response::Response;
use serde::Deserialize;
use shared::api::ledger::{Found, MAX_PAGE};
use shared::api::problem::Problem;
use shared::ids::Digest;

/// What to look for.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub(super) struct Wanted {
    /// A job's id, a node's key, a module's SHA-256 or a header's hash: 64 hexadecimal digits.
    hash: Digest,
    /// Only entries below this index; absent for the newest.
    before: Option<u64>,
}

/// The entries that name a hash, newest first.
#[utoipa::path(get, path = "/api/v1/ledger/find", tag = "ledger", params(Wanted), responses(
    (status = 200, body = Found), (status = 400, body = Problem),
))]
pub(super) async fn find(
    State(reads): State<LedgerReads>,
    Query(wanted): Query<Wanted>,
    uri: Uri,
) -> Result<Response, ApiError> {
    reads
        .answer(&uri, async |node| {
            let before = wanted.before.unwrap_or(u64::MAX);
            let found = node.find(wanted.hash, before, MAX_PAGE).await?;
            let (what, indexes) = found.map_or((None, Vec::new()), |(what, indexes)| {
                (Some(what.to_owned()), indexes)
            });
            let is_full = indexes.len() >= usize::try_from(MAX_PAGE).unwrap_or(usize::MAX);
            let next = indexes.last().copied().filter(|_| is_full);
            Ok(json(
                FRESH,
                Found {
                    what,
                    indexes,
                    next,
                },
            ))
        })
        .await
}
