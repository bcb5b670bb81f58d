//! What is taken back with an entry that the storage nodes refuse.

use crate::fixture::{ANN, Database, NOW, cert, decisions, fail, job, on_both_databases, program};
use coordinator::store::{Dropped, EntryKind, JobEnd, JobStage, ProgramAdded};
use shared::api::events::JobEvent;
use shared::api::jobs::AttemptReason;
use shared::ids::{Digest, JobId};

/// Drops the queued entry of this place.
async fn drop_at(db: &Database, at: usize) -> Dropped {
    let queued = db.store.ledger_uncut(100, u64::MAX).await.unwrap();
    let (lease, num) = (db.lease().await, queued[at].num);
    let dropped = db
        .store
        .ledger_drop(&lease, num, "seat used twice", NOW)
        .await
        .unwrap();
    let again = db
        .store
        .ledger_drop(&lease, num, "seat used twice", NOW)
        .await
        .unwrap();
    assert_eq!(again, None);
    dropped.unwrap()
}

async fn queued(db: &Database) -> usize {
    db.store.ledger_uncut(100, u64::MAX).await.unwrap().len()
}

async fn stage_and_reason(db: &Database, job: JobId) -> (JobStage, Option<String>) {
    let record = db.store.job_get(job).await.unwrap().unwrap();
    (record.stage, record.reason)
}

