//! Signed requests: what is signed, when it counts, and that it counts once.

use coordinator::clock::Clock;
use coordinator::entropy::random_bytes;
use reqwest::Method;
use shared::api::problem::ProblemCode;
use shared::api::tokens::Scope;
use shared::ids::{RequestNonce, UnixMs};
use tests::server::TestServer;

#[tokio::test]
async fn a_read_of_submitters_wants_credentials() {
    let server = TestServer::start().await;
    let job = "11".repeat(32);
    for path in [
        "jobs".to_owned(),
        format!("jobs/{job}"),
        format!("jobs/{job}/tasks"),
        format!("jobs/{job}/tasks/0"),
        format!("jobs/{job}/tasks/0/log"),
        format!("jobs/{job}/results"),
        format!("jobs/{job}/proof"),
        format!("jobs/{job}/events"),
        format!("blobs/{job}"),
        "admin/tokens".to_owned(),
        "admin/keys".to_owned(),
    ] {
        let answer = server.anyone().get(&path).await;
        assert_eq!(answer.code(), ProblemCode::Unauthenticated, "{path}");
        assert_eq!(answer.header("www-authenticate"), "Manyhands, Bearer");
    }
}

#[tokio::test]
async fn credentials_that_cannot_be_read_are_refused_with_their_form() {
    let server = TestServer::start().await;
    for text in [
        "x",
        "Basic YTpi",
        "Manyhands",
        "Manyhands key=1",
        "Manyhands  ",
    ] {
        let ask = server.anyone().ask(Method::GET, "jobs");
        let answer = ask.header("authorization", text).send().await;
        assert_eq!(answer.code(), ProblemCode::BadCredentials, "{text}");
    }
}

#[tokio::test]
async fn a_signature_over_another_body_target_or_method_does_not_count() {
    let server = TestServer::start().await;
    let user = server.submitter();
    let ask = user.put(b"bytes").signed_over(b"other bytes");
    assert_eq!(ask.send().await.code(), ProblemCode::BadSignature);

    let ask = user
        .ask(Method::POST, "jobs")
        .body("application/json", "{}");
    let ask = ask.signed_over(b"{ }");
    assert_eq!(ask.send().await.code(), ProblemCode::BadSignature);

    let mut ask = user.ask(Method::GET, "jobs");
    let signed = user.ask(Method::GET, "jobs?state=running").authorization();
    ask = ask.header("authorization", &signed.unwrap());
    assert_eq!(ask.send().await.code(), ProblemCode::BadSignature);
}

#[tokio::test]
async fn a_signature_for_another_ledger_does_not_count() {
    let (one, other) = (TestServer::start().await, TestServer::start().await);
    let signed = one.submitter().ask(Method::GET, "jobs").authorization();
    let ask = other.anyone().ask(Method::GET, "jobs");
    let answer = ask.header("authorization", &signed.unwrap()).send().await;
    assert_eq!(answer.code(), ProblemCode::BadSignature);
}

#[tokio::test]
async fn a_signature_is_good_for_two_minutes_either_way() {
    let now = 1_800_000_000_000;
    let clock = Clock::manual(UnixMs(now));
    let server = TestServer::builder().clock(clock).start().await;
    let user = server.submitter();
    for (time, is_good) in [
        (now - 120_000, true),
        (now + 120_000, true),
        (now - 120_001, false),
        (now + 120_001, false),
    ] {
        let ask = user.ask(Method::GET, "jobs").signed_at(UnixMs(time));
        let answer = ask.send().await;
        assert_eq!(answer.status == 200, is_good, "{time}");
        let ask = user.put(b"bytes").signed_at(UnixMs(time));
        let answer = ask.send().await;
        assert_eq!(answer.status == 200, is_good, "{time}");
        if !is_good {
            let problem = answer.problem();
            assert_eq!(problem.code, ProblemCode::StaleSignature);
            assert!(problem.detail.contains("clock"), "{}", problem.detail);
        }
    }
}

#[tokio::test]
async fn a_request_counts_once() {
    let server = TestServer::start().await;
    let user = server.submitter();
    let nonce = RequestNonce(random_bytes());
    let read = || user.ask(Method::GET, "jobs").with_nonce(nonce).send();
    assert_eq!(read().await.status, 200);
    assert_eq!(read().await.code(), ProblemCode::ReplayedRequest);

    let put = || user.put(b"bytes").with_nonce(nonce).send();
    assert_eq!(put().await.status, 200);
    assert_eq!(put().await.code(), ProblemCode::ReplayedRequest);
}

#[tokio::test]
async fn the_nonce_of_a_refused_signature_is_not_used_up() {
    let server = TestServer::start().await;
    let user = server.submitter();
    let nonce = RequestNonce(random_bytes());
    let bad = user.put(b"bytes").with_nonce(nonce).signed_over(b"x");
    assert_eq!(bad.send().await.code(), ProblemCode::BadSignature);
    let good = user.put(b"bytes").with_nonce(nonce);
    assert_eq!(good.send().await.status, 200);
}

#[tokio::test]
async fn a_token_does_what_its_scopes_say_and_nothing_else() {
    let server = TestServer::start().await;
    for (method, path, scope) in [
        (Method::GET, "jobs", Scope::JobsRead),
        (Method::GET, "admin/tokens", Scope::Admin),
        (Method::GET, "admin/keys", Scope::Admin),
    ] {
        for has in Scope::ALL {
            let user = server.token(&[has]).await;
            let answer = user.ask(method.clone(), path).send().await;
            if has == scope || has == Scope::Admin {
                assert_eq!(answer.status, 200, "{path} with {}", has.as_str());
            } else {
                let problem = answer.problem();
                assert_eq!(problem.code, ProblemCode::MissingScope);
                assert!(problem.detail.contains(scope.as_str()));
            }
        }
    }
}

#[tokio::test]
async fn an_admin_route_wants_a_token_whatever_is_signed() {
    let server = TestServer::start().await;
    let answer = server.submitter().get("admin/tokens").await;
    assert_eq!(answer.code(), ProblemCode::Unauthenticated);
}
