//! Promises: a stale ballot is refused, a higher one replaces what is only accepted, and nothing replaces what is committed,
//! not even across a restart.

use super::world::{World, ack_by, chain, prog, proof_of};
use crate::storage::wire::{Appended, Committed};
use shared::crypto::SecretKey;
use shared::ledger::ack::Ack;
use shared::ledger::fixture;

fn entry() -> Vec<Vec<u8>> {
    vec![fixture::prog_entry(&prog())]
}

#[tokio::test]
async fn a_lower_ballot_than_the_promised_one_is_refused_also_after_a_restart() {
    let mut world = World::with_job(1).await;
    let made = world.make(1, &[super::world::cert(0)]);
    world.prepare_all(7).await;
    assert_eq!(
        world.append(0, 6, &made).await,
        Appended::StaleBallot { promised: 7 }
    );
    world.restart(0).await;
    assert_eq!(world.prepare(0, 5).await.promised, 7);
    assert_eq!(
        world.append(0, 6, &made).await,
        Appended::StaleBallot { promised: 7 }
    );
    assert!(matches!(world.append(0, 7, &made).await, Appended::Ack(_)));
}

#[tokio::test]
async fn an_append_at_a_higher_ballot_is_a_promise_too() {
    let mut world = World::with_job(1).await;
    let made = world.make(1, &[super::world::cert(0)]);
    assert!(matches!(world.append(0, 9, &made).await, Appended::Ack(_)));
    world.restart(0).await;
    assert_eq!(
        world.append(0, 8, &made).await,
        Appended::StaleBallot { promised: 9 }
    );
}

#[tokio::test]
async fn a_higher_ballot_replaces_the_accepted_block_and_the_same_ballot_does_not() {
    let mut world = World::begun(1).await;
    world.blobs = vec![b"original".to_vec(), b"manifest".to_vec()];
    let first = world.make(1, &entry());
    world.clock.advance(1);
    let second = world.make(2, &entry());
    assert!(matches!(world.append(0, 2, &first).await, Appended::Ack(_)));
    let refused = world.append(0, 2, &second).await;
    let Appended::Broken { entry: 1, rule } = refused else {
        panic!("{refused:?}");
    };
    assert!(rule.starts_with("rule ballot:"), "{rule}");
    let Appended::Ack(ack) = world.append(0, 3, &second).await else {
        panic!("an ack");
    };
    let accepted = world.prepare(0, 4).await.accepted.unwrap();
    assert_eq!((accepted.ballot, &accepted.header), (3, &second.header));
    assert_eq!(accepted.entries, second.entries);
    // The replaced block cannot be committed any more, the new one can.
    let stale = proof_of(
        &first,
        vec![ack_by(&SecretKey::from_seed(&[9; 32]), 2, &first)],
    );
    assert!(matches!(
        world.commit(0, &stale).await,
        Committed::Unknown(_)
    ));
    let proof = proof_of(&second, vec![ack]);
    assert!(matches!(
        world.commit(0, &proof).await,
        Committed::Cosigned(_)
    ));
}

#[tokio::test]
async fn a_committed_block_is_never_replaced() {
    let mut world = World::begun(1).await;
    world.blobs = vec![b"original".to_vec(), b"manifest".to_vec()];
    let first = world.make(1, &entry());
    world.clock.advance(1);
    let other = world.make(2, &entry());
    let acks = world.acks(&[0], 1, &first).await;
    let proof = proof_of(&first, acks);
    world.commit(0, &proof).await;
    for ballot in [1, 2, 1000] {
        let Appended::NotNext { place, rule } = world.append(0, ballot, &other).await else {
            panic!("another block of a committed height is not next");
        };
        assert_eq!(place.next_height, 2);
        assert!(rule.starts_with("rule height:"), "{rule}");
    }
    let acks = vec![ack_by(&SecretKey::from_seed(&[9; 32]), 1000, &other)];
    let Committed::Invalid(rule) = world.commit(0, &proof_of(&other, acks)).await else {
        panic!("another block of a committed height is not committed");
    };
    assert!(rule.starts_with("rule committed:"), "{rule}");
    // The database itself refuses it too.
    let delete = sqlx::query("DELETE FROM blocks WHERE height = 1");
    let file = world.folder.0.join("s1/storage.sqlite");
    let pool = sqlx::SqlitePool::connect(&format!("sqlite:{}", file.display()))
        .await
        .unwrap();
    let refused = delete.execute(&pool).await.unwrap_err();
    assert!(refused.to_string().contains("never deleted"), "{refused}");
}

