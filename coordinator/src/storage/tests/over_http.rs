//! The same questions over a real socket: signed both ways, by those who may ask.

use super::world::{World, cert, chain, proof_of};
use crate::remote::address::Address;
use crate::storage::wire::{
    Appended, Committed, Heartbeat, IsApproved, Prepare, ReadBlocks, Refusal, WhichMissing,
};
use crate::storage::{Link, LinkError, RemoteNode, RemoteSettings, StorageNode, http};
use shared::api::problem::ProblemCode;
use shared::codec::Canonical as _;
use shared::crypto::SecretKey;
use shared::ids::{ChainId, Digest};
use shared::ledger::fixture;
use std::sync::Arc;

/// Serves the node on a free port; the server goes with the runtime of the test.
pub(super) async fn serve(node: Arc<StorageNode>) -> Address {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, http::router(node)).await });
    format!("http://{address}").parse().unwrap()
}

fn settings(address: &Address, key: SecretKey) -> RemoteSettings {
    RemoteSettings {
        address: address.clone(),
        ca: None,
        chain: chain(),
        key,
        ack_key: None,
    }
}

fn link_with(settings: RemoteSettings) -> Link {
    Link::Remote(Arc::new(RemoteNode::new(settings).unwrap()))
}

/// A world whose node has a clock that goes on, as requests carry the true time.
async fn world() -> (World, Address) {
    let mut world = World::new(1).await;
    world.first().close().await;
    world.nodes.clear();
    world.clock = crate::clock::Clock::System;
    let node = super::world::open(super::world::settings(&world.folder, 1), &world.clock).await;
    world.nodes.push(node.clone());
    (world, serve(node).await)
}

#[tokio::test]
async fn a_leader_does_everything_over_http() {
    let (mut world, address) = world().await;
    let link = link_with(settings(&address, fixture::leader()));
    let identity = link.identity().await.unwrap();
    assert_eq!(identity.ack_key, world.first().ack_key());
    assert_eq!(identity.chain, None);
    let approval = IsApproved {
        policy_sha256: world.policy.sha256(chain()),
    };
    assert!(link.is_approved(&approval).await.unwrap().approved);
    let prepare = Prepare {
        ballot: 4,
        policy: Some(world.policy.encode(chain())),
    };
    assert_eq!(link.prepare(&prepare).await.unwrap().promised, 4);

    let made = world.make(4, &[world.policy.encode(chain())]);
    let Appended::Ack(ack) = link
        .append(&Arc::new(world.message(4, &made)))
        .await
        .unwrap()
    else {
        panic!("an ack");
    };
    let proof = proof_of(&made, vec![ack]);
    let Committed::Cosigned(cosignature) = link.commit(&proof).await.unwrap() else {
        panic!("cosigned");
    };
    let certificate = proof.log_note.clone() + &cosignature;
    let heartbeat = Heartbeat {
        certificate,
        policies: Vec::new(),
    };
    link.heartbeat(&heartbeat).await.unwrap();
    world.tip = made.tip;

    let large = vec![7; 300_000];
    let blobs = [
        Digest::of(&large),
        Digest::of(b"original"),
        Digest::of(b"manifest"),
    ];
    let missing = WhichMissing {
        blobs: blobs.to_vec(),
    };
    assert_eq!(link.which_missing(&missing).await.unwrap().blobs, blobs);
    link.put_blob(blobs[0], large.clone()).await.unwrap();
    assert_eq!(link.read_blob(blobs[0]).await.unwrap(), Some(large.clone()));
    assert_eq!(link.read_blob(blobs[1]).await.unwrap(), None);
    let wrong = link.put_blob(blobs[1], large).await.unwrap_err();
    assert!(
        matches!(wrong, LinkError::Problem { .. } | LinkError::Refused { .. }),
        "{wrong}"
    );

    let made = world.make(4, &[fixture::prog_entry(&super::world::prog())]);
    let append = world.message(4, &made);
    assert!(matches!(
        link.append(&Arc::new(append)).await.unwrap(),
        Appended::MissingBlobs(_)
    ));
    let broken = world.make(4, &[cert(0)]);
    let broken = link
        .append(&Arc::new(world.message(4, &broken)))
        .await
        .unwrap();
    assert!(
        matches!(broken, Appended::Broken { entry: 0, .. }),
        "{broken:?}"
    );
    let stale = link
        .append(&Arc::new(world.message(3, &made)))
        .await
        .unwrap();
    assert_eq!(stale, Appended::StaleBallot { promised: 4 });
    let blocks = link
        .read_blocks(&ReadBlocks { from: 0 })
        .await
        .unwrap()
        .blocks;
    assert_eq!(blocks.len(), 1);
    assert_eq!(blocks[0].proof, Some(proof));
}

