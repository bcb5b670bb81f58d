//! What the cleaning deletes, and above all what it keeps.

use crate::fixture::{
    ANN, BOB, DAY, HOUR, NOW, cert, decisions, input, job, node, on_both_databases,
};
use coordinator::store::{
    BlobRole, BlobUse, Decided, GcReport, INLINE_BYTES, JobAdded, JobEnd, OutputPlace,
    ProgramRecord, TaskLogRecord,
};
use shared::ids::{Digest, RequestNonce};
use shared::outcome::Outcome;
use shared::program::Prog;

on_both_databases! {
    async fn blobs_that_nothing_refers_to_are_deleted_after_an_hour(db) {
        let large = vec![3; 600_000];
        let (small, _) = db.upload(ANN, b"small").await;
        let (large, _) = db.upload(ANN, &large).await;
        let orphan = db.store.blob_put(b"of nobody", NOW).await.unwrap().sha256;
        assert_eq!(db.store.gc(NOW.plus(HOUR), 30).await.unwrap().blobs, 0);
        assert_eq!(db.store.gc(NOW.plus(HOUR + 1), 30).await.unwrap().blobs, 3);
        for sha256 in [small, large, orphan] {
            assert_eq!(db.store.blob_info(sha256).await.unwrap(), None);
            assert!(!db.store.blob_is_owned(ANN, sha256).await.unwrap());
        }
        assert_eq!(db.count("SELECT COUNT(*) FROM blob_pieces").await, 0);
        assert_eq!(db.store.blob_unreferenced_usage(ANN).await.unwrap().count, 0);
    }

    async fn a_blob_stays_with_its_other_owner_and_becomes_young_when_sent_again(db) {
        let (shared, _) = db.upload(ANN, b"shared").await;
        let (again, _) = db.upload(ANN, b"again").await;
        let leaves = db.store.blob_put(b"of nobody", NOW).await.unwrap().sha256;
        let later = NOW.plus(HOUR);
        db.store.blob_put(b"of nobody", later).await.unwrap();
        db.store.blob_own(BOB, shared, 6, later).await.unwrap();
        db.store.blob_put(b"again", later).await.unwrap();
        db.store.blob_own(ANN, again, 5, later).await.unwrap();
        db.store.gc(NOW.plus(HOUR + 1), 30).await.unwrap();
        assert!(db.store.blob_info(leaves).await.unwrap().is_some());
        assert!(db.store.blob_info(shared).await.unwrap().is_some());
        assert!(!db.store.blob_is_owned(ANN, shared).await.unwrap());
        assert!(db.store.blob_is_owned(BOB, shared).await.unwrap());
        assert!(db.store.blob_is_owned(ANN, again).await.unwrap());
    }

    async fn blobs_of_programs_are_kept_for_ever(db) {
        let mut digests = Vec::new();
        for bytes in [&b"original"[..], b"module", b"manifest"] {
            digests.push(db.store.blob_put(bytes, NOW).await.unwrap().sha256);
        }
        let program = ProgramRecord {
            prog: Prog {
                name: "wordcount".to_owned(),
                version: "1.0.0".to_owned(),
                publisher_key: ANN,
                original_sha256: digests[0],
                module_sha256: digests[1],
                manifest_sha256: digests[2],
                rewriter: 1,
            },
            signed: Vec::new(),
            manifest: b"manifest".to_vec(),
            module_len: 6,
            added_at_ms: NOW,
            index: None,
            refused: None,
        };
        db.store.program_add(&db.lease().await, &program).await.unwrap();
        assert_eq!(db.store.gc(NOW.plus(999 * DAY), 30).await.unwrap().blobs, 0);
    }

    async fn what_a_job_needs_is_kept_until_keep_days_after_its_end(db) {
        let (lease, new) = (db.lease().await, job(ANN, "job", 2));
        let (chunk, _) = db.upload(ANN, b"input").await;
        let (common, _) = db.upload(ANN, b"common").await;
        let leaves = db.store.blob_put(b"leaves", NOW).await.unwrap().sha256;
        let uses = [
            input(chunk),
            BlobUse { sha256: common, role: BlobRole::Common },
            BlobUse { sha256: leaves, role: BlobRole::Leaves },
        ];
        db.store.job_add(&new, &uses).await.unwrap();
        db.begin(new.id).await;
        let body = vec![9; INLINE_BYTES + 1];
        let large = db.store.blob_put(&body, NOW).await.unwrap().sha256;
        let mut big = cert(new.id, 0, &body);
        let Decided::Cert { output, .. } = &mut big.decided else { panic!() };
        *output = OutputPlace::Blob;
        let mut small = cert(new.id, 1, b"small output");
        small.logs = vec![TaskLogRecord {
            node_key: node(1),
            attempt: 1,
            seat: 0,
            outcome: Outcome::ok(b"small output", 5),
            stderr: b"log".to_vec(),
        }];
        db.store.commit_decisions(&lease, &decisions([big, small]), NOW).await.unwrap();
        let small = Digest::of(b"small output");
        let all = [chunk, common, leaves, large, small];

        db.store.gc(NOW.plus(999 * DAY), 30).await.unwrap();
        for sha256 in all {
            assert!(db.store.blob_info(sha256).await.unwrap().is_some(), "while it runs");
        }
        db.end(new.id, JobEnd::Complete).await;
        assert_eq!(db.store.gc(NOW.plus(30 * DAY), 30).await.unwrap().jobs, 0);
        for sha256 in all {
            assert!(db.store.blob_info(sha256).await.unwrap().is_some(), "30 days");
        }
        let report = db.store.gc(NOW.plus(30 * DAY + 1), 30).await.unwrap();
        assert_eq!((report.jobs, report.blobs), (1, 4));
        for sha256 in all {
            assert_eq!(db.store.blob_info(sha256).await.unwrap(), None);
        }
        let record = db.store.job_get(new.id).await.unwrap().unwrap();
        assert!(record.blobs_deleted);
        let decided = db.store.decisions_after(new.id, None, 10, true).await.unwrap().items;
        assert_eq!(decided.len(), 2, "certificates are never deleted");
        assert!(decided.iter().all(|one| one.output.is_none() && one.outcome.is_some()));
        assert_eq!(db.store.task_logs(new.id, 1).await.unwrap(), []);
        assert_eq!(db.store.gc(NOW.plus(31 * DAY), 30).await.unwrap(), GcReport::default());
    }

    async fn an_input_of_two_jobs_stays_until_the_second_is_old(db) {
        let (chunk, _) = db.upload(ANN, b"input").await;
        let (old, young) = (job(ANN, "old", 1), job(ANN, "young", 1));
        for new in [&old, &young] {
            db.store.job_add(new, &[input(chunk)]).await.unwrap();
        }
        db.end(old.id, JobEnd::Stopped).await;
        db.store.gc(NOW.plus(31 * DAY), 30).await.unwrap();
        assert!(db.store.job_get(old.id).await.unwrap().unwrap().blobs_deleted);
        assert!(db.store.job_has_all_inputs(young.id).await.unwrap());
        assert!(db.store.blob_info(chunk).await.unwrap().is_some());
        assert_eq!(db.store.blob_unreferenced_usage(ANN).await.unwrap().count, 0);
    }

    async fn a_submission_that_broke_off_is_forgotten_with_its_blobs(db) {
        let new = job(ANN, "job", 1);
        db.store.job_add(&new, &[input(Digest::of(b"input"))]).await.unwrap();
        // As a crash between listing the blobs and the last step leaves it.
        db.execute("UPDATE jobs SET state = 'receiving', last_seq = 0").await;
        db.execute("DELETE FROM events").await;
        assert_eq!(db.store.job_get(new.id).await.unwrap(), None);
        assert_eq!(db.store.job_add(&new, &[]).await.unwrap(), JobAdded::New, "it goes on");
        assert_eq!(db.store.job_missing_total(new.id).await.unwrap(), 1);
        db.execute("UPDATE jobs SET state = 'receiving'").await;
        db.store.gc(NOW.plus(HOUR + 1), 30).await.unwrap();
        assert_eq!(db.count("SELECT COUNT(*) FROM jobs").await, 0);
        assert_eq!(db.count("SELECT COUNT(*) FROM job_blobs").await, 0);
    }

    async fn nonces_are_forgotten_after_five_minutes(db) {
        let nonce = RequestNonce([5; 16]);
        db.store.http_nonce_use(ANN, nonce, NOW).await.unwrap();
        assert_eq!(db.store.gc(NOW.plus(300_000), 30).await.unwrap().nonces, 0);
        assert!(!db.store.http_nonce_use(ANN, nonce, NOW).await.unwrap());
        assert_eq!(db.store.gc(NOW.plus(300_001), 30).await.unwrap().nonces, 1);
    }

    async fn cleaning_while_jobs_are_posted_never_takes_a_job_its_inputs(db) {
        let later = NOW.plus(HOUR + 1);
        for round in 0..10_u8 {
            let (chunk, _) = db.upload(ANN, &[round]).await;
            let mut new = job(ANN, &format!("job {round}"), 1);
            new.created_at_ms = later;
            let uses = [input(chunk)];
            let (added, cleaned) = tokio::join!(db.store.job_add(&new, &uses), db.store.gc(later, 30));
            added.unwrap();
            cleaned.unwrap();
            let complete = db.store.job_has_all_inputs(new.id).await.unwrap();
            let there = db.store.blob_info(chunk).await.unwrap().is_some();
            assert!(!complete || there, "round {round}: complete, but the input is gone");
        }
    }
}
