//! The command line against a real coordinator without volunteers: programs, tokens, keys, jobs that wait.

use std::io::Read as _;
use std::process::{Command, Stdio};
use tests::cluster::Cluster;
use tests::command_line::Ran;

const MODULE: &str = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;
const ADMIN: &str = "coordinator/admin.token";

fn manifest(summary: &str) -> String {
    format!(
        r#"{{ "name": "silent", "version": "1.0.0", "summary": "{summary}", "licence": "MIT",
        "argv_mode": "plain", "reduce": "none", "splits": {{ "accepted": ["lines"], "default": "lines:1KiB" }},
        "output": "text/plain", "example": {{ "input": "a" }} }}"#
    )
}

/// A coordinator, with a program file and an input in the user's home.
fn serving(args: &[&str]) -> Cluster {
    let cluster = Cluster::start(args);
    let user = &cluster.user;
    user.file("silent.wasm", wat::parse_str(MODULE).expect("a module"));
    user.file("silent.json", manifest("Says nothing"));
    user.file("text", "some words\n");
    cluster
}

fn as_admin(cluster: &Cluster, args: &[&str]) -> Ran {
    cluster.run(&[args, &["--token-file", ADMIN]].concat())
}

#[test]
fn a_program_is_published_once_under_its_name_and_ad_hoc_by_anybody() {
    let cluster = serving(&[]);
    let add = ["program", "add", "silent.wasm", "--manifest", "silent.json"];
    let first = cluster.run(&add).ended(0).json();
    assert_eq!(first["name"], "silent");
    assert_eq!(cluster.run(&add).ended(0).json(), first);
    let by_other = cluster
        .run(&[&add[..], &["--key", "other.key"]].concat())
        .ended(5);
    assert!(
        by_other.stderr.contains("belongs to"),
        "{}",
        by_other.stderr
    );
    cluster
        .user
        .file("silent.json", manifest("Says something else"));
    let _ = cluster.run(&add).ended(5);
    let ad_hoc = cluster
        .run(&["program", "add", "silent.wasm", "--ad-hoc"])
        .ended(0)
        .json();
    let name = ad_hoc["name"].as_str().expect("a name").to_owned();
    assert!(name.starts_with("x-"), "{name}");
    let listed = cluster.run(&["program", "list"]).ended(0).json();
    let names: Vec<_> = listed
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["name"].clone())
        .collect();
    assert!(
        names.contains(&"silent".into()) && names.contains(&name.into()),
        "{names:?}"
    );
    let shown = cluster
        .run(&["program", "inspect", "silent@1.0.0"])
        .ended(0)
        .json();
    assert_eq!(shown["module_sha256"], first["module_sha256"]);
    let _ = cluster
        .run(&["program", "inspect", "silent@2.0.0"])
        .ended(3);
}

#[test]
fn a_token_works_until_it_is_revoked() {
    let cluster = serving(&["--submitters", "approved"]);
    let add = ["program", "add", "silent.wasm", "--ad-hoc"];
    let refused = cluster.run(&add).ended(4);
    assert!(
        refused.stderr.contains("not approved"),
        "{}",
        refused.stderr
    );
    let create = [
        "token",
        "create",
        "--scope",
        "jobs:write",
        "--scope",
        "programs:write",
        "--name",
        "a test",
        "--output",
        "my.token",
    ];
    let created = as_admin(&cluster, &create).ended(0);
    let secret = std::fs::read_to_string(cluster.user.home().join("my.token")).expect("the secret");
    assert!(
        !created.text().contains(secret.trim()),
        "the secret is only in the file"
    );
    let with_token = [&add[..], &["--token-file", "my.token"]].concat();
    let _ = cluster.run(&with_token).ended(0);
    let submit = [
        "job",
        "submit",
        "--program",
        "silent.wasm",
        "--input",
        "text",
        "--token-file",
        "my.token",
    ];
    let _ = cluster.run(&submit).ended(0);
    let id = created.json()["id"].as_str().expect("an id").to_owned();
    let _ = cluster
        .run(&["token", "list", "--token-file", "my.token"])
        .ended(4);
    let _ = as_admin(&cluster, &["token", "revoke", &id]).ended(0);
    let _ = as_admin(&cluster, &["token", "revoke", &id]).ended(3);
    let _ = cluster.run(&with_token).ended(4);
    let _ = as_admin(&cluster, &create).ended(2);
}

