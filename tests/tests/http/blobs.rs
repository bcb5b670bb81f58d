//! Blobs: who may read them, that the hash is checked, and how much a key may leave lying about.

use reqwest::Method;
use shared::api::blobs::BlobStored;
use shared::api::problem::ProblemCode;
use shared::api::tokens::Scope;
use shared::ids::Digest;
use tests::programs;
use tests::server::TestServer;
use tests::user::JobBuilder;

#[tokio::test]
async fn bytes_are_read_back_by_the_key_that_uploaded_them_as_no_browser_interprets_them() {
    let server = TestServer::start().await;
    let user = server.submitter();
    for bytes in [b"small".to_vec(), vec![7; 300_000], Vec::new()] {
        let sha256 = user.upload(&bytes).await;
        let answer = user.get(&format!("blobs/{sha256}")).await;
        assert_eq!((answer.status, &answer.body), (200, &bytes));
        assert_eq!(answer.header("content-type"), "application/octet-stream");
        assert_eq!(answer.header("content-disposition"), "attachment");
        let csp = answer.header("content-security-policy");
        assert_eq!(csp, "sandbox; default-src 'none'");
        assert_eq!(answer.header("content-length"), bytes.len().to_string());

        let head = user.ask(Method::HEAD, &format!("blobs/{sha256}"));
        let head = head.send().await;
        assert_eq!((head.status, head.body.len()), (200, 0));
        assert_eq!(head.header("content-length"), bytes.len().to_string());
    }
}

#[tokio::test]
async fn others_learn_nothing_about_a_blob() {
    let server = TestServer::start().await;
    let (ann, eve) = (server.submitter(), server.submitter());
    let known = ann.upload(b"secret input").await;
    let path = format!("blobs/{known}");
    let there = eve.get(&path).await.problem();
    let unknown = Digest::of(b"never seen");
    let not_there = eve.get(&format!("blobs/{unknown}")).await.problem();
    assert_eq!(there.code, ProblemCode::NotFound);
    assert_eq!(there.detail, not_there.detail);
    let volunteer = server.bearer("00112233445566778899aabbccddeeff");
    assert_eq!(volunteer.get(&path).await.code(), ProblemCode::NotFound);

    let reader = server.token(&[Scope::JobsRead]).await;
    assert_eq!(reader.get(&path).await.body, b"secret input");
    let writer = server.token(&[Scope::JobsWrite]).await;
    assert_eq!(writer.get(&path).await.code(), ProblemCode::MissingScope);
}

#[tokio::test]
async fn an_upload_is_answered_alike_whether_the_bytes_are_known_or_not() {
    let server = TestServer::start().await;
    let (ann, eve) = (server.submitter(), server.submitter());
    let first = ann.put(b"the same").send().await;
    let again = ann.put(b"the same").send().await;
    let other = eve.put(b"the same").send().await;
    for answer in [&first, &again, &other] {
        assert_eq!(answer.ok::<BlobStored>().len, 8);
        assert_eq!((answer.status, &answer.body), (first.status, &first.body));
        let mut names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
        names.sort();
        let mut expected: Vec<_> = first.headers.keys().map(ToString::to_string).collect();
        expected.sort();
        assert_eq!(names, expected);
    }
    assert_eq!(
        eve.get(&format!("blobs/{}", Digest::of(b"the same")))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn bytes_of_another_hash_are_refused_and_not_kept() {
    let server = TestServer::start().await;
    let user = server.submitter();
    let promised = Digest::of(b"promised");
    let ask = user.ask(Method::PUT, &format!("blobs/{promised}"));
    // The signature is over the promised hash, so it is good; the bytes are not.
    let ask = ask
        .body("application/octet-stream", "changed")
        .signed_over(b"promised");
    let problem = ask.send().await.problem();
    assert_eq!(problem.code, ProblemCode::HashMismatch);
    assert!(problem.detail.contains(&promised.to_string()));
    for digest in [promised, Digest::of(b"changed")] {
        let answer = user.get(&format!("blobs/{digest}")).await;
        assert_eq!(answer.code(), ProblemCode::NotFound);
    }
}

#[tokio::test]
async fn a_blob_over_the_limit_is_refused_with_an_answer_that_arrives() {
    let server = TestServer::builder().limits(|limits| {
        limits.chunk_bytes = 100_000;
        limits.module_bytes = 50_000;
    });
    let server = server.start().await;
    let user = server.submitter();
    assert_eq!(user.put(&vec![1; 100_000]).send().await.status, 200);
    let problem = user.put(&vec![1; 100_001]).send().await.problem();
    assert_eq!(problem.code, ProblemCode::BodyTooLarge);
    assert!(problem.detail.contains("100000"), "{}", problem.detail);
}

#[tokio::test]
async fn a_path_that_is_no_hash_is_refused() {
    let server = TestServer::start().await;
    let user = server.submitter();
    for bad in ["zz", "11", &"g1".repeat(32)] {
        let ask = user.ask(Method::PUT, &format!("blobs/{bad}"));
        let ask = ask.body("application/octet-stream", "x");
        assert_eq!(ask.send().await.code(), ProblemCode::InvalidRequest);
    }
}

#[tokio::test]
async fn a_key_that_leaves_much_lying_about_still_uploads_what_its_jobs_wait_for() {
    let server = TestServer::builder().limits(|limits| limits.unreferenced_blobs = 3);
    let server = server.start().await;
    let (user, other) = (server.submitter(), server.submitter());
    let program = programs::nothing("nothing", "1.0.0");
    user.publish(&program).await;
    for bytes in [b"1".as_slice(), b"2"] {
        user.upload(bytes).await;
    }
    let problem = user.put(b"3").send().await.problem();
    assert_eq!(problem.code, ProblemCode::QuotaExceeded);
    assert_eq!(problem.retry_after_seconds, Some(600));
    other.upload(b"3").await;

    let job = JobBuilder::chunks(&program, &[b"awaited"]);
    assert_eq!(user.submit(&job).await.missing_total, 1);
    user.upload(b"awaited").await;
    assert_eq!(
        user.put(b"4").send().await.code(),
        ProblemCode::QuotaExceeded
    );
    let using = JobBuilder::chunks(&program, &[b"1", b"2"]);
    assert_eq!(user.submit(&using).await.missing_total, 0);
    user.upload(b"4").await;
}