on_both_databases! {
    async fn a_task_whose_certificate_is_refused_runs_again_and_so_does_its_job(db) {
        let (lease, job) = (db.lease().await, db.running_job("job", 2).await);
        let commit = decisions([cert(job, 0, b"x"), fail(job, 1, "no majority")]);
        db.store.commit_decisions(&lease, &commit, NOW).await.unwrap();
        db.store.job_close(&lease, job, &JobEnd::Complete, None, NOW).await.unwrap();
        assert_eq!(queued(&db).await, 3);
        assert_eq!(drop_at(&db, 0).await, Dropped::Decision { job, task: 0 });
        assert_eq!(queued(&db).await, 1, "the Done is withdrawn");
        assert_eq!(stage_and_reason(&db, job).await, (JobStage::Running, None));
        assert_eq!(db.store.decided_tasks(job).await.unwrap(), [1]);
        let record = db.store.job_get(job).await.unwrap().unwrap();
        let counts = (record.accepted, record.failed, record.votes, record.dissent);
        assert_eq!(counts, (0, 1, 15, 15));
        let events = db.store.events_after(job, 4, 10).await.unwrap();
        let again = JobEvent::TaskAttempt { task: 0, attempt: 1, reason: AttemptReason::Refused };
        assert_eq!(events[0].event, again);
        assert_eq!(drop_at(&db, 0).await, Dropped::Decision { job, task: 1 });
        let commit = decisions([cert(job, 0, b"x"), cert(job, 1, b"x")]);
        db.store.commit_decisions(&lease, &commit, NOW).await.unwrap();
        db.end(job, JobEnd::Complete).await;
        assert_eq!(stage_and_reason(&db, job).await, (JobStage::Complete, None));
    }

    async fn a_job_that_was_cancelled_stays_so_without_a_refused_certificate(db) {
        let (lease, job) = (db.lease().await, db.running_job("job", 2).await);
        db.store.commit_decisions(&lease, &decisions([cert(job, 0, b"x")]), NOW).await.unwrap();
        db.store.job_close(&lease, job, &JobEnd::Stopped, None, NOW).await.unwrap();
        assert_eq!(drop_at(&db, 0).await, Dropped::Decision { job, task: 0 });
        assert_eq!(stage_and_reason(&db, job).await.0, JobStage::Closing);
        db.store_all().await;
        assert_eq!(stage_and_reason(&db, job).await.0, JobStage::Stopped);
    }

    async fn a_refused_job_is_stopped_with_the_jobs_that_run_its_tasks_again(db) {
        let lease = db.lease().await;
        let parent = job(ANN, "parent", 1);
        let mut subset = job(ANN, "subset", 1);
        subset.parent = Some(parent.id);
        for new in [&parent, &subset] {
            db.store.job_add(new, &[]).await.unwrap();
            db.store.job_begin(&lease, new.id, NOW).await.unwrap();
        }
        db.store.job_close(&lease, subset.id, &JobEnd::Stopped, None, NOW).await.unwrap();
        assert_eq!(drop_at(&db, 0).await, Dropped::Jobs(vec![parent.id, subset.id]));
        assert_eq!(queued(&db).await, 0);
        for id in [parent.id, subset.id] {
            let (stage, reason) = stage_and_reason(&db, id).await;
            assert_eq!(stage, JobStage::Stopped);
            let words = "the storage nodes refused the job: seat used twice";
            assert_eq!(reason.as_deref(), Some(words));
        }
    }

    async fn a_job_whose_end_is_refused_is_stopped(db) {
        let (lease, job) = (db.lease().await, db.running_job("job", 1).await);
        db.store.job_close(&lease, job, &JobEnd::Expired, None, NOW).await.unwrap();
        assert_eq!(drop_at(&db, 0).await, Dropped::Jobs(vec![job]));
        let (stage, reason) = stage_and_reason(&db, job).await;
        assert_eq!(stage, JobStage::Stopped);
        assert_eq!(reason.as_deref(), Some("the storage nodes refused its end: seat used twice"));
    }

    async fn a_refused_program_is_not_offered_and_may_be_published_anew(db) {
        let lease = db.lease().await;
        db.store.blob_put(b"module", NOW).await.unwrap();
        let wordcount = program(ANN, "wordcount", "1.0.0", b"module");
        db.store.program_add(&lease, &wordcount).await.unwrap();
        let new = job(ANN, "job", 1);
        db.store.job_add(&new, &[]).await.unwrap();
        db.store.job_begin(&lease, new.id, NOW).await.unwrap();
        let (name, version) = ("wordcount".to_owned(), "1.0.0".to_owned());
        let stopped = vec![new.id];
        assert_eq!(drop_at(&db, 0).await, Dropped::Program { name, version, stopped });
        assert_eq!(queued(&db).await, 0);
        assert_eq!(stage_and_reason(&db, new.id).await.0, JobStage::Stopped);
        assert_eq!(db.store.program_by_name("wordcount", None).await.unwrap(), None);
        assert!(db.store.programs_page(None, 10).await.unwrap().items.is_empty());
        let manifest = Digest::of(b"{}");
        let named = db.store.program_by_hashes(Digest::of(b"module"), manifest).await.unwrap();
        assert_eq!(named.unwrap().refused.as_deref(), Some("seat used twice"));
        let other = program(ANN, "wordcount", "1.0.0", b"other module");
        assert_eq!(db.store.program_add(&lease, &other).await.unwrap(), ProgramAdded::New);
        let offered = db.store.program_by_name("wordcount", None).await.unwrap().unwrap();
        assert_eq!((offered.prog, offered.refused), (other.prog, None));
    }

    async fn jobs_of_a_refused_program_go_on_when_another_one_is_the_same(db) {
        let lease = db.lease().await;
        db.store.blob_put(b"module", NOW).await.unwrap();
        for name in ["wordcount", "same"] {
            let one = program(ANN, name, "1.0.0", b"module");
            db.store.program_add(&lease, &one).await.unwrap();
        }
        let new = job(ANN, "job", 1);
        db.store.job_add(&new, &[]).await.unwrap();
        db.store.job_begin(&lease, new.id, NOW).await.unwrap();
        let dropped = drop_at(&db, 0).await;
        assert!(matches!(dropped, Dropped::Program { stopped, .. } if stopped.is_empty()));
        assert_eq!(stage_and_reason(&db, new.id).await.0, JobStage::Recording);
    }

    async fn what_stands_in_a_block_is_taken_out_of_it_first(db) {
        let lease = db.lease().await;
        db.store.ledger_add(&lease, EntryKind::Ban, b"ban").await.unwrap();
        let (block, entries) = tests::playing_sealer::cut(&db.store, &lease, NOW).await.unwrap();
        let num = entries[0].0;
        assert_eq!(db.store.ledger_drop(&lease, num, "rule", NOW).await.unwrap(), None);
        db.store.ledger_uncut_block(&lease, block.height).await.unwrap();
        let dropped = db.store.ledger_drop(&lease, num, "rule", NOW).await.unwrap();
        assert_eq!(dropped, Some(Dropped::Entry(EntryKind::Ban)));
    }
}
