//! `ledger verify|show|export|policy` against a server of files, as a user meets them.

use shared::ids::{ChainId, Digest};
use shared::ledger::bundle::{BundleParts, ProofBundle};
use shared::ledger::fixture::{Book, ORIGIN, id_of, job, quorum_policy};
use shared::ledger::proof::TlogProof;
use std::collections::BTreeMap;
use std::path::PathBuf;
use tests::command_line::CommandLine;
use tests::ledger::{book, fork, serve, write};

/// A user, a folder with a ledger, and the address of a server of it.
fn served(book: &Book) -> (CommandLine, PathBuf, String) {
    let user = CommandLine::default();
    let folder = user.home().join("served");
    write(book, &folder);
    let url = serve(&folder);
    (user, folder, url)
}

/// The book without its last blocks.
fn shorter(size: usize) -> Book {
    let mut book = book();
    book.log.truncate(size);
    book
}

#[test]
fn a_server_is_verified_from_where_the_last_visit_ended() {
    let (user, folder, url) = served(&shorter(8));
    let verify = ["ledger", "verify", "--url", &url, "--json"];
    let first = user.run(&verify).ended(0).json();
    assert_eq!(
        (&first["size"], &first["verified_before"]),
        (&8.into(), &0.into())
    );
    write(&book(), &folder);
    let second = user.run(&verify).ended(0).json();
    assert_eq!(second["size"], 315);
    assert_eq!(second["verified_before"], 8);
    assert_eq!((&second["jobs"], &second["tasks"]), (&1.into(), &3.into()));
    assert_eq!(second["policy_version"], 1);
    let third = user.run(&["ledger", "verify", "--url", &url]).ended(0);
    assert!(
        third.text().contains("keeps every rule"),
        "{}",
        third.text()
    );
    assert!(
        third.text().contains("315 of them when"),
        "{}",
        third.text()
    );
}

#[test]
fn a_lost_state_only_means_that_everything_is_read_again() {
    let (user, _, url) = served(&book());
    let verify = ["ledger", "verify", "--url", &url, "--json"];
    let _ = user.run(&verify).ended(0);
    let chain = ChainId::of_origin(ORIGIN);
    let state = user.data().join(format!("ledgers/{chain}.state"));
    std::fs::write(&state, b"damaged").unwrap();
    let again = user.run(&verify).ended(0);
    assert_eq!(again.json()["verified_before"], 0);
    assert!(again.stderr.contains("is read again"), "{}", again.stderr);
    assert_eq!(user.run(&verify).ended(0).json()["verified_before"], 315);
}

#[test]
fn a_fork_and_a_rollback_are_refused_and_both_checkpoints_kept() {
    for (kept, found, rule) in [
        (shorter(8), fork(), "fork"),
        (book(), fork(), "fork"),
        (book(), shorter(8), "rollback"),
    ] {
        let (user, folder, url) = served(&kept);
        let _ = user.run(&["ledger", "verify", "--url", &url]).ended(0);
        write(&found, &folder);
        let refused = user.run(&["ledger", "verify", "--url", &url]).ended(7);
        assert!(
            refused.stderr.contains(&format!("rule {rule}: ")),
            "{}",
            refused.stderr
        );
        let chain = ChainId::of_origin(ORIGIN);
        let evidence = user.data().join(format!("ledgers/{chain}.{rule}"));
        let read = |name| std::fs::read_to_string(evidence.join(name)).unwrap();
        assert_eq!(
            read("kept.checkpoint"),
            kept.certified(kept.size()).to_string()
        );
        assert_eq!(
            read("found.checkpoint"),
            found.certified(found.size()).to_string()
        );
    }
}

#[test]
fn tiles_that_do_not_fit_are_no_evidence_of_a_fork() {
    let (user, folder, url) = served(&shorter(8));
    let _ = user.run(&["ledger", "verify", "--url", &url]).ended(0);
    write(&book(), &folder);
    let tile = folder.join("tile/0/000");
    let mut bytes = std::fs::read(&tile).unwrap();
    bytes[0] ^= 1;
    std::fs::write(&tile, bytes).unwrap();
    let refused = user.run(&["ledger", "verify", "--url", &url]).ended(7);
    assert!(
        refused.stderr.contains("rule tiles: "),
        "{}",
        refused.stderr
    );
}

