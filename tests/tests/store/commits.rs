//! Decisions: the first one stands, everything or nothing, events in order and none skipped.

use crate::fixture::{ANN, BOB, NOW, cert, decisions, fail, job, node, on_both_databases};
use coordinator::store::{
    Commit, Committed, Decided, INLINE_BYTES, JobEnd, NewEvent, NodeDelta, OutputPlace,
    TaskLogRecord,
};
use shared::api::events::JobEvent;
use shared::api::nodes::NodeRecord;
use shared::ids::{Digest, JobId};
use shared::outcome::{Outcome, Status};

on_both_databases! {
    async fn a_certificate_and_its_small_output_read_back(db) {
        let (lease, job) = (db.lease().await, db.running_job("job", 4).await);
        let commit = decisions([cert(job, 2, b"output"), cert(job, 0, b""), fail(job, 1, "no majority")]);
        let answers = db.store.commit_decisions(&lease, &commit, NOW).await.unwrap();
        assert_eq!(answers, [3, 4, 5].map(|seq| Committed::First { seq }));

        let page = db.store.decisions_after(job, None, 10, true).await.unwrap();
        assert_eq!(page.items.iter().map(|one| one.task).collect::<Vec<_>>(), [0, 1, 2]);
        let [empty, failed, full] = &page.items[..] else { panic!() };
        assert_eq!(empty.output.as_deref(), Some(&b""[..]));
        assert_eq!((failed.outcome, failed.failure.as_deref()), (None, Some("no majority")));
        assert_eq!((&failed.entry[..], failed.attempt), (&b"fail of 1"[..], 7));
        assert_eq!(full.outcome, Some(Outcome::ok(b"output", 5)));
        assert_eq!((full.relaxed, full.attempt, full.decided_at_ms), (2, 1, NOW));
        assert_eq!((&full.entry[..], full.output.as_deref()), (&b"cert of 2"[..], Some(&b"output"[..])));
        assert_eq!(db.store.decision_get(job, 2).await.unwrap().as_ref(), Some(full));
        assert_eq!(db.store.decision_get(job, 3).await.unwrap(), None);
        assert_eq!(db.store.decided_tasks(job).await.unwrap(), [0, 1, 2]);

        let without = db.store.decisions_after(job, Some(1), 10, false).await.unwrap();
        assert_eq!((without.items[0].task, &without.items[0].output), (2, &None));
    }

    async fn a_small_output_is_a_blob_that_only_the_submitter_may_read(db) {
        let (lease, job) = (db.lease().await, db.running_job("job", 1).await);
        db.store.commit_decisions(&lease, &decisions([cert(job, 0, b"output")]), NOW).await.unwrap();
        let sha256 = Digest::of(b"output");
        assert_eq!(db.store.blob_info(sha256).await.unwrap().unwrap().len, 6);
        assert_eq!(db.store.blob_bytes(sha256, 6).await.unwrap().unwrap(), b"output");
        assert!(db.store.blob_is_readable(ANN, sha256).await.unwrap());
        assert!(!db.store.blob_is_readable(BOB, sha256).await.unwrap());
        assert!(!db.store.blob_is_owned(ANN, sha256).await.unwrap(), "an output is not an upload");
    }

    async fn a_large_output_must_be_stored_before_and_is_kept_with_the_job(db) {
        let (lease, job) = (db.lease().await, db.running_job("job", 2).await);
        let body = vec![7; INLINE_BYTES + 1];
        let mut decision = cert(job, 0, &body);
        let Decided::Cert { output, .. } = &mut decision.decided else { panic!() };
        *output = OutputPlace::Blob;
        let commit = decisions([decision, cert(job, 1, b"small")]);
        let answers = db.store.commit_decisions(&lease, &commit, NOW).await.unwrap();
        assert_eq!(answers, [Committed::OutputMissing, Committed::First { seq: 3 }]);
        db.store.blob_put(&body, NOW).await.unwrap();
        let answers = db.store.commit_decisions(&lease, &commit, NOW).await.unwrap();
        assert_eq!(answers, [Committed::First { seq: 5 }, Committed::AlreadyDecided]);
        assert!(db.store.blob_is_readable(ANN, Digest::of(&body)).await.unwrap());
        assert_eq!(db.store.decision_get(job, 0).await.unwrap().unwrap().output, None);
    }

    async fn of_two_decisions_on_one_task_the_first_stands(db) {
        let (lease, job) = (db.lease().await, db.running_job("job", 1).await);
        let first = decisions([cert(job, 0, b"first"), cert(job, 0, b"same batch")]);
        let answers = db.store.commit_decisions(&lease, &first, NOW).await.unwrap();
        assert_eq!(answers, [Committed::First { seq: 3 }, Committed::AlreadyDecided]);
        let second = decisions([fail(job, 0, "second")]);
        let answers = db.store.commit_decisions(&lease, &second, NOW).await.unwrap();
        assert_eq!(answers, [Committed::AlreadyDecided]);
        let stands = db.store.decision_get(job, 0).await.unwrap().unwrap();
        assert_eq!(stands.output.as_deref(), Some(&b"first"[..]));
        let record = db.store.job_get(job).await.unwrap().unwrap();
        assert_eq!((record.accepted, record.failed, record.votes, record.dissent), (1, 0, 3, 1));
    }

    async fn concurrent_commits_of_the_same_tasks_decide_each_once(db) {
        let (lease, job) = (db.lease().await, db.running_job("job", 100).await);
        let mut commits = tokio::task::JoinSet::new();
        for writer in 0..8_u8 {
            let (store, lease) = (db.store.clone(), lease.clone());
            commits.spawn(async move {
                let commit = decisions((0..100).map(|task| cert(job, task, &[writer])));
                store.commit_decisions(&lease, &commit, NOW).await.unwrap()
            });
        }
        let answers = commits.join_all().await.concat();
        let first = answers.iter().filter(|one| matches!(one, Committed::First { .. }));
        assert_eq!(first.count(), 100);
        assert_eq!(db.store.decided_tasks(job).await.unwrap().len(), 100);
        assert_eq!(db.store.job_get(job).await.unwrap().unwrap().accepted, 100);
    }

    async fn nothing_is_decided_in_a_job_that_does_not_run(db) {
        let lease = db.lease().await;
        let ended = db.running_job("ended", 2).await;
        db.store.commit_decisions(&lease, &decisions([cert(ended, 0, b"x")]), NOW).await.unwrap();
        db.end(ended, JobEnd::Stopped).await;
        let uploading = job(ANN, "uploading", 1);
        db.store.job_add(&uploading, &[]).await.unwrap();
        let runs = db.running_job("runs", 1).await;
        let commit = decisions([
            cert(ended, 1, b"x"),
            cert(uploading.id, 0, b"x"),
            cert(JobId([9; 32]), 0, b"x"),
            cert(runs, 0, b"x"),
        ]);
        let answers = db.store.commit_decisions(&lease, &commit, NOW).await.unwrap();
        let not = Committed::JobNotRunning;
        assert_eq!(answers, [not, not, not, Committed::First { seq: 3 }]);
        assert_eq!(db.store.decided_tasks(ended).await.unwrap(), [0]);
    }

    async fn an_outcome_other_than_ok_counts_as_failed(db) {
        let (lease, job) = (db.lease().await, db.running_job("job", 3).await);
        let mut trapped = cert(job, 1, b"");
        let Decided::Cert { outcome, .. } = &mut trapped.decided else { panic!() };
        *outcome = Outcome::failed(Status::Trap, 9);
        let commit = decisions([cert(job, 0, b"x"), trapped, fail(job, 2, "unable")]);
        db.store.commit_decisions(&lease, &commit, NOW).await.unwrap();
        let record = db.store.job_get(job).await.unwrap().unwrap();
        assert_eq!((record.accepted, record.failed), (1, 2));
        let failures = db.store.failures_after(job, None, 10).await.unwrap().items;
        assert_eq!(failures.iter().map(|one| one.task).collect::<Vec<_>>(), [1, 2]);
    }

    async fn a_stream_of_events_is_taken_up_where_it_ended(db) {
        let (lease, job) = (db.lease().await, db.running_job("job", 3).await);
        let dissent = JobEvent::TaskDissent { task: 1, nodes: vec![node(3)] };
        let commit = Commit {
            events: vec![NewEvent { job_id: job, event: dissent.clone() }],
            ..decisions([cert(job, 1, b"x"), fail(job, 0, "no\0majority")])
        };
        db.store.commit_decisions(&lease, &commit, NOW).await.unwrap();
        let all = db.store.events_after(job, 2, 10).await.unwrap();
        let expected = [
            JobEvent::TaskAccepted { task: 1, cert: b"cert of 1".to_vec() },
            JobEvent::TaskFailed { task: 0, reason: "no\u{fffd}majority".to_owned() },
            dissent,
        ];
        assert_eq!(all.iter().map(|one| one.event.clone()).collect::<Vec<_>>(), expected);
        assert_eq!(all.iter().map(|one| one.seq).collect::<Vec<_>>(), [3, 4, 5]);
        let rest = db.store.events_after(job, 3, 1).await.unwrap();
        assert_eq!(rest, all[1..2]);
        assert_eq!(db.store.events_after(job, 5, 10).await.unwrap(), []);
        assert_eq!(db.store.job_last_seq(job).await.unwrap(), 5);
    }

    async fn a_reader_that_follows_concurrent_commits_sees_every_event_once_and_in_order(db) {
        let (lease, job) = (db.lease().await, db.running_job("job", 400).await);
        let mut commits = tokio::task::JoinSet::new();
        for writer in 0..4_u32 {
            let (store, lease) = (db.store.clone(), lease.clone());
            commits.spawn(async move {
                for part in 0..10 {
                    let first = writer * 100 + part * 10;
                    let tasks = first..first + 10;
                    let event = JobEvent::TaskStored { tasks: vec![first] };
                    let commit = Commit {
                        events: vec![NewEvent { job_id: job, event }],
                        ..decisions(tasks.map(|task| cert(job, task, b"x")))
                    };
                    store.commit_decisions(&lease, &commit, NOW).await.unwrap();
                }
            });
        }
        let mut seen = Vec::new();
        let mut last = 2;
        while seen.len() < 440 {
            let next = db.store.events_after(job, last, 7).await.unwrap();
            last = next.last().map_or(last, |one| one.seq);
            seen.extend(next.into_iter().map(|one| one.seq));
        }
        commits.join_all().await;
        assert_eq!(seen, (3..443).collect::<Vec<_>>());
    }

    async fn a_page_ends_before_its_outputs_fill_the_memory(db) {
        let (lease, job) = (db.lease().await, db.running_job("job", 200).await);
        let large = vec![7; INLINE_BYTES];
        let commit = decisions((0..200).map(|task| cert(job, task, &large)));
        db.store.commit_decisions(&lease, &commit, NOW).await.unwrap();
        let (mut tasks, mut pages, mut after) = (Vec::new(), 0, None);
        loop {
            let page = db.store.decisions_after(job, after, 1000, true).await.unwrap();
            assert!(page.items.len() <= 64, "{} rows of 64 KiB", page.items.len());
            tasks.extend(page.items.iter().map(|one| one.task));
            pages += 1;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!((tasks, pages), ((0..200).collect(), 4));
        let without = db.store.decisions_after(job, None, 1000, false).await.unwrap();
        assert_eq!((without.items.len(), without.next), (200, None));
    }

    async fn logs_and_records_of_nodes_are_written_with_the_decision(db) {
        let (lease, job) = (db.lease().await, db.running_job("job", 1).await);
        let log = |n: u8| TaskLogRecord {
            node_key: node(n),
            attempt: 1,
            seat: n,
            outcome: Outcome::ok(b"x", 5),
            stderr: b"careful\0".to_vec(),
        };
        let mut decision = cert(job, 0, b"x");
        decision.logs = vec![log(2), log(1)];
        let add = NodeRecord { accepted: 1, credit: 5, ..NodeRecord::default() };
        let delta = NodeDelta { node_key: node(1), add, streak_reset: false, streak: 1 };
        let commit = Commit { nodes: vec![delta], ..decisions([decision]) };
        db.store.commit_decisions(&lease, &commit, NOW).await.unwrap();
        assert_eq!(db.store.task_logs(job, 0).await.unwrap(), [log(1), log(2)]);
        assert_eq!(db.store.node_get(node(1)).await.unwrap().unwrap().record, add);
    }
}
