//! Votes that were signed and not yet settled: kept, sent in batches, sent again after a reconnect.

use crate::ids::{Digest, SeatNonce, Signature};
use crate::outcome::Outcome;
use crate::protocol::{MAX_FRAME_BYTES, MAX_INLINE_BYTES, MAX_STDERR_BYTES, SignedVote};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Most unsettled votes; a node that has more takes no new work until some are settled.
pub const MAX_UNSETTLED: usize = 16_384;
/// How many of the newest nonces are remembered after their vote was signed, so that none is ever signed twice.
pub const REMEMBERED_NONCES: usize = 65_536;
/// Most votes in a frame.
const MAX_BATCH: usize = 256;
/// Bytes of a vote in a frame beside its output and stderr tail, rounded up.
const VOTE_BYTES: usize = 192;
/// Bytes of a frame beside its votes, rounded up.
const FRAME_BYTES: usize = 16;

/// Signed votes until they are settled.
#[derive(Debug, Default)]
pub(super) struct Votes {
    kept: BTreeMap<SeatNonce, Kept>,
    /// Those to be sent, in the order in which they were signed.
    unsent: VecDeque<SeatNonce>,
    /// How many unsettled votes, or votes about to be signed, name each output.
    outputs: BTreeMap<Digest, usize>,
    /// Accepted votes whose certificate is not known to be stored, oldest first.
    unstored: VecDeque<SeatNonce>,
    seen: BTreeSet<SeatNonce>,
    seen_order: VecDeque<SeatNonce>,
}

#[derive(Debug)]
struct Kept {
    outcome: Outcome,
    signature: Signature,
    stderr_tail: Vec<u8>,
}

impl Votes {
    /// How many are not settled yet.
    pub(super) fn unsettled(&self) -> usize {
        self.kept.len()
    }

    /// Whether so many are unsettled that no new work should be taken.
    pub(super) fn is_full(&self) -> bool {
        self.kept.len() >= MAX_UNSETTLED
    }

    /// Marks a nonce as taken; false when it was taken before. A coordinator that gives a nonce twice wants two
    /// votes on it, which would get an honest node banned.
    pub(super) fn take_nonce(&mut self, nonce: SeatNonce) -> bool {
        if !self.seen.insert(nonce) {
            return false;
        }
        self.seen_order.push_back(nonce);
        if self.seen_order.len() > REMEMBERED_NONCES
            && let Some(oldest) = self.seen_order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        true
    }

    /// One more vote, signed or about to be, names this output.
    pub(super) fn hold_output(&mut self, output: Digest) {
        let count = self.outputs.entry(output).or_insert(0);
        *count = count.saturating_add(1);
    }

    /// One vote less names this output; true when it was the last one.
    pub(super) fn release_output(&mut self, output: Digest) -> bool {
        match self.outputs.get_mut(&output) {
            Some(count) if *count > 1 => {
                *count = count.saturating_sub(1);
                false
            }
            Some(_) => self.outputs.remove(&output).is_some(),
            None => false,
        }
    }

    /// Whether some vote names this output.
    pub(super) fn holds_output(&self, output: Digest) -> bool {
        self.outputs.contains_key(&output)
    }

    /// Keeps a signed vote, to be sent. Its output must be held already.
    pub(super) fn keep(
        &mut self,
        nonce: SeatNonce,
        outcome: Outcome,
        signature: Signature,
        mut stderr_tail: Vec<u8>,
    ) {
        let excess = stderr_tail.len().saturating_sub(MAX_STDERR_BYTES);
        stderr_tail.drain(..excess);
        let kept = Kept {
            outcome,
            signature,
            stderr_tail,
        };
        self.kept.insert(nonce, kept);
        self.unsent.push_back(nonce);
    }

    /// The vote is settled; its outcome, unless it is unknown.
    pub(super) fn settle(&mut self, nonce: SeatNonce) -> Option<Outcome> {
        self.kept.remove(&nonce).map(|kept| kept.outcome)
    }

    /// The vote is accepted, and its certificate may be stored later.
    pub(super) fn accepted(&mut self, nonce: SeatNonce) {
        self.unstored.push_back(nonce);
        if self.unstored.len() > MAX_UNSETTLED {
            self.unstored.pop_front();
        }
    }

