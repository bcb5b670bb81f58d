//! Every error is a whole problem, whoever makes it.

use reqwest::Method;
use shared::api::problem::ProblemCode;
use tests::server::TestServer;

#[tokio::test]
async fn what_axum_refuses_is_a_problem_too() {
    let server = TestServer::start().await;
    let anyone = server.anyone();
    for (method, target, code) in [
        (Method::GET, "/", ProblemCode::NotFound),
        (Method::GET, "/api/v1/nothing", ProblemCode::NotFound),
        (
            Method::GET,
            "/api/v1/../../etc/passwd",
            ProblemCode::NotFound,
        ),
        (
            Method::DELETE,
            "/api/v1/status",
            ProblemCode::MethodNotAllowed,
        ),
        (Method::PUT, "/api/v1/jobs", ProblemCode::MethodNotAllowed),
        (Method::GET, "/api/v1/nodes/zz", ProblemCode::InvalidRequest),
        (
            Method::GET,
            "/api/v1/nodes/%ff",
            ProblemCode::InvalidRequest,
        ),
        (
            Method::GET,
            "/api/v1/nodes?page_size=x",
            ProblemCode::InvalidRequest,
        ),
        (
            Method::GET,
            "/api/v1/nodes?page_token=!",
            ProblemCode::InvalidRequest,
        ),
        (
            Method::GET,
            "/api/v1/programs?page_token=eA",
            ProblemCode::InvalidRequest,
        ),
    ] {
        let answer = anyone.ask_target(method.clone(), target).send().await;
        assert_eq!(answer.code(), code, "{method} {target}");
    }
    let answer = anyone.ask(Method::DELETE, "status").send().await;
    assert_eq!(answer.header("allow"), "GET,HEAD");
}

#[tokio::test]
async fn every_answer_has_the_headers_that_keep_a_browser_from_interpreting_it() {
    let server = TestServer::start().await;
    for path in ["/api/v1/status", "/livez", "/nothing", "/docs/problems"] {
        let answer = server.anyone().ask_target(Method::GET, path).send().await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert!(
            answer
                .header("content-security-policy")
                .starts_with("default-src 'none'")
        );
        assert_eq!(answer.header("x-request-id").len(), 16);
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
}

#[tokio::test]
async fn the_type_of_a_problem_leads_to_its_explanation() {
    let server = TestServer::start().await;
    let problem = server.anyone().get("nothing").await.problem();
    let (path, fragment) = problem.r#type.split_once('#').unwrap();
    let page = server.anyone().ask_target(Method::GET, path).send().await;
    let page = String::from_utf8(page.body).unwrap();
    assert!(page.contains(&format!("id=\"{fragment}\"")), "{page}");
}

#[tokio::test]
async fn a_preflight_of_another_site_is_not_answered() {
    let server = TestServer::start().await;
    let ask = server.anyone().ask(Method::OPTIONS, "jobs");
    let ask = ask.header("origin", "https://evil.example");
    let answer = ask
        .header("access-control-request-method", "POST")
        .send()
        .await;
    assert_eq!(answer.code(), ProblemCode::MethodNotAllowed);
    assert_eq!(answer.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn the_first_fault_of_a_json_body_is_named_by_its_pointer() {
    let server = TestServer::start().await;
    let user = server.submitter();
    for (body, pointer) in [
        ("{", ""),
        ("[]", ""),
        (r#"{"job": 5}"#, "/job"),
        (r#"{"job": "!!"}"#, "/job"),
        (r#"{"job": "AA==", "title": []}"#, "/title"),
        (r#"{"job": "AA==", "surprise": 1}"#, "/surprise"),
    ] {
        let ask = user
            .ask(Method::POST, "jobs")
            .body("application/json", body);
        let problem = ask.send().await.problem();
        assert_eq!(problem.code, ProblemCode::InvalidRequest, "{body}");
        assert_eq!(problem.errors[0].pointer, pointer, "{body}: {problem:?}");
    }
}

#[tokio::test]
async fn an_oversized_body_is_refused_before_it_is_read_whole() {
    let server = TestServer::start().await;
    let body = vec![b' '; 5000];
    let path = format!("jobs/{}/cancel", "11".repeat(32));
    let ask = server.submitter().ask(Method::POST, &path);
    let answer = ask.body("application/json", body).send().await;
    assert_eq!(answer.code(), ProblemCode::BodyTooLarge);
}
