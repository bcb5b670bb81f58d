//! Tokens, keys and trust: their life, and the audit of it.

use coordinator::clock::Clock;
use reqwest::Method;
use shared::api::Page;
use shared::api::keys::{ApproveKey, ApprovedKey};
use shared::api::nodes::{NodeView, TrustNode};
use shared::api::problem::ProblemCode;
use shared::api::tokens::{CreateToken, Scope, TokenCreated, TokenView};
use shared::ids::{NodeKey, SubmitterKey, UnixMs};
use tests::server::TestServer;

fn wish(scopes: &[Scope], days: Option<u32>) -> CreateToken {
    CreateToken {
        name: "for a test".to_owned(),
        scopes: scopes.to_vec(),
        expires_in_days: days,
    }
}

#[tokio::test]
async fn a_token_is_shown_once_works_and_ends_when_it_is_revoked() {
    let server = TestServer::start().await;
    let admin = server.token(&[Scope::Admin]).await;
    let body = wish(&[Scope::JobsRead], None);
    let answer = admin.post("admin/tokens", &body).await;
    assert_eq!(answer.status, 201);
    let created: TokenCreated = answer.ok();
    assert!(created.secret.starts_with("mh_"));
    assert!(created.secret.starts_with(&created.token.id));
    let user = server.bearer(&created.secret);
    assert_eq!(user.get("jobs").await.status, 200);

    let list = admin.get("admin/tokens").await;
    assert!(!String::from_utf8_lossy(&list.body).contains(&created.secret));
    let list: Page<TokenView> = list.ok();
    let listed = list.items.iter().find(|one| one.id == created.token.id);
    assert!(listed.unwrap().last_used_at_ms.is_some());

    let path = format!("admin/tokens/{}", created.token.id);
    assert_eq!(admin.delete(&path).await.status, 204);
    assert_eq!(user.get("jobs").await.code(), ProblemCode::BadToken);
    assert_eq!(admin.delete(&path).await.code(), ProblemCode::NotFound);
}

#[tokio::test]
async fn a_token_ends_by_itself_when_its_days_are_over() {
    let clock = Clock::manual(UnixMs(1_800_000_000_000));
    let server = TestServer::builder().clock(clock).start().await;
    let admin = server.token(&[Scope::Admin]).await;
    let body = wish(&[Scope::JobsRead], Some(1));
    let created: TokenCreated = admin.post("admin/tokens", &body).await.ok();
    let user = server.bearer(&created.secret);
    server.clock.advance(24 * 3600 * 1000 - 1);
    assert_eq!(user.get("jobs").await.status, 200);
    server.clock.advance(1);
    assert_eq!(user.get("jobs").await.code(), ProblemCode::BadToken);
}

#[tokio::test]
async fn unknown_tokens_are_refused_in_the_words_for_revoked_ones() {
    let server = TestServer::start().await;
    let admin = server.token(&[Scope::Admin]).await;
    let created: TokenCreated = admin
        .post("admin/tokens", &wish(&[Scope::Admin], None))
        .await
        .ok();
    let path = format!("admin/tokens/{}", created.token.id);
    assert_eq!(admin.delete(&path).await.status, 204);
    let revoked = server.bearer(&created.secret).get("jobs").await.problem();
    for unknown in ["mh_00000000", "mh_", &created.secret[..40], "garbage"] {
        let problem = server.bearer(unknown).get("jobs").await.problem();
        assert_eq!(problem.code, ProblemCode::BadToken, "{unknown:?}");
        assert_eq!(problem.detail, revoked.detail);
    }
}

