//! The ledger's routes.

use gloo_net::http::Request;
use serde::de::DeserializeOwned;
use shared::api::ROOT;
use shared::api::ledger::{BlockContent, BlocksPage, EntryView, Found};

/// Why nothing came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotFetched {
    /// The coordinator does not answer, or not as one.
    Unreachable,
    /// There is no such thing.
    NotFound,
}

async fn get(path: &str) -> Result<gloo_net::http::Response, NotFetched> {
    let answer = Request::get(&format!("{ROOT}/ledger/{path}")).send().await;
    let answer = answer.map_err(|_| NotFetched::Unreachable)?;
    match answer.status() {
        200 => Ok(answer),
        404 => Err(NotFetched::NotFound),
        _ => Err(NotFetched::Unreachable),
    }
}

async fn json<T: DeserializeOwned>(path: &str) -> Result<T, NotFetched> {
    let answer = get(path).await?;
    answer.json().await.map_err(|_| NotFetched::Unreachable)
}

/// A text: `checkpoint`, `policy`, `proof/{index}`.
pub(super) async fn text(path: &str) -> Result<String, NotFetched> {
    let answer = get(path).await?;
    answer.text().await.map_err(|_| NotFetched::Unreachable)
}

/// Bytes: a tile.
pub(super) async fn bytes(path: &str) -> Result<Vec<u8>, NotFetched> {
    let answer = get(path).await?;
    answer.binary().await.map_err(|_| NotFetched::Unreachable)
}

/// Blocks before a height, newest first.
pub(crate) async fn blocks(before: Option<u64>, limit: u32) -> Result<BlocksPage, NotFetched> {
    let before = before.map_or_else(String::new, |before| format!("&before={before}"));
    json(&format!("blocks?limit={limit}{before}")).await
}

/// A block and what its entries are.
pub(crate) async fn block(height: u64) -> Result<BlockContent, NotFetched> {
    json(&format!("blocks/{height}")).await
}

/// One entry.
pub(crate) async fn entry(index: u64) -> Result<EntryView, NotFetched> {
    json(&format!("entries/{index}")).await
}

/// Where a hash stands.
pub(crate) async fn find(hash: &str) -> Result<Found, NotFetched> {
    json(&format!("find?hash={hash}")).await
}
