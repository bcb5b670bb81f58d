//! What one node sends: checked for shape here, then handed to the verifying threads or the engine.

use super::HubContext;
use super::assigned::Assigned;
use super::connection::WantedOutput;
use super::engine::ToEngine;
use super::verify::Unverified;
use crate::scheduler::NodeId;
use crate::store::BlobWriter;
use shared::ids::{Digest, NodeKey};
use shared::protocol::{
    MAX_STDERR_BYTES, OUTPUT_PIECE_BYTES, RefuseReason, Settlement, SignedVote, ToCoordinator,
    ToNode,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most leases that one Alive may renew.
const MAX_ALIVE: usize = 4096;
/// Control messages that a node may send in a row before each further one needs its share of time.
const CONTROL_BURST: u32 = 2000;
/// Milliseconds after which one more control message may be sent.
const CONTROL_EVERY_MS: u64 = 2;

/// The receiving half of a connection.
pub(super) struct Incoming {
    hub: Arc<HubContext>,
    node: NodeId,
    node_key: NodeKey,
    /// Outputs that were asked for and have not come: equal outputs of several tasks are asked for once.
    wanted: BTreeMap<Digest, Vec<WantedOutput>>,
    receiving: Option<Receiving>,
    /// Control messages that may come now; refilled with time.
    control: u32,
    refilled_at_ms: u64,
}

struct Receiving {
    sha256: Digest,
    len: u64,
    writer: BlobWriter,
    offset: u64,
}

/// Why a node must go; `None` when the hub itself stops.
type Refusal = Option<RefuseReason>;

impl Incoming {
    pub(super) fn new(hub: Arc<HubContext>, node: NodeId, node_key: NodeKey) -> Self {
        let refilled_at_ms = hub.clock.now().0;
        Self {
            hub,
            node,
            node_key,
            wanted: BTreeMap::new(),
            receiving: None,
            control: CONTROL_BURST,
            refilled_at_ms,
        }
    }

    /// An output is needed; whether the node must be asked for it.
    #[must_use]
    pub(super) fn expect_output(&mut self, wanted: WantedOutput) -> bool {
        let waiting = self.wanted.entry(wanted.sha256).or_default();
        waiting.push(wanted);
        waiting.len() == 1
    }

    /// Takes one message; the answers go back at once.
    pub(super) async fn receive(
        &mut self,
        assigned: &Assigned,
        message: ToCoordinator,
    ) -> Result<Vec<ToNode>, Refusal> {
        let node = self.node;
        match message {
            ToCoordinator::Vote(votes) => return self.votes(assigned, votes).await,
            ToCoordinator::Output {
                sha256,
                offset,
                bytes,
            } => {
                self.output(sha256, offset, &bytes).await?;
            }
            ToCoordinator::Slots { free } => {
                self.spend_control()?;
                self.tell_engine(ToEngine::Slots { node, free }).await?;
            }
            ToCoordinator::Alive { running } => {
                self.spend_control()?;
                if running.len() > MAX_ALIVE {
                    return Err(Some(RefuseReason::Protocol));
                }
                self.tell_engine(ToEngine::Alive { node, running }).await?;
            }
            ToCoordinator::Unable { assignment, reason } => {
                self.spend_control()?;
                self.tell_engine(ToEngine::Unable {
                    node,
                    nonce: assignment,
                    reason,
                })
                .await?;
            }
            ToCoordinator::Goodbye => return Err(None),
            ToCoordinator::Join { .. } => return Err(Some(RefuseReason::Protocol)),
        }
        Ok(Vec::new())
    }

    async fn votes(
        &mut self,
        assigned: &Assigned,
        votes: Vec<SignedVote>,
    ) -> Result<Vec<ToNode>, Refusal> {
        let mut answers = Vec::new();
        for vote in votes {
            if vote.stderr_tail.len() > MAX_STDERR_BYTES {
                return Err(Some(RefuseReason::Protocol));
            }
            let Some(open) = assigned.get(vote.assignment) else {
                self.spend_control()?;
                let verdict = Settlement::Superseded;
                answers.push(ToNode::Settled {
                    assignment: vote.assignment,
                    verdict,
                });
                self.tell_engine(ToEngine::UnknownVote {
                    node_key: self.node_key,
                })
                .await?;
                continue;
            };
            let unverified = Unverified {
                node: self.node,
                node_key: self.node_key,
                job: open.job.clone(),
                seat: open.seat,
                input_sha256: open.input_sha256,
                vote,
            };
            if !self.hub.verifier.check(unverified).await {
                return Err(None);
            }
        }
        Ok(answers)
    }

    /// Takes one piece of an output that was asked for. A piece nobody asked for, or out of order, breaks the protocol.
    async fn output(&mut self, sha256: Digest, offset: u64, bytes: &[u8]) -> Result<(), Refusal> {
        let protocol = Some(RefuseReason::Protocol);
        if bytes.len() > OUTPUT_PIECE_BYTES {
            return Err(protocol);
        }
        if self.receiving.is_none() {
            let wanted = self.wanted.get(&sha256).and_then(|waiting| waiting.first());
            let len = wanted.ok_or(protocol)?.len;
            let writer = self.hub.store.blob_writer(len, self.hub.clock.now());
            self.receiving = Some(Receiving {
                sha256,
                len,
                writer,
                offset: 0,
            });
        }
        let receiving = self.receiving.as_mut().ok_or(protocol)?;
        let end = offset.saturating_add(bytes.len() as u64);
        if receiving.sha256 != sha256 || receiving.offset != offset || end > receiving.len {
            return Err(protocol);
        }
        if bytes.is_empty() {
            return self.finish_output().await;
        }
        receiving.offset = end;
        receiving.writer.push(bytes).await.map_err(|error| {
            tracing::error!(%error, "an output cannot be stored");
            None
        })
    }

    async fn finish_output(&mut self) -> Result<(), Refusal> {
        let Some(Receiving { sha256, writer, .. }) = self.receiving.take() else {
            return Ok(());
        };
        if let Err(error) = writer.finish(sha256).await {
            tracing::debug!(node.id = %self.node_key, %error, "an output is not what was voted");
            return Err(Some(RefuseReason::Protocol));
        }
        for WantedOutput { job, task, .. } in self.wanted.remove(&sha256).unwrap_or_default() {
            self.tell_engine(ToEngine::OutputArrived { job, task, sha256 })
                .await?;
        }
        Ok(())
    }

    /// Pays for one control message, so that nobody fills the engine's queue at others' cost.
    fn spend_control(&mut self) -> Result<(), Refusal> {
        let now = self.hub.clock.now().0;
        let earned = now.saturating_sub(self.refilled_at_ms) / CONTROL_EVERY_MS;
        if earned > 0 {
            let earned = u32::try_from(earned).unwrap_or(CONTROL_BURST);
            self.control = self.control.saturating_add(earned).min(CONTROL_BURST);
            self.refilled_at_ms = now;
        }
        self.control = self
            .control
            .checked_sub(1)
            .ok_or(Some(RefuseReason::Protocol))?;
        Ok(())
    }

    async fn tell_engine(&self, message: ToEngine) -> Result<(), Refusal> {
        self.hub.engine.send(message).await.map_err(|_| None)
    }
}
