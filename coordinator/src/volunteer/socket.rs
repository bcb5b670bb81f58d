//! One connection to the coordinator: opens it, reads and writes frames, closes it. Each half has a task of its own.

use crate::remote::address::Address;
use anyhow::{Context as _, Result};
use futures_util::{SinkExt as _, StreamExt as _};
use rustls::ClientConfig;
use shared::protocol::{FrameError, MAX_FRAME_BYTES, ToNode, decode};
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream};
use tokio_util::sync::CancellationToken;

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Frames that wait to be written; a coordinator that reads slower is given up.
const OUTGOING_FRAMES: usize = 256;
/// Pieces of outputs that wait to be written, after everything else.
const OUTGOING_PIECES: usize = 2;
/// Frames that were read and not handled yet.
const INCOMING_FRAMES: usize = 64;
/// How long one write may take.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long writing the last frames may take.
const LAST_WORDS_TIMEOUT: Duration = Duration::from_secs(2);
/// How long the coordinator may take to answer that the connection is closed.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(500);

/// How to reach the coordinator.
#[derive(Debug, Clone)]
pub(super) struct Route {
    pub(super) address: Address,
    /// Local address to connect from.
    pub(super) bind: Option<IpAddr>,
    pub(super) tls: Arc<ClientConfig>,
}

/// What a connection tells; `Closed` is the last.
#[derive(Debug)]
pub(super) enum Heard {
    Opened,
    Message(ToNode),
    Garbled(FrameError),
    Pinged,
    Closed(String),
}

/// A connection that is opening, open, or closing. Dropping it closes it.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) heard: mpsc::Receiver<Heard>,
    frames: mpsc::Sender<Vec<u8>>,
    pieces: mpsc::Sender<Vec<u8>>,
    close: CancellationToken,
}

impl Connection {
    /// Begins to connect.
    pub(super) fn open(route: Route) -> Self {
        let (heard_sender, heard) = mpsc::channel(INCOMING_FRAMES);
        let (frames, outgoing_frames) = mpsc::channel(OUTGOING_FRAMES);
        let (pieces, outgoing_pieces) = mpsc::channel(OUTGOING_PIECES);
        let close = CancellationToken::new();
        let outgoing = Outgoing {
            frames: outgoing_frames,
            pieces: outgoing_pieces,
            close: close.clone(),
        };
        tokio::spawn(live(route, heard_sender, outgoing));
        Self {
            heard,
            frames,
            pieces,
            close,
        }
    }

    /// Queues a frame; false when the coordinator reads too slowly or is gone.
    pub(super) fn send(&self, frame: Vec<u8>) -> bool {
        self.frames.try_send(frame).is_ok()
    }

    /// Where pieces of outputs go: written when no frame waits.
    pub(super) fn pieces(&self) -> mpsc::Sender<Vec<u8>> {
        self.pieces.clone()
    }

    /// Writes what is queued and closes; `Closed` follows.
    pub(super) fn close(&self) {
        self.close.cancel();
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.close.cancel();
    }
}

struct Outgoing {
    frames: mpsc::Receiver<Vec<u8>>,
    pieces: mpsc::Receiver<Vec<u8>>,
    close: CancellationToken,
}

/// The whole life of a connection.
async fn live(route: Route, heard: mpsc::Sender<Heard>, mut outgoing: Outgoing) {
    let opened = tokio::select! {
        opened = connect(&route) => opened,
        () = outgoing.close.cancelled() => Err(anyhow::anyhow!("closed while connecting")),
    };
    let why = match opened {
        Err(error) => format!("{error:#}"),
        Ok(stream) => {
            let _ = heard.send(Heard::Opened).await;
            let (mut sink, mut source) = stream.split();
            let closing = outgoing.close.clone();
            let mut reading = pin!(read(&mut source, &heard));
            let mut writing = pin!(write(&mut sink, &mut outgoing));
            tokio::select! {
                why = &mut reading => {
                    closing.cancel();
                    writing.await.unwrap_or(why)
                }
                why = &mut writing => {
                    let read = timeout(CLOSE_TIMEOUT, reading).await;
                    why.or(read.ok()).unwrap_or_else(|| "closed".into())
                }
            }
        }
    };
    let _ = heard.send(Heard::Closed(why)).await;
}

