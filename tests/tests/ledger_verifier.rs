//! `tests/ledger-verifier/verify.py`, which knows nothing but docs/spec/LEDGER.md, and `manyhands ledger verify` say the
//! same of a ledger: that it keeps every rule, or which one it breaks.

use shared::codec::Canonical as _;
use shared::ids::Digest;
use shared::ledger::fixture::{Book, cert, chain, fail, job, job_entry, policy, prog, prog_entry};
use std::path::Path;
use std::process::Command;
use tests::command_line::CommandLine;
use tests::ledger::{book, force, write};

const VERIFIER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/ledger-verifier/verify.py");

/// The first Python that has a package to check signatures with.
fn python() -> &'static str {
    let can = |python: &&&str| {
        let check = [
            "-c",
            "try:\n import cryptography\nexcept ImportError:\n import nacl",
        ];
        let ran = Command::new(**python).args(check).output();
        ran.is_ok_and(|ran| ran.status.success())
    };
    let found = ["python3", "/usr/bin/python3"].iter().find(can);
    found.expect("a Python with cryptography: `cargo xtask test` installs it")
}

/// What the verifier says of a folder: its exit code and its words.
fn by_python(folder: &Path) -> (i32, String) {
    let output = Command::new(python())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(VERIFIER)
        .arg(folder)
        .output()
        .expect("python3 starts");
    let code = output.status.code().expect("it ends by itself");
    let words = [output.stdout, output.stderr].concat();
    (code, String::from_utf8_lossy(&words).into_owned())
}

/// Both refuse the folder, each by one of these rules.
fn both_refuse(user: &CommandLine, folder: &Path, rules: &[&str]) {
    let (code, words) = by_python(folder);
    assert_eq!(code, 7, "{words}");
    let ours = user.run(&[
        "ledger",
        "verify",
        "--folder",
        folder.to_str().expect("the path is UTF-8"),
    ]);
    let ours = ours.ended(7).stderr;
    for words in [words, ours] {
        let named = rules
            .iter()
            .any(|rule| words.contains(&format!("rule {rule}: ")));
        assert!(named, "{rules:?}: {words}");
    }
}

#[test]
fn an_exported_ledger_keeps_every_rule() {
    let user = CommandLine::default();
    let (served, exported) = (user.home().join("served"), user.home().join("exported"));
    write(&book(), &served);
    let from = served.to_str().unwrap();
    let to = exported.to_str().unwrap();
    let _ = user
        .run(&["ledger", "export", to, "--folder", from])
        .ended(0);
    let (code, words) = by_python(&exported);
    assert_eq!(code, 0, "{words}");
    assert!(words.contains("315 entries, 7 blocks, 1 jobs"), "{words}");
    let _ = user.run(&["ledger", "verify", "--folder", to]).ended(0);
}

#[test]
fn every_file_of_a_tampered_ledger_is_noticed() {
    let user = CommandLine::default();
    let folder = user.home().join("ledger");
    for (path, at) in [
        ("checkpoint", 30),
        ("tile/entries/000", 2000),
        ("tile/entries/001.p/59", 700),
        ("certificates/3", 40),
    ] {
        write(&book(), &folder);
        let file = folder.join(path);
        let mut bytes = std::fs::read(&file).unwrap();
        bytes[at] ^= 1;
        std::fs::write(&file, bytes).unwrap();
        let rules = [
            "certificate",
            "checkpoint",
            "checkpoint_root",
            "checkpoint_size",
            "body_root",
            "canonical",
            "signature",
        ];
        both_refuse(&user, &folder, &rules);
    }
    write(&book(), &folder);
    std::fs::remove_file(folder.join("certificates/3")).unwrap();
    both_refuse(&user, &folder, &["certificate"]);
    write(&book(), &folder);
    std::fs::remove_file(folder.join("tile/entries/000")).unwrap();
    both_refuse(&user, &folder, &["tiles"]);
}

#[test]
fn a_quorum_that_signed_what_breaks_a_rule_is_found_out() {
    let user = CommandLine::default();
    let folder = user.home().join("ledger");
    let good = || cert(&job(), 0, &[0, 0, 1]);
    let changed = |change: fn(&mut shared::cert::Cert)| {
        let mut cert = good();
        change(&mut cert);
        cert.encode(chain())
    };
    let cases: Vec<(&str, Vec<Vec<u8>>)> = vec![
        (
            "task_once",
            vec![good().encode(chain()), good().encode(chain())],
        ),
        ("majority", vec![changed(|cert| cert.agree.truncate(1))]),
        ("chosen", vec![changed(|cert| cert.chosen = 1)]),
        (
            "seat",
            vec![changed(|cert| cert.agree[0].seat = cert.agree[1].seat)],
        ),
        ("attempt", vec![changed(|cert| cert.agree[0].attempt = 2)]),
        (
            "signature",
            vec![changed(|cert| cert.agree[0].nonce.0[0] ^= 1)],
        ),
        (
            "input",
            vec![changed(|cert| cert.input_sha256 = Digest::NONE)],
        ),
        (
            "module",
            vec![changed(|cert| cert.module_sha256 = Digest::NONE)],
        ),
        ("task", vec![changed(|cert| cert.task = 3)]),
        ("fuel", vec![changed(|cert| cert.outcome.fuel = u64::MAX)]),
        (
            "dissent",
            vec![changed(|cert| cert.dissent[0].outcome = cert.outcome)],
        ),
        (
            "weak_key",
            vec![changed(|cert| {
                cert.agree[0].node_key.0 = [0; 32];
                cert.agree.sort_by_key(|vote| vote.node_key);
            })],
        ),
        (
            "reason",
            vec![{
                let mut fail = fail(&job(), 0);
                fail.attempt = 7;
                fail.reason = shared::fail::FailReason::NoMajority;
                fail.encode(chain())
            }],
        ),
        ("job_once", vec![job_entry(&job())]),
        ("prog_once", vec![prog_entry(&prog())]),
        ("policy_version", vec![policy(2).encode(chain())]),
        (
            "policy_alone",
            vec![policy(1).encode(chain()), good().encode(chain())],
        ),
    ];
    for (rule, entries) in cases {
        let mut book = Book::with_job();
        force(&mut book, &entries);
        write(&book, &folder);
        both_refuse(&user, &folder, &[rule]);
    }
}

#[test]
fn a_log_that_leaves_out_a_block_is_refused() {
    let user = CommandLine::default();
    let folder = user.home().join("ledger");
    let mut book = book();
    book.log.drain(5..8);
    write(&book, &folder);
    both_refuse(&user, &folder, &["height", "prev_header_hash"]);
}
