//! Jobs: recorded once, complete when their last input is there, ended once.

use crate::fixture::{ANN, BOB, Database, NOW, input, job, on_both_databases};
use coordinator::store::{BlobRole, BlobUse, JobAdded, JobClosed, JobEnd, JobStage, Usage};
use shared::api::events::JobEvent;
use shared::api::jobs::JobState;
use shared::ids::{Digest, JobId};

async fn listed(db: &Database, states: &[JobState]) -> Vec<JobId> {
    let page = db.store.jobs_page(None, states, None, 100).await.unwrap();
    page.items.into_iter().map(|one| one.job.id).collect()
}

on_both_databases! {
    async fn a_job_is_recorded_once_and_reads_back(db) {
        let mut new = job(ANN, "job", 7);
        new.leaves_sha256 = Some(Digest::of(b"leaves"));
        assert_eq!(db.store.job_add(&new, &[]).await.unwrap(), JobAdded::New);
        let again = db.store.job_add(&new, &[]).await.unwrap();
        let record = db.store.job_get(new.id).await.unwrap().unwrap();
        assert_eq!(again, JobAdded::Existing(Box::new(record.clone())));
        assert_eq!(record.job, new);
        assert_eq!((record.stage, record.reason, record.ended_at_ms), (JobStage::Uploading, None, None));
        assert_eq!(db.store.job_get(JobId([9; 32])).await.unwrap(), None);
    }

    async fn a_deadline_at_the_end_of_time_is_kept_as_the_latest_one(db) {
        let mut new = job(ANN, "job", 1);
        new.deadline_ms = shared::ids::UnixMs(u64::MAX);
        db.store.job_add(&new, &[]).await.unwrap();
        let record = db.store.job_get(new.id).await.unwrap().unwrap();
        assert_eq!(record.job.deadline_ms.0, i64::MAX as u64);
    }

    async fn hostile_titles_are_kept_as_text_with_nul_replaced(db) {
        let mut new = job(ANN, "job", 1);
        new.title = String::from("a\0b'; DROP TABLE jobs; -- \u{202e}\u{1f4a3}\\%_$1");
        db.store.job_add(&new, &[]).await.unwrap();
        let record = db.store.job_get(new.id).await.unwrap().unwrap();
        assert_eq!(record.job.title, new.title.replace('\0', "\u{fffd}"));
        let (lease, why) = (db.lease().await, Some("why\0"));
        let ended = db.store.job_close(&lease, new.id, &JobEnd::Stopped, why, NOW).await;
        assert_eq!(ended.unwrap(), Some(JobClosed::Ended(2)));
        let record = db.store.job_get(new.id).await.unwrap().unwrap();
        assert_eq!(record.reason.as_deref(), Some("why\u{fffd}"));
    }

    async fn a_job_is_complete_when_its_last_input_is_uploaded_in_any_order(db) {
        let bodies: Vec<Vec<u8>> = (0..20_u8).map(|n| vec![n]).collect();
        let inputs: Vec<BlobUse> = bodies.iter().map(|body| input(Digest::of(body))).collect();
        let common = BlobUse { sha256: Digest::of(b"common"), role: BlobRole::Common };
        let new = job(ANN, "job", 20);
        let all = [&inputs[..], &[common, inputs[0]]].concat();
        db.upload(ANN, &bodies[3]).await;
        db.store.job_add(&new, &all).await.unwrap();
        assert!(!db.store.job_has_all_inputs(new.id).await.unwrap());
        assert_eq!(db.store.job_missing_total(new.id).await.unwrap(), 20);
        for body in &bodies {
            assert_eq!(db.upload(ANN, body).await.1, []);
            assert_eq!(db.upload(BOB, b"common").await.1, [], "uploaded by somebody else");
        }
        let missing = db.store.job_missing_inputs(new.id, None, 10).await.unwrap();
        assert_eq!(missing.items, [common.sha256]);
        assert_eq!(db.upload(ANN, b"common").await.1, [new.id]);
        assert!(db.store.job_has_all_inputs(new.id).await.unwrap());
        assert_eq!(db.store.job_missing_total(new.id).await.unwrap(), 0);
    }

    async fn missing_inputs_are_paged(db) {
        let mut digests: Vec<Digest> = (0..25_u8).map(|n| Digest::of(&[n])).collect();
        let uses: Vec<BlobUse> = digests.iter().copied().map(input).collect();
        digests.sort_unstable();
        let new = job(ANN, "job", 25);
        db.store.job_add(&new, &uses).await.unwrap();
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = db.store.job_missing_inputs(new.id, after, 10).await.unwrap();
            found.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, digests);
    }

    async fn uploads_that_race_with_the_submission_never_leave_a_job_waiting(db) {
        for round in 0..20_u8 {
            let body = [round; 3];
            let new = job(ANN, &format!("job {round}"), 1);
            let uses = [input(Digest::of(&body))];
            let submit = async {
                db.store.job_add(&new, &uses).await.unwrap();
                db.store.job_has_all_inputs(new.id).await.unwrap()
            };
            let (complete, (_, completed)) = tokio::join!(submit, db.upload(ANN, &body));
            assert!(complete || completed == [new.id], "round {round}");
        }
    }

    async fn blobs_of_a_job_do_not_count_against_the_quota(db) {
        let (before, _) = db.upload(ANN, b"before").await;
        let after = Digest::of(b"after");
        db.store.job_add(&job(ANN, "job", 2), &[input(before), input(after)]).await.unwrap();
        db.upload(ANN, b"after").await;
        db.upload(BOB, b"after").await;
        let usage = async |key| db.store.blob_unreferenced_usage(key).await.unwrap();
        assert_eq!(usage(ANN).await, Usage { count: 0, bytes: 0 });
        assert_eq!(usage(BOB).await, Usage { count: 1, bytes: 5 });
    }

    async fn an_end_is_final_and_every_change_is_an_event(db) {
        let new = job(ANN, "job", 1);
        db.store.job_add(&new, &[]).await.unwrap();
        db.begin(new.id).await;
        let lease = db.lease().await;
        assert_eq!(db.store.job_begin(&lease, new.id, NOW).await.unwrap(), None);
        let close = async |end, why| db.store.job_close(&lease, new.id, &end, why, NOW).await.unwrap();
        let cancelled = JobEnd::Cancelled { cancel: b"signed".to_vec() };
        assert_eq!(close(cancelled, Some("enough")).await, Some(JobClosed::Closing));
        assert_eq!(close(JobEnd::Complete, None).await, None);
        db.store_all().await;
        assert_eq!(close(JobEnd::Complete, None).await, None);
        let record = db.store.job_get(new.id).await.unwrap().unwrap();
        assert_eq!((record.stage, record.ended_at_ms), (JobStage::Cancelled, Some(NOW)));
        let events = db.store.events_after(new.id, 0, 100).await.unwrap();
        let states: Vec<_> = events.iter().map(|one| match &one.event {
            JobEvent::JobState { state, reason, .. } => (one.seq, *state, reason.as_deref()),
            other => panic!("{other:?}"),
        }).collect();
        assert_eq!(states, [
            (1, JobState::Uploading, None),
            (2, JobState::Running, None),
            (3, JobState::Cancelled, Some("enough")),
        ]);
        assert_eq!(db.store.job_last_seq(new.id).await.unwrap(), 3);
    }

    async fn jobs_are_listed_newest_first_by_owner_and_state(db) {
        let mut ids = Vec::new();
        for (owner, name) in [(ANN, "a"), (BOB, "b"), (ANN, "c"), (ANN, "d")] {
            let new = job(owner, name, 1);
            db.store.job_add(&new, &[]).await.unwrap();
            ids.push(new.id);
        }
        let [a, b, c, d] = ids[..] else { panic!() };
        db.begin(c).await;
        db.begin(d).await;
        db.end(d, JobEnd::Complete).await;
        assert_eq!(listed(&db, &[]).await, [d, c, b, a]);
        assert_eq!(listed(&db, &[JobState::Running, JobState::Complete]).await, [d, c]);
        let first = db.store.jobs_page(Some(ANN), &[], None, 2).await.unwrap();
        let second = db.store.jobs_page(Some(ANN), &[], first.next, 2).await.unwrap();
        let ids = |items: &[coordinator::store::JobRecord]| -> Vec<_> {
            items.iter().map(|one| one.job.id).collect()
        };
        assert_eq!((ids(&first.items), ids(&second.items)), (vec![d, c], vec![a]));
        assert_eq!(second.next, None);
        let unfinished = db.store.jobs_unfinished().await.unwrap();
        assert_eq!(ids(&unfinished), [a, b, c]);
    }

    async fn jobs_over_the_same_inputs_can_be_posted_at_the_same_time(db) {
        let uses: Vec<BlobUse> = (0..3000_u32).map(|n| input(Digest::of(&n.to_be_bytes()))).collect();
        for n in 0..300_u32 {
            db.upload(ANN, &n.to_be_bytes()).await;
        }
        let mut posts = tokio::task::JoinSet::new();
        for n in 0..8 {
            let (store, mut uses) = (db.store.clone(), uses.clone());
            if n % 2 == 0 {
                uses.reverse();
            }
            let new = job(ANN, &format!("job {}", n / 2), 3000);
            posts.spawn(async move { store.job_add(&new, &uses).await.unwrap() });
        }
        let added = posts.join_all().await;
        let new = added.iter().filter(|one| **one == JobAdded::New);
        assert_eq!(new.count(), 4, "each job was posted twice");
        assert_eq!(listed(&db, &[]).await.len(), 4);
    }

    async fn a_job_of_a_hundred_thousand_inputs_is_recorded_within_seconds(db) {
        let inputs: Vec<BlobUse> = (0..100_000_u32)
            .map(|n| input(Digest::of(&n.to_be_bytes())))
            .collect();
        let new = job(ANN, "large", 100_000);
        let add = db.store.job_add(&new, &inputs);
        let added = tokio::time::timeout(std::time::Duration::from_secs(30), add).await;
        assert_eq!(added.expect("it takes seconds").unwrap(), JobAdded::New);
        assert_eq!(db.store.job_missing_total(new.id).await.unwrap(), 100_000);
        let (_, completed) = db.upload(ANN, &7_u32.to_be_bytes()).await;
        assert_eq!(completed, []);
        assert_eq!(db.store.job_missing_total(new.id).await.unwrap(), 99_999);
    }
}
