//! Certificates of blocks that hold a Policy: only what verifies is kept, for ever, and a node that has missed one gets it
//! from the others.

use super::over_http::serve;
use super::world::{World, chain, policy_of, prog};
use crate::storage::wire::{Certificate, CommitProof, Committed, Heartbeat};
use crate::storage::{Link, RemoteNode, RemoteSettings};
use shared::codec::Canonical as _;
use shared::ledger::fixture;
use shared::ledger::note::Note;
use shared::ledger::policy_text::QuorumPolicy;
use std::sync::Arc;

impl World {
    /// The checkpoint of a committed block with the lines of these storage nodes.
    pub(super) async fn certificate(&self, proof: &CommitProof, nodes: &[usize]) -> String {
        let mut note = proof.log_note.clone();
        for node in nodes {
            match self.commit(*node, proof).await {
                Committed::Cosigned(line) => note += &line,
                other => panic!("{other:?}"),
            }
        }
        note
    }

    /// A heartbeat with the certificate of a Policy; what it says of the head is not heard.
    async fn tell_policy(&self, node: usize, height: u64, certificate: &str) {
        let heartbeat = Heartbeat {
            certificate: String::new(),
            policies: vec![Certificate {
                height,
                note: certificate.to_owned(),
            }],
        };
        self.nodes[node].heartbeat(&heartbeat).await.unwrap();
    }

    async fn kept(&self, node: usize, height: u64) -> Option<String> {
        self.nodes[node].certificate(height).await.unwrap()
    }
}

/// Three nodes with Policy 0, what certifies it, and a block above it.
async fn world() -> (World, String, CommitProof) {
    let mut world = World::new(3).await;
    world.prepare_all(1).await;
    let policy = world.policy.encode(chain());
    let proof = world.add(1, &[policy]).await;
    let note = world.certificate(&proof, &[0, 1]).await;
    world.blobs = vec![b"original".to_vec(), b"manifest".to_vec()];
    let next = world.add(1, &[fixture::prog_entry(&prog())]).await;
    (world, note, next)
}

#[tokio::test]
async fn the_certificate_of_a_policy_is_kept_for_ever_and_certifies_its_block() {
    let (mut world, note, _) = world().await;
    assert_eq!(world.kept(0, 0).await, None);
    world.tell_policy(0, 0, &note).await;
    assert_eq!(world.kept(0, 0).await.as_deref(), Some(note.as_str()));
    let policy = QuorumPolicy::parse(&world.policy.text).unwrap();
    let certified = policy.certify(&Note::parse(note.as_bytes()).unwrap());
    assert_eq!(certified.unwrap().checkpoint.size, 2);
    // The next one is certified by the policy before it.
    let next = policy_of(&world.nodes, 1).encode(chain());
    let proof = world.add(1, &[next]).await;
    let other = world.certificate(&proof, &[1, 2]).await;
    world.tell_policy(0, 2, &other).await;
    world.restart(0).await;
    assert_eq!(world.kept(0, 0).await, Some(note));
    assert_eq!(world.kept(0, 2).await, Some(other));
    assert_eq!(world.kept(0, 1).await, None);
}

#[tokio::test]
async fn only_what_verifies_is_kept_and_only_of_blocks_that_hold_a_policy() {
    let (world, note, next) = world().await;
    let of_next = world.certificate(&next, &[0, 1]).await;
    let one_line = note.rfind('\u{2014}').map(|at| note[..at].to_owned());
    let forged = note.replace("\u{2014} s2", "\u{2014} s1");
    for (height, note) in [
        (0, one_line.unwrap()),
        (0, forged),
        (0, of_next.clone()),
        (0, "nothing".to_owned()),
        (1, of_next),
        (2, note),
    ] {
        world.tell_policy(0, height, &note).await;
        assert_eq!(world.kept(0, height).await, None, "{height}: {note}");
    }
}

#[tokio::test]
async fn a_node_that_catches_up_or_was_wiped_gets_the_certificates_from_the_others() {
    let (mut world, note, _) = world().await;
    world.tell_policy(1, 0, &note).await;
    let others = [0, 1].map(|node| Link::Embedded(world.nodes[node].clone()));
    world.nodes[2].catch_up(&others).await.unwrap();
    assert_eq!(world.kept(2, 0).await.as_deref(), Some(note.as_str()));
    world.wipe(2).await;
    let policy = world.policy.encode(chain());
    world.nodes[2].begin_again(&policy).await.unwrap();
    assert!(world.nodes[2].recover(&others).await.unwrap());
    assert_eq!(world.kept(2, 0).await.as_deref(), Some(note.as_str()));
    // The same over HTTP.
    let settings = RemoteSettings {
        address: serve(world.nodes[1].clone()).await,
        ca: None,
        chain: chain(),
        key: fixture::leader(),
        ack_key: None,
    };
    let remote = Link::Remote(Arc::new(RemoteNode::new(settings).unwrap()));
    assert_eq!(world.kept(0, 0).await, None);
    world.nodes[0].catch_up(&[remote]).await.unwrap();
    assert_eq!(world.kept(0, 0).await, Some(note));
}