#[tokio::test]
async fn an_accepted_block_survives_a_restart_and_is_handed_to_the_next_leader_byte_for_byte() {
    let mut world = World::with_job(1).await;
    let made = world.make(1, &[super::world::cert(0), super::world::cert(1)]);
    let acks = world.acks(&[0], 1, &made).await;
    world.restart(0).await;
    let prepared = world.prepare(0, 2).await;
    let accepted = prepared.accepted.unwrap();
    assert_eq!(accepted.ballot, 1);
    assert_eq!(accepted.header, made.header);
    assert_eq!(accepted.entries, made.entries);
    let head = prepared.committed.unwrap();
    assert_eq!((head.height, head.size), (2, world.tip.size()));
    assert_eq!(head.proof.unwrap().height, 2);
    // The new leader takes it over at its own ballot.
    let Appended::Ack(again) = world.append(0, 2, &made).await else {
        panic!("an ack");
    };
    assert_eq!(Ack::decode_signed(chain(), &again).unwrap().ballot, 2);
    // The acks of the old ballot still commit it: it is the same block.
    let committed = world.commit(0, &proof_of(&made, acks)).await;
    assert!(matches!(committed, Committed::Cosigned(_)), "{committed:?}");
}

#[tokio::test]
async fn the_same_block_is_acknowledged_again_and_committed_with_the_same_line() {
    let mut world = World::with_job(1).await;
    let made = world.make(1, &[super::world::cert(0)]);
    let first = world.acks(&[0], 1, &made).await;
    let second = world.acks(&[0], 1, &made).await;
    assert_eq!(first, second);
    let proof = proof_of(&made, first);
    let line = world.commit(0, &proof).await;
    assert!(matches!(line, Committed::Cosigned(_)));
    world.clock.advance(60_000);
    assert_eq!(world.commit(0, &proof).await, line);
    world.restart(0).await;
    assert_eq!(world.commit(0, &proof).await, line);
}

#[tokio::test]
async fn a_block_is_committed_by_acks_of_a_quorum_at_one_ballot_only() {
    let world = World::with_job(3).await;
    let made = world.make(1, &[super::world::cert(0)]);
    let one = world.acks(&[0], 1, &made).await;
    let two = world.acks(&[1], 2, &made).await;
    let stranger = ack_by(&SecretKey::from_seed(&[9; 32]), 1, &made);
    let mut forged = one[0].clone();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    for (acks, words) in [
        (vec![], "0 of 2"),
        (one.clone(), "1 of 2"),
        (vec![one[0].clone(), one[0].clone()], "1 of 2"),
        (vec![one[0].clone(), two[0].clone()], "different ballots"),
        (vec![one[0].clone(), stranger], "no storage node"),
        (vec![one[0].clone(), forged], "does not verify"),
    ] {
        let Committed::Invalid(rule) = world.commit(0, &proof_of(&made, acks)).await else {
            panic!("{words}");
        };
        assert!(rule.starts_with("rule acks:"), "{rule}");
        assert!(rule.contains(words), "{rule}");
    }
    let acks = world.acks(&[0, 1], 2, &made).await;
    let committed = world.commit(2, &proof_of(&made, acks.clone())).await;
    assert!(matches!(committed, Committed::Unknown(_)), "{committed:?}");
    let committed = world.commit(0, &proof_of(&made, acks)).await;
    assert!(matches!(committed, Committed::Cosigned(_)), "{committed:?}");
}

#[tokio::test]
async fn a_checkpoint_of_another_root_size_or_key_is_not_cosigned() {
    let world = World::with_job(1).await;
    let made = world.make(1, &[super::world::cert(0)]);
    let other = world.make(1, &[super::world::cert(1)]);
    let acks = world.acks(&[0], 1, &made).await;
    let good = proof_of(&made, acks);
    let mut wrong_root = good.clone();
    wrong_root.log_note = proof_of(&other, Vec::new()).log_note;
    let mut unsigned = good.clone();
    unsigned.log_note = good.log_note.replace("\u{2014} ", "\u{2014} x");
    for proof in [wrong_root, unsigned] {
        let Committed::Invalid(rule) = world.commit(0, &proof).await else {
            panic!("not cosigned");
        };
        assert!(rule.starts_with("rule checkpoint:"), "{rule}");
    }
    assert!(matches!(
        world.commit(0, &good).await,
        Committed::Cosigned(_)
    ));
}

#[tokio::test]
async fn a_node_that_missed_the_commit_takes_it_with_the_next_block() {
    let mut world = World::with_job(3).await;
    let first = world.make(1, &[super::world::cert(0)]);
    let acks = world.acks(&[0, 1, 2], 1, &first).await;
    let proof = proof_of(&first, acks);
    world.go_on(&first);
    let second = world.make(1, &[super::world::cert(1)]);
    let mut append = world.message(1, &second);
    let place = world.first().identity().place;
    assert!(matches!(
        world.first().append(append.clone().into()).await.unwrap(),
        Appended::NotNext { place: found, .. } if found == place
    ));
    append.previous = Some(proof);
    let appended = world.first().append(append.into()).await.unwrap();
    assert!(matches!(appended, Appended::Ack(_)), "{appended:?}");
    assert_eq!(world.first().identity().place.next_height, 4);
}
