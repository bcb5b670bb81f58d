//! The assignments of one connection: what their votes must sign, and which inputs the node may fetch.

use super::HubContext;
use super::blob_tokens::BlobToken;
use super::connection::Lending;
use super::engine::ToEngine;
use super::job_context::{JobContext, Seat, TaskInput};
use crate::scheduler::NodeId;
use shared::ids::{Digest, SeatNonce};
use shared::protocol::{
    AssignedInput, Assignment, MAX_FRAME_BYTES, MAX_INLINE_BYTES, ToNode, UnableReason, encode,
};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Settled assignments that are remembered, so that a vote sent again can still be checked.
const REMEMBERED: usize = 256;
/// An Assign frame is ended when its assignments come to this many bytes, or this many.
const FRAME_BYTES: usize = MAX_FRAME_BYTES / 2;
const FRAME_ASSIGNMENTS: usize = 256;

/// What a vote on an assignment is checked against.
#[derive(Debug, Clone)]
pub(super) struct Open {
    pub(super) job: Arc<JobContext>,
    pub(super) seat: Seat,
    pub(super) input_sha256: Digest,
    /// Blobs that this assignment lets the node fetch.
    fetches: Vec<Digest>,
}

/// All assignments of one connection.
pub(super) struct Assigned {
    node: NodeId,
    token: BlobToken,
    open: HashMap<SeatNonce, Open>,
    settled: VecDeque<SeatNonce>,
}

impl Assigned {
    pub(super) fn new(node: NodeId, token: BlobToken) -> Self {
        Self {
            node,
            token,
            open: HashMap::new(),
            settled: VecDeque::new(),
        }
    }

    /// The assignment of this nonce, open or lately settled.
    pub(super) fn get(&self, nonce: SeatNonce) -> Option<&Open> {
        self.open.get(&nonce)
    }

    /// An assignment is over: its inputs may no longer be fetched.
    pub(super) fn settled(&mut self, nonce: SeatNonce) {
        let Some(open) = self.open.get_mut(&nonce) else {
            return;
        };
        for blob in std::mem::take(&mut open.fetches) {
            self.token.forget(blob);
        }
        self.settled.push_back(nonce);
        if self.settled.len() > REMEMBERED
            && let Some(oldest) = self.settled.pop_front()
        {
            self.open.remove(&oldest);
        }
    }

    /// Takes lendings up and writes them as Assign frames.
    pub(super) async fn assign(
        &mut self,
        hub: &HubContext,
        lendings: Vec<Lending>,
    ) -> Vec<Vec<u8>> {
        let mut frames = Vec::with_capacity(1);
        let (mut batch, mut bytes) = (Vec::new(), 0);
        for lending in lendings {
            let nonce = lending.seat.nonce;
            let Some(assignment) = self.take_up(hub, lending).await else {
                // The store lost an input that was checked before: the seat goes back, the reason is logged there.
                let unable = ToEngine::Unable {
                    node: self.node,
                    nonce,
                    reason: UnableReason::Fetch,
                };
                if hub.engine.send(unable).await.is_err() {
                    break;
                }
                continue;
            };
            bytes += size(&assignment);
            batch.push(assignment);
            if bytes > FRAME_BYTES || batch.len() >= FRAME_ASSIGNMENTS {
                frames.push(encode(&ToNode::Assign(std::mem::take(&mut batch))));
                bytes = 0;
            }
        }
        if !batch.is_empty() {
            frames.push(encode(&ToNode::Assign(batch)));
        }
        frames
    }

    async fn take_up(&mut self, hub: &HubContext, lending: Lending) -> Option<Assignment> {
        let Lending { job, seat } = lending;
        let mut fetches = Vec::new();
        let input = match job.input(seat.task)? {
            TaskInput::Line(line) => AssignedInput::Inline(line.into_bytes()),
            TaskInput::Blob { sha256, len } if len <= MAX_INLINE_BYTES as u64 => {
                AssignedInput::Inline(hub.inputs.get(sha256, len).await?.to_vec())
            }
            TaskInput::Blob { sha256, len } => {
                fetches.push(sha256);
                AssignedInput::Fetch { sha256, len }
            }
        };
        if !job.job.common_sha256.is_none() {
            fetches.push(job.job.common_sha256);
        }
        for blob in &fetches {
            self.token.allow(*blob);
        }
        let input_sha256 = job.input_sha256(seat.task)?;
        let assignment = job.assignment(seat, input)?;
        self.open.insert(
            seat.nonce,
            Open {
                job,
                seat,
                input_sha256,
                fetches,
            },
        );
        Some(assignment)
    }
}

/// About how many bytes an assignment takes in a frame.
fn size(assignment: &Assignment) -> usize {
    let input = match &assignment.input {
        AssignedInput::Inline(bytes) => bytes.len(),
        AssignedInput::Fetch { .. } => 40,
    };
    let args: usize = assignment.args.iter().map(Vec::len).sum();
    400 + assignment.title.len() * 4 + input + args
}
