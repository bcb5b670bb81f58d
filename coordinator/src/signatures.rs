//! Remembers which signatures this process has verified (LEDGER.md section 1), so that each is verified once however
//! many storage nodes, blocks and ballots it comes by.

use sha2::{Digest as _, Sha256};
use shared::crypto::{Signatures, Strict};
use shared::ids::{Digest, Signature};
use std::collections::HashSet;
use std::num::NonZero;
use std::sync::{Mutex, PoisonError};

/// Signatures of one generation: both together take at most some 20 MiB.
const GENERATION: usize = 131_072;
/// Fewer than this are verified on the asking thread.
const WORTH_A_THREAD: usize = 16;

/// A bounded memory of good signatures, by SHA-256(key, message, signature). What does not verify is not remembered.
#[derive(Debug, Default)]
pub struct SignatureMemory {
    good: Mutex<Generations>,
}

/// The older half is forgotten when the newer one is full.
#[derive(Debug, Default)]
struct Generations {
    newer: HashSet<Digest>,
    older: HashSet<Digest>,
}

/// A signature that is to be verified.
#[derive(Debug, Clone)]
pub struct Signed {
    /// By whom.
    pub key: [u8; 32],
    /// What was signed.
    pub message: Vec<u8>,
    /// The signature.
    pub signature: Signature,
}

impl SignatureMemory {
    /// Verifies many signatures on all cores and remembers the good ones, so that asking for them one by one is quick.
    /// It blocks: call it on a thread where that keeps nobody waiting.
    pub fn verify_all(&self, signed: &[Signed]) {
        let verify = |signed: &[Signed]| {
            for one in signed {
                self.verify(&one.key, &one.message, &one.signature);
            }
        };
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let share = signed.len().div_ceil(cores).max(WORTH_A_THREAD);
        std::thread::scope(|scope| {
            let mut shares = signed.chunks(share);
            let own = shares.next().unwrap_or_default();
            for share in shares {
                scope.spawn(move || verify(share));
            }
            verify(own);
        });
    }

    fn is_known(&self, name: &Digest) -> bool {
        let good = self.good.lock().unwrap_or_else(PoisonError::into_inner);
        good.newer.contains(name) || good.older.contains(name)
    }

    fn remember(&self, name: Digest) {
        let mut good = self.good.lock().unwrap_or_else(PoisonError::into_inner);
        if good.newer.len() >= GENERATION {
            good.older = std::mem::take(&mut good.newer);
        }
        good.newer.insert(name);
    }
}

impl Signatures for SignatureMemory {
    fn verify(&self, key: &[u8; 32], message: &[u8], signature: &Signature) -> bool {
        let mut hasher = Sha256::new();
        hasher.update(key);
        // The length of the message keeps it apart from the signature.
        hasher.update((message.len() as u64).to_be_bytes());
        hasher.update(message);
        hasher.update(signature.0);
        let name = Digest(hasher.finalize().into());
        if self.is_known(&name) {
            return true;
        }
        let is_good = Strict.verify(key, message, signature);
        if is_good {
            self.remember(name);
        }
        is_good
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::crypto::SecretKey;

    fn signed(number: u8) -> Signed {
        let key = SecretKey::from_seed(&[number; 32]);
        let message = vec![number; 40];
        Signed {
            key: key.public_bytes(),
            signature: key.sign(&message),
            message,
        }
    }

    #[test]
    fn good_signatures_are_remembered_and_bad_ones_never_are() {
        let memory = SignatureMemory::default();
        let mut all: Vec<Signed> = (0..40).map(signed).collect();
        all[7].signature.0[3] ^= 1;
        memory.verify_all(&all);
        assert_eq!(memory.good.lock().unwrap().newer.len(), 39);
        for (at, one) in all.iter().enumerate() {
            let is_good = memory.verify(&one.key, &one.message, &one.signature);
            assert_eq!(is_good, at != 7, "{at}");
        }
        assert_eq!(memory.good.lock().unwrap().newer.len(), 39);
    }

    #[test]
    fn the_memory_is_bounded() {
        let memory = SignatureMemory::default();
        for number in 0..3 * GENERATION as u128 {
            let mut name = [0; 32];
            name[..16].copy_from_slice(&number.to_be_bytes());
            memory.remember(Digest(name));
        }
        let good = memory.good.lock().unwrap();
        assert_eq!(good.newer.len() + good.older.len(), 2 * GENERATION);
    }
}
