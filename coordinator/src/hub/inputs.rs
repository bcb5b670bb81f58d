//! Small inputs that ride in frames, remembered for as long as the other seats of their task are likely to be lent.

use crate::store::Store;
use shared::ids::Digest;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes remembered at most.
const CAPACITY_BYTES: usize = 32 << 20;

/// Inputs read from the store, the oldest forgotten first.
#[derive(Debug)]
pub(super) struct Inputs {
    store: Store,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    blobs: HashMap<Digest, Arc<[u8]>>,
    order: VecDeque<Digest>,
    bytes: usize,
}

impl Memory {
    fn remember(&mut self, sha256: Digest, bytes: &Arc<[u8]>) {
        if self.blobs.insert(sha256, bytes.clone()).is_some() {
            return;
        }
        self.bytes += bytes.len();
        self.order.push_back(sha256);
        while self.bytes > CAPACITY_BYTES {
            let Some(oldest) = self.order.pop_front() else {
                return;
            };
            if let Some(forgotten) = self.blobs.remove(&oldest) {
                self.bytes -= forgotten.len();
            }
        }
    }
}

impl Inputs {
    pub(super) fn new(store: Store) -> Self {
        Self {
            store,
            memory: Mutex::default(),
        }
    }

    /// The bytes of a small blob; `None` when the store does not hold it or cannot be read.
    pub(super) async fn get(&self, sha256: Digest, len: u64) -> Option<Arc<[u8]>> {
        let remembered = self.lock().blobs.get(&sha256).cloned();
        if remembered.is_some() {
            return remembered;
        }
        let bytes = match self.store.blob_bytes(sha256, len).await {
            Ok(bytes) => bytes?,
            Err(error) => {
                tracing::error!(%error, blob = %sha256, "an input cannot be read from the store");
                return None;
            }
        };
        let bytes: Arc<[u8]> = bytes.into();
        self.lock().remember(sha256, &bytes);
        Some(bytes)
    }

    /// A poisoned lock still holds a valid memory: nothing in here panics between changes that belong together.
    fn lock(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
