//! Jobs as their submitters see them: lists, tasks, logs, cancels, and that nobody else sees any of it.

use shared::api::Page;
use shared::api::jobs::{
    CancelJob, JobState, JobView, TaskLog, TaskState, TaskView, WaitingReason,
};
use shared::api::problem::ProblemCode;
use shared::api::tokens::Scope;
use shared::ids::JobId;
use shared::job::Cancel;
use tests::decided::Voters;
use tests::playing_sealer;
use tests::programs;
use tests::server::TestServer;
use tests::user::{JobBuilder, TestUser};

async fn submitter(server: &TestServer) -> (TestUser, JobBuilder) {
    let user = server.submitter();
    let program = programs::nothing("nothing", "1.0.0");
    user.publish(&program).await;
    (user, JobBuilder::range(&program, 0, 30, 10))
}

fn signed_cancel(user: &TestUser, job_id: JobId) -> CancelJob {
    let time_ms = shared::ids::UnixMs(1);
    let cancel = Cancel { job_id, time_ms }.sign(user.chain(), user.secret());
    CancelJob {
        cancel: Some(cancel),
    }
}

#[tokio::test]
async fn a_key_lists_its_own_jobs_newest_first_and_a_token_lists_all() {
    let server = TestServer::start().await;
    let (ann, job) = submitter(&server).await;
    let bob = server.submitter();
    let mut submitted = Vec::new();
    for n in 0..5 {
        let another = job.clone().with(|job| job.nonce.0[0] ^= n);
        submitted.push(ann.submit(&another).await.job_id);
    }
    submitted.reverse();
    let of_bob = bob.submit(&job).await.job_id;

    let mut found = Vec::new();
    let mut path = "jobs?page_size=2".to_owned();
    loop {
        let page: Page<JobView> = ann.get(&path).await.ok();
        found.extend(page.items.iter().map(|view| view.job_id));
        if page.next_page_token.is_empty() {
            break;
        }
        path = format!("jobs?page_size=2&page_token={}", page.next_page_token);
    }
    assert_eq!(found, submitted);

    let all: Page<JobView> = server
        .token(&[Scope::JobsRead])
        .await
        .get("jobs")
        .await
        .ok();
    assert_eq!(all.items.len(), 6);
    assert_eq!(all.items[0].job_id, of_bob);
}

#[tokio::test]
async fn jobs_are_filtered_by_state() {
    let server = TestServer::start().await;
    let (user, job) = submitter(&server).await;
    let id = user.submit(&job).await.job_id;
    let count = async |filter: &str| {
        let page: Page<JobView> = user.get(&format!("jobs?state={filter}")).await.ok();
        page.items.len()
    };
    assert_eq!(count("running,uploading").await, 1);
    assert_eq!(count("complete").await, 0);
    let path = format!("jobs/{id}/cancel");
    assert_eq!(
        user.post(&path, &signed_cancel(&user, id)).await.status,
        200
    );
    server.until_stored().await;
    assert_eq!(count("cancelled").await, 1);
    let problem = user.get("jobs?state=sleeping").await.problem();
    assert_eq!(problem.code, ProblemCode::InvalidRequest);
    assert!(problem.detail.contains("sleeping"), "{}", problem.detail);
}

#[tokio::test]
async fn another_key_is_told_that_there_is_no_such_job() {
    let server = TestServer::start().await;
    let (ann, job) = submitter(&server).await;
    let eve = server.submitter();
    let id = ann.submit(&job).await.job_id;
    let unknown = JobId([1; 32]);
    for below in [
        "",
        "/tasks",
        "/tasks/0",
        "/tasks/0/log",
        "/results",
        "/proof",
        "/events",
    ] {
        let there = eve.get(&format!("jobs/{id}{below}")).await.problem();
        let not_there = eve.get(&format!("jobs/{unknown}{below}")).await.problem();
        assert_eq!(there.code, ProblemCode::NotFound, "{below}");
        assert_eq!(there.detail, not_there.detail, "{below}");
        let writer = server.token(&[Scope::JobsWrite]).await;
        let answer = writer.get(&format!("jobs/{id}{below}")).await;
        assert_eq!(answer.code(), ProblemCode::MissingScope, "{below}");
    }
    let cancel = signed_cancel(&eve, id);
    let answer = eve.post(&format!("jobs/{id}/cancel"), &cancel).await;
    assert_eq!(answer.code(), ProblemCode::NotFound);
    let view: JobView = ann.get(&format!("jobs/{id}")).await.ok();
    assert_eq!(view.state, JobState::Running);
}

