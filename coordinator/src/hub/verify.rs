//! Checks votes on threads of their own, many at a time: signatures never hold up a socket.

use super::job_context::{JobContext, Seat};
use crate::scheduler::NodeId;
use crate::signatures::SignatureMemory;
use shared::codec::Canonical as _;
use shared::crypto::Signatures as _;
use shared::ids::{ChainId, Digest, NodeKey, Signature};
use shared::outcome::Outcome;
use shared::protocol::{MAX_INLINE_BYTES, MAX_STDERR_BYTES, RejectReason, SignedVote};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// Votes that may wait for a verifying thread; a full queue slows the sockets down.
const QUEUE: usize = 4096;
/// Votes that a thread takes at once.
const BATCH: usize = 64;

/// A vote on an assignment that the sending connection knows.
#[derive(Debug)]
pub(super) struct Unverified {
    pub(super) node: NodeId,
    pub(super) node_key: NodeKey,
    pub(super) job: Arc<JobContext>,
    pub(super) seat: Seat,
    pub(super) input_sha256: Digest,
    pub(super) vote: SignedVote,
}

/// A vote whose signature, outcome and output were checked.
#[derive(Debug)]
pub(super) struct Verified {
    pub(super) node: NodeId,
    pub(super) node_key: NodeKey,
    pub(super) job: Arc<JobContext>,
    pub(super) seat: Seat,
    pub(super) outcome: Outcome,
    pub(super) signature: Signature,
    /// The output, when it came with the vote.
    pub(super) output: Option<Vec<u8>>,
    pub(super) stderr_tail: Vec<u8>,
    /// Why the vote does not count.
    pub(super) rejected: Option<RejectReason>,
}

/// The queue into the verifying threads.
#[derive(Debug, Clone)]
pub(super) struct Verifier {
    queue: mpsc::Sender<Unverified>,
}

impl Verifier {
    /// Starts one thread a core; they end when the verifier and its clones are dropped. `deliver` gets each batch.
    pub(super) fn start<F>(
        chain: ChainId,
        signatures: &Arc<SignatureMemory>,
        deliver: F,
    ) -> std::io::Result<Self>
    where
        F: Fn(Vec<Verified>) -> bool + Clone + Send + 'static,
    {
        let (queue, votes) = mpsc::channel(QUEUE);
        let votes = Arc::new(Mutex::new(votes));
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        for number in 0..threads {
            let (votes, deliver) = (votes.clone(), deliver.clone());
            let signatures = signatures.clone();
            std::thread::Builder::new()
                .name(format!("verify-{number}"))
                .spawn(move || verify_all(chain, &signatures, &votes, &deliver))?;
        }
        Ok(Self { queue })
    }

    /// Waits for room and hands over a vote; `false` when the hub has stopped.
    pub(super) async fn check(&self, vote: Unverified) -> bool {
        self.queue.send(vote).await.is_ok()
    }
}

fn verify_all(
    chain: ChainId,
    signatures: &SignatureMemory,
    votes: &Mutex<mpsc::Receiver<Unverified>>,
    deliver: &impl Fn(Vec<Verified>) -> bool,
) {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        let taken = {
            let mut votes = votes.lock().unwrap_or_else(PoisonError::into_inner);
            votes.blocking_recv_many(&mut batch, BATCH)
        };
        if taken == 0 {
            return;
        }
        let verified = batch
            .drain(..)
            .map(|vote| verify(chain, signatures, vote))
            .collect();
        if !deliver(verified) {
            return;
        }
    }
}

fn verify(chain: ChainId, signatures: &SignatureMemory, unverified: Unverified) -> Verified {
    let Unverified {
        node,
        node_key,
        job,
        seat,
        input_sha256,
        vote,
    } = unverified;
    let SignedVote {
        outcome,
        signature,
        output,
        stderr_tail,
        ..
    } = vote;
    let rejected = fault(
        chain,
        signatures,
        node_key,
        &job,
        seat,
        input_sha256,
        &outcome,
        &signature,
        &output,
    );
    let inline = outcome.output_len <= MAX_INLINE_BYTES as u64;
    let output = (rejected.is_none() && inline).then_some(output);
    let mut stderr_tail = stderr_tail;
    stderr_tail.truncate(MAX_STDERR_BYTES);
    Verified {
        node,
        node_key,
        job,
        seat,
        outcome,
        signature,
        output,
        stderr_tail,
        rejected,
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "the parts of one vote, taken apart by the caller"
)]
fn fault(
    chain: ChainId,
    signatures: &SignatureMemory,
    node_key: NodeKey,
    job: &JobContext,
    seat: Seat,
    input_sha256: Digest,
    outcome: &Outcome,
    signature: &Signature,
    output: &[u8],
) -> Option<RejectReason> {
    let limits = &job.job.limits;
    if outcome.check().is_err()
        || outcome.fuel > limits.fuel
        || outcome.output_len > u64::from(limits.output_bytes)
    {
        return Some(RejectReason::BadOutcome);
    }
    let inline = outcome.output_len <= MAX_INLINE_BYTES as u64;
    let expected_len = if inline { outcome.output_len } else { 0 };
    if output.len() as u64 != expected_len
        || (inline && Digest::of(output) != outcome.output_sha256)
    {
        return Some(RejectReason::BadOutput);
    }
    let message = job
        .vote(seat, input_sha256, *outcome, node_key)
        .encode(chain);
    if !signatures.verify(&node_key.0, &message, signature) {
        return Some(RejectReason::BadSignature);
    }
    None
}
