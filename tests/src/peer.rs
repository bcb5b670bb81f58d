//! The volunteers' protocol by hand, over a real WebSocket: for simulated volunteers and for hostile ones.

use anyhow::{Context as _, Result, bail};
use coordinator::entropy::random_bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use shared::auth::{Auth, solve_work};
use shared::codec::Canonical as _;
use shared::crypto::SecretKey;
use shared::ids::{ChainId, ChallengeNonce};
use shared::protocol::{
    Capabilities, NODE_PATH, NodeLimits, ToCoordinator, ToNode, decode, encode,
};
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// Read buffer, so that thousands of connections fit in one process, bytes.
const BUFFER_BYTES: usize = 4096;
/// Most work that is done for a puzzle; on loopback none is asked.
const MAX_TRIES: u64 = 1 << 26;

/// A connection that was challenged.
#[derive(Debug)]
pub struct Peer {
    socket: WebSocketStream<TcpStream>,
    /// Its key, made for it alone.
    pub key: SecretKey,
    /// The ledger that the coordinator named.
    pub chain: ChainId,
    nonce: ChallengeNonce,
    work_bits: u8,
}

impl Peer {
    /// Connects from `from` and waits for the challenge.
    ///
    /// # Errors
    /// When nobody answers, or with something else.
    pub async fn connect(server: SocketAddr, from: Ipv4Addr) -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((from, 0)))?;
        let stream = socket.connect(server).await?;
        stream.set_nodelay(true)?;
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER_BYTES)
            .write_buffer_size(0);
        let url = format!("ws://{server}{NODE_PATH}");
        let (socket, _) =
            tokio_tungstenite::client_async_with_config(url, stream, Some(config)).await?;
        let mut peer = Self {
            socket,
            key: SecretKey::from_seed(&random_bytes()),
            chain: ChainId([0; 32]),
            nonce: ChallengeNonce([0; ChallengeNonce::LEN]),
            work_bits: 0,
        };
        match peer.receive().await? {
            ToNode::Challenge {
                nonce,
                chain_id,
                work_bits,
                ..
            } => {
                peer.chain = chain_id;
                peer.nonce = nonce;
                peer.work_bits = work_bits;
                Ok(peer)
            }
            other => bail!("expected a challenge, found {other:?}"),
        }
    }

    /// The right answer to the challenge, with this many slots.
    ///
    /// # Errors
    /// When the puzzle is too hard.
    pub fn answer(&self, slots: u16) -> Result<ToCoordinator> {
        let node_key = self.key.node_key();
        let auth = Auth {
            nonce: self.nonce,
            node_key,
        };
        let work = solve_work(self.chain, &auth, self.work_bits, 0, MAX_TRIES);
        Ok(ToCoordinator::Join {
            node_key,
            signature: self.key.sign(&auth.encode(self.chain)),
            work: work.context("the puzzle is too hard")?,
            owners: Vec::new(),
            capabilities: Capabilities {
                slots,
                engine: "none".into(),
                agent: "peer".into(),
                memory_pages: 16_384,
            },
        })
    }

    /// Joins.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn join(&mut self, slots: u16) -> Result<NodeLimits> {
        let join = self.answer(slots)?;
        self.send(&join).await?;
        match self.receive().await? {
            ToNode::Welcome { limits, .. } => Ok(limits),
            other => bail!("expected a welcome, found {other:?}"),
        }
    }

    /// Sends a message.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send(&mut self, message: &ToCoordinator) -> Result<()> {
        self.send_raw(Message::Binary(encode(message).into())).await
    }

    /// Sends whatever it is given.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send_raw(&mut self, message: Message) -> Result<()> {
        Ok(self.socket.send(message).await?)
    }

    /// The next message.
    ///
    /// # Errors
    /// When the connection is closed, or what comes is no message.
    pub async fn receive(&mut self) -> Result<ToNode> {
        while let Some(message) = self.socket.next().await {
            if let Message::Binary(frame) = message? {
                return Ok(decode(&frame)?);
            }
        }
        bail!("the coordinator closed the connection")
    }

    /// Says goodbye and closes.
    ///
    /// # Errors
    /// When the connection is gone already.
    pub async fn leave(mut self) -> Result<()> {
        self.send(&ToCoordinator::Goodbye).await?;
        Ok(self.socket.close(None).await?)
    }
}