#[tokio::test]
async fn a_token_that_could_do_nothing_or_says_nothing_is_not_made() {
    let server = TestServer::start().await;
    let admin = server.token(&[Scope::Admin]).await;
    let good = wish(&[Scope::Admin], None);
    for (bad, pointer) in [
        (
            CreateToken {
                scopes: Vec::new(),
                ..good.clone()
            },
            "/scopes",
        ),
        (
            CreateToken {
                name: " ".to_owned(),
                ..good.clone()
            },
            "/name",
        ),
        (
            CreateToken {
                name: "x".repeat(101),
                ..good.clone()
            },
            "/name",
        ),
        (
            CreateToken {
                expires_in_days: Some(0),
                ..good.clone()
            },
            "/expires_in_days",
        ),
    ] {
        let problem = admin.post("admin/tokens", &bad).await.problem();
        assert_eq!(problem.code, ProblemCode::InvalidRequest);
        assert_eq!(problem.errors[0].pointer, pointer);
    }
}

#[tokio::test]
async fn approved_keys_are_listed_page_by_page() {
    let server = TestServer::start().await;
    let admin = server.token(&[Scope::Admin]).await;
    let mut keys: Vec<SubmitterKey> = (0..5).map(|_| server.submitter().key()).collect();
    for key in keys.iter().copied() {
        let wish = ApproveKey {
            key,
            note: String::new(),
        };
        assert_eq!(admin.post("admin/keys", &wish).await.status, 200);
    }
    keys.sort_unstable();
    let mut found = Vec::new();
    let mut token = String::new();
    loop {
        let path = format!("admin/keys?page_size=2&page_token={token}");
        let page: Page<ApprovedKey> = admin.get(&path).await.ok();
        assert!(page.items.len() <= 2);
        found.extend(page.items.into_iter().map(|one| one.key));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(found, keys);
}

#[tokio::test]
async fn a_weak_key_is_not_approved() {
    let server = TestServer::start().await;
    let admin = server.token(&[Scope::Admin]).await;
    let mut identity = [0; 32];
    identity[0] = 1;
    let wish = ApproveKey {
        key: SubmitterKey(identity),
        note: String::new(),
    };
    let problem = admin.post("admin/keys", &wish).await.problem();
    assert_eq!(problem.errors[0].pointer, "/key");
}

#[tokio::test]
async fn a_node_is_proven_by_an_admin_for_nodes() {
    let server = TestServer::start().await;
    let node = NodeKey([7; 32]);
    let path = format!("admin/nodes/{node}/trust");
    let trust = |user: &tests::user::TestUser| {
        user.ask(Method::PUT, &path)
            .json(&TrustNode { proven: true })
            .send()
    };
    let admin = server.token(&[Scope::NodesWrite]).await;
    assert_eq!(trust(&admin).await.code(), ProblemCode::NotFound);
    let joined = server.store.node_joined(node, "wasmi", "test/1", UnixMs(5));
    joined.await.unwrap();
    let reader = server.token(&[Scope::JobsRead]).await;
    assert_eq!(trust(&reader).await.code(), ProblemCode::MissingScope);
    assert!(trust(&admin).await.ok::<NodeView>().proven);
    let public: NodeView = server.anyone().get(&format!("nodes/{node}")).await.ok();
    assert!(public.proven);
}

#[tokio::test]
async fn every_change_of_an_admin_is_in_the_audit() {
    let server = TestServer::start().await;
    let admin = server.token(&[Scope::Admin]).await;
    let key = server.submitter().key();
    let approve = ApproveKey {
        key,
        note: "ann".to_owned(),
    };
    let created: TokenCreated = admin
        .post("admin/tokens", &wish(&[Scope::Admin], None))
        .await
        .ok();
    let approved: ApprovedKey = admin.post("admin/keys", &approve).await.ok();
    assert_eq!(approved.key, key);
    admin.delete(&format!("admin/keys/{key}")).await;
    admin
        .delete(&format!("admin/tokens/{}", created.token.id))
        .await;
    let audit = server.store.audit_page(None, 10).await.unwrap().items;
    let actions: Vec<_> = audit.iter().rev().map(|row| row.action.as_str()).collect();
    assert_eq!(
        actions,
        ["token.create", "key.approve", "key.revoke", "token.revoke"]
    );
    assert!(audit.iter().all(|row| row.actor.starts_with("mh_")));
    assert!(!audit.iter().any(|row| row.detail.contains(&created.secret)));
}
