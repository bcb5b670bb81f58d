//! Coordinators that are away, busy, strange or lying: what the command line makes of them.

use crate::fake::{Fake, problem, status};
use crate::signed::SignedWork;
use serde_json::json;
use shared::api::problem::ProblemCode;
use shared::ids::{Digest, JobId, UnixMs};
use tests::command_line::{CommandLine, Ran};

const STATUS: &str = "/api/v1/status";

fn run(user: &CommandLine, fake: &Fake, args: &[&str]) -> Ran {
    user.run(&[args, &["--url", fake.url()]].concat())
}

#[test]
fn nobody_answering_is_exit_code_6() {
    let user = CommandLine::default();
    let ran = user
        .run(&["node", "list", "--url", "http://127.0.0.1:1"])
        .ended(6);
    assert!(
        ran.stderr
            .contains("cannot reach the coordinator at http://127.0.0.1:1"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("is --url right?"), "{}", ran.stderr);
}

#[test]
fn somebody_else_answering_is_said_so() {
    let user = CommandLine::default();
    let fake = Fake::start();
    fake.answers(STATUS, 200, "<html>hello</html>");
    let ran = run(&user, &fake, &["program", "list"]).ended(1);
    assert!(
        ran.stderr
            .contains("something else than a Manyhands coordinator"),
        "{}",
        ran.stderr
    );
    fake.answers(STATUS, 404, "nothing here");
    let _ = run(&user, &fake, &["program", "list"]).ended(1);
}

#[test]
fn a_busy_coordinator_is_asked_again() {
    let user = CommandLine::default();
    let fake = Fake::start();
    fake.answers(STATUS, 503, problem(ProblemCode::Busy));
    fake.answers(STATUS, 503, problem(ProblemCode::NotLeader));
    fake.answers(STATUS, 200, status("one"));
    fake.answers("/api/v1/nodes?page_size=200", 200, json!({ "items": [] }));
    let ran = run(&user, &fake, &["node", "list", "--json"]).ended(0);
    assert_eq!(ran.json(), json!([]));
    assert_eq!(fake.asked(STATUS), 3);
}

#[test]
fn what_a_coordinator_refuses_decides_the_exit_code() {
    let user = CommandLine::default();
    let fake = Fake::start();
    fake.answers(STATUS, 200, status("one"));
    for (code, exit) in [
        (ProblemCode::Unauthenticated, 4),
        (ProblemCode::NotApproved, 4),
        (ProblemCode::NotFound, 3),
        (ProblemCode::JobEnded, 5),
        (ProblemCode::Internal, 1),
    ] {
        fake.answers("/api/v1/jobs?page_size=200", code.status(), problem(code));
        let ran = run(&user, &fake, &["job", "list"]).ended(exit);
        assert!(ran.stderr.contains(code.title()), "{}", ran.stderr);
    }
}

#[test]
fn an_admins_command_without_a_token_says_where_one_could_be() {
    let user = CommandLine::default();
    let fake = Fake::start();
    fake.answers(STATUS, 200, status("one"));
    for args in [&["token", "list"][..], &["key", "list"]] {
        let ran = run(&user, &fake, args).ended(4);
        assert!(ran.stderr.contains("--token-file"), "{}", ran.stderr);
        assert!(ran.stderr.contains("admin.token"), "{}", ran.stderr);
    }
}

#[test]
fn another_ledger_behind_a_known_address_is_refused_until_it_is_accepted() {
    let user = CommandLine::default();
    let fake = Fake::start();
    let nodes = "/api/v1/nodes?page_size=200";
    fake.answers(nodes, 200, json!({ "items": [] }));
    fake.answers(STATUS, 200, status("one"));
    let _ = run(&user, &fake, &["node", "list"]).ended(0);
    fake.answers(STATUS, 200, status("two"));
    let ran = run(&user, &fake, &["node", "list"]).ended(7);
    assert!(ran.stderr.contains("VERIFICATION FAILED"), "{}", ran.stderr);
    assert!(ran.stderr.contains("--accept-new-ledger"), "{}", ran.stderr);
    let _ = run(&user, &fake, &["node", "list", "--accept-new-ledger"]).ended(0);
    let _ = run(&user, &fake, &["node", "list"]).ended(0);
}

#[test]
fn a_coordinator_that_gives_another_job_is_found_out() {
    let user = CommandLine::default();
    let fake = Fake::start();
    fake.answers(STATUS, 200, status("test"));
    let work = SignedWork::new();
    let asked = JobId(Digest::of(b"the one that was submitted").0);
    let mut view = work.view(UnixMs(0));
    view.job_id = asked;
    let leaves = view.leaves_sha256.unwrap();
    fake.answers(
        &format!("/api/v1/jobs/{asked}"),
        200,
        serde_json::to_value(&view).unwrap(),
    );
    fake.answers_bytes(&format!("/api/v1/blobs/{leaves}"), SignedWork::leaf_list());
    let ran = run(&user, &fake, &["job", "results", &asked.to_string()]).ended(7);
    assert!(ran.stderr.contains("VERIFICATION FAILED"), "{}", ran.stderr);
    assert!(ran.stderr.contains("rule job_id"), "{}", ran.stderr);
    fake.answers_bytes(&format!("/api/v1/blobs/{leaves}"), b"other bytes".to_vec());
    let ran = run(&user, &fake, &["job", "results", &asked.to_string()]).ended(7);
    assert!(ran.stderr.contains("rule blob_hash"), "{}", ran.stderr);
}

#[test]
fn text_from_a_coordinator_cannot_command_the_terminal() {
    let user = CommandLine::default();
    let fake = Fake::start();
    fake.answers(STATUS, 200, status("test"));
    let mut view = SignedWork::new().view(UnixMs(0));
    view.title = "\u{1b}]0;owned\u{7}\u{1b}[2J".into();
    let jobs = json!({ "items": [view] });
    fake.answers("/api/v1/jobs?page_size=200", 200, jobs);
    let ran = run(&user, &fake, &["job", "list"]).ended(0);
    assert!(!ran.text().contains('\u{1b}'), "{}", ran.text());
}
