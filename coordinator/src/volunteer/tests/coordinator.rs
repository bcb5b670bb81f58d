//! A coordinator played by the test: real sockets and fetches, and every message written by hand.

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum_server::tls_rustls::RustlsConfig;
use shared::auth::{Auth, work_zero_bits};
use shared::codec::Canonical as _;
use shared::crypto::PublicKey as _;
use shared::ids::{ChainId, ChallengeNonce, Digest, NodeKey, UnixMs};
use shared::protocol::{
    Capabilities, NodeLimits, OwnerProof, ToCoordinator, ToNode, decode, encode,
};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

pub(super) const ORIGIN: &str = "manyhands.local/test";
pub(super) const BLOB_TOKEN: &str = "the token";
const WORK_BITS: u8 = 8;
const PATIENCE: Duration = Duration::from_secs(20);

/// What the routes share.
#[derive(Clone)]
struct Shelf {
    blobs: Arc<Mutex<HashMap<String, Vec<u8>>>>,
    arrivals: mpsc::Sender<(SocketAddr, WebSocket)>,
}

/// The coordinator.
pub(super) struct Coordinator {
    pub(super) url: String,
    shelf: Shelf,
    arriving: mpsc::Receiver<(SocketAddr, WebSocket)>,
}

/// One node that is connected.
pub(super) struct Node {
    socket: WebSocket,
    pub(super) from: SocketAddr,
    pub(super) key: NodeKey,
    pub(super) capabilities: Capabilities,
    pub(super) owners: Vec<OwnerProof>,
}

impl Coordinator {
    pub(super) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        Self::serve(url, |routes| {
            let service = routes.into_make_service_with_connect_info::<SocketAddr>();
            tokio::spawn(axum::serve(listener, service).into_future());
        })
    }

    /// The same over TLS, with a certificate for `localhost`.
    pub(super) fn start_tls(tls: RustlsConfig) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!(
            "https://localhost:{}",
            listener.local_addr().unwrap().port()
        );
        Self::serve(url, |routes| {
            let service = routes.into_make_service_with_connect_info::<SocketAddr>();
            let server = axum_server::from_tcp_rustls(listener, tls).unwrap();
            tokio::spawn(server.serve(service));
        })
    }

    fn serve(url: String, spawn: impl FnOnce(Router)) -> Self {
        let (arrivals, arriving) = mpsc::channel(8);
        let shelf = Shelf {
            blobs: Arc::default(),
            arrivals,
        };
        let routes = Router::new()
            .route("/api/v1/node", get(node))
            .route("/api/v1/programs/{file}", get(module))
            .route("/api/v1/blobs/{sha256}", get(blob))
            .with_state(shelf.clone());
        spawn(routes);
        Self {
            url,
            shelf,
            arriving,
        }
    }

    /// Serves these bytes as blob and as module.
    pub(super) fn put(&self, bytes: &[u8]) -> Digest {
        let sha256 = Digest::of(bytes);
        self.put_as(sha256, bytes);
        sha256
    }

    /// Serves these bytes under a hash that need not be theirs.
    pub(super) fn put_as(&self, sha256: Digest, bytes: &[u8]) {
        let mut blobs = self.shelf.blobs.lock().unwrap();
        blobs.insert(sha256.to_string(), bytes.to_vec());
    }

    /// The next node that connects, before any message.
    pub(super) async fn accept(&mut self) -> (SocketAddr, WebSocket) {
        let next = timeout(PATIENCE, self.arriving.recv()).await;
        next.expect("a node connects in time").unwrap()
    }

    /// Whether no further node has opened a socket.
    pub(super) fn is_quiet(&mut self) -> bool {
        self.arriving.try_recv().is_err()
    }

    /// The next node that connects, challenged, checked and welcomed.
    pub(super) async fn welcome(&mut self, limits: NodeLimits) -> Node {
        let (from, mut socket) = self.accept().await;
        let nonce = ChallengeNonce([7; 32]);
        let chain_id = ChainId::of_origin(ORIGIN);
        let challenge = ToNode::Challenge {
            nonce,
            origin: ORIGIN.into(),
            chain_id,
            work_bits: WORK_BITS,
            server_time_ms: UnixMs(0),
        };
        send(&mut socket, &challenge).await;
        let Some(ToCoordinator::Join {
            node_key,
            signature,
            work,
            owners,
            capabilities,
        }) = receive(&mut socket).await
        else {
            panic!("the first message of a node must be Join");
        };
        let auth = Auth { nonce, node_key };
        assert!(node_key.verifies(&auth.encode(chain_id), &signature));
        assert!(work_zero_bits(chain_id, &auth, work) >= u32::from(WORK_BITS));
        let welcome = ToNode::Welcome {
            blob_token: BLOB_TOKEN.into(),
            limits,
        };
        send(&mut socket, &welcome).await;
        Node {
            socket,
            from,
            key: node_key,
            capabilities,
            owners,
        }
    }
}

impl Node {
    pub(super) async fn send(&mut self, message: &ToNode) {
        send(&mut self.socket, message).await;
    }

    /// The next message that is wanted; others are passed over.
    pub(super) async fn next<T>(&mut self, wanted: impl Fn(ToCoordinator) -> Option<T>) -> T {
        loop {
            let message = receive(&mut self.socket).await;
            let message = message.expect("the node stays connected");
            if let Some(found) = wanted(message) {
                return found;
            }
        }
    }

    /// Every message until the node has closed the connection.
    pub(super) async fn until_closed(&mut self) -> Vec<ToCoordinator> {
        let mut messages = Vec::new();
        while let Some(message) = receive(&mut self.socket).await {
            messages.push(message);
        }
        messages
    }
}

pub(super) async fn send(socket: &mut WebSocket, message: &ToNode) {
    let frame = encode(message);
    socket.send(Message::Binary(frame.into())).await.unwrap();
}

async fn receive(socket: &mut WebSocket) -> Option<ToCoordinator> {
    loop {
        let message = timeout(PATIENCE, socket.recv()).await;
        match message.expect("the node says something in time") {
            Some(Ok(Message::Binary(frame))) => return Some(decode(&frame).unwrap()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
            Some(Ok(_)) => {}
        }
    }
}

async fn node(
    State(shelf): State<Shelf>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    upgrade: WebSocketUpgrade,
) -> axum::response::Response {
    upgrade.on_upgrade(async move |socket| {
        let _ = shelf.arrivals.send((from, socket)).await;
    })
}

async fn module(
    State(shelf): State<Shelf>,
    Path(file): Path<String>,
) -> Result<Vec<u8>, StatusCode> {
    let sha256 = file.strip_suffix(".wasm").ok_or(StatusCode::NOT_FOUND)?;
    take(&shelf, sha256)
}

async fn blob(
    State(shelf): State<Shelf>,
    Path(sha256): Path<String>,
    headers: HeaderMap,
) -> Result<Vec<u8>, StatusCode> {
    let expected = format!("Bearer {BLOB_TOKEN}");
    let found = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    if found != Some(expected.as_str()) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    take(&shelf, &sha256)
}

fn take(shelf: &Shelf, sha256: &str) -> Result<Vec<u8>, StatusCode> {
    let blobs = shelf.blobs.lock().unwrap();
    blobs.get(sha256).cloned().ok_or(StatusCode::NOT_FOUND)
}
