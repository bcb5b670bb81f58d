//! Torn and flipped bytes are noticed, and what is handed out always matches its hash.

use super::world::{World, cert, open, proof_of, settings};
use crate::data_dir::DataDir;
use crate::signatures::SignatureMemory;
use crate::storage::wire::{Appended, Refusal};
use crate::storage::{StorageError, StorageNode};
use shared::ids::Digest;
use sqlx::{ConnectOptions as _, Connection as _};
use std::sync::Arc;

/// Changes rows of the database behind the node's back.
pub(super) async fn behind_its_back(world: &World, sql: &'static str) {
    assert!(change(world, sql).await > 0, "{sql}");
}

pub(super) async fn change(world: &World, sql: &'static str) -> u64 {
    change_of(world, 0, sql).await
}

pub(super) async fn change_of(world: &World, node: usize, sql: &'static str) -> u64 {
    let directory = world.folder.0.join(format!("s{}", node + 1));
    let file = directory.join("storage.sqlite");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    let mut connection = options.connect().await.unwrap();
    let done = sqlx::query(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    done.rows_affected()
}

/// Flips the last bit of the body of this block's first entry but keeps its length.
pub(super) const FLIP_BLOCK_3: &str = "UPDATE block_bodies SET body = \
     substr(body, 1, 100) || CAST(x'ff' AS BLOB) || substr(body, 102) WHERE height = 3";

#[tokio::test]
async fn a_flipped_byte_in_a_committed_block_is_never_handed_out() {
    let mut world = World::with_job(1).await;
    world.add(1, &[cert(0)]).await;
    world.add(1, &[cert(1)]).await;
    let first = world.tip.size() - 4;
    let node = world.first();
    assert!(node.entries(first, 1).await.unwrap().is_some());
    behind_its_back(&world, FLIP_BLOCK_3).await;
    for damaged in [
        node.entries(first, 1).await.map(|_| ()),
        node.block(3).await.map(|_| ()),
        node.blocks(3).await.map(|_| ()),
    ] {
        assert!(
            matches!(damaged, Err(StorageError::Damaged { .. })),
            "{damaged:?}"
        );
    }
    // Everything else goes on.
    assert!(node.block(4).await.unwrap().is_some());
    world.restart(0).await;
    world.add(1, &[cert(2)]).await;
}

#[tokio::test]
async fn a_damaged_blob_is_not_handed_out() {
    let world = World::with_program(1).await;
    let module = super::world::prog().module_sha256;
    assert!(world.first().blob_bytes(module).await.unwrap().is_some());
    behind_its_back(
        &world,
        "UPDATE blobs SET body = CAST('originaX' AS BLOB) WHERE body = CAST('original' AS BLOB)",
    )
    .await;
    let read = world.first().blob_bytes(module).await;
    assert!(
        matches!(read, Err(StorageError::Damaged { .. })),
        "{read:?}"
    );
}

#[tokio::test]
async fn keys_without_a_database_mean_that_the_node_was_wiped_and_counts_for_nobody() {
    let mut world = World::with_job(1).await;
    world.first().close().await;
    let key = world.first().ack_key();
    world.nodes.clear();
    for file in ["storage.sqlite", "storage.sqlite-wal", "storage.sqlite-shm"] {
        let _ = std::fs::remove_file(world.folder.0.join("s1").join(file));
    }
    let node = open(settings(&world.folder, 1), &world.clock).await;
    let identity = node.identity();
    assert!(identity.wiped);
    assert_eq!(identity.ack_key, key);
    world.nodes = vec![node];
    let prepare = crate::storage::wire::Prepare {
        ballot: 9,
        policy: Some(shared::codec::Canonical::encode(
            &world.policy,
            super::world::chain(),
        )),
    };
    let refused = world.first().prepare(prepare.clone()).await;
    assert!(
        matches!(refused, Err(StorageError::Refused(Refusal::Wiped))),
        "{refused:?}"
    );
    world.restart(0).await;
    let refused = world.first().prepare(prepare).await;
    assert!(
        matches!(refused, Err(StorageError::Refused(Refusal::Wiped))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_database_without_its_keys_is_refused_with_what_to_do() {
    let world = World::begun(1).await;
    world.first().close().await;
    let directory = world.folder.0.join("s1");
    std::fs::remove_file(directory.join("keys/ack.key")).unwrap();
    let settings = settings(&world.folder, 1);
    let clock = world.clock.clone();
    drop(world.nodes.into_iter().collect::<Vec<_>>());
    let opened = StorageNode::open(settings, clock, Arc::new(SignatureMemory::default())).await;
    let error = opened.unwrap_err().to_string();
    assert!(error.contains("keys are missing"), "{error}");
}

#[tokio::test]
async fn one_process_holds_a_node() {
    let world = World::new(1).await;
    let error = DataDir::open(&world.folder.0.join("s1")).unwrap_err();
    assert!(
        error.to_string().contains("another manyhands process"),
        "{error}"
    );
}

#[tokio::test]
async fn a_block_that_cannot_be_written_whole_leaves_no_trace() {
    let mut world = World::with_job(1).await;
    let made = world.make(1, &[cert(0)]);
    let full = "CREATE TRIGGER full BEFORE INSERT ON block_bodies BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    change(&world, full).await;
    let failed = world
        .first()
        .append(Arc::new(world.message(5, &made)))
        .await;
    assert!(
        matches!(failed, Err(StorageError::Database(_))),
        "{failed:?}"
    );
    change(&world, "DROP TRIGGER full").await;
    // Neither the block nor the promise of its ballot is there, in memory or after a restart.
    for _ in 0..2 {
        let prepared = world.prepare(0, 2).await;
        assert_eq!((prepared.promised, prepared.accepted), (2, None));
        world.restart(0).await;
    }
    assert_eq!(
        world
            .first()
            .missing_blobs(&[Digest::of(&[0])])
            .await
            .unwrap()
            .len(),
        1
    );
    // The same in the middle of a commit.
    let acks = world.acks(&[0], 5, &made).await;
    let proof = proof_of(&made, acks);
    let full = "CREATE TRIGGER full BEFORE INSERT ON tasks BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    change(&world, full).await;
    let failed = world.first().commit(&proof).await;
    assert!(
        matches!(failed, Err(StorageError::Database(_))),
        "{failed:?}"
    );
    change(&world, "DROP TRIGGER full").await;
    assert_eq!(world.first().identity().place.next_height, 3);
    let committed = world.commit(0, &proof).await;
    assert!(matches!(
        committed,
        crate::storage::wire::Committed::Cosigned(_)
    ));
    assert_eq!(world.first().identity().place.next_height, 4);
}

#[tokio::test]
async fn whoever_goes_away_in_the_middle_of_a_commit_leaves_the_node_in_order() {
    let mut world = World::with_program(1).await;
    for polls in 0..60 {
        let mut prog = super::world::prog();
        prog.version = format!("2.0.{polls}");
        let prog = shared::ledger::fixture::prog_entry(&prog);
        let made = world.make(1, &[prog]);
        let acks = world.acks(&[0], 1, &made).await;
        let proof = proof_of(&made, acks);
        poll_some(polls, world.first().commit(&proof)).await;
        let committed = world.commit(0, &proof).await;
        assert!(
            matches!(committed, crate::storage::wire::Committed::Cosigned(_)),
            "{polls}: {committed:?}"
        );
        world.go_on(&made);
    }
}

/// Goes away from what it does after a number of steps.
async fn poll_some<T>(polls: usize, doing: impl Future<Output = T>) -> Option<T> {
    let mut doing = Box::pin(doing);
    let mut left = polls;
    std::future::poll_fn(|context| {
        if left == 0 {
            return std::task::Poll::Ready(None);
        }
        left -= 1;
        doing.as_mut().poll(context).map(Some)
    })
    .await
}

#[tokio::test]
async fn whoever_goes_away_in_the_middle_of_an_append_leaves_the_node_in_order() {
    let world = World::with_job(1).await;
    let made = world.make(1, &[cert(0), cert(1), cert(2)]);
    for polls in 0..200 {
        let append = world.first().append(Arc::new(world.message(1, &made)));
        let ended = poll_some(polls, append).await;
        if let Some(ended) = ended {
            assert!(matches!(ended.unwrap(), Appended::Ack(_)));
        }
    }
    let acks = world.acks(&[0], 1, &made).await;
    let committed = world.commit(0, &proof_of(&made, acks)).await;
    assert!(matches!(
        committed,
        crate::storage::wire::Committed::Cosigned(_)
    ));
}
