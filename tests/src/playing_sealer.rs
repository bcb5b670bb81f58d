//! Plays the part that cuts blocks and asks storage nodes: everything that is queued is stored at once.

use coordinator::hub::Hub;
use coordinator::store::{CutEntry, Lease, NewBlock, QueuedFact, Store, Stored};
use shared::ids::{Digest, UnixMs};
use tokio_util::sync::CancellationToken;

/// Entries in one block.
const BLOCK_ENTRIES: u32 = 500;
/// Bytes of entries and blobs in one block.
const BLOCK_BYTES: u64 = 2 << 20;

/// Stores all that is queued, block by block; what each block changed.
///
/// # Panics
/// When the store fails, or the lease is somebody else's.
pub async fn store_all(store: &Store, lease: &Lease, now: UnixMs) -> Vec<Stored> {
    let mut all = Vec::new();
    while let Some((block, entries)) = cut(store, lease, now).await {
        let stored = store.ledger_stored(lease, block.height, &entries, "certificate", now);
        all.push(stored.await.expect("the block was cut"));
    }
    all
}

/// Cuts the next block of what is queued: it, and the number and index of each entry. `None` when nothing is queued.
///
/// # Panics
/// When the store fails, or the lease is somebody else's.
pub async fn cut(store: &Store, lease: &Lease, now: UnixMs) -> Option<(NewBlock, Vec<(i64, u64)>)> {
    let queued = store.ledger_uncut(BLOCK_ENTRIES, BLOCK_BYTES);
    let queued = queued.await.expect("the store works");
    if queued.is_empty() {
        return None;
    }
    let last = store.ledger_last_cut().await.expect("the store works");
    let (height, first_index) =
        last.map_or((0, 0), |last| (last.block.height + 1, last.block.size));
    let count = queued.len() as u64;
    let header = format!("header {height}").into_bytes();
    let block = NewBlock {
        height,
        epoch: lease.epoch,
        first_index,
        size: first_index + count + 1,
        header_hash: Digest::of(&header),
        header,
        at_ms: now,
        roots: Vec::new(),
    };
    let entries: Vec<CutEntry> = queued
        .iter()
        .map(|one| CutEntry {
            num: one.num,
            body: matches!(one.fact, QueuedFact::Done { .. }).then(|| b"done".to_vec()),
        })
        .collect();
    let cut = store.ledger_cut(lease, &block, &entries);
    cut.await.expect("what was just read is queued");
    let indexes = entries.iter().map(|entry| entry.num).zip(first_index..);
    Some((block, indexes.collect()))
}

/// Stores what is queued, as it comes, and tells the hub, until `stop` is cancelled.
pub(crate) async fn play(
    store: Store,
    hub: Hub,
    lease: Lease,
    now: impl Fn() -> UnixMs,
    stop: CancellationToken,
) {
    loop {
        for stored in store_all(&store, &lease, now()).await {
            if hub.stored(stored).await.is_err() {
                return;
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = store.ledger_queue_grew() => {}
        }
    }
}
