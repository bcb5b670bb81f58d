//! What rewriting has to do with publishing: a module that outgrows the limit by it, a program from before it.

use coordinator::store::{ProgramAdded, ProgramRecord};
use shared::api::problem::ProblemCode;
use shared::ids::Digest;
use shared::rewrite::REWRITER;
use tests::programs;
use tests::server::TestServer;
use tests::user::JobBuilder;

#[tokio::test]
async fn a_module_over_the_limit_only_when_it_is_rewritten_is_refused_with_both_numbers() {
    let program = programs::nothing("grown", "1.0.0");
    let (original, running) = (program.module.len(), program.running().len());
    let server = TestServer::builder().limits(|limits| limits.module_bytes = original as u64);
    let server = server.start().await;
    let user = server.submitter();
    let problem = user.is_refused(&program).await;
    assert_eq!(problem.code, ProblemCode::ModuleRefused);
    let words = format!(
        "made deterministic and metered the module has {running} bytes: at most {original}"
    );
    assert!(problem.detail.contains(&words), "{}", problem.detail);
    let answer = server.anyone().get("programs/grown").await;
    assert_eq!(answer.code(), ProblemCode::NotFound);
}

/// Nothing publishes such a program any more; ledgers may have one from before.
#[tokio::test]
async fn a_program_that_was_never_rewritten_takes_no_new_jobs_until_it_is_published_again() {
    let server = TestServer::start().await;
    let user = server.submitter();
    let program = programs::nothing("nothing", "1.0.0");
    let mut prog = program.prog(user.key());
    (prog.rewriter, prog.module_sha256) = (0, prog.original_sha256);
    let signed = prog.sign(server.chain, user.secret());
    user.upload(&program.module).await;
    let record = ProgramRecord {
        signed: signed.expect("the publication keeps the rules"),
        manifest: program.manifest.clone(),
        module_len: program.module.len() as u64,
        added_at_ms: server.clock.now(),
        index: None,
        refused: None,
        prog,
    };
    let added = server.store.program_add(&server.lease, &record).await;
    assert_eq!(added.expect("the store works"), ProgramAdded::New);

    let original = Digest::of(&program.module);
    let job = JobBuilder::range(&program, 0, 9, 1).with(|job| job.module_sha256 = original);
    let problem = user.post("jobs", &job.body(&user)).await.problem();
    assert_eq!(problem.code, ProblemCode::NotOffered);
    for words in ["nothing@1.0.0 was published before", "publish it again"] {
        assert!(problem.detail.contains(words), "{}", problem.detail);
    }

    let same = user.post("programs", &user.publication(&program)).await;
    assert_eq!(same.code(), ProblemCode::VersionTaken);
    let again = programs::nothing("nothing", "1.0.1");
    assert_eq!(user.publish(&again).await.rewriter, REWRITER);
    user.submit(&JobBuilder::range(&again, 0, 9, 1)).await;
}
