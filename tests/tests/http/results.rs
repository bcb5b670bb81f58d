//! Results: entries and outputs in task order, page by page, verifiable by the submitter.

use shared::api::jobs::ResultsPage;
use shared::cert::Cert;
use shared::codec::Canonical as _;
use shared::fail::Fail;
use shared::ids::Digest;
use tests::decided::Voters;
use tests::programs;
use tests::server::TestServer;
use tests::user::JobBuilder;

#[tokio::test]
async fn decided_tasks_come_in_task_order_with_their_outputs_and_verify() {
    let server = TestServer::start().await;
    let user = server.submitter();
    let program = programs::nothing("nothing", "1.0.0");
    user.publish(&program).await;
    let job = JobBuilder::range(&program, 0, 50, 10);
    let id = user.submit(&job).await.job_id;
    let voters = Voters::of(&server, job.sign(&user)).await;
    let large = vec![7; 100_000];
    voters.accept(3, b"30 40\n", b"", None).await;
    voters.accept(0, b"0 10\n", b"ten", Some(b"lie")).await;
    voters.accept(1, b"10 20\n", &large, None).await;
    voters.fail(4, b"40 50\n").await;

    let page: ResultsPage = user
        .get(&format!("jobs/{id}/results?page_size=2"))
        .await
        .ok();
    let tasks =
        |page: &ResultsPage| -> Vec<u32> { page.results.iter().map(|one| one.task).collect() };
    assert_eq!(tasks(&page), [0, 1]);
    assert_eq!((page.last_task, page.more), (Some(1), true));
    assert_eq!(page.results[0].output.as_deref(), Some(b"ten".as_slice()));
    assert_eq!(page.results[1].output.as_ref(), Some(&large));
    let (_, cert) = Cert::decode(&page.results[0].entry).unwrap();
    let checked = cert.check(
        server.chain,
        id,
        &job.sign(&user).job().clone(),
        Digest::of(b"0 10\n"),
    );
    checked.unwrap();

    assert!(page.results.iter().all(|one| one.index.is_some()));
    let page: ResultsPage = user.get(&format!("jobs/{id}/results?after=1")).await.ok();
    assert_eq!(tasks(&page), [3, 4]);
    assert_eq!((page.last_task, page.more), (Some(4), false));
    assert_eq!(page.results[0].output.as_deref(), Some(b"".as_slice()));
    assert!(page.results[1].failed && page.results[1].output.is_none());
    Fail::decode(&page.results[1].entry).unwrap();

    let page: ResultsPage = user.get(&format!("jobs/{id}/results?after=4")).await.ok();
    assert_eq!(
        (page.results.len(), page.last_task, page.more),
        (0, None, false)
    );
}

#[tokio::test]
async fn outputs_that_do_not_fit_a_page_are_read_as_blobs_by_the_submitter_only() {
    let server = TestServer::start().await;
    let (user, eve) = (server.submitter(), server.submitter());
    let program = programs::nothing("nothing", "1.0.0");
    user.publish(&program).await;
    let job = JobBuilder::range(&program, 0, 3, 1);
    let id = user.submit(&job).await.job_id;
    let voters = Voters::of(&server, job.sign(&user)).await;
    let outputs: Vec<Vec<u8>> = (0..3_u8).map(|n| vec![n; 3 << 20]).collect();
    for (task, output) in (0..).zip(&outputs) {
        let input = format!("{task} {}\n", task + 1);
        voters.accept(task, input.as_bytes(), output, None).await;
    }
    let page: ResultsPage = user.get(&format!("jobs/{id}/results")).await.ok();
    let inline: Vec<_> = page
        .results
        .iter()
        .map(|one| one.output.is_some())
        .collect();
    assert_eq!(inline, [true, true, false]);
    let (_, cert) = Cert::decode(&page.results[2].entry).unwrap();
    let path = format!("blobs/{}", cert.outcome.output_sha256);
    assert_eq!(user.get(&path).await.body, outputs[2]);
    assert_eq!(eve.get(&path).await.status, 404);
}
