//! A simulated volunteer: speaks the protocol, signs, and answers each task with its input.

use super::latency::Latencies;
use crate::peer::Peer;
use anyhow::{Context as _, Result, bail};
use shared::codec::Canonical as _;
use shared::ids::SeatNonce;
use shared::outcome::Outcome;
use shared::protocol::{AssignedInput, Assignment, Settlement, SignedVote, ToCoordinator, ToNode};
use shared::vote::Vote;
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How long the coordinator may take to answer in the handshake.
const PATIENCE: Duration = Duration::from_secs(30);
/// Tasks that a node says it runs at once.
const SLOTS: u16 = 4;
/// Nodes of one network.
const NETWORK_SIZE: u32 = 100;
/// A loopback address to connect from, which stands for a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Network(Ipv4Addr);

/// A node that has joined.
#[derive(Debug)]
pub(super) struct Node {
    peer: Peer,
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
        let mut peer = Peer::connect(server, network.0).await?;
        let window = peer.join(SLOTS).await?.window;
        Ok(Self { peer, window })
    }

    /// Says that it is free and waits until the coordinator has taken note.
    pub(super) async fn wait(mut self) -> Result<Self> {
        let free = self.window;
        self.peer.send(&ToCoordinator::Slots { free }).await?;
        match timeout(PATIENCE, self.peer.receive()).await?? {
            ToNode::Idle { .. } => Ok(self),
            other => bail!("expected nothing to do, found {other:?}"),
        }
    }

    /// Answers tasks until it is stopped, then says goodbye.
    pub(super) async fn work(mut self, stop: CancellationToken) -> Result<Done> {
        let free = self.window;
        self.peer.send(&ToCoordinator::Slots { free }).await?;
        let mut done = Done::default();
        let mut open: HashMap<SeatNonce, Instant> = HashMap::new();
        loop {
            let message = tokio::select! {
                message = self.peer.receive() => message?,
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
                    self.peer.send(&ToCoordinator::Vote(votes)).await?;
                    self.peer.send(&ToCoordinator::Slots { free }).await?;
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
        self.peer.leave().await?;
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
            node_key: self.peer.key.node_key(),
        };
        SignedVote {
            assignment: assignment.nonce,
            outcome,
            signature: self.peer.key.sign(&vote.encode(self.peer.chain)),
            output,
            stderr_tail: Vec::new(),
        }
    }
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
