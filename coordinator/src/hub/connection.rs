//! One volunteer's socket after it has joined: frames in become commands for the engine, what the engine wants told
//! becomes frames out. Everything is bounded; a node that breaks the protocol or reads too slowly is dropped.

use super::assigned::Assigned;
use super::incoming::Incoming;
use super::job_context::{JobContext, Seat};
use super::{HubContext, engine::ToEngine};
use crate::scheduler::NodeId;
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use shared::ids::{Digest, NodeKey, SeatNonce};
use shared::protocol::{
    FrameError, IdleReason, PING_MS, RefuseReason, Settlement, ToCoordinator, ToNode, decode,
    encode,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

/// Messages that may wait for one node to read them: one commit settles a thousand votes of a busy node at once.
/// The queue takes memory as it fills.
pub(super) const QUEUE: usize = 2048;
/// How long one frame may take to be written.
const WRITE_TIMEOUT: Duration = Duration::from_secs(20);

/// What the engine wants a node told.
#[derive(Debug)]
pub(super) enum Outgoing {
    Assign(Vec<Lending>),
    NeedOutput(Box<WantedOutput>),
    Cancel(SeatNonce),
    Settled(SeatNonce, Settlement),
    Idle(IdleReason),
    Refuse(RefuseReason),
}

/// A seat lent to this node.
#[derive(Debug)]
pub(super) struct Lending {
    pub(super) job: Arc<JobContext>,
    pub(super) seat: Seat,
}

/// An output that the node shall send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WantedOutput {
    pub(super) job: shared::ids::JobId,
    pub(super) task: u32,
    pub(super) sha256: Digest,
    pub(super) len: u64,
}

/// A joined node's connection.
pub(super) struct Connection {
    pub(super) hub: Arc<HubContext>,
    pub(super) node: NodeId,
    pub(super) node_key: NodeKey,
    pub(super) socket: WebSocket,
    pub(super) outgoing: mpsc::Receiver<Outgoing>,
    pub(super) assigned: Assigned,
}

/// Why a connection ended.
enum End {
    /// The node left, or its socket broke.
    Left,
    /// We tell it why it must go.
    Refused(RefuseReason),
}

impl Connection {
    /// Serves the socket until it ends, then gives the node's seats back.
    pub(super) async fn run(mut self) {
        let end = self.serve().await;
        if let End::Refused(reason) = end {
            refuse(&mut self.socket, reason).await;
        }
        let left = ToEngine::Left { node: self.node };
        if self.hub.engine.send(left).await.is_err() {
            tracing::debug!("the engine stopped before a node left");
        }
    }

    async fn serve(&mut self) -> End {
        let ping_every = Duration::from_millis(PING_MS);
        let mut next_ping = Instant::now() + ping_every;
        let mut unanswered = 0_u8;
        let mut incoming = Incoming::new(self.hub.clone(), self.node, self.node_key);
        loop {
            tokio::select! {
                message = self.socket.recv() => {
                    unanswered = 0;
                    let Some(Ok(message)) = message else { return End::Left };
                    if let Err(end) = self.hear(&mut incoming, message).await {
                        return end;
                    }
                }
                outgoing = self.outgoing.recv() => {
                    // The engine drops its sender when a newer connection of the key took over or the queue was full.
                    let Some(outgoing) = outgoing else { return End::Refused(RefuseReason::Busy) };
                    if let Err(end) = self.tell(&mut incoming, outgoing).await {
                        return end;
                    }
                }
                () = tokio::time::sleep_until(next_ping) => {
                    if unanswered == 2 {
                        return End::Left;
                    }
                    unanswered += 1;
                    next_ping += ping_every;
                    if send(&mut self.socket, Message::Ping(bytes::Bytes::new())).await.is_err() {
                        return End::Left;
                    }
                    if let Err(end) = send_message(&mut self.socket, &ToNode::Beat).await {
                        return end;
                    }
                }
            }
        }
    }

    async fn hear(&mut self, incoming: &mut Incoming, message: Message) -> Result<(), End> {
        let frame = match message {
            Message::Binary(frame) => frame,
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Close(_) => return Err(End::Left),
            Message::Text(_) => return Err(End::Refused(RefuseReason::Protocol)),
        };
        let message = match decode::<ToCoordinator>(&frame) {
            Ok(message) => message,
            Err(FrameError::Version) => return Err(End::Refused(RefuseReason::Version)),
            Err(error) => {
                tracing::debug!(node.id = %self.node_key, %error, "a frame cannot be read");
                return Err(End::Refused(RefuseReason::Protocol));
            }
        };
        drop(frame);
        let answers = match incoming.receive(&self.assigned, message).await {
            Ok(answers) => answers,
            Err(None) => return Err(End::Left),
            Err(Some(reason)) => return Err(End::Refused(reason)),
        };
        for answer in answers {
            send_message(&mut self.socket, &answer).await?;
        }
        Ok(())
    }

    async fn tell(&mut self, incoming: &mut Incoming, outgoing: Outgoing) -> Result<(), End> {
        let message = match outgoing {
            Outgoing::Assign(lendings) => {
                for frame in self.assigned.assign(&self.hub, lendings).await {
                    send(&mut self.socket, Message::Binary(frame.into())).await?;
                }
                return Ok(());
            }
            Outgoing::NeedOutput(wanted) => {
                let sha256 = wanted.sha256;
                if !incoming.expect_output(*wanted) {
                    return Ok(());
                }
                ToNode::NeedOutput { sha256 }
            }
            Outgoing::Cancel(assignment) => ToNode::Cancel { assignment },
            Outgoing::Settled(assignment, verdict) => {
                self.assigned.settled(assignment);
                ToNode::Settled {
                    assignment,
                    verdict,
                }
            }
            Outgoing::Idle(reason) => ToNode::Idle { reason },
            Outgoing::Refuse(reason) => return Err(End::Refused(reason)),
        };
        send_message(&mut self.socket, &message).await
    }
}

async fn send_message(socket: &mut WebSocket, message: &ToNode) -> Result<(), End> {
    send(socket, Message::Binary(encode(message).into())).await
}

/// Writes one frame; a node that does not read for 20 s has left.
async fn send(socket: &mut WebSocket, message: Message) -> Result<(), End> {
    match timeout(WRITE_TIMEOUT, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(End::Left),
    }
}

/// Says why, then closes. The node may be gone already: nobody is left to tell.
pub(super) async fn refuse(socket: &mut WebSocket, reason: RefuseReason) {
    let frame = encode(&ToNode::Refuse { reason });
    let close = CloseFrame {
        code: close_code::POLICY,
        reason: format!("{reason:?}").into(),
    };
    for message in [Message::Binary(frame.into()), Message::Close(Some(close))] {
        if timeout(Duration::from_secs(2), socket.send(message))
            .await
            .is_err()
        {
            return;
        }
    }
}
