//! The ledger's routes. What they answer is checked by whoever asks.

use super::trouble::NotFetched;
use gloo_net::http::{Request, Response};
use serde::de::DeserializeOwned;
use shared::api::ROOT;
use shared::api::ledger::{BlockView, BlocksPage, EntryView, Found};
use web_sys::RequestCache;

/// The answer at a path below the ledger's. It is asked for anew each time: the cache of a browser may still have another
/// ledger's.
async fn get(path: &str) -> Result<Response, NotFetched> {
    let request = Request::get(&format!("{ROOT}/ledger/{path}"));
    let answer = request.cache(RequestCache::NoCache).send().await;
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

/// A text: `checkpoint`, `policy`, `proof/{index}`, `certificates/{height}`.
pub(super) async fn text(path: &str) -> Result<String, NotFetched> {
    let answer = get(path).await?;
    answer.text().await.map_err(|_| NotFetched::Unreachable)
}

/// Bytes: a tile.
pub(super) async fn bytes(path: &str) -> Result<Vec<u8>, NotFetched> {
    let answer = get(path).await?;
    answer.binary().await.map_err(|_| NotFetched::Unreachable)
}

/// Blocks below a height, newest first.
pub(super) async fn blocks(before: Option<u64>, limit: u32) -> Result<BlocksPage, NotFetched> {
    let before = before.map_or_else(String::new, |before| format!("&before={before}"));
    json(&format!("blocks?limit={limit}{before}")).await
}

/// One block, without its entries.
pub(super) async fn block(height: u64) -> Result<BlockView, NotFetched> {
    let page = blocks(height.checked_add(1), 1).await?;
    let found = page.blocks.into_iter().next();
    found
        .filter(|block| block.height == height)
        .ok_or(NotFetched::NotFound)
}

/// One entry.
pub(crate) async fn entry(index: u64) -> Result<EntryView, NotFetched> {
    json(&format!("entries/{index}")).await
}

/// Where a hash stands, newest first; only below an index.
pub(crate) async fn find(hash: &str, before: Option<u64>) -> Result<Found, NotFetched> {
    let before = before.map_or_else(String::new, |before| format!("&before={before}"));
    json(&format!("find?hash={hash}{before}")).await
}