async fn connect(route: &Route) -> Result<Stream> {
    let address = &route.address;
    let describe = || format!("cannot reach {address}");
    let found = tokio::net::lookup_host((address.host(), address.port()))
        .await
        .with_context(describe)?;
    let mut last = None;
    for target in found {
        if route
            .bind
            .is_some_and(|bind| bind.is_ipv4() != target.is_ipv4())
        {
            continue;
        }
        match dial(target, route.bind).await {
            Ok(stream) => return upgrade(route, stream).await.with_context(describe),
            Err(error) => last = Some(error),
        }
    }
    match last {
        Some(error) => Err(error).with_context(describe),
        None => anyhow::bail!("{} has no address that fits --bind", address.host()),
    }
}

async fn dial(target: SocketAddr, bind: Option<IpAddr>) -> std::io::Result<TcpStream> {
    let socket = if target.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    if let Some(bind) = bind {
        socket.bind(SocketAddr::new(bind, 0))?;
    }
    let stream = socket.connect(target).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn upgrade(route: &Route, stream: TcpStream) -> Result<Stream> {
    let request = route.address.socket().into_client_request()?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX_FRAME_BYTES))
        .max_frame_size(Some(MAX_FRAME_BYTES));
    let connector = if route.address.is_tls() {
        Connector::Rustls(Arc::clone(&route.tls))
    } else {
        Connector::Plain
    };
    let (stream, _) = tokio_tungstenite::client_async_tls_with_config(
        request,
        stream,
        Some(config),
        Some(connector),
    )
    .await
    .map_err(|error| match error {
        WsError::Http(response) => {
            anyhow::anyhow!(
                "it answers {} instead of opening a socket",
                response.status()
            )
        }
        other => anyhow::Error::new(other),
    })?;
    Ok(stream)
}

/// Reads until the socket ends; why it ended.
async fn read(
    source: &mut futures_util::stream::SplitStream<Stream>,
    heard: &mpsc::Sender<Heard>,
) -> String {
    while let Some(message) = source.next().await {
        let news = match message {
            Ok(Message::Binary(frame)) => match decode(&frame) {
                Ok(message) => Heard::Message(message),
                Err(error) => Heard::Garbled(error),
            },
            Ok(Message::Close(frame)) => {
                let reason = frame
                    .map(|frame| frame.reason.to_string())
                    .unwrap_or_default();
                return if reason.is_empty() {
                    "the coordinator closed the connection".into()
                } else {
                    format!("the coordinator closed the connection: {reason}")
                };
            }
            Ok(_) => Heard::Pinged,
            Err(error) => return format!("the connection broke: {error}"),
        };
        if heard.send(news).await.is_err() {
            return "closed".into();
        }
    }
    "the connection ended".into()
}

/// Writes until asked to close, then what is still queued, then the closing frame; why it broke, if it did.
async fn write(
    sink: &mut futures_util::stream::SplitSink<Stream, Message>,
    outgoing: &mut Outgoing,
) -> Option<String> {
    loop {
        let frame = tokio::select! {
            biased;
            Some(frame) = outgoing.frames.recv() => frame,
            () = outgoing.close.cancelled() => break,
            Some(piece) = outgoing.pieces.recv() => piece,
        };
        match timeout(WRITE_TIMEOUT, sink.send(Message::Binary(frame.into()))).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Some(format!("the connection broke: {error}")),
            Err(_) => return Some("the coordinator does not read".into()),
        }
    }
    let last_words = async {
        while let Ok(frame) = outgoing.frames.try_recv() {
            sink.send(Message::Binary(frame.into())).await?;
        }
        sink.close().await
    };
    // A coordinator that is gone misses the rest.
    let _ = timeout(LAST_WORDS_TIMEOUT, last_words).await;
    None
}
