//! Programs: what is refused at publication, whose a name is, and how modules are served.

use reqwest::Method;
use shared::api::Page;
use shared::api::problem::ProblemCode;
use shared::api::programs::ProgramView;
use shared::ids::Digest;
use shared::program::{AD_HOC_VERSION, ad_hoc_name};
use tests::programs::{self, Program};
use tests::server::TestServer;

#[tokio::test]
async fn a_published_program_is_public_by_name_version_and_hash() {
    let server = TestServer::start().await;
    let (user, anyone) = (server.submitter(), server.anyone());
    for version in ["1.9.0", "1.10.0", "1.2.0"] {
        user.publish(&programs::nothing("nothing", version)).await;
    }
    let highest: ProgramView = anyone.get("programs/nothing").await.ok();
    assert_eq!(highest.version, "1.10.0");
    assert_eq!(highest.publisher_key, user.key());
    let one: ProgramView = anyone.get("programs/nothing@1.2.0").await.ok();
    assert_eq!(one.version, "1.2.0");
    assert_eq!(Digest::of(&one.manifest), one.manifest_sha256);

    let module = anyone
        .get(&format!("programs/{}.wasm", one.module_sha256))
        .await;
    assert_eq!(module.body, programs::nothing("nothing", "1.2.0").running());
    let original = format!("programs/{}.wasm", one.original_sha256);
    let uploaded = programs::nothing("nothing", "1.2.0").module;
    assert_eq!(anyone.get(&original).await.body, uploaded);
    assert_ne!(one.original_sha256, one.module_sha256);
    assert_eq!(module.header("content-type"), "application/wasm");
    assert!(module.header("cache-control").contains("immutable"));
    let again = anyone.ask(Method::GET, &format!("programs/{}.wasm", one.module_sha256));
    let again = again
        .header("if-none-match", module.header("etag"))
        .send()
        .await;
    assert_eq!((again.status, again.body.len()), (304, 0));

    let page: Page<ProgramView> = anyone.get("programs?page_size=2").await.ok();
    let versions = |page: &Page<ProgramView>| -> Vec<String> {
        page.items.iter().map(|one| one.version.clone()).collect()
    };
    assert_eq!(versions(&page), ["1.10.0", "1.2.0"]);
    let next = format!("programs?page_token={}", page.next_page_token);
    let page: Page<ProgramView> = anyone.get(&next).await.ok();
    assert_eq!(
        (versions(&page), page.next_page_token),
        (vec!["1.9.0".to_owned()], String::new())
    );
}

#[tokio::test]
async fn what_is_not_published_is_not_found() {
    let server = TestServer::start().await;
    let user = server.submitter();
    let secret = user.upload(b"\0asm but never published").await;
    for path in [
        "programs/unknown".to_owned(),
        "programs/unknown@1.0.0".to_owned(),
        format!("programs/{secret}.wasm"),
    ] {
        assert_eq!(
            server.anyone().get(&path).await.code(),
            ProblemCode::NotFound,
            "{path}"
        );
    }
    let answer = server.anyone().get("programs/zz.wasm").await;
    assert_eq!(answer.code(), ProblemCode::InvalidRequest);
}

