//! `GET /api/v1/node`: opens a volunteer's socket, for our own pages and for programs without an Origin only.

use super::assigned::Assigned;
use super::connection::{Connection, QUEUE, refuse};
use super::engine::{NewNode, ToEngine};
use super::handshake::{Handshake, Joined};
use super::network::network_of;
use super::{HubContext, NodeSeat};
use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use shared::protocol::{
    Capabilities, MAX_FRAME_BYTES, NODE_PATH, NodeLimits, RefuseReason, ToCoordinator, ToNode,
    decode, encode,
};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// How long a node may take to answer the challenge, its puzzle included.
const JOIN_TIMEOUT: Duration = Duration::from_mins(1);
/// Keeps an idle socket small: tungstenite reads into 128 KiB by default.
const READ_BUFFER_BYTES: usize = 4096;

/// The route of the volunteers' sockets.
pub(super) fn router(hub: Arc<HubContext>) -> Router {
    Router::new().route(NODE_PATH, any(open)).with_state(hub)
}

async fn open(
    State(hub): State<Arc<HubContext>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    if !is_own_origin(&headers, hub.config.public_origin.as_deref()) {
        let text = "only pages of this site may connect as a volunteer";
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    let Some(seat) = hub.take_seat() else {
        let headers = [(header::RETRY_AFTER, "30")];
        let text = "as many volunteers are connected as this coordinator takes; try again later";
        return (StatusCode::SERVICE_UNAVAILABLE, headers, text).into_response();
    };
    upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_message_size(MAX_FRAME_BYTES)
        .max_frame_size(MAX_FRAME_BYTES)
        .on_upgrade(move |socket| accept(hub, seat, socket, peer.ip()))
}

/// Whether a request comes from our own page, or from no page at all.
fn is_own_origin(headers: &HeaderMap, public_origin: Option<&str>) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let of_host = |scheme: &str| host.is_some_and(|host| origin == format!("{scheme}://{host}"));
    public_origin == Some(origin) || of_host("http") || of_host("https")
}

async fn accept(hub: Arc<HubContext>, seat: NodeSeat, mut socket: WebSocket, peer: IpAddr) {
    match join(&hub, &mut socket, peer).await {
        Ok((node, node_key, outgoing, token)) => {
            let assigned = Assigned::new(node, token);
            let connection = Connection {
                hub,
                node,
                node_key,
                socket,
                outgoing,
                assigned,
            };
            // On the heap, so that the task of an idle node is small.
            Box::pin(connection.run()).await;
        }
        Err(Some(reason)) => refuse(&mut socket, reason).await,
        Err(None) => {}
    }
    drop(seat);
}

type JoinedNode = (
    crate::scheduler::NodeId,
    shared::ids::NodeKey,
    mpsc::Receiver<super::connection::Outgoing>,
    super::blob_tokens::BlobToken,
);

/// The handshake. An error without a reason means that the socket broke.
async fn join(
    hub: &Arc<HubContext>,
    socket: &mut WebSocket,
    peer: IpAddr,
) -> Result<JoinedNode, Option<RefuseReason>> {
    let handshake = Handshake::new(hub.config.chain, hub.config.join_work);
    let challenge = handshake.challenge(&hub.config.origin, hub.clock.now());
    send(socket, &challenge).await?;
    let answer = timeout(JOIN_TIMEOUT, next_binary(socket)).await;
    let frame = answer
        .map_err(|_| Some(RefuseReason::Timeout))?
        .ok_or(None)?;
    let message = decode::<ToCoordinator>(&frame).map_err(|_| Some(RefuseReason::Protocol))?;
    let joined = handshake.join(message).map_err(Some)?;
    let proven = admit(hub, &joined).await?;

    let token = hub.tokens.issue();
    let window = joined
        .capabilities
        .slots
        .saturating_add(hub.config.scheduler.window_prefetch);
    let limits = NodeLimits {
        window,
        lease_ms: hub.config.scheduler.lease_ms,
        module_bytes: hub.config.limits.module_bytes,
        input_bytes: hub.config.limits.chunk_bytes,
    };
    send(
        socket,
        &ToNode::Welcome {
            blob_token: token.text().to_owned(),
            limits,
        },
    )
    .await?;

    let (sender, outgoing) = mpsc::channel(QUEUE);
    let node = hub.next_node();
    let node_key = joined.node_key;
    let new = NewNode {
        node,
        joined,
        network: network_of(peer),
        proven,
        outgoing: sender,
    };
    hub.engine
        .send(ToEngine::Joined(Box::new(new)))
        .await
        .map_err(|_| None)?;
    Ok((node, node_key, outgoing, token))
}

/// Whether a node that proved its key may join, and whether it is proven.
async fn admit(hub: &HubContext, joined: &Joined) -> Result<bool, Option<RefuseReason>> {
    let busy = |error| {
        tracing::error!(%error, "the record of a joining node cannot be read or written");
        Some(RefuseReason::Busy)
    };
    if !joined.work_done {
        let known = hub.store.node_get(joined.node_key).await.map_err(busy)?;
        if known.is_none_or(|node| node.record.accepted == 0) {
            return Err(Some(RefuseReason::BadWork));
        }
    }
    let Capabilities { engine, agent, .. } = &joined.capabilities;
    let now = hub.clock.now();
    let node = hub
        .store
        .node_joined(joined.node_key, engine, agent, now)
        .await
        .map_err(busy)?;
    Ok(node.proven)
}

async fn send(socket: &mut WebSocket, message: &ToNode) -> Result<(), Option<RefuseReason>> {
    let frame = Message::Binary(encode(message).into());
    match timeout(JOIN_TIMEOUT, socket.send(frame)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(None),
    }
}

/// The next binary message; pings in between are answered by the library.
async fn next_binary(socket: &mut WebSocket) -> Option<bytes::Bytes> {
    loop {
        match socket.recv().await?.ok()? {
            Message::Binary(frame) => return Some(frame),
            Message::Ping(_) | Message::Pong(_) => {}
            Message::Text(_) | Message::Close(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(origin: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "127.0.0.1:8080".parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        headers
    }

    #[test]
    fn our_own_pages_and_programs_without_an_origin_may_connect() {
        assert!(is_own_origin(&headers(None), None));
        assert!(is_own_origin(&headers(Some("http://127.0.0.1:8080")), None));
        assert!(is_own_origin(
            &headers(Some("https://many.example")),
            Some("https://many.example")
        ));
    }

    #[test]
    fn pages_of_other_sites_may_not_connect() {
        for other in ["http://evil.example", "http://127.0.0.1:8081", "null"] {
            assert!(
                !is_own_origin(&headers(Some(other)), Some("https://many.example")),
                "{other}"
            );
        }
    }
}
