//! Blob tokens: what each connected node may fetch, namely the inputs of its live assignments.

use crate::entropy::random_bytes;
use shared::ids::{Digest, to_hex};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// All tokens of connected nodes.
#[derive(Debug, Default)]
pub(super) struct BlobTokens {
    grants: Mutex<HashMap<String, Arc<Grant>>>,
}

/// What one connection may fetch; ends when it is dropped.
#[derive(Debug)]
pub(super) struct BlobToken {
    tokens: Arc<BlobTokens>,
    text: String,
    grant: Arc<Grant>,
}

/// How many live assignments read each blob.
#[derive(Debug, Default)]
struct Grant {
    readers: Mutex<HashMap<Digest, u32>>,
}

/// A poisoned lock still holds a valid map: nothing in here panics between two changes that belong together.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl BlobTokens {
    /// A new token that may fetch nothing yet.
    pub(super) fn issue(self: &Arc<Self>) -> BlobToken {
        let text = to_hex(&random_bytes::<16>());
        let grant = Arc::new(Grant::default());
        lock(&self.grants).insert(text.clone(), grant.clone());
        BlobToken {
            tokens: self.clone(),
            text,
            grant,
        }
    }

    /// Whether the token's holder may fetch `blob`.
    pub(super) fn may_read(&self, token: &str, blob: Digest) -> bool {
        let grant = lock(&self.grants).get(token).cloned();
        grant.is_some_and(|grant| lock(&grant.readers).contains_key(&blob))
    }
}

impl BlobToken {
    /// The token as the node is told.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// An assignment that reads `blob` begins.
    pub(super) fn allow(&self, blob: Digest) {
        *lock(&self.grant.readers).entry(blob).or_default() += 1;
    }

    /// An assignment that reads `blob` has ended.
    pub(super) fn forget(&self, blob: Digest) {
        let mut readers = lock(&self.grant.readers);
        if let Some(count) = readers.get_mut(&blob) {
            *count -= 1;
            if *count == 0 {
                readers.remove(&blob);
            }
        }
    }
}

impl Drop for BlobToken {
    fn drop(&mut self) {
        lock(&self.tokens.grants).remove(&self.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_the_blobs_of_its_live_assignments_and_nothing_else() {
        let tokens = Arc::new(BlobTokens::default());
        let (ann, bob) = (tokens.issue(), tokens.issue());
        let input = Digest::of(b"input");
        assert!(!tokens.may_read(ann.text(), input));
        ann.allow(input);
        ann.allow(input);
        assert!(tokens.may_read(ann.text(), input));
        assert!(!tokens.may_read(bob.text(), input));
        ann.forget(input);
        assert!(tokens.may_read(ann.text(), input));
        ann.forget(input);
        assert!(!tokens.may_read(ann.text(), input));
    }

    #[test]
    fn a_token_ends_with_its_connection() {
        let tokens = Arc::new(BlobTokens::default());
        let token = tokens.issue();
        let (text, blob) = (token.text().to_owned(), Digest::of(b"input"));
        token.allow(blob);
        drop(token);
        assert!(!tokens.may_read(&text, blob));
    }
}