#[tokio::test]
async fn tasks_show_their_seats_once_they_are_decided() {
    let server = TestServer::start().await;
    let (user, job) = submitter(&server).await;
    let id = user.submit(&job).await.job_id;
    let voters = Voters::of(&server, job.sign(&user)).await;
    voters.accept(0, b"0 10\n", b"ten", Some(b"lie")).await;
    voters.fail(2, b"20 30\n").await;

    let page: Page<TaskView> = user.get(&format!("jobs/{id}/tasks")).await.ok();
    let states: Vec<_> = page.items.iter().map(|task| task.state).collect();
    assert_eq!(
        states,
        [TaskState::Stored, TaskState::Waiting, TaskState::Failed]
    );
    assert_eq!(page.next_page_token, "");
    let task: TaskView = user.get(&format!("jobs/{id}/tasks/0")).await.ok();
    assert_eq!(task, page.items[0]);
    let agrees: Vec<_> = task
        .seats
        .iter()
        .map(|seat| (seat.node_key, seat.agrees))
        .collect();
    let keys = voters.keys();
    assert_eq!(
        agrees,
        [
            (keys[0], Some(true)),
            (keys[1], Some(true)),
            (keys[2], Some(false))
        ]
    );
    assert_eq!((task.chosen, task.relaxed), (3, 2));
    assert_eq!(
        page.items[2].failure.as_deref(),
        Some("nobody was able to run it")
    );

    let failed: Page<TaskView> = user
        .get(&format!("jobs/{id}/tasks?state=failed"))
        .await
        .ok();
    assert_eq!(failed.items, [page.items[2].clone()]);
    let answer = user.get(&format!("jobs/{id}/tasks/3")).await;
    assert_eq!(answer.code(), ProblemCode::NotFound);
}

#[tokio::test]
async fn tasks_are_listed_page_by_page_whether_decided_or_not() {
    let server = TestServer::start().await;
    let (user, _) = submitter(&server).await;
    let program = programs::nothing("nothing", "1.0.0");
    let job = JobBuilder::range(&program, 0, 7, 1);
    let id = user.submit(&job).await.job_id;
    let voters = Voters::of(&server, job.sign(&user)).await;
    voters.accept(2, b"2 3\n", b"", None).await;
    let mut found = Vec::new();
    let mut path = format!("jobs/{id}/tasks?page_size=3");
    loop {
        let page: Page<TaskView> = user.get(&path).await.ok();
        found.extend(page.items.iter().map(|task| task.task));
        if page.next_page_token.is_empty() {
            break;
        }
        path = format!(
            "jobs/{id}/tasks?page_size=3&page_token={}",
            page.next_page_token
        );
    }
    assert_eq!(found, [0, 1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn a_log_shows_what_guests_wrote_with_bad_bytes_replaced() {
    let server = TestServer::start().await;
    let (user, job) = submitter(&server).await;
    let id = user.submit(&job).await.job_id;
    let voters = Voters::of(&server, job.sign(&user)).await;
    voters.accept(1, b"10 20\n", b"out", None).await;
    let log: TaskLog = user.get(&format!("jobs/{id}/tasks/1/log")).await.ok();
    assert_eq!(log.entries.len(), 1);
    assert_eq!(log.entries[0].stderr, "said on \u{fffd} stderr");
    let log: TaskLog = user.get(&format!("jobs/{id}/tasks/0/log")).await.ok();
    assert!(log.entries.is_empty());
}

#[tokio::test]
async fn a_job_is_cancelled_by_the_signed_word_of_its_submitter() {
    let server = TestServer::start().await;
    let (user, job) = submitter(&server).await;
    let id = user.submit(&job).await.job_id;
    let path = format!("jobs/{id}/cancel");
    let missing = CancelJob { cancel: None };
    let problem = user.post(&path, &missing).await.problem();
    assert_eq!(problem.errors[0].pointer, "/cancel");
    let other = signed_cancel(&user, JobId([1; 32]));
    let problem = user.post(&path, &other).await.problem();
    assert!(problem.detail.contains("another job"), "{}", problem.detail);
    let forged = signed_cancel(&server.submitter(), id);
    let problem = user.post(&path, &forged).await.problem();
    assert!(problem.detail.contains("signature"), "{}", problem.detail);

    let cancel = signed_cancel(&user, id);
    server.until_stored().await;
    server.stop_storing();
    let view: JobView = user.post(&path, &cancel).await.ok();
    assert_eq!(view.state, JobState::Running);
    assert_eq!(view.waiting, Some(WaitingReason::StorageQuorum));
    let again = user.post(&path, &cancel).await.code();
    assert_eq!(again, ProblemCode::JobEnded, "its end is on its way");
    let now = server.clock.now();
    playing_sealer::store_all(&server.store, &server.lease, now).await;
    let view: JobView = user.get(&format!("jobs/{id}")).await.ok();
    assert_eq!(view.state, JobState::Cancelled);
    assert!(view.ended_at_ms.is_some() && view.kept_until_ms > view.ended_at_ms);
    assert_eq!(
        user.post(&path, &cancel).await.code(),
        ProblemCode::JobEnded
    );
}

#[tokio::test]
async fn the_operator_stops_a_job_with_a_token() {
    let server = TestServer::start().await;
    let (user, job) = submitter(&server).await;
    let id = user.submit(&job).await.job_id;
    let path = format!("jobs/{id}/cancel");
    let body = CancelJob { cancel: None };
    let reader = server.token(&[Scope::JobsRead]).await;
    assert_eq!(
        reader.post(&path, &body).await.code(),
        ProblemCode::MissingScope
    );
    let writer = server.token(&[Scope::JobsWrite]).await;
    let _: JobView = writer.post(&path, &body).await.ok();
    server.until_stored().await;
    let view: JobView = user.get(&format!("jobs/{id}")).await.ok();
    assert_eq!(view.state, JobState::Stopped);
    let audit = server.store.audit_page(None, 10).await.unwrap().items;
    assert_eq!(audit[0].action, "job.cancel");
    assert!(audit[0].detail.contains(&id.to_string()));
}
