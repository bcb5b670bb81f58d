//! What anyone may read: status, nodes, health, metrics.

use reqwest::Method;
use shared::api::Page;
use shared::api::nodes::{NodeState, NodeView};
use shared::api::problem::ProblemCode;
use shared::api::status::{Status, Submitters};
use shared::api::tokens::Scope;
use shared::ids::{NodeKey, UnixMs};
use tests::server::TestServer;

#[tokio::test]
async fn the_status_names_the_ledger_and_the_limits() {
    let server = TestServer::start().await;
    let status: Status = server.anyone().get("status").await.ok();
    assert_eq!(status.chain_id, server.chain);
    assert_eq!(status.submitters, Submitters::Open);
    assert_eq!(status.limits.tasks, 1_048_576);
}

#[tokio::test]
async fn nodes_are_listed_page_by_page_with_their_records() {
    let server = TestServer::start().await;
    for n in 1..=3 {
        let joined = server
            .store
            .node_joined(NodeKey([n; 32]), "wasmi", "test/1", UnixMs(5));
        joined.await.unwrap();
    }
    let first: Page<NodeView> = server.anyone().get("nodes?page_size=2").await.ok();
    assert_eq!(first.items.len(), 2);
    assert_eq!(first.items[0].state, NodeState::Offline);
    let path = format!("nodes?page_size=2&page_token={}", first.next_page_token);
    let second: Page<NodeView> = server.anyone().get(&path).await.ok();
    assert_eq!(second.items[0].node_key, NodeKey([3; 32]));
    assert_eq!(second.next_page_token, "");
    let unknown = format!("nodes/{}", NodeKey([9; 32]));
    assert_eq!(
        server.anyone().get(&unknown).await.code(),
        ProblemCode::NotFound
    );
}

#[tokio::test]
async fn health_is_read_from_the_status_and_verbosely_from_the_lines() {
    let server = TestServer::start().await;
    let get = |target: &'static str| server.anyone().ask_target(Method::GET, target).send();
    assert_eq!(get("/livez").await.body, b"ok\n");
    assert_eq!(get("/readyz").await.body, b"ok\n");
    assert_eq!(get("/readyz?verbose").await.body, b"store: ok\nhub: ok\n");
    server.store.close().await;
    assert_eq!(get("/livez").await.status, 200);
    let problem = get("/readyz").await.problem();
    assert_eq!(problem.status, 503);
    assert!(
        problem.detail.contains("store: does not"),
        "{}",
        problem.detail
    );
}

#[tokio::test]
async fn a_failure_of_ours_is_told_with_its_id_and_nothing_else() {
    let server = TestServer::start().await;
    server.store.close().await;
    let problem = server.anyone().get("nodes").await.problem();
    assert_eq!(problem.code, ProblemCode::Internal);
    assert!(problem.detail.contains(&problem.instance));
    assert!(!problem.detail.contains("pool"), "{}", problem.detail);
}

#[tokio::test]
async fn metrics_are_for_this_machine_or_a_token_and_name_no_id() {
    let server = TestServer::start().await;
    let user = server.submitter();
    user.get(&format!("jobs/{}", "11".repeat(32))).await;
    let text = server
        .anyone()
        .ask_target(Method::GET, "/metrics")
        .send()
        .await;
    let text = String::from_utf8(text.body).unwrap();
    for name in [
        "manyhands_build_info{version=",
        "manyhands_ws_connections 0",
        "manyhands_tasks{state=\"running\"} 0",
        "route=\"/api/v1/jobs/{id}\",method=\"GET\",status=\"404\"",
    ] {
        assert!(text.contains(name), "{name}\n{text}");
    }
    assert!(!text.contains(&"11".repeat(32)));

    let through_proxy = |user: &tests::user::TestUser| {
        let ask = user.ask_target(Method::GET, "/metrics");
        ask.header("x-forwarded-for", "192.0.2.1").send()
    };
    let refused = through_proxy(&server.anyone()).await;
    assert_eq!(refused.code(), ProblemCode::Unauthenticated);
    let other = server.token(&[Scope::JobsRead]).await;
    assert_eq!(
        through_proxy(&other).await.code(),
        ProblemCode::MissingScope
    );
    let token = server.token(&[Scope::MetricsRead]).await;
    assert_eq!(through_proxy(&token).await.status, 200);
}
