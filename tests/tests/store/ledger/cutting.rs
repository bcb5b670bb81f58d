//! The queue, and the blocks that are cut from it.

use crate::fixture::{ANN, Database, NOW, cert, decisions, fail, job, on_both_databases, program};
use coordinator::store::{
    CutEntry, Decided, EntryKind, INLINE_BYTES, JobEnd, Lease, NewBlock, OutputPlace, QueuedFact,
    StoreError,
};
use shared::ids::Digest;
use shared::outcome::{Outcome, Status};
use std::time::Duration;
use tests::playing_sealer;

fn block(height: u64, epoch: u64) -> NewBlock {
    let header = format!("header {height} of epoch {epoch}").into_bytes();
    NewBlock {
        height,
        epoch,
        first_index: height * 10,
        size: height * 10 + 10,
        header_hash: Digest::of(&header),
        header,
        at_ms: NOW,
        roots: Vec::new(),
    }
}

fn whole(num: i64) -> CutEntry {
    CutEntry { num, body: None }
}

async fn nums(db: &Database) -> Vec<i64> {
    let queued = db.store.ledger_uncut(1000, u64::MAX).await.unwrap();
    queued.into_iter().map(|one| one.num).collect()
}

/// A program, a job that runs it, three decided tasks of which the last has an output of its own blob, and its end.
async fn full_queue(db: &Database) -> Lease {
    let lease = db.lease().await;
    db.store.blob_put(b"module", NOW).await.unwrap();
    let program = program(ANN, "wordcount", "1.0.0", b"module");
    db.store.program_add(&lease, &program).await.unwrap();
    let mut new = job(ANN, "job", 3);
    let leaves = db.store.blob_put(&[7; 120], NOW).await.unwrap().sha256;
    new.leaves_sha256 = Some(leaves);
    db.store.job_add(&new, &[]).await.unwrap();
    db.store.job_begin(&lease, new.id, NOW).await.unwrap();
    let queued = db.store.ledger_uncut(1000, u64::MAX).await.unwrap();
    let [prog, job] = &queued[..] else {
        panic!("{queued:?}")
    };
    let version = "1.0.0".to_owned();
    let name = "wordcount".to_owned();
    assert_eq!(prog.fact, QueuedFact::Prog { name, version });
    assert_eq!(prog.body, b"signed");
    let lens: Vec<_> = prog.blobs.iter().map(|blob| blob.len).collect();
    assert_eq!(
        lens,
        [6, 2],
        "the module, which is the original too, and the manifest"
    );
    let leaves_sha256 = Some(leaves);
    assert_eq!(
        job.fact,
        QueuedFact::Job {
            job: new.id,
            leaves_sha256
        }
    );
    assert_eq!((&job.body[..], job.blobs[0].len), (&b"signed job"[..], 120));
    db.store_all().await;
    let body = vec![5; INLINE_BYTES + 1];
    db.store.blob_put(&body, NOW).await.unwrap();
    let mut large = cert(new.id, 1, &body);
    let Decided::Cert { output, .. } = &mut large.decided else {
        panic!()
    };
    *output = OutputPlace::Blob;
    let mut trapped = cert(new.id, 0, b"");
    let Decided::Cert { outcome, .. } = &mut trapped.decided else {
        panic!()
    };
    *outcome = Outcome::failed(Status::Trap, 1);
    let commit = decisions([cert(new.id, 2, b"small"), large, trapped]);
    db.store
        .commit_decisions(&lease, &commit, NOW)
        .await
        .unwrap();
    let end = JobEnd::Complete;
    db.store
        .job_close(&lease, new.id, &end, None, NOW)
        .await
        .unwrap();
    lease
}

