//! Where the scheduler's chance comes from: two `ChaCha` streams of one secret seed, one for picks, one for nonces.
//!
//! Nonces are told to nodes, picks are not, so they never share a stream. Same seed and same events: same schedule.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use shared::ids::SeatNonce;

/// The stream of nonces; picks use stream 0.
const NONCE_STREAM: u64 = 1;

#[derive(Debug)]
pub(super) struct Draw {
    picks: ChaCha20Rng,
    nonces: ChaCha20Rng,
}

impl Draw {
    pub(super) fn new(seed: [u8; 32]) -> Self {
        let mut nonces = ChaCha20Rng::from_seed(seed);
        nonces.set_stream(NONCE_STREAM);
        Self {
            picks: ChaCha20Rng::from_seed(seed),
            nonces,
        }
    }

    /// A number below `bound`, each equally likely to within 2^-32; 0 when `bound` is 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let product = u128::from(self.picks.next_u64()) * (bound as u128);
        usize::try_from(product >> 64).unwrap_or(0)
    }

    /// Puts `items` into a random order.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for left in (1..items.len()).rev() {
            let other = self.below(left + 1);
            items.swap(left, other);
        }
    }

    pub(super) fn nonce(&mut self) -> SeatNonce {
        let mut bytes = [0; SeatNonce::LEN];
        self.nonces.fill_bytes(&mut bytes);
        SeatNonce(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_and_picks_do_not_change_nonces() {
        let (mut left, mut right) = (Draw::new([7; 32]), Draw::new([7; 32]));
        let picks: Vec<usize> = (0..100).map(|_| left.below(10)).collect();
        assert_eq!(left.nonce(), right.nonce());
        let again: Vec<usize> = (0..100).map(|_| right.below(10)).collect();
        assert_eq!(picks, again);
    }

    #[test]
    fn nonces_tell_nothing_of_picks() {
        let mut draw = Draw::new([3; 32]);
        let nonce = draw.nonce();
        let pick = draw.picks.next_u64().to_le_bytes();
        assert_ne!(nonce.0[..8], pick);
    }

    #[test]
    fn picks_are_spread_evenly() {
        let mut draw = Draw::new([1; 32]);
        let mut hits = [0_u32; 7];
        for _ in 0..70_000 {
            hits[draw.below(7)] += 1;
        }
        assert!(
            hits.iter().all(|count| (9_600..10_400).contains(count)),
            "{hits:?}"
        );
    }
}
