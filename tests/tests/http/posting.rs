//! Who may post: this machine while posting is open, otherwise a token or an approved key.

use reqwest::Method;
use shared::api::keys::ApproveKey;
use shared::api::problem::ProblemCode;
use shared::api::status::Submitters;
use shared::api::tokens::Scope;
use tests::programs;
use tests::server::TestServer;
use tests::user::JobBuilder;

#[tokio::test]
async fn while_posting_is_open_only_this_machine_posts() {
    let server = TestServer::start().await;
    let user = server.submitter();
    for (name, value, quoted) in [
        ("host", "evil.example", "evil.example"),
        ("host", "192.168.0.7:8080", "192.168.0.7"),
        ("host", "localhost.evil.example", "localhost.evil.example"),
        ("origin", "https://evil.example", "https://evil.example"),
        ("origin", "null", "null"),
        ("origin", "http://127.0.0.1:1", "127.0.0.1:1"),
        ("forwarded", "for=192.0.2.1", "forwarded"),
        ("x-forwarded-for", "127.0.0.1", "x-forwarded-for"),
        ("x-forwarded-proto", "https", "x-forwarded-proto"),
    ] {
        let job = JobBuilder::range(&programs::nothing("a1", "1.0.0"), 0, 9, 1).body(&user);
        let publication = user.publication(&programs::nothing("a1", "1.0.0"));
        for ask in [
            user.put(b"bytes"),
            user.ask(Method::POST, "jobs").json(&job),
            user.ask(Method::POST, "programs").json(&publication),
        ] {
            let problem = ask.header(name, value).send().await.problem();
            assert_eq!(problem.code, ProblemCode::ForeignOrigin, "{name}: {value}");
            assert!(problem.detail.contains(quoted), "{}", problem.detail);
        }
    }
}

#[tokio::test]
async fn this_machine_posts_by_any_of_its_names_and_from_its_own_page() {
    let server = TestServer::start().await;
    let user = server.submitter();
    for host in ["localhost:99", "127.9.9.9", "[::1]:8080"] {
        let ask = user.put(b"bytes").header("host", host);
        assert_eq!(ask.send().await.status, 200, "{host}");
        let own = format!("http://{host}");
        let ask = user.put(b"bytes").header("host", host);
        assert_eq!(
            ask.header("origin", &own).send().await.status,
            200,
            "{host}"
        );
    }
}

#[tokio::test]
async fn where_keys_are_approved_others_learn_which_command_approves_theirs() {
    let server = TestServer::builder().submitters(Submitters::Approved);
    let server = server.start().await;
    let user = server.submitter();
    let problem = user.put(b"bytes").send().await.problem();
    assert_eq!(problem.code, ProblemCode::NotApproved);
    let command = format!("manyhands key approve {}", user.key());
    assert!(problem.detail.contains(&command), "{}", problem.detail);
}

#[tokio::test]
async fn an_approved_key_posts_from_anywhere_until_it_is_revoked() {
    for submitters in [Submitters::Open, Submitters::Approved] {
        let server = TestServer::builder().submitters(submitters).start().await;
        let (user, admin) = (server.submitter(), server.token(&[Scope::Admin]).await);
        let put = || {
            user.put(b"bytes")
                .header("host", "manyhands.example")
                .send()
        };
        assert_eq!(put().await.status, 403);
        let wish = ApproveKey {
            key: user.key(),
            note: "ann".to_owned(),
        };
        assert_eq!(admin.post("admin/keys", &wish).await.status, 200);
        assert_eq!(put().await.status, 200);
        let revoked = admin.delete(&format!("admin/keys/{}", user.key())).await;
        assert_eq!(revoked.status, 204);
        assert_eq!(put().await.status, 403);
    }
}

#[tokio::test]
async fn a_token_uploads_and_submits_for_the_key_that_signed_the_job() {
    let server = TestServer::builder().submitters(Submitters::Approved);
    let server = server.start().await;
    let (user, token) = (server.submitter(), server.token(&[Scope::Admin]).await);
    let program = programs::nothing("nothing", "1.0.0");
    let digest = shared::ids::Digest::of(&program.module);
    let upload = |query: String| {
        let ask = token.ask(Method::PUT, &format!("blobs/{digest}{query}"));
        ask.body("application/octet-stream", program.module.clone())
    };
    let refused = upload(String::new()).send().await.problem();
    assert_eq!(refused.code, ProblemCode::InvalidRequest);
    assert!(
        refused.detail.contains("submitter_key"),
        "{}",
        refused.detail
    );
    let query = format!("?submitter_key={}", user.key());
    assert_eq!(upload(query).send().await.status, 200);

    let publication = user.publication(&program);
    assert_eq!(token.post("programs", &publication).await.status, 200);
    let job = JobBuilder::range(&program, 0, 9, 1).body(&user);
    assert_eq!(
        user.post("jobs", &job).await.code(),
        ProblemCode::NotApproved
    );
    assert_eq!(token.post("jobs", &job).await.status, 200);
}

#[tokio::test]
async fn a_token_for_programs_uploads_and_publishes_but_submits_nothing() {
    let server = TestServer::builder().submitters(Submitters::Approved);
    let server = server.start().await;
    let (user, token) = (
        server.submitter(),
        server.token(&[Scope::ProgramsWrite]).await,
    );
    let program = programs::nothing("nothing", "1.0.0");
    let digest = shared::ids::Digest::of(&program.module);
    let path = format!("blobs/{digest}?submitter_key={}", user.key());
    let upload = token.ask(Method::PUT, &path);
    let upload = upload.body("application/octet-stream", program.module.clone());
    assert_eq!(upload.send().await.status, 200);
    let publication = user.publication(&program);
    assert_eq!(token.post("programs", &publication).await.status, 200);
    let job = JobBuilder::range(&program, 0, 9, 1).body(&user);
    assert_eq!(
        token.post("jobs", &job).await.code(),
        ProblemCode::MissingScope
    );
}

#[tokio::test]
async fn a_changing_request_of_another_content_type_is_refused() {
    let server = TestServer::start().await;
    let user = server.submitter();
    for media_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ] {
        let job = user.ask(Method::POST, "jobs").body(media_type, "{}");
        assert_eq!(job.send().await.code(), ProblemCode::UnsupportedMediaType);
        let blob = user.put(b"bytes").header("content-type", media_type);
        assert_eq!(blob.send().await.code(), ProblemCode::UnsupportedMediaType);
    }
    let with_parameter = user.put(b"bytes");
    let media_type = "Application/Octet-Stream; charset=binary";
    let answer = with_parameter.header("content-type", media_type).send();
    assert_eq!(answer.await.status, 200);
}