on_both_databases! {
    async fn entries_are_queued_in_their_order_with_bytes_and_blobs(db) {
        full_queue(&db).await;
        let queued = db.store.ledger_uncut(1000, u64::MAX).await.unwrap();
        let [small, large, trapped, done] = &queued[..] else { panic!("{queued:?}") };
        let job = job(ANN, "job", 3).id;
        assert_eq!(small.fact, QueuedFact::Cert { job, task: 2 });
        assert_eq!((&small.body[..], small.blobs.len()), (&b"cert of 2"[..], 1));
        assert_eq!(small.blobs[0].bytes.as_deref(), Some(&b"small"[..]));
        assert_eq!(large.fact, QueuedFact::Cert { job, task: 1 });
        assert_eq!((large.blobs[0].len, &large.blobs[0].bytes), (INLINE_BYTES as u64 + 1, &None));
        assert_eq!((&trapped.body[..], &trapped.blobs[..]), (&b"cert of 0"[..], &[][..]));
        let (end, accepted, failed) = (JobEnd::Complete, 2, 1);
        assert_eq!(done.fact, QueuedFact::Done { job, end, accepted, failed });
        assert_eq!(done.body, b"");
        assert_eq!(db.store.ledger_unsealed().await.unwrap(), 3);
    }

    async fn a_block_takes_entries_until_it_is_full_and_one_at_least(db) {
        full_queue(&db).await;
        let count = async |entries, bytes| db.store.ledger_uncut(entries, bytes).await.unwrap().len();
        assert_eq!(count(2, u64::MAX).await, 2);
        let small = b"cert of 2".len() as u64 + b"small".len() as u64;
        assert_eq!(count(1000, 1).await, 1);
        assert_eq!(count(1000, small).await, 1);
        let large = small + b"cert of 1".len() as u64 + INLINE_BYTES as u64 + 1;
        assert_eq!(count(1000, large - 1).await, 1, "what is large gets a block of its own");
        assert_eq!(count(1000, large).await, 2);
    }

    async fn what_is_cut_reads_back_as_it_was_cut_and_is_cut_once(db) {
        let lease = full_queue(&db).await;
        let nums = nums(&db).await;
        let done = CutEntry { num: nums[3], body: Some(b"done".to_vec()) };
        let cut = [whole(nums[0]), whole(nums[1]), done];
        let seven = block(7, 1);
        db.store.ledger_cut(&lease, &seven, &cut).await.unwrap();
        let entries = db.store.ledger_block_entries(7).await.unwrap();
        let bodies: Vec<_> = entries.iter().map(|one| &one.body[..]).collect();
        assert_eq!(bodies, [&b"cert of 2"[..], b"cert of 1", b"done"]);
        let left = db.store.ledger_uncut(1000, u64::MAX).await.unwrap();
        assert_eq!(left.iter().map(|one| one.num).collect::<Vec<_>>(), [nums[2]]);
        let again = db.store.ledger_cut(&lease, &block(8, 1), &[whole(nums[0])]).await;
        assert!(matches!(again.unwrap_err(), StoreError::NotQueued));
        assert_eq!(db.store.ledger_block(8).await.unwrap(), None, "all or nothing");
        let last = db.store.ledger_last_cut().await.unwrap().unwrap();
        assert_eq!((last.block, last.certificate), (seven, None));
        assert_eq!(db.store.ledger_unsealed().await.unwrap(), 3, "cut is not stored");
    }

    async fn a_block_that_is_not_stored_is_taken_apart_or_cut_anew(db) {
        let lease = full_queue(&db).await;
        let nums = nums(&db).await;
        let done = CutEntry { num: nums[3], body: Some(b"done".to_vec()) };
        db.store.ledger_cut(&lease, &block(7, 1), &[whole(nums[0]), done]).await.unwrap();
        db.store.ledger_cut(&lease, &block(7, 2), &[whole(nums[1])]).await.unwrap();
        assert_eq!(db.store.ledger_block(7).await.unwrap().unwrap().block.epoch, 2);
        let free = db.store.ledger_uncut(1000, u64::MAX).await.unwrap();
        assert_eq!(free.iter().map(|one| one.num).collect::<Vec<_>>(), [nums[0], nums[2], nums[3]]);
        assert_eq!(free[2].body, b"", "the counts of a Done may change");
        db.store.ledger_uncut_block(&lease, 7).await.unwrap();
        assert_eq!(self::nums(&db).await, nums);
        assert_eq!(db.store.ledger_block(7).await.unwrap(), None);
        let again = db.store.ledger_uncut_block(&lease, 7).await.unwrap_err();
        assert!(matches!(again, StoreError::BlockStored(7)));
    }

    async fn other_entries_are_queued_with_their_own_bytes(db) {
        let lease = db.lease().await;
        db.store.ledger_add(&lease, EntryKind::Ban, b"ban").await.unwrap();
        let queued = db.store.ledger_uncut(1000, u64::MAX).await.unwrap();
        assert_eq!(queued[0].fact, QueuedFact::Other(EntryKind::Ban));
        assert_eq!(queued[0].body, b"ban");
        db.store.ledger_cut(&lease, &block(0, 1), &[whole(queued[0].num)]).await.unwrap();
        db.store.ledger_uncut_block(&lease, 0).await.unwrap();
        let queued = db.store.ledger_uncut(1000, u64::MAX).await.unwrap();
        assert_eq!(queued[0].body, b"ban", "only the bytes of a Done are made anew");
    }

    async fn whoever_cuts_blocks_is_woken_by_what_is_queued(db) {
        let lease = db.lease().await;
        let long = Duration::from_secs(30);
        db.store.ledger_add(&lease, EntryKind::Ban, b"ban").await.unwrap();
        tokio::time::timeout(long, db.store.ledger_queue_grew()).await.unwrap();
        let waits = tokio::time::timeout(long, db.store.ledger_queue_grew());
        let add = db.store.ledger_add(&lease, EntryKind::Ban, b"ban");
        let (woken, added) = tokio::join!(waits, add);
        added.unwrap();
        woken.unwrap();
    }

    async fn whoever_lost_the_lease_writes_nothing_of_the_ledger(db) {
        let stale = full_queue(&db).await;
        let (block, entries) = playing_sealer::cut(&db.store, &stale, NOW).await.unwrap();
        let later = NOW.plus(60_000);
        db.store.lease_take("leader", "other", later, 1000).await.unwrap().unwrap();
        let uploading = job(ANN, "uploading", 1);
        db.store.job_add(&uploading, &[]).await.unwrap();
        let job = job(ANN, "job", 3).id;
        let new = program(ANN, "new", "1.0.0", b"module");
        let store = &db.store;
        let height = block.height;
        let refused = [
            store.program_add(&stale, &new).await.map(drop),
            store.job_begin(&stale, uploading.id, NOW).await.map(drop),
            store.job_close(&stale, job, &JobEnd::Stopped, None, NOW).await.map(drop),
            store.ledger_add(&stale, EntryKind::Ban, b"ban").await,
            store.ledger_propose(&stale, 1, b"policy").await.map(drop),
            store.ledger_withdraw_proposal(&stale).await.map(drop),
            store.ledger_cut(&stale, &block, &[]).await,
            store.ledger_uncut_block(&stale, height).await,
            store.ledger_stored(&stale, height, &entries, "", NOW).await.map(drop),
            store.ledger_drop(&stale, entries[0].0, "rule", NOW).await.map(drop),
            store.commit_decisions(&stale, &decisions([fail(job, 0, "")]), NOW).await.map(drop),
        ];
        for (at, one) in refused.into_iter().enumerate() {
            assert!(matches!(one, Err(StoreError::Fenced)), "call {at}: {one:?}");
        }
        assert_eq!(db.store.ledger_block_entries(height).await.unwrap().len(), 4);
    }
}