#[tokio::test]
async fn nobody_else_may_ask() {
    let (world, address) = world().await;
    let stranger = || settings(&address, fixture::submitter());
    let policy = world.policy.encode(chain());
    let prepare = Prepare {
        ballot: 4,
        policy: Some(policy),
    };
    let code = |error: LinkError| match error {
        LinkError::Problem { problem, .. } => problem.code,
        other => panic!("{other}"),
    };
    // A new node takes the leader's key from the policy.
    let refused = link_with(stranger()).prepare(&prepare).await.unwrap_err();
    assert_eq!(code(refused), ProblemCode::Forbidden);
    let leader = link_with(settings(&address, fixture::leader()));
    leader.prepare(&prepare).await.unwrap();
    let refused = link_with(stranger()).prepare(&prepare).await.unwrap_err();
    assert_eq!(code(refused), ProblemCode::Forbidden);
    let refused = link_with(stranger())
        .read_blocks(&ReadBlocks { from: 0 })
        .await
        .unwrap_err();
    assert_eq!(code(refused), ProblemCode::Forbidden);
    let refused = link_with(stranger())
        .read_blob(Digest::of(b"x"))
        .await
        .unwrap_err();
    assert_eq!(code(refused), ProblemCode::Forbidden);
    // Whose ledger is another one hears so, signed.
    let mut other = settings(&address, fixture::leader());
    other.chain = ChainId([1; 32]);
    let refused = link_with(other)
        .read_blocks(&ReadBlocks { from: 0 })
        .await
        .unwrap_err();
    assert!(
        matches!(&refused, LinkError::Refused { refusal: Refusal::OtherLedger(own), .. } if *own == chain()),
        "{refused}"
    );
}

#[tokio::test]
async fn an_answer_that_another_key_has_signed_does_not_count() {
    let (_world, address) = world().await;
    let mut pinned = settings(&address, fixture::leader());
    pinned.ack_key = Some(fixture::ack_key(1).ack_key());
    let error = link_with(pinned).identity().await.unwrap_err();
    assert!(matches!(error, LinkError::BadAnswer { .. }), "{error}");
}

#[tokio::test]
async fn a_request_counts_once_and_only_as_it_was_signed() {
    let (_world, address) = world().await;
    let body = crate::storage::wire::encode(&());
    let request = |nonce: u8, time_ms| shared::http_auth::Http {
        method: "POST".to_owned(),
        target: format!("{}identity", http::PROTOCOL),
        body_sha256: Digest::of(&body),
        time_ms,
        nonce: shared::ids::RequestNonce([nonce; 16]),
    };
    let now = crate::clock::Clock::System.now();
    let leader = fixture::leader();
    let signed = |request: &shared::http_auth::Http| {
        shared::http_auth::Credentials::sign(chain(), &leader, request).header()
    };
    let client = reqwest_client();
    let send = |authorization: String, body: Vec<u8>| {
        let url = address.join(&format!("{}identity", http::PROTOCOL));
        let sending = client.post(url).header("authorization", authorization);
        let sending = sending
            .header(http::CHAIN_HEADER, chain().to_string())
            .body(body);
        async move {
            let response = sending.send().await.unwrap();
            let status = response.status().as_u16();
            (status, response.text().await.unwrap_or_default())
        }
    };
    let good = signed(&request(1, now));
    assert_eq!(send(good.clone(), body.clone()).await.0, 200);
    let (status, problem) = send(good, body.clone()).await;
    assert_eq!(status, 401);
    assert!(problem.contains("replayed_request"), "{problem}");
    let (_, problem) = send(signed(&request(2, now)), vec![1, 0]).await;
    assert!(problem.contains("bad_signature"), "{problem}");
    let old = shared::ids::UnixMs(now.0 - 200_000);
    let (_, problem) = send(signed(&request(3, old)), body.clone()).await;
    assert!(problem.contains("stale_signature"), "{problem}");
    let (_, problem) = send("Bearer x".to_owned(), body.clone()).await;
    assert!(problem.contains("bad_credentials"), "{problem}");
}

#[tokio::test]
async fn a_stranger_cannot_send_much() {
    let (_world, address) = world().await;
    let large = vec![0; 100_000];
    let stranger = link_with(settings(&address, fixture::submitter()));
    let prepare = Prepare {
        ballot: 1,
        policy: Some(large),
    };
    let error = stranger.prepare(&prepare).await.unwrap_err();
    assert!(
        matches!(&error, LinkError::Problem { problem, .. } if problem.code == ProblemCode::BodyTooLarge)
            || matches!(error, LinkError::Unreachable { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_node_that_is_not_there_is_unreachable() {
    let address: Address = "http://127.0.0.1:9".parse().unwrap();
    let link = link_with(settings(&address, fixture::leader()));
    let error = link.identity().await.unwrap_err();
    assert!(matches!(error, LinkError::Unreachable { .. }), "{error}");
}

fn reqwest_client() -> reqwest::Client {
    let trusted = crate::remote::tls::client_config(None).unwrap();
    let builder = reqwest::Client::builder().tls_backend_preconfigured(trusted);
    builder.no_proxy().build().unwrap()
}
