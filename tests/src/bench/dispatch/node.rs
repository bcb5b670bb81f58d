//! A simulated volunteer: speaks the protocol, signs, and answers each task with its input.

use super::latency::Latencies;
use anyhow::{Context as _, Result, bail};
use coordinator::entropy::random_bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use shared::auth::{Auth, solve_work};
use shared::codec::Canonical as _;
use shared::crypto::SecretKey;
use shared::ids::{ChainId, SeatNonce};
use shared::outcome::Outcome;
use shared::protocol::{
    AssignedInput, Assignment, Capabilities, NODE_PATH, Settlement, SignedVote, ToCoordinator,
    ToNode, decode, encode,
};
use shared::vote::Vote;
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_util::sync::CancellationToken;

/// How long the coordinator may take to answer in the handshake.
const PATIENCE: Duration = Duration::from_secs(30);
/// Tasks that a node says it runs at once.
const SLOTS: u16 = 4;
/// Nodes of one network.
const NETWORK_SIZE: u32 = 100;
/// Read buffer, so that thousands of connections fit in this process, bytes.
const BUFFER_BYTES: usize = 4096;
/// Most work that is done for a puzzle; on loopback none is asked.
const MAX_TRIES: u64 = 1 << 26;

/// A loopback address to connect from, which stands for a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Network(Ipv4Addr);

/// A node that has joined.
#[derive(Debug)]
pub(super) struct Node {
    socket: WebSocketStream<TcpStream>,
    key: SecretKey,
    chain: ChainId,
    window: u16,
}

/// What a node did.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) assignments: u32,
    pub(super) votes: u32,
    pub(super) latencies: Latencies,
}

impl Network {
    /// 127.1.0.1 and on: volunteers are spread over /24 networks.
    pub(super) fn of(number: u32) -> Self {
        let network = (number / NETWORK_SIZE).wrapping_add(256);
        let [_, _, high, low] = network.to_be_bytes();
        Self(Ipv4Addr::new(127, high, low, 1))
    }
}

impl Node {
    /// Connects and joins.
    pub(super) async fn join(server: SocketAddr, network: Network, number: u32) -> Result<Self> {
        let joining = Self::join_now(server, network);
        timeout(PATIENCE, joining)
            .await
            .ok()
            .with_context(|| format!("volunteer {number} did not join in time"))?
    }

    async fn join_now(server: SocketAddr, network: Network) -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((network.0, 0)))?;
        let stream = socket.connect(server).await?;
        stream.set_nodelay(true)?;
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER_BYTES)
            .write_buffer_size(0);
        let url = format!("ws://{server}{NODE_PATH}");
        let (mut socket, _) =
            tokio_tungstenite::client_async_with_config(url, stream, Some(config)).await?;
        let key = SecretKey::from_seed(&random_bytes());
        let (challenge, chain) = match receive(&mut socket).await? {
            ToNode::Challenge {
                nonce,
                chain_id,
                work_bits,
                ..
            } => ((nonce, work_bits), chain_id),
            other => bail!("expected a challenge, found {other:?}"),
        };
        let (nonce, work_bits) = challenge;
        let node_key = key.node_key();
        let auth = Auth { nonce, node_key };
        let work = solve_work(chain, &auth, work_bits, 0, MAX_TRIES);
        let join = ToCoordinator::Join {
            node_key,
            signature: key.sign(&auth.encode(chain)),
            work: work.context("the puzzle is too hard")?,
            owners: Vec::new(),
            capabilities: Capabilities {
                slots: SLOTS,
                engine: "none".into(),
                agent: "bench".into(),
                memory_pages: 16_384,
            },
        };
        send(&mut socket, &join).await?;
        match receive(&mut socket).await? {
            ToNode::Welcome { limits, .. } => Ok(Self {
                socket,
                key,
                chain,
                window: limits.window,
            }),
            other => bail!("expected a welcome, found {other:?}"),
        }
    }

    /// Says that it is free and waits until the coordinator has taken note.
    pub(super) async fn wait(mut self) -> Result<Self> {
        let free = self.window;
        send(&mut self.socket, &ToCoordinator::Slots { free }).await?;
        match timeout(PATIENCE, receive(&mut self.socket)).await?? {
            ToNode::Idle { .. } => Ok(self),
            other => bail!("expected nothing to do, found {other:?}"),
        }
    }

    /// Answers tasks until it is stopped, then says goodbye.
    pub(super) async fn work(mut self, stop: CancellationToken) -> Result<Done> {
        let free = self.window;
        send(&mut self.socket, &ToCoordinator::Slots { free }).await?;
        let mut done = Done::default();
        let mut open: HashMap<SeatNonce, Instant> = HashMap::new();
        loop {
            let message = tokio::select! {
                message = receive(&mut self.socket) => message?,
                () = stop.cancelled() => break,
            };
            match message {
                ToNode::Assign(assignments) => {
                    let now = Instant::now();
                    let count = u32::try_from(assignments.len())?;
                    done.assignments = done.assignments.saturating_add(count);
                    done.votes = done.votes.saturating_add(count);
                    open.extend(assignments.iter().map(|assignment| (assignment.nonce, now)));
                    let votes = assignments.iter().map(|task| self.vote(task)).collect();
                    send(&mut self.socket, &ToCoordinator::Vote(votes)).await?;
                    send(&mut self.socket, &ToCoordinator::Slots { free }).await?;
                }
                ToNode::Settled {
                    assignment,
                    verdict,
                } => {
                    let assigned_at = open.remove(&assignment);
                    if let (Some(at), Settlement::Accepted { .. }) = (assigned_at, verdict) {
                        done.latencies.push(at.elapsed());
                    }
                }
                ToNode::Refuse { reason } => bail!("a volunteer was refused: {reason:?}"),
                _ => {}
            }
        }
        send(&mut self.socket, &ToCoordinator::Goodbye).await?;
        self.socket.close(None).await?;
        Ok(done)
    }

    fn vote(&self, assignment: &Assignment) -> SignedVote {
        let output = match &assignment.input {
            AssignedInput::Inline(input) => input.clone(),
            AssignedInput::Fetch { .. } => Vec::new(),
        };
        let outcome = Outcome::ok(&output, 0);
        let vote = Vote {
            job_id: assignment.job_id,
            task: assignment.task,
            attempt: assignment.attempt,
            seat: assignment.seat,
            nonce: assignment.nonce,
            input_sha256: assignment.input.sha256(),
            module_sha256: assignment.module_sha256,
            outcome,
            node_key: self.key.node_key(),
        };
        SignedVote {
            assignment: assignment.nonce,
            outcome,
            signature: self.key.sign(&vote.encode(self.chain)),
            output,
            stderr_tail: Vec::new(),
        }
    }
}

async fn send(socket: &mut WebSocketStream<TcpStream>, message: &ToCoordinator) -> Result<()> {
    let frame = encode(message);
    Ok(socket.send(Message::Binary(frame.into())).await?)
}

async fn receive(socket: &mut WebSocketStream<TcpStream>) -> Result<ToNode> {
    while let Some(message) = socket.next().await {
        if let Message::Binary(frame) = message? {
            return Ok(decode(&frame)?);
        }
    }
    bail!("the coordinator closed the connection")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volunteers_are_spread_over_networks_of_a_hundred() {
        assert_eq!(Network::of(99), Network::of(0));
        assert_ne!(
            Network::of(100).0.octets()[..3],
            Network::of(0).0.octets()[..3]
        );
        assert!(Network::of(u32::from(u16::MAX)).0.is_loopback());
    }
}
