//! What changes once a block has its storage quorum, and only then.

use crate::fixture::{ANN, DAY, NOW, cert, decisions, fail, job, on_both_databases, program};
use coordinator::store::{
    Committed, JobClosed, JobEnd, JobStage, Store, StoreError, Stored, StoredTask,
};
use shared::api::events::JobEvent;
use shared::api::jobs::{JobState, TaskCounts};
use shared::ids::JobId;
use tests::playing_sealer;

async fn stage(store: &Store, job: JobId) -> JobStage {
    store.job_get(job).await.unwrap().unwrap().stage
}

on_both_databases! {
    async fn a_job_takes_decisions_from_when_its_job_entry_is_stored(db) {
        let (lease, new) = (db.lease().await, job(ANN, "job", 1));
        db.store.job_add(&new, &[]).await.unwrap();
        assert_eq!(db.store.job_begin(&lease, new.id, NOW).await.unwrap(), Some(2));
        assert_eq!(stage(&db.store, new.id).await, JobStage::Recording);
        let commit = decisions([cert(new.id, 0, b"x")]);
        let early = db.store.commit_decisions(&lease, &commit, NOW).await.unwrap();
        assert_eq!(early, [Committed::JobNotRunning]);
        let stored = db.store_all().await;
        assert_eq!(stored, [Stored { begun: vec![new.id], ..Stored::default() }]);
        let record = db.store.job_get(new.id).await.unwrap().unwrap();
        assert_eq!((record.stage, record.index), (JobStage::Running, Some(0)));
        let answers = db.store.commit_decisions(&lease, &commit, NOW).await.unwrap();
        assert!(matches!(answers[..], [Committed::First { .. }]));
    }

    async fn decisions_get_their_indexes_and_one_event_for_each_job(db) {
        let lease = db.lease().await;
        let (a, b) = (db.running_job("a", 3).await, db.running_job("b", 1).await);
        let commit = decisions([cert(a, 2, b"x"), cert(b, 0, b"x"), fail(a, 0, "no majority")]);
        db.store.commit_decisions(&lease, &commit, NOW).await.unwrap();
        let first = db.store.ledger_last_cut().await.unwrap().unwrap().block.size;
        let stored = db.store_all().await;
        let [Stored { tasks, begun, ended }] = &stored[..] else { panic!("{stored:?}") };
        assert_eq!((begun.len(), ended.len()), (0, 0));
        let task = |job, task, index, failed| StoredTask { job, task, index: first + index, failed };
        assert_eq!(tasks[..], [task(a, 0, 2, true), task(a, 2, 0, false), task(b, 0, 1, false)]);
        let decision = db.store.decision_get(a, 0).await.unwrap().unwrap();
        assert_eq!(decision.index, Some(first + 2));
        let last = db.store.events_after(a, 4, 10).await.unwrap();
        let events: Vec<_> = last.into_iter().map(|one| one.event).collect();
        assert_eq!(events, [JobEvent::TaskStored { tasks: vec![0, 2] }]);
        let record = db.store.job_get(a).await.unwrap().unwrap();
        let expected = TaskCounts { waiting: 1, stored: 1, failed: 1, ..TaskCounts::default() };
        assert_eq!(record.counts(), expected);
        assert_eq!(db.store.ledger_unsealed().await.unwrap(), 0);
        assert!(db.store.ledger_uncut(10, 1000).await.unwrap().is_empty());
    }

    async fn a_job_has_ended_when_its_done_is_stored(db) {
        let (lease, job) = (db.lease().await, db.running_job("job", 2).await);
        db.store.commit_decisions(&lease, &decisions([cert(job, 0, b"x")]), NOW).await.unwrap();
        let cancel = JobEnd::Cancelled { cancel: b"signed cancel".to_vec() };
        let closed = db.store.job_close(&lease, job, &cancel, Some("enough"), NOW).await;
        assert_eq!(closed.unwrap(), Some(JobClosed::Closing));
        let late = decisions([cert(job, 1, b"x")]);
        let late = db.store.commit_decisions(&lease, &late, NOW).await.unwrap();
        assert_eq!(late, [Committed::JobNotRunning]);
        let record = db.store.job_get(job).await.unwrap().unwrap();
        assert_eq!((record.stage, record.ended_at_ms), (JobStage::Closing, None));
        assert_eq!(db.store.jobs_unfinished().await.unwrap().len(), 1);
        let stored = db.store_all().await;
        assert_eq!(stored[0].ended, [job]);
        let record = db.store.job_get(job).await.unwrap().unwrap();
        assert_eq!((record.stage, record.ended_at_ms), (JobStage::Cancelled, Some(NOW)));
        assert_eq!(record.done_index, Some(record.index.unwrap() + 3));
        let events = db.store.events_after(job, 0, 100).await.unwrap();
        let last = events.into_iter().last().unwrap().event;
        let tasks = TaskCounts { waiting: 1, stored: 1, ..TaskCounts::default() };
        let reason = Some("enough".to_owned());
        assert_eq!(last, JobEvent::JobState { state: JobState::Cancelled, tasks, reason });
    }

    async fn a_job_that_is_closed_before_its_job_entry_is_stored_never_runs(db) {
        let (lease, new) = (db.lease().await, job(ANN, "job", 1));
        db.store.job_add(&new, &[]).await.unwrap();
        db.store.job_begin(&lease, new.id, NOW).await.unwrap();
        let (job_entry, entries) = playing_sealer::cut(&db.store, &lease, NOW).await.unwrap();
        let closed = db.store.job_close(&lease, new.id, &JobEnd::Stopped, None, NOW).await;
        assert_eq!(closed.unwrap(), Some(JobClosed::Closing));
        let stored = db.store.ledger_stored(&lease, job_entry.height, &entries, "", NOW).await;
        assert_eq!(stored.unwrap(), Stored::default());
        assert_eq!(stage(&db.store, new.id).await, JobStage::Closing);
        assert_eq!(db.store_all().await[0].ended, [new.id]);
        assert_eq!(stage(&db.store, new.id).await, JobStage::Stopped);
    }

    async fn a_job_without_a_deadline_lasts_from_the_time_of_its_block_on(db) {
        let (lease, mut new) = (db.lease().await, job(ANN, "job", 1));
        new.lasts_ms = Some(30 * DAY);
        db.store.job_add(&new, &[]).await.unwrap();
        db.store.job_begin(&lease, new.id, NOW).await.unwrap();
        playing_sealer::store_all(&db.store, &lease, NOW.plus(5)).await;
        let record = db.store.job_get(new.id).await.unwrap().unwrap();
        assert_eq!(record.job.deadline_ms, NOW.plus(30 * DAY + 5));
    }

    async fn a_job_whose_inputs_come_after_its_deadline_has_expired(db) {
        let (lease, new) = (db.lease().await, job(ANN, "job", 1));
        db.store.job_add(&new, &[]).await.unwrap();
        let late = NOW.plus(30 * DAY);
        assert_eq!(db.store.job_begin(&lease, new.id, late).await.unwrap(), Some(2));
        let record = db.store.job_get(new.id).await.unwrap().unwrap();
        assert_eq!((record.stage, record.ended_at_ms), (JobStage::Expired, Some(late)));
        assert!(db.store.ledger_uncut(10, 1000).await.unwrap().is_empty());
    }

    async fn a_block_is_stored_once_and_its_certificate_may_get_newer(db) {
        let (lease, job) = (db.lease().await, db.running_job("job", 1).await);
        db.store.commit_decisions(&lease, &decisions([cert(job, 0, b"x")]), NOW).await.unwrap();
        let (block, entries) = playing_sealer::cut(&db.store, &lease, NOW).await.unwrap();
        let set = async |certificate| {
            db.store.ledger_stored(&lease, block.height, &entries, certificate, NOW).await.unwrap()
        };
        assert_eq!(set("two lines").await.tasks.len(), 1);
        assert_eq!(set("three lines").await, Stored::default());
        let last = db.store.ledger_last_stored().await.unwrap().unwrap();
        assert_eq!((last.block.height, last.certificate.as_deref()), (block.height, Some("three lines")));
        let again = db.store.ledger_cut(&lease, &block, &[]).await.unwrap_err();
        assert!(matches!(again, StoreError::BlockStored(_)));
        let unknown = db.store.ledger_stored(&lease, 99, &[], "", NOW).await.unwrap_err();
        assert!(matches!(unknown, StoreError::NotCut(99)));
    }

    async fn a_block_of_which_an_entry_is_left_out_is_not_stored(db) {
        let (lease, job) = (db.lease().await, db.running_job("job", 2).await);
        let commit = decisions([cert(job, 0, b"x"), cert(job, 1, b"x")]);
        db.store.commit_decisions(&lease, &commit, NOW).await.unwrap();
        let (block, entries) = playing_sealer::cut(&db.store, &lease, NOW).await.unwrap();
        let part = db.store.ledger_stored(&lease, block.height, &entries[..1], "", NOW).await;
        assert!(matches!(part.unwrap_err(), StoreError::NotQueued));
        assert_eq!(db.store.decision_get(job, 0).await.unwrap().unwrap().index, None);
    }

    async fn a_program_gets_its_index(db) {
        let lease = db.lease().await;
        let new = program(ANN, "wordcount", "1.0.0", b"module");
        db.store.blob_put(b"module", NOW).await.unwrap();
        db.store.program_add(&lease, &new).await.unwrap();
        db.store_all().await;
        let program = db.store.program_by_name("wordcount", None).await.unwrap().unwrap();
        assert_eq!(program.index, Some(0));
        let manifest = new.prog.manifest_sha256;
        assert_eq!(db.store.blob_bytes(manifest, 100).await.unwrap().unwrap(), b"{}");
    }

    async fn a_block_of_500_certificates_is_stored_at_once(db) {
        let (lease, job) = (db.lease().await, db.running_job("job", 700).await);
        let commit = decisions((0..700).map(|task| cert(job, task, b"x")));
        db.store.commit_decisions(&lease, &commit, NOW).await.unwrap();
        let stored = db.store_all().await;
        let counts: Vec<_> = stored.iter().map(|one| one.tasks.len()).collect();
        assert_eq!(counts, [500, 200]);
        assert_eq!(db.store.job_get(job).await.unwrap().unwrap().stored, 700);
        let first = stored[0].tasks[0].index;
        assert_eq!(stored[0].tasks[499].index, first + 499);
        assert_eq!(stored[1].tasks[0].index, first + 501, "after the header");
    }
}