#[test]
fn what_is_exported_is_verified_offline_under_a_pinned_policy() {
    let (user, _, url) = served(&book());
    let _ = user
        .run(&["ledger", "export", "out", "--url", &url])
        .ended(0);
    let printed = user.run(&["ledger", "policy", "--folder", "out"]).ended(0);
    assert_eq!(printed.text(), quorum_policy().to_string());
    let policy = user.file("policy.txt", printed.text());
    let policy = policy.to_str().unwrap();
    let verify = ["ledger", "verify", "--folder", "out", "--policy"];
    let _ = user.run(&[&verify[..], &[policy]].concat()).ended(0);
    let other = printed.text().replace("storage 2", "storage 3");
    let other = user.file("other.txt", other);
    let refused = user.run(&[&verify[..], &[other.to_str().unwrap()]].concat());
    assert!(refused.ended(7).stderr.contains("rule policy_pinned: "));
    let again = user.run(&["ledger", "export", "out", "--url", &url]);
    assert!(again.ended(2).stderr.contains("not empty"));
    let _ = user
        .run(&["ledger", "verify", "--folder", "nowhere"])
        .ended(3);
    let _ = user
        .run(&["ledger", "verify", "--url", "http://127.0.0.1:1"])
        .ended(6);
}

#[test]
fn blocks_and_entries_are_shown_with_their_proofs() {
    let (user, _, url) = served(&book());
    let show = |args: &[&str]| {
        let all = [&["ledger", "show"], args, &["--url", &url, "--json"]].concat();
        user.run(&all)
    };
    let newest = show(&[]).ended(0).json();
    assert_eq!(newest["block"]["height"], 6);
    for height in 0..7 {
        let block = show(&[&height.to_string()]).ended(0).json();
        assert_eq!(block["height"], height);
    }
    let entry = show(&["@3"]).ended(0).json();
    assert_eq!(entry["kind"], "Job");
    let _ = show(&["7"]).ended(3);
    let _ = show(&["@315"]).ended(3);
    let _ = show(&["x"]).ended(2);
    let _ = user
        .run(&["ledger", "export", "out", "--url", &url])
        .ended(0);
    let job = id_of(&job()).to_string();
    let found = user.run(&["ledger", "show", &job, "--folder", "out", "--json"]);
    let found = found.ended(0).json();
    let kinds: Vec<_> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["kind"])
        .collect();
    assert_eq!(kinds, ["Done", "Fail", "Cert", "Cert", "Job"]);
    let nothing = Digest::of(b"nothing").to_string();
    let _ = user
        .run(&["ledger", "show", &nothing, "--folder", "out"])
        .ended(3);
}

fn bundle(book: &Book) -> String {
    let size = book.size();
    let indexes = [0, 3, 5, 6, 311, 313];
    let parts = BundleParts {
        job_id: id_of(&job()),
        partial: false,
        changes: vec![book.certification(8, 10)],
        head: book.certification(size - 1, size),
        leaves: BTreeMap::new(),
        records: indexes.map(|index| book.record(index, size)).to_vec(),
    };
    ProofBundle::new(parts).unwrap().to_string()
}

#[test]
fn proofs_are_verified_offline_with_nothing_but_the_policy() {
    let (user, _, url) = served(&book());
    let book = book();
    let text = bundle(&book);
    let file = user.file("job.bundle", &text);
    let file = file.to_str().unwrap();
    let verify = ["ledger", "verify", "--proof", file];
    let unknown = user.run(&verify).ended(2);
    assert!(unknown.stderr.contains("--policy"), "{}", unknown.stderr);
    let policy = user.file("policy.txt", quorum_policy().to_string());
    let policy = ["--policy", policy.to_str().unwrap()];
    let proven = user.run(&[&verify[..], &policy, &["--json"]].concat());
    let proven = proven.ended(0).json();
    assert_eq!(proven["tasks"].as_array().unwrap().len(), 3);
    assert_eq!(proven["tasks"][2]["failed"], true);
    let _ = user.run(&["ledger", "verify", "--url", &url]).ended(0);
    let _ = user.run(&verify).ended(0);
    user.file("job.bundle", text.replacen("record 5\n", "record 4\n", 1));
    let refused = user.run(&verify).ended(7);
    assert!(
        refused.stderr.contains("rule inclusion: "),
        "{}",
        refused.stderr
    );

    let record = book.record(3, book.size());
    let proof = |extra| TlogProof {
        extra,
        index: 3,
        path: record.path.clone(),
        checkpoint: book.certified(book.size()),
    };
    let with_entry = user.file(
        "3.tlog-proof",
        proof(Some(record.entry.clone())).to_string(),
    );
    let with_entry = ["ledger", "verify", "--proof", with_entry.to_str().unwrap()];
    assert_eq!(
        user.run(&[&with_entry[..], &["--json"]].concat())
            .ended(0)
            .json()["kind"],
        "Job"
    );
    let alone = user.file("alone.tlog-proof", proof(None).to_string());
    let alone = ["ledger", "verify", "--proof", alone.to_str().unwrap()];
    let _ = user.run(&alone).ended(2);
    let entry = user.file("entry", &record.entry);
    let _ = user
        .run(&[&alone[..], &["--entry", entry.to_str().unwrap()]].concat())
        .ended(0);
    let other = user.file("other", &book.log[2]);
    let _ = user
        .run(&[&alone[..], &["--entry", other.to_str().unwrap()]].concat())
        .ended(7);
}