#[test]
fn an_approved_key_may_post() {
    let cluster = serving(&["--submitters", "approved"]);
    let add = ["program", "add", "silent.wasm", "--ad-hoc"];
    let _ = cluster.run(&add).ended(4);
    let key = cluster.user.run(&["key", "show"]).ended(0);
    let key = key.text().trim();
    let _ = as_admin(&cluster, &["key", "approve", key, "--note", "me"]).ended(0);
    let keys = as_admin(&cluster, &["key", "list"]).ended(0).json();
    assert_eq!(keys[0]["key"], key);
    let _ = cluster.run(&add).ended(0);
}

#[test]
fn a_job_that_nobody_computes_is_listed_waits_and_can_be_cancelled() {
    let cluster = serving(&[]);
    let job = cluster.submit(&[
        "--program",
        "silent.wasm",
        "--input",
        "text",
        "--title",
        "quiet",
    ]);
    let view = cluster.job(&job);
    assert_eq!((view.title.as_str(), view.task_count), ("quiet", 1));
    let open = cluster.run(&["job", "results", &job]).ended(1);
    assert!(
        open.stderr.contains("--wait waits for the rest"),
        "{}",
        open.stderr
    );
    let _ = cluster.run(&["job", "log", &job, "--task", "0"]).ended(0);
    let _ = cluster
        .run(&["job", "results", &job, "--key", "other.key"])
        .ended(3);
    let _ = cluster.run(&["job", "cancel", &job]).ended(0);
    let _ = cluster.run(&["job", "cancel", &job]).ended(5);
    let ended = cluster.run(&["job", "results", &job, "--wait"]).ended(1);
    assert!(
        ended.stderr.contains("the job is cancelled"),
        "{}",
        ended.stderr
    );
    let watched = cluster.run(&["job", "watch", &job]).ended(0);
    assert!(
        watched.text().contains("\"cancelled\""),
        "{}",
        watched.text()
    );
    let _ = cluster
        .run(&["job", "export", &job, "--output", "exported"])
        .ended(0);
    let _ = cluster
        .run(&["job", "export", &job, "--output", "exported"])
        .ended(2);
    let _ = cluster
        .user
        .run(&["job", "results", "--from", "exported"])
        .ended(1);
}

#[test]
fn an_interrupt_ends_the_waiting_at_once_and_says_how_to_go_on() {
    let cluster = serving(&[]);
    let url = cluster.url();
    let args = [
        "job",
        "submit",
        "--program",
        "silent.wasm",
        "--input",
        "text",
        "--wait",
        "--url",
        &url,
    ];
    let mut command = cluster.user.command(&args);
    let mut waiting = command
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut stderr = waiting.stderr.take().expect("a pipe");
    let mut said = String::new();
    let mut byte = [0];
    while !said.contains("waiting for volunteers") {
        assert_eq!(
            stderr.read(&mut byte).expect("stderr can be read"),
            1,
            "{said}"
        );
        said.push(byte[0].into());
    }
    let interrupted = Command::new("kill")
        .args(["-INT", &waiting.id().to_string()])
        .status();
    assert!(interrupted.expect("kill runs").success());
    assert_eq!(waiting.wait().expect("it ends").code(), Some(130));
    stderr.read_to_string(&mut said).expect("stderr is text");
    let hint = said
        .split("with: manyhands ")
        .nth(1)
        .expect("it says how to go on");
    let id = hint
        .split_whitespace()
        .nth(2)
        .expect("the command names the job");
    assert_eq!(cluster.job(id).task_count, 1, "{said}");
}