#[tokio::test]
async fn a_module_that_cannot_run_here_is_refused_with_the_reason() {
    let server = TestServer::start().await;
    let user = server.submitter();
    let start = r#"(func (export "_start"))"#;
    let memory = r#"(memory (export "memory") 1)"#;
    for (text, reason) in [
        (format!("(module {memory})"), "_start"),
        (format!("(module {start})"), "memory"),
        (
            format!(r#"(module (import "env" "steal" (func)) {memory} {start})"#),
            "steal",
        ),
        (
            format!(
                r#"(module (import "wasi_snapshot_preview1" "sock_steal" (func)) {memory} {start})"#
            ),
            "sock_steal",
        ),
        (
            format!("(module {memory} {start} (func $f) (start $f))"),
            "start function",
        ),
    ] {
        let program = Program::from_text("refused", "1.0.0", &text);
        let problem = user.is_refused(&program).await;
        assert_eq!(problem.code, ProblemCode::ModuleRefused, "{text}");
        assert!(
            problem.detail.contains(reason),
            "{text}: {}",
            problem.detail
        );
    }
    let mut program = programs::nothing("refused", "1.0.0");
    program.module = b"#!/bin/sh\necho not wasm".to_vec();
    let problem = user.is_refused(&program).await;
    assert_eq!(problem.code, ProblemCode::ModuleRefused);
    assert!(
        problem.detail.contains("not a WebAssembly module"),
        "{}",
        problem.detail
    );
    let answer = server.anyone().get("programs/refused").await;
    assert_eq!(answer.code(), ProblemCode::NotFound);
}

#[tokio::test]
async fn a_module_over_the_limit_is_refused() {
    let server = TestServer::builder().limits(|limits| limits.module_bytes = 30);
    let server = server.start().await;
    let user = server.submitter();
    let program = programs::nothing("large", "1.0.0");
    let problem = user.is_refused(&program).await;
    assert_eq!(problem.code, ProblemCode::ModuleRefused);
    assert!(problem.detail.contains("at most 30"), "{}", problem.detail);
}

#[tokio::test]
async fn a_publication_must_be_of_a_module_that_its_key_uploaded() {
    let server = TestServer::start().await;
    let (ann, eve) = (server.submitter(), server.submitter());
    let program = programs::nothing("nothing", "1.0.0");
    ann.upload(&program.module).await;
    let problem = eve
        .post("programs", &eve.publication(&program))
        .await
        .problem();
    assert_eq!(problem.code, ProblemCode::ProgramInvalid);
    assert!(
        problem.detail.contains("upload the module first"),
        "{}",
        problem.detail
    );
}

#[tokio::test]
async fn a_name_belongs_to_its_first_publisher_and_a_version_never_changes() {
    let server = TestServer::start().await;
    let (ann, eve) = (server.submitter(), server.submitter());
    let program = programs::nothing("nothing", "1.0.0");
    let first = ann.publish(&program).await;
    assert_eq!(ann.publish(&program).await, first);

    eve.upload(&program.module).await;
    let taken = eve.publication(&programs::nothing("nothing", "2.0.0"));
    assert_eq!(
        eve.post("programs", &taken).await.code(),
        ProblemCode::NameTaken
    );

    let text = r#"(module (memory (export "memory") 2) (func (export "_start")))"#;
    let changed = Program::from_text("nothing", "1.0.0", text);
    ann.upload(&changed.module).await;
    let answer = ann.post("programs", &ann.publication(&changed)).await;
    assert_eq!(answer.code(), ProblemCode::VersionTaken);
}

#[tokio::test]
async fn a_publication_that_breaks_a_rule_is_refused_with_the_rule() {
    let server = TestServer::start().await;
    let (user, eve) = (server.submitter(), server.submitter());
    let program = programs::nothing("nothing", "1.0.0");
    user.upload(&program.module).await;

    let mut body = user.publication(&program);
    body.prog[100] ^= 1;
    assert_eq!(
        user.post("programs", &body).await.code(),
        ProblemCode::ProgramInvalid
    );

    let mut body = user.publication(&program);
    body.manifest.push(b' ');
    let problem = user.post("programs", &body).await.problem();
    assert_eq!(problem.errors[0].pointer, "/manifest");

    let body = user.publication(&program);
    let problem = eve.post("programs", &body).await.problem();
    assert_eq!(problem.code, ProblemCode::ProgramInvalid);
    assert!(problem.detail.contains("signed by"), "{}", problem.detail);

    let mut prog = program.prog(user.key());
    for (rewriter, module, words) in [
        (0, prog.original_sha256, "rewriter is 0"),
        (2, prog.module_sha256, "rewriter is 2"),
        (1, prog.original_sha256, "the rewriter makes"),
        (1, Digest::of(b"something else"), "the rewriter makes"),
    ] {
        (prog.rewriter, prog.module_sha256) = (rewriter, module);
        let mut body = user.publication(&program);
        body.prog = prog.sign(server.chain, user.secret()).unwrap();
        let problem = user.post("programs", &body).await.problem();
        assert_eq!(problem.code, ProblemCode::ProgramInvalid);
        assert!(problem.detail.contains(words), "{}", problem.detail);
    }

    let body = user.publication(&programs::nothing("nothing", "first"));
    let problem = user.post("programs", &body).await.problem();
    assert!(problem.detail.contains("version"), "{}", problem.detail);
}

#[tokio::test]
async fn a_manifest_that_breaks_a_rule_or_is_of_another_program_is_refused() {
    let server = TestServer::start().await;
    let user = server.submitter();
    let good = programs::nothing("nothing", "1.0.0");
    user.upload(&good.module).await;
    let manifest: serde_json::Value = serde_json::from_slice(&good.manifest).unwrap();
    for (field, value, words) in [
        ("source", serde_json::json!("http://example.org"), "source"),
        ("output", serde_json::json!("text/html"), "text/html"),
        ("surprise", serde_json::json!(1), "surprise"),
        ("name", serde_json::json!("other"), "other@1.0.0"),
        ("version", serde_json::json!("2.0.0"), "nothing@2.0.0"),
    ] {
        let mut changed = manifest.clone();
        changed[field] = value;
        let mut program = good.clone();
        program.manifest = serde_json::to_vec(&changed).unwrap();
        let problem = user.is_refused(&program).await;
        assert_eq!(problem.code, ProblemCode::ManifestInvalid, "{field}");
        assert!(
            problem.detail.contains(words),
            "{field}: {}",
            problem.detail
        );
    }
}

#[tokio::test]
async fn an_ad_hoc_upload_has_the_name_that_its_hashes_make() {
    let server = TestServer::start().await;
    let user = server.submitter();
    let mut program = programs::nothing("nothing", "1.0.0");
    let hash = Digest::of;
    program.name = ad_hoc_name(hash(&program.module), hash(&program.manifest), user.key());
    program.version = AD_HOC_VERSION.to_owned();
    let view = user.publish(&program).await;
    assert!(view.name.starts_with("x-"));
    let found: ProgramView = server
        .anyone()
        .get(&format!("programs/{}", view.name))
        .await
        .ok();
    assert_eq!(found, view);
}
