//! Nodes that were away, wiped or damaged come back by what the others have.

use super::damage::{FLIP_BLOCK_3, behind_its_back, change, change_of};
use super::over_http::serve;
use super::world::{World, cert, chain, chunk_job, open, policy_of, prog, proof_of, settings};
use crate::storage::peers::Peers;
use crate::storage::wire::{
    self, Appended, Blocks, Committed, CommittedBlock, LeafList, Prepare, Refusal,
};
use crate::storage::{Link, RemoteNode, RemoteSettings, Scrubbed, StorageError};
use axum::Router;
use axum::extract::Request;
use axum::routing::post;
use shared::codec::Canonical as _;
use shared::crypto::SecretKey;
use shared::http_answer::Answer;
use shared::http_auth::Credentials;
use shared::ids::Digest;
use shared::ledger::fixture;
use shared::ledger::policy_text::QuorumPolicy;
use std::time::Duration;

impl World {
    fn links(&self, nodes: &[usize]) -> Vec<Link> {
        let links = nodes
            .iter()
            .map(|node| Link::Embedded(self.nodes[*node].clone()));
        links.collect()
    }

    /// A block that only these nodes commit.
    async fn add_at(&mut self, nodes: &[usize], ballot: u64, entries: &[Vec<u8>]) {
        let made = self.make(ballot, entries);
        let acks = self.acks(nodes, ballot, &made).await;
        let proof = proof_of(&made, acks);
        for node in nodes {
            let committed = self.commit(*node, &proof).await;
            assert!(matches!(committed, Committed::Cosigned(_)), "{committed:?}");
        }
        self.go_on(&made);
    }

    /// The database of a node is lost, its keys are not.
    pub(super) async fn wipe(&mut self, node: usize) {
        self.nodes[node].close().await;
        let directory = self.folder.0.join(format!("s{}", node + 1));
        for file in ["storage.sqlite", "storage.sqlite-wal", "storage.sqlite-shm"] {
            let _ = std::fs::remove_file(directory.join(file));
        }
        self.restart(node).await;
        assert!(self.nodes[node].identity().wiped);
    }

    fn place(&self, node: usize) -> crate::storage::wire::Place {
        self.nodes[node].identity().place
    }
}

#[tokio::test]
async fn a_node_that_was_away_catches_up_with_blobs_and_leaf_lists() {
    let mut world = World::begun(3).await;
    world.blobs = vec![b"original".to_vec(), b"manifest".to_vec()];
    let (job, list) = chunk_job();
    world
        .add_at(&[0, 1], 1, &[fixture::prog_entry(&prog())])
        .await;
    world.leaf_lists = vec![LeafList {
        input_root: job.input_root,
        sha256: Digest::of(&list),
    }];
    world.blobs = vec![list];
    world.add_at(&[0, 1], 1, &[fixture::job_entry(&job)]).await;
    world
        .add_at(&[0, 1], 1, &[fixture::job_entry(&super::world::job())])
        .await;
    world.blobs = vec![vec![0]];
    world.add_at(&[0, 1], 1, &[cert(0), cert(1)]).await;
    let place = world.nodes[2]
        .catch_up(&world.links(&[0, 1]))
        .await
        .unwrap();
    assert_eq!(place, world.place(0));
    // It goes on with the others, and its promise is what it was.
    let prepared = world.prepare(2, 1).await;
    assert_eq!((prepared.promised, prepared.accepted), (1, None));
    world.add(1, &[cert(2)]).await;
    let block = world.nodes[2].blocks(4).await.unwrap().blocks.remove(0);
    assert!(block.proof.is_some(), "it can bring others up to date");
}

