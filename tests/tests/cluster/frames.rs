//! Volunteers that break the protocol: each is told why and must go, and the others do not notice.

use shared::codec::Canonical as _;
use shared::ids::{Digest, JobId, SeatNonce};
use shared::outcome::Outcome;
use shared::protocol::{
    MAX_FRAME_BYTES, RefuseReason, Settlement, SignedVote, ToCoordinator, ToNode, encode,
};
use shared::vote::Vote;
use std::net::Ipv4Addr;
use std::time::Duration;
use tests::cluster::Cluster;
use tests::peer::Peer;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

/// How long the coordinator may take to answer.
const PATIENCE: Duration = Duration::from_mins(1);
/// Where the hostile ones connect from.
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 9, 9, 9);

fn binary(bytes: impl Into<Vec<u8>>) -> Message {
    Message::Binary(bytes.into().into())
}

/// What a node may say once it has joined: as it should be, but for what each test changes.
fn alive() -> Vec<u8> {
    encode(&ToCoordinator::Alive {
        running: vec![SeatNonce([7; SeatNonce::LEN]); 3],
    })
}

/// Frames that break the protocol, whenever they come.
fn broken() -> Vec<(&'static str, Message)> {
    let mut truncated = alive();
    truncated.truncate(truncated.len() - 5);
    let mut trailing = alive();
    trailing.push(0);
    // A list that says it has far more entries than a frame could hold.
    let endless = vec![1, 4, 0xff, 0xff, 0xff, 0xff, 0x0f];
    let random: Vec<u8> = (0..200_u8).map(|byte| byte.wrapping_mul(167)).collect();
    vec![
        ("truncated", binary(truncated)),
        ("trailing", binary(trailing)),
        ("endless", binary(endless)),
        ("random", binary(random)),
        ("empty", binary(Vec::new())),
        ("text", Message::text("let me in")),
        ("oversized", binary(vec![1; MAX_FRAME_BYTES + 1])),
    ]
}

/// Messages that are well made and come at the wrong time.
fn out_of_order(peer: &Peer) -> Vec<(&'static str, Message)> {
    let again = peer.answer(1).expect("no work is asked on loopback");
    let output = ToCoordinator::Output {
        sha256: Digest::of(b"never asked for"),
        offset: 0,
        bytes: b"never asked for".to_vec(),
    };
    vec![
        ("joining twice", binary(encode(&again))),
        ("an output nobody asked for", binary(encode(&output))),
    ]
}

/// Reads on until the connection ends; the reason that was given, if any.
async fn refusal(peer: &mut Peer) -> Option<RefuseReason> {
    let reading = async {
        let mut reason = None;
        while let Ok(message) = peer.receive().await {
            if let ToNode::Refuse { reason: told } = message {
                reason = Some(told);
            }
        }
        reason
    };
    timeout(PATIENCE, reading)
        .await
        .expect("the connection ends")
}

async fn joined(cluster: &Cluster) -> Peer {
    let peer = Peer::connect(cluster.address(), ELSEWHERE).await;
    let mut peer = peer.expect("the coordinator challenges everybody");
    peer.join(1).await.expect("an honest beginning");
    peer
}

/// Sends a frame and sees the connection end: with a reason, unless the socket itself could not take the frame.
async fn is_thrown_out(mut peer: Peer, name: &str, frame: Message) {
    // The coordinator may close before all of an oversized frame is sent.
    let _ = peer.send_raw(frame).await;
    let reason = refusal(&mut peer).await;
    let known = [RefuseReason::Protocol, RefuseReason::Version];
    let is_told = reason.is_some_and(|reason| known.contains(&reason));
    assert!(
        is_told || (reason.is_none() && matches!(name, "text" | "oversized")),
        "{name}: {reason:?}"
    );
}

#[tokio::test]
async fn frames_that_break_the_protocol_end_their_own_connection_and_disturb_nobody() {
    let mut cluster = Cluster::start(&[]);
    for name in ["ann", "bob", "eve"] {
        cluster.volunteer(name, &[]);
    }
    cluster.text_file(1_000_000);
    let job = cluster.count_words("lines:32KiB", &[]);
    for (name, frame) in broken() {
        let unknown = Peer::connect(cluster.address(), ELSEWHERE).await;
        is_thrown_out(unknown.expect("a challenge"), name, frame.clone()).await;
        is_thrown_out(joined(&cluster).await, name, frame).await;
    }
    let early = Peer::connect(cluster.address(), ELSEWHERE).await;
    is_thrown_out(
        early.expect("a challenge"),
        "before joining",
        binary(alive()),
    )
    .await;
    for at in 0..2 {
        let peer = joined(&cluster).await;
        let (name, frame) = out_of_order(&peer).swap_remove(at);
        is_thrown_out(peer, name, frame).await;
    }
    assert_eq!(
        cluster.result(&job),
        cluster.local("wordcount", "input.txt")
    );
    for name in ["ann", "bob", "eve"] {
        let record = cluster.node(name).expect("it is listed").record;
        assert_eq!(record.returned, 0, "{name} stayed connected");
    }
}

#[tokio::test]
async fn a_vote_nobody_asked_for_is_superseded_and_stands_in_the_record() {
    let cluster = Cluster::start(&[]);
    let mut peer = joined(&cluster).await;
    let node_key = peer.key.node_key();
    let outcome = Outcome::ok(b"mine", 0);
    let vote = Vote {
        job_id: JobId([1; 32]),
        task: 0,
        attempt: 1,
        seat: 0,
        nonce: SeatNonce([2; SeatNonce::LEN]),
        input_sha256: Digest::of(b"in"),
        module_sha256: Digest::of(b"module"),
        outcome,
        node_key,
    };
    let signed = SignedVote {
        assignment: vote.nonce,
        outcome,
        signature: peer.key.sign(&vote.encode(peer.chain)),
        output: b"mine".to_vec(),
        stderr_tail: Vec::new(),
    };
    peer.send(&ToCoordinator::Vote(vec![signed]))
        .await
        .expect("the connection stands");
    let settled = async {
        loop {
            if let ToNode::Settled {
                assignment,
                verdict,
            } = peer.receive().await.expect("the connection stands")
            {
                return (assignment, verdict);
            }
        }
    };
    let settled = timeout(PATIENCE, settled).await.expect("an answer");
    assert_eq!(settled, (vote.nonce, Settlement::Superseded));
    cluster.until("the record shows it", |cluster| {
        let node = cluster.node_of_key(node_key)?;
        (node.record.superseded == 1).then_some(())
    });
}
