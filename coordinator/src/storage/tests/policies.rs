//! Who may lead and who keeps the ledger: approval, Policy 0, and a change of policy.

use super::world::{Folder, World, cert, chain, open, policy_of, proof_of, settings};
use crate::clock::Clock;
use crate::storage::wire::{
    Append, Appended, Beaten, CommitProof, Committed, Heartbeat, Prepare, Refusal,
};
use crate::storage::{Approvals, Link, NodeSettings, StorageError, approve};
use shared::codec::Canonical as _;
use shared::ids::{ChainId, Digest};
use shared::ledger::fixture::{self, BEGAN};
use shared::ledger::note::Note;

fn refusal<T: std::fmt::Debug>(result: Result<T, StorageError>) -> Refusal {
    match result {
        Err(StorageError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_new_node_takes_the_policy_that_its_operator_has_approved() {
    let folder = Folder::new();
    let settings = settings(&folder, 1);
    let settings = NodeSettings {
        approvals: Approvals::of_operator(&settings.directory),
        ..settings
    };
    let node = open(settings.clone(), &Clock::manual(BEGAN)).await;
    let policy = policy_of(std::slice::from_ref(&node), 0);
    let (bytes, sha256) = (policy.encode(chain()), policy.sha256(chain()));
    let prepare = |policy| node.prepare(Prepare { ballot: 3, policy });
    assert_eq!(refusal(prepare(None).await), Refusal::NoLedger);
    let refused = refusal(prepare(Some(bytes.clone())).await);
    assert_eq!(refused, Refusal::PolicyNotApproved(sha256));
    assert!(!node.approved(sha256));
    approve(&settings.directory, sha256).unwrap();
    assert!(node.approved(sha256));
    assert_eq!(prepare(Some(bytes.clone())).await.unwrap().promised, 3);
    assert_eq!(node.identity().chain, Some(chain()));
    // From then on the node keeps this ledger and no other, nor another beginning of it.
    assert_eq!(prepare(None).await.unwrap().promised, 3);
    let mut other = policy.clone();
    other.referee_key = Some(fixture::referee().node_key());
    let refused = refusal(prepare(Some(other.encode(chain()))).await);
    assert!(matches!(refused, Refusal::PolicyRefused(_)), "{refused:?}");
    let refused = refusal(prepare(Some(policy.encode(ChainId([1; 32])))).await);
    assert_eq!(refused, Refusal::OtherLedger(chain()));
}

#[tokio::test]
async fn a_policy_zero_that_breaks_a_rule_is_refused() {
    let folder = Folder::new();
    let clock = Clock::manual(BEGAN);
    let node = open(settings(&folder, 1), &clock).await;
    let good = policy_of(std::slice::from_ref(&node), 0);
    let mut newer = good.clone();
    newer.version = 1;
    let mut no_text = good.clone();
    no_text.text = "quorum none\n".to_owned();
    for (policy, of) in [
        (newer, chain()),
        (no_text, chain()),
        (good, ChainId([1; 32])),
    ] {
        let prepare = Prepare {
            ballot: 1,
            policy: Some(policy.encode(of)),
        };
        let refused = refusal(node.prepare(prepare).await);
        assert!(matches!(refused, Refusal::PolicyRefused(_)), "{refused:?}");
    }
    assert_eq!(node.identity().chain, None);
}

#[tokio::test]
async fn a_changed_policy_is_certified_by_the_old_one_and_counts_from_the_next_block() {
    let mut world = World::begun(3).await;
    let mut next = policy_of(&world.nodes, 1);
    // Another leader from now on.
    next.leader_key = fixture::submitter().leader_key();
    let made = world.make(1, &[next.encode(chain())]);
    let acks = world.acks(&[0, 1], 1, &made).await;
    // While it is only accepted, both may ask.
    let leaders = &world.first().view().leaders;
    assert_eq!(leaders.len(), 2);
    let proof = proof_of(&made, acks);
    assert!(matches!(
        world.commit(0, &proof).await,
        Committed::Cosigned(_)
    ));
    assert_eq!(world.first().view().leaders, [next.leader_key]);
    world.go_on(&made);
    let old = world.make(1, &[next.encode(chain())]);
    let Appended::Broken { rule, .. } = world.append(0, 1, &old).await else {
        panic!("the old leader leads no more");
    };
    assert!(
        rule.starts_with("rule leader_key:") || rule.starts_with("rule policy"),
        "{rule}"
    );
    world.restart(0).await;
    assert_eq!(world.first().view().leaders, [next.leader_key]);
    // The head is the policy's own block: the old policy certifies it.
    let heartbeat = Heartbeat {
        certificate: proof.log_note.clone(),
        policies: Vec::new(),
    };
    let beaten = world.first().heartbeat(&heartbeat).await.unwrap();
    assert!(matches!(beaten, Beaten::Cosigned(_)), "{beaten:?}");
}

#[tokio::test]
async fn a_policy_that_is_not_approved_is_not_taken_into_a_block() {
    let mut world = World::begun(1).await;
    let settings = NodeSettings {
        approvals: Approvals::of_operator(&world.folder.0.join("s1")),
        ..settings(&world.folder, 1)
    };
    world.first().close().await;
    world.nodes.clear();
    world.nodes.push(open(settings.clone(), &world.clock).await);
    let next = policy_of(&world.nodes, 1);
    let made = world.make(1, &[next.encode(chain())]);
    let sha256 = next.sha256(chain());
    assert_eq!(
        world.append(0, 1, &made).await,
        Appended::PolicyNotApproved(sha256)
    );
    approve(&settings.directory, sha256).unwrap();
    assert!(matches!(world.append(0, 1, &made).await, Appended::Ack(_)));
}

#[tokio::test]
async fn a_policy_that_a_quorum_has_committed_needs_no_approval() {
    let mut world = World::begun(3).await;
    let settings = NodeSettings {
        approvals: Approvals::of_operator(&world.folder.0.join("s3")),
        ..settings(&world.folder, 3)
    };
    world.nodes[2].close().await;
    world.nodes.pop();
    let third = open(settings, &world.clock).await;
    let next = policy_of(&world.nodes, 1);
    let made = world.make(1, &[next.encode(chain())]);
    let acks = world.acks(&[0, 1], 1, &made).await;
    let proof = proof_of(&made, acks.clone());
    let append = |committed: Option<CommitProof>| {
        let append = Append {
            committed,
            ..world.message(1, &made)
        };
        let third = third.clone();
        async move { third.append(append.into()).await.unwrap() }
    };
    let refused = Appended::PolicyNotApproved(next.sha256(chain()));
    assert_eq!(append(None).await, refused);
    let of_one = proof_of(&made, acks[..1].to_vec());
    assert_eq!(append(Some(of_one)).await, refused);
    let of_another = CommitProof {
        header_hash: Digest([1; 32]),
        ..proof.clone()
    };
    assert_eq!(append(Some(of_another)).await, refused);
    let taken = append(Some(proof.clone())).await;
    assert!(matches!(taken, Appended::Ack(_)), "{taken:?}");
    let committed = third.commit(&proof).await.unwrap();
    assert!(matches!(committed, Committed::Cosigned(_)), "{committed:?}");
}

#[tokio::test]
async fn a_node_that_a_later_policy_adds_takes_the_ledger_from_its_beginning() {
    let mut world = World::with_job(3).await;
    let fourth = open(settings(&world.folder, 4), &world.clock).await;
    world.nodes.push(fourth.clone());
    let next = policy_of(&world.nodes, 1);
    let made = world.make(1, &[next.encode(chain())]);
    let acks = world.acks(&[0, 1], 1, &made).await;
    let proof = proof_of(&made, acks);
    for node in [0, 1] {
        world.commit(node, &proof).await;
    }
    world.go_on(&made);
    world.policy = next;
    let prepare = Prepare {
        ballot: 1,
        policy: Some(policy_of(&world.nodes[..3], 0).encode(chain())),
    };
    fourth.prepare(prepare).await.unwrap();
    let others = [Link::Embedded(world.nodes[0].clone())];
    let place = fourth.catch_up(&others).await.unwrap();
    assert_eq!(place, world.nodes[0].identity().place);
    // Three of four are the quorum now.
    let made = world.make(1, &[cert(0)]);
    let acks = world.acks(&[0, 1, 3], 1, &made).await;
    let committed = world.commit(3, &proof_of(&made, acks[..2].to_vec())).await;
    assert!(matches!(committed, Committed::Invalid(_)), "{committed:?}");
    let committed = world.commit(3, &proof_of(&made, acks)).await;
    assert!(matches!(committed, Committed::Cosigned(_)), "{committed:?}");
}

#[tokio::test]
async fn the_head_is_cosigned_again_and_its_certificate_is_kept() {
    let world = World::begun(3).await;
    let made = world.make(1, &[policy_of(&world.nodes, 1).encode(chain())]);
    let acks = world.acks(&[0, 1, 2], 1, &made).await;
    let proof = proof_of(&made, acks);
    let mut certificate = proof.log_note.clone();
    for node in 0..3 {
        let Committed::Cosigned(line) = world.commit(node, &proof).await else {
            panic!("cosigned");
        };
        certificate += &line;
    }
    let old = world.first().checkpoint().await.unwrap().unwrap();
    assert!(old.starts_with(&proof.log_note), "{old}");
    world.clock.advance(60_000);
    let beat = |certificate: String| {
        let node = world.nodes[0].clone();
        let heartbeat = Heartbeat {
            certificate,
            policies: Vec::new(),
        };
        async move { node.heartbeat(&heartbeat).await.unwrap() }
    };
    let Beaten::Cosigned(line) = beat(certificate.clone()).await else {
        panic!("cosigned");
    };
    assert!(!certificate.contains(&line), "a new time, a new line");
    let note = Note::parse((proof.log_note.clone() + &line).as_bytes()).unwrap();
    let quorum = world.first().view().quorum.clone().unwrap();
    let cosigned = quorum.text.cosigned(&note).unwrap();
    assert_eq!(cosigned[0].time_s, world.clock.now().0 / 1000);
    assert_eq!(
        world.first().checkpoint().await.unwrap(),
        Some(certificate.clone())
    );
    // Notes of another root or size, and one that the log has not signed.
    let other_root = proof_of(&world.make(1, &[vec![1]]), Vec::new());
    assert!(matches!(
        beat(other_root.log_note).await,
        Beaten::Invalid(_)
    ));
    let other_size = proof_of(&world.make(1, &[vec![1], vec![2]]), Vec::new());
    assert!(matches!(
        beat(other_size.log_note).await,
        Beaten::NotHead(_)
    ));
    let unsigned = certificate.replace("\u{2014} test", "\u{2014} west");
    assert!(matches!(beat(unsigned).await, Beaten::Invalid(_)));
}
