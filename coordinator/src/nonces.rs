//! Nonces of signed requests, remembered in memory for five minutes.

use shared::http_auth::NONCE_MEMORY_MS;
use shared::ids::{Digest, RequestNonce, UnixMs};
use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

/// Nonces that are remembered at once: 16 MiB, and more than 400 signed reads a second.
const CAPACITY: usize = 131_072;

/// Which nonces were used in the last 5 minutes.
#[derive(Debug, Default)]
pub struct Nonces {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    known: HashSet<Digest>,
    by_age: VecDeque<(UnixMs, Digest)>,
}

/// What became of a nonce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Used {
    /// It is new and remembered from now on.
    First,
    /// It was used before.
    Again,
    /// No more can be remembered now.
    Full,
}

impl Nonces {
    /// Uses the nonce of a request whose signature has been verified.
    pub fn use_once(&self, key: &[u8; 32], nonce: RequestNonce, now: UnixMs) -> Used {
        let name = Digest::of(&[key.as_slice(), nonce.0.as_slice()].concat());
        // A poisoned lock still holds a valid memory: nothing in here panics.
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((since, oldest)) = seen.by_age.front().copied() {
            if now.since(since) < NONCE_MEMORY_MS {
                break;
            }
            seen.by_age.pop_front();
            seen.known.remove(&oldest);
        }
        if seen.known.contains(&name) {
            return Used::Again;
        }
        if seen.known.len() >= CAPACITY {
            return Used::Full;
        }
        seen.known.insert(name);
        seen.by_age.push_back((now, name));
        Used::First
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_counts_once_for_each_key_until_it_is_forgotten() {
        let nonces = Nonces::default();
        let (ann, bob) = ([1; 32], [2; 32]);
        let nonce = RequestNonce([7; 16]);
        let use_at = |key, at| nonces.use_once(&key, nonce, UnixMs(at));
        assert_eq!(use_at(ann, 1_000), Used::First);
        assert_eq!(use_at(ann, 300_999), Used::Again);
        assert_eq!(use_at(bob, 300_999), Used::First);
        assert_eq!(use_at(ann, 301_000), Used::First);
    }

    #[test]
    fn a_full_memory_refuses_rather_than_forgets() {
        let nonces = Nonces::default();
        let key = [1; 32];
        let nonce = |i: usize| RequestNonce((i as u128).to_be_bytes());
        for i in 0..CAPACITY {
            assert_eq!(nonces.use_once(&key, nonce(i), UnixMs(0)), Used::First);
        }
        assert_eq!(
            nonces.use_once(&key, nonce(CAPACITY), UnixMs(1)),
            Used::Full
        );
        assert_eq!(nonces.use_once(&key, nonce(0), UnixMs(1)), Used::Again);
        let later = UnixMs(NONCE_MEMORY_MS);
        assert_eq!(nonces.use_once(&key, nonce(CAPACITY), later), Used::First);
    }
}