#[tokio::test]
async fn what_nothing_proves_is_not_taken() {
    let mut world = World::with_program(4).await;
    world.blobs = Vec::new();
    let place = world.place(2);
    let job = fixture::job_entry(&super::world::job());
    world.add_at(&[0, 1, 3], 1, &[job]).await;
    for (liar, lie) in [
        (
            0,
            "UPDATE blocks SET acks = (SELECT acks FROM blocks WHERE height = 1) WHERE height = 2",
        ),
        (0, "UPDATE blocks SET acks = NULL WHERE height = 2"),
        (
            1,
            "UPDATE blocks SET log_note = (SELECT log_note FROM blocks WHERE height = 1) WHERE height = 2",
        ),
    ] {
        assert_eq!(change_of(&world, liar, lie).await, 1);
        let after = world.nodes[2]
            .catch_up(&world.links(&[liar]))
            .await
            .unwrap();
        assert_eq!(after, place, "{lie}");
    }
    // Another one tells the truth.
    let after = world.nodes[2]
        .catch_up(&world.links(&[0, 1, 3]))
        .await
        .unwrap();
    assert_eq!(after, world.place(3));
}

/// A storage node of this key that answers every question for blocks with these.
async fn liar(key: SecretKey, blocks: Vec<CommittedBlock>) -> Link {
    let signing = key.clone();
    let answer = move |request: Request| {
        let body = wire::encode(&Ok::<_, Refusal>(Blocks {
            blocks: blocks.clone(),
        }));
        let header = request.headers()["authorization"].to_str().unwrap();
        let answer = Answer {
            request_nonce: Credentials::parse(header).unwrap().nonce,
            status: 200,
            body_sha256: Digest::of(&body),
        };
        let signature = answer.sign(chain(), &signing);
        async move { ([(shared::http_answer::HEADER, signature)], body) }
    };
    let router = Router::new().route("/api/v1/storage/blocks", post(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let settings = RemoteSettings {
        address: address.parse().unwrap(),
        ca: None,
        chain: chain(),
        key: fixture::leader(),
        ack_key: Some(key.ack_key()),
    };
    Link::Remote(RemoteNode::new(settings).unwrap().into())
}

#[tokio::test]
async fn a_block_that_another_proof_goes_with_is_not_taken_and_repairs_nothing() {
    let mut world = World::with_job(2).await;
    world.add_at(&[0, 1], 1, &[cert(0)]).await;
    // An uncommitted block 4, with its checkpoint signed by the log, and the acks of block 3.
    let other = world.make(1, &[cert(1)]);
    let mut block = world.first().blocks(3).await.unwrap().blocks.remove(0);
    let good = block.clone();
    block.header = other.header.clone();
    block.entries = other.entries.clone();
    let proof = block.proof.as_mut().unwrap();
    proof.log_note = proof_of(&other, Vec::new()).log_note;
    let place = world.place(0);
    let liar_link = liar(fixture::ack_key(9), vec![block.clone()]).await;
    assert_eq!(
        world
            .first()
            .catch_up(std::slice::from_ref(&liar_link))
            .await
            .unwrap(),
        place
    );
    // Nor is one asked for ever that answers with what is here already.
    let old = liar(fixture::ack_key(7), vec![good.clone()]).await;
    assert_eq!(world.first().catch_up(&[old]).await.unwrap(), place);
    // It does not stand in for a damaged one; the true one does.
    behind_its_back(&world, FLIP_BLOCK_3).await;
    let found = world
        .first()
        .scrub(&[liar_link], Duration::ZERO)
        .await
        .unwrap();
    assert_eq!((found.repaired, found.damaged), (0, 1));
    let honest = liar(fixture::ack_key(8), vec![good]).await;
    let found = world
        .first()
        .scrub(&[honest], Duration::ZERO)
        .await
        .unwrap();
    assert_eq!((found.repaired, found.damaged), (1, 0));
}

#[tokio::test]
async fn a_wiped_node_recovers_what_it_may_have_promised_and_accepted() {
    let mut world = World::with_job(3).await;
    // Accepted by s1 and s3: perhaps committed already, for all that a new leader can know.
    let made = world.make(1, &[cert(0)]);
    let acks = world.acks(&[0, 2], 4, &made).await;
    world.prepare(1, 9).await;
    world.wipe(2).await;
    let policy = world.policy.encode(chain());
    let refused = |error| matches!(error, Err(StorageError::Refused(Refusal::Wiped)));
    assert!(refused(world.nodes[2].promised().await));
    world.nodes[2].begin_again(&policy).await.unwrap();
    // One other node is not enough, nor the same one twice, nor itself.
    for others in [vec![0], vec![0, 0], vec![0, 2]] {
        let others = world.links(&others);
        assert!(!world.nodes[2].recover(&others).await.unwrap());
        let prepare = Prepare {
            ballot: 10,
            policy: None,
        };
        let answer = world.nodes[2].prepare(prepare).await;
        assert!(matches!(answer, Err(StorageError::Refused(Refusal::Wiped))));
    }
    world.restart(2).await;
    assert!(world.nodes[2].identity().wiped, "also after a restart");
    assert!(world.nodes[2].recover(&world.links(&[0, 1])).await.unwrap());
    world.restart(2).await;
    assert!(!world.nodes[2].identity().wiped);
    assert_eq!(world.place(2), world.place(0));
    let prepared = world.prepare(2, 5).await;
    assert_eq!(prepared.promised, 9);
    let accepted = prepared.accepted.unwrap();
    assert_eq!((accepted.ballot, accepted.header), (4, made.header.clone()));
    let committed = world.commit(2, &proof_of(&made, acks)).await;
    assert!(matches!(committed, Committed::Cosigned(_)), "{committed:?}");
}

#[tokio::test]
async fn a_wiped_node_on_its_own_recovers_when_a_leader_offers_policy_zero() {
    let mut world = World::new(3).await;
    for node in &world.nodes {
        node.close().await;
    }
    world.nodes.clear();
    world.clock = crate::clock::Clock::System;
    let mut addresses = Vec::new();
    for number in 1..=3 {
        let node = open(settings(&world.folder, number), &world.clock).await;
        // The third one, which is wiped, is asked nothing.
        addresses.push(match number {
            3 => "http://127.0.0.1:9".parse().unwrap(),
            _ => serve(node.clone()).await,
        });
        world.nodes.push(node);
    }
    world.policy = policy_of(&world.nodes, 0);
    let text = QuorumPolicy::parse(&world.policy.text).unwrap();
    let mut witnesses = text.witnesses().to_vec();
    for (witness, address) in witnesses.iter_mut().zip(&addresses) {
        witness.url = Some(address.text());
    }
    let text = QuorumPolicy::new(text.log().clone(), witnesses, "storage", 2).unwrap();
    world.policy.text = text.to_string();
    world.prepare_all(1).await;
    world.add(1, &[world.policy.encode(chain())]).await;
    world.blobs = vec![b"original".to_vec(), b"manifest".to_vec()];
    world.add(1, &[fixture::prog_entry(&prog())]).await;
    world.wipe(2).await;
    let node = world.nodes[2].clone();
    let mut peers = Peers::new(None);
    peers.look(&node).await.unwrap();
    assert!(
        node.identity().wiped,
        "nobody has told it yet which ledger it keeps"
    );
    let prepare = Prepare {
        ballot: 1,
        policy: Some(world.policy.encode(chain())),
    };
    let refused = node.prepare(prepare).await;
    assert!(matches!(
        refused,
        Err(StorageError::Refused(Refusal::Wiped))
    ));
    peers.look(&node).await.unwrap();
    assert!(!node.identity().wiped);
    assert_eq!(world.place(2), world.place(0));
    // From then on it catches up by itself.
    world.blobs = Vec::new();
    world
        .add_at(&[0, 1], 1, &[fixture::job_entry(&super::world::job())])
        .await;
    peers.look(&node).await.unwrap();
    assert_eq!(world.place(2), world.place(0));
}

#[tokio::test]
async fn a_scrub_finds_damaged_records_and_fetches_them_again() {
    let mut world = World::with_job(2).await;
    world.add(1, &[cert(0), cert(1)]).await;
    let others = world.links(&[1]);
    let scrub = async |others: &[Link]| world.first().scrub(others, Duration::ZERO).await.unwrap();
    let whole = scrub(&others).await;
    assert_eq!((whole.repaired, whole.damaged), (0, 0));
    for damage in [
        "UPDATE block_bodies SET body = zeroblob(length(body)) WHERE height = 3",
        "UPDATE block_bodies SET body = substr(body, 1, length(body) - 1) WHERE height = 1",
        "UPDATE tiles SET hashes = zeroblob(length(hashes))",
        "UPDATE blobs SET body = CAST('originaX' AS BLOB) WHERE body = CAST('original' AS BLOB)",
    ] {
        behind_its_back(&world, damage).await;
        let found = scrub(&others).await;
        assert_eq!((found.repaired, found.damaged), (1, 0), "{damage}");
        let again = scrub(&others).await;
        assert_eq!((again.repaired, again.damaged), (0, 0), "{damage}");
    }
    for height in 0..4 {
        assert!(world.first().block(height).await.unwrap().is_some());
    }
    // Without anybody to ask, damage stays where it is, is not handed out and holds up nothing else.
    behind_its_back(
        &world,
        "UPDATE block_bodies SET body = x'00' WHERE height = 2",
    )
    .await;
    let Scrubbed { damaged, .. } = scrub(&[]).await;
    assert_eq!(damaged, 1);
    assert!(world.first().block(2).await.is_err());
    assert!(world.first().block(3).await.unwrap().is_some());
    let kept = change(&world, "DELETE FROM quarantine").await;
    assert_eq!(kept, 3, "what was damaged is kept apart");
    world.add(1, &[cert(2)]).await;
}

#[tokio::test]
async fn a_torn_last_block_or_tile_does_not_keep_a_node_from_starting() {
    for tear in [
        "UPDATE block_bodies SET body = substr(body, 1, length(body) - 1) WHERE height = 2",
        "UPDATE block_bodies SET body = zeroblob(length(body)) WHERE height = 2",
        "UPDATE tiles SET hashes = substr(hashes, 1, length(hashes) - 32)",
        "UPDATE tiles SET hashes = zeroblob(length(hashes))",
        "DELETE FROM tiles",
    ] {
        let mut world = World::with_job(2).await;
        behind_its_back(&world, tear).await;
        world.restart(0).await;
        let scrubbed = world
            .first()
            .scrub(&world.links(&[1]), Duration::ZERO)
            .await;
        assert_eq!(scrubbed.unwrap().damaged, 0, "{tear}");
        world.add(1, &[cert(0)]).await;
        world.restart(0).await;
        assert!(world.first().block(2).await.unwrap().is_some(), "{tear}");
    }
}

#[tokio::test]
async fn a_damaged_accepted_block_is_taken_again_from_the_leader() {
    let mut world = World::with_job(1).await;
    let made = world.make(1, &[cert(0)]);
    let acks = world.acks(&[0], 1, &made).await;
    for restart in [false, true] {
        let damage = if restart {
            "UPDATE block_bodies SET body = zeroblob(length(body)) WHERE height = 3"
        } else {
            FLIP_BLOCK_3
        };
        behind_its_back(&world, damage).await;
        if restart {
            world.restart(0).await;
        }
        // It must not be forgotten that something was accepted.
        let prepare = Prepare {
            ballot: 2,
            policy: None,
        };
        let prepared = world.first().prepare(prepare).await;
        assert!(
            matches!(prepared, Err(StorageError::Damaged { .. })),
            "{prepared:?}"
        );
        if restart {
            let committed = world.commit(0, &proof_of(&made, acks.clone())).await;
            assert!(matches!(committed, Committed::Unknown(_)), "{committed:?}");
        }
        assert!(matches!(world.append(0, 2, &made).await, Appended::Ack(_)));
        assert_eq!(
            world.prepare(0, 2).await.accepted.unwrap().entries,
            made.entries
        );
    }
    let committed = world.commit(0, &proof_of(&made, acks)).await;
    assert!(matches!(committed, Committed::Cosigned(_)), "{committed:?}");
}
