//! What is kept and for how long: inputs until the job's Done, outputs some days longer, the rest for good.

use super::world::{World, cert, chain, chunk_job, job, prog};
use crate::storage::Cleaned;
use crate::storage::wire::LeafList;
use bytes::Bytes;
use shared::codec::Canonical as _;
use shared::ids::Digest;
use shared::job::Job;
use shared::ledger::done::{Done, DoneReason};
use shared::ledger::fixture;

const DAY_MS: u64 = 24 * 3600 * 1000;

fn done(job: &Job, accepted: u32) -> Vec<u8> {
    let done = Done {
        job_id: fixture::id_of(job),
        accepted,
        failed: 0,
        reason: DoneReason::Stopped,
        cancel: Vec::new(),
    };
    done.encode(chain())
}

async fn put(world: &World, bytes: &'static [u8]) -> Digest {
    let sha256 = Digest::of(bytes);
    let stream = Box::pin(futures_util::stream::once(async {
        Ok(Bytes::from_static(bytes))
    }));
    world.first().blob_put(sha256, stream).await.unwrap();
    sha256
}

async fn has(world: &World, sha256: Digest) -> bool {
    world
        .first()
        .missing_blobs(&[sha256])
        .await
        .unwrap()
        .is_empty()
}

#[tokio::test]
async fn outputs_go_some_days_after_the_jobs_end_and_modules_never() {
    let mut world = World::with_job(1).await;
    world.add(1, &[cert(0), cert(1)]).await;
    let output = Digest::of(&[0]);
    world.clock.advance(50 * DAY_MS);
    assert_eq!(world.first().clean(7).await.unwrap(), Cleaned::default());
    assert!(has(&world, output).await);
    world.add(1, &[done(&job(), 2)]).await;
    world.clock.advance(6 * DAY_MS);
    world.first().clean(7).await.unwrap();
    assert!(has(&world, output).await);
    world.clock.advance(2 * DAY_MS);
    let cleaned = world.first().clean(7).await.unwrap();
    assert_eq!((cleaned.expired_tasks, cleaned.blobs), (2, 1));
    assert!(!has(&world, output).await);
    assert!(has(&world, prog().module_sha256).await);
    assert!(has(&world, Digest::of(b"manifest")).await);
    assert_eq!(world.first().clean(7).await.unwrap(), Cleaned::default());
}

#[tokio::test]
async fn an_output_that_another_job_names_too_stays_with_that_job() {
    let mut world = World::with_job(1).await;
    let mut other = job();
    other.nonce = shared::ids::JobNonce([9; 16]);
    world.add(1, &[fixture::job_entry(&other)]).await;
    let of_other = fixture::cert(&other, 0, &[0, 0, 0]).encode(chain());
    world.add(1, &[cert(0), of_other, done(&job(), 1)]).await;
    world.clock.advance(30 * DAY_MS);
    assert_eq!(world.first().clean(7).await.unwrap().expired_tasks, 1);
    assert!(has(&world, Digest::of(&[0])).await);
    world.add(1, &[done(&other, 1)]).await;
    world.clock.advance(30 * DAY_MS);
    assert_eq!(world.first().clean(7).await.unwrap().blobs, 1);
    assert!(!has(&world, Digest::of(&[0])).await);
}

#[tokio::test]
async fn inputs_stay_until_the_jobs_end_and_what_nothing_names_for_a_day() {
    let mut world = World::with_program(1).await;
    let (job, list) = chunk_job();
    let list_name = Digest::of(&list);
    world.leaf_lists = vec![LeafList {
        input_root: job.input_root,
        sha256: list_name,
    }];
    world.blobs = vec![list];
    world.add(1, &[fixture::job_entry(&job)]).await;
    let input = put(&world, b"two").await;
    let stray = put(&world, b"stray").await;
    world.first().clean(7).await.unwrap();
    assert!(has(&world, stray).await);
    world.clock.advance(2 * DAY_MS);
    assert_eq!(world.first().clean(7).await.unwrap().blobs, 1);
    assert!(has(&world, input).await && !has(&world, stray).await);
    world.add(1, &[done(&job, 0)]).await;
    assert_eq!(world.first().clean(7).await.unwrap().blobs, 1);
    assert!(!has(&world, input).await);
    assert!(has(&world, list_name).await);
}

#[tokio::test]
async fn what_the_accepted_block_names_stays() {
    let mut world = World::with_job(1).await;
    let made = world.make(1, &[cert(0)]);
    let acks = world.acks(&[0], 1, &made).await;
    world.clock.advance(40 * DAY_MS);
    world.restart(0).await;
    assert_eq!(world.first().clean(7).await.unwrap().blobs, 0);
    let committed = world.commit(0, &super::world::proof_of(&made, acks)).await;
    assert!(matches!(
        committed,
        crate::storage::wire::Committed::Cosigned(_)
    ));
    assert!(has(&world, Digest::of(&[0])).await);
}

#[tokio::test]
async fn a_leaf_list_whose_block_never_came_is_asked_for_again() {
    let mut world = World::with_program(1).await;
    let (job, list) = chunk_job();
    let name = LeafList {
        input_root: job.input_root,
        sha256: Digest::of(&list),
    };
    world.leaf_lists = vec![name];
    world.blobs = vec![list];
    // The list is noted, and then the block is refused.
    let bad = world.make(1, &[fixture::job_entry(&job), cert(0)]);
    world.append(0, 1, &bad).await;
    assert!(has(&world, name.sha256).await);
    world.clock.advance(2 * DAY_MS);
    world.first().clean(7).await.unwrap();
    assert!(!has(&world, name.sha256).await);
    world.add(1, &[fixture::job_entry(&job)]).await;
    assert!(has(&world, name.sha256).await);
}