    /// The certificate of an accepted vote is stored; false when that is known already, or too long ago.
    pub(super) fn stored(&mut self, nonce: SeatNonce) -> bool {
        // Certificates are stored in the order in which they were accepted: it stands near the front.
        let at = self.unstored.iter().position(|one| *one == nonce);
        at.and_then(|at| self.unstored.remove(at)).is_some()
    }

    /// Every unsettled vote must be sent again.
    pub(super) fn resend_all(&mut self) {
        let unsent: BTreeSet<_> = self.unsent.iter().copied().collect();
        for nonce in self.kept.keys() {
            if !unsent.contains(nonce) {
                self.unsent.push_back(*nonce);
            }
        }
    }

    /// Forgets every vote; the outputs that they named.
    pub(super) fn clear(&mut self) -> Vec<Digest> {
        self.unsent.clear();
        self.unstored.clear();
        let kept = std::mem::take(&mut self.kept);
        kept.into_values()
            .map(|kept| kept.outcome.output_sha256)
            .filter(|output| self.release_output(*output))
            .collect()
    }

    /// The next votes to send, at most a frame full; empty when all are sent.
    pub(super) fn next_batch(&mut self) -> Vec<SignedVote> {
        let mut batch = Vec::new();
        let mut room = MAX_FRAME_BYTES.saturating_sub(FRAME_BYTES);
        while batch.len() < MAX_BATCH
            && let Some(nonce) = self.unsent.front().copied()
        {
            if let Some(kept) = self.kept.get(&nonce) {
                let Some(left) = room.checked_sub(kept.frame_bytes()) else {
                    break;
                };
                room = left;
                batch.push(SignedVote {
                    assignment: nonce,
                    outcome: kept.outcome,
                    signature: kept.signature,
                    output: Vec::new(),
                    stderr_tail: kept.stderr_tail.clone(),
                });
            }
            self.unsent.pop_front();
        }
        batch
    }
}

impl Kept {
    /// Bytes that the vote takes in a frame once its output is with it, at most.
    fn frame_bytes(&self) -> usize {
        let output_len = usize::try_from(self.outcome.output_len).unwrap_or(usize::MAX);
        let inline = if output_len <= MAX_INLINE_BYTES {
            output_len
        } else {
            0
        };
        VOTE_BYTES
            .saturating_add(inline)
            .saturating_add(self.stderr_tail.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{ToCoordinator, encode};

    fn nonce(number: u8) -> SeatNonce {
        SeatNonce([number; SeatNonce::LEN])
    }

    #[test]
    fn a_batch_with_its_outputs_and_stderr_fits_in_a_frame() {
        let mut votes = Votes::default();
        let output = vec![7; MAX_INLINE_BYTES];
        let widest = Outcome {
            code: u32::MAX,
            fuel: u64::MAX,
            ..Outcome::ok(&output, 0)
        };
        for number in 0..100 {
            let stderr = vec![1; MAX_STDERR_BYTES + 10];
            votes.keep(nonce(number), widest, Signature([9; 64]), stderr);
        }
        let mut sent = 0;
        loop {
            let mut batch = votes.next_batch();
            if batch.is_empty() {
                break;
            }
            sent += batch.len();
            for vote in &mut batch {
                assert_eq!(vote.stderr_tail.len(), MAX_STDERR_BYTES);
                vote.output.clone_from(&output);
            }
            assert!(encode(&ToCoordinator::Vote(batch)).len() <= MAX_FRAME_BYTES);
        }
        assert_eq!(sent, 100);
    }

    #[test]
    fn many_small_votes_travel_in_few_frames() {
        let mut votes = Votes::default();
        for number in 0..=255 {
            let outcome = Outcome::ok(b"x", 0);
            votes.keep(nonce(number), outcome, Signature([9; 64]), Vec::new());
        }
        assert_eq!(votes.next_batch().len(), 256);
        assert!(votes.next_batch().is_empty());
    }

    #[test]
    fn a_nonce_is_taken_once() {
        let mut votes = Votes::default();
        assert!(votes.take_nonce(nonce(1)));
        assert!(!votes.take_nonce(nonce(1)));
    }

    #[test]
    fn an_output_is_held_until_the_last_vote_that_names_it_is_gone() {
        let mut votes = Votes::default();
        let output = Digest::of(b"x");
        votes.hold_output(output);
        votes.hold_output(output);
        assert!(!votes.release_output(output));
        assert!(votes.holds_output(output));
        assert!(votes.release_output(output));
        assert!(!votes.release_output(output));
    }
}
