//! The proof bundle of real jobs: written beside the result, verified offline for ever, and every change in it is noticed.

use shared::crypto::SecretKey;
use shared::ledger::bundle::ProofBundle;
use shared::ledger::note::{SignatureKind, VKey};
use shared::ledger::policy_text::{QuorumPolicy, Witness};
use std::path::Path;
use tests::between::{Deed, between};
use tests::cluster::{Cluster, get};
use tests::programs;
use tests::storage_nodes::StorageNodes;

const FILE: &str = "job.bundle";

fn cluster() -> Cluster {
    let mut cluster = Cluster::start(&[]);
    for name in ["ann", "bob", "eve"] {
        cluster.volunteer(name, &[]);
    }
    cluster.text_file(120_000);
    cluster
}

/// Waits for a job and writes its result and proof.
fn results(cluster: &Cluster, job: &str, more: &[&str]) -> serde_json::Value {
    let args = ["job", "results", job, "--output", "result", "--proof", FILE];
    cluster.run(&[&args[..], more].concat()).ended(0).json()
}

fn bundle(cluster: &Cluster) -> String {
    std::fs::read_to_string(cluster.user.home().join(FILE)).expect("the proof was written")
}

/// What the offline verification says of a text.
fn verify(cluster: &Cluster, text: &str) -> tests::command_line::Ran {
    cluster.user.file("tampered", text);
    let args = ["ledger", "verify", "--proof", "tampered", "--json"];
    cluster.user.run(&args)
}

fn refused(cluster: &Cluster, what: &str, text: &str, rules: &[&str]) {
    let words = verify(cluster, text).ended(7).stderr;
    let is_named = rules
        .iter()
        .any(|rule| words.contains(&format!("rule {rule}: ")));
    assert!(is_named, "{what}: {words}");
}

/// The text with another character where the line `at` lines behind the last one that begins so has its middle.
fn changed(text: &str, begins: &str, at: usize) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let found = lines.iter().rposition(|line| line.starts_with(begins));
    let at = found.expect("there is such a line") + at;
    let line = lines.get_mut(at).expect("it is not the last one");
    let middle = line.len() / 2;
    let is_a = line.get(middle..=middle) == Some("A");
    let other = if is_a { "B" } else { "A" };
    line.replace_range(middle..=middle, other);
    lines.join("\n") + "\n"
}

/// The text without the record of the last Cert; `records` are in the order of the log.
fn without_a_cert(text: &str) -> String {
    let mut parts: Vec<&str> = text.split("\nrecord ").collect();
    let label = "bWFueWhhbmRzL2NlcnQv";
    let cert = parts.iter().rposition(|part| {
        part.lines()
            .nth(1)
            .is_some_and(|entry| entry.starts_with(label))
    });
    parts.remove(cert.expect("there is a Cert"));
    parts.join("\nrecord ")
}

#[test]
fn the_bundle_of_a_job_is_verified_offline_and_every_change_in_it_is_refused_by_its_rule() {
    let mut cluster = cluster();
    let job = cluster.count_words("lines:8KiB", &[]);
    let summary = results(&cluster, &job, &["--wait"]);
    assert_eq!(summary["verified"], true);
    let tasks = summary["task_count"].as_u64().expect("a number");
    cluster.kill_server();
    let text = bundle(&cluster);
    let verified = verify(&cluster, &text).ended(0).json();
    assert_eq!(verified["job_id"], job.as_str());
    assert_eq!(verified["partial"], false);
    assert_eq!(verified["size"], summary["ledger_size"]);
    let all = verified["tasks"].as_array().expect("a list");
    assert_eq!(all.len() as u64, tasks);
    for task in all {
        let rules = task["rules"].to_string();
        assert!(
            rules.contains("\"input\""),
            "the inputs are checked too: {rules}"
        );
    }

    for (what, text, rules) in [
        ("an entry", changed(&text, "record ", 1), &["inclusion"][..]),
        ("a path", changed(&text, "record ", 2), &["inclusion"]),
        ("the header", changed(&text, "header ", 1), &["inclusion"]),
        (
            "the leaves",
            changed(&text, "leaves ", 1),
            &["input_root", "leaves"],
        ),
        (
            "a cosignature",
            changed(&text, "\u{2014} s", 0),
            &["certificate", "bundle_text"],
        ),
        (
            "the job",
            changed(&text, "job ", 0),
            &["bundle_record", "bundle_text", "leaves"],
        ),
        (
            "a record is missing",
            without_a_cert(&text),
            &["bundle_partial", "done_counts"],
        ),
        (
            "partial is said",
            text.replacen("\n\n", "\npartial\n\n", 1),
            &["bundle_partial"],
        ),
        (
            "the end is missing",
            text[..text.len() - 30].to_owned(),
            &["bundle_text"],
        ),
    ] {
        refused(&cluster, what, &text, rules);
    }
    let lines: Vec<&str> = text.lines().collect();
    let cosigned = |line: &&&str| line.starts_with("\u{2014} s");
    let mut left = 1;
    let too_few = lines.iter().filter(|line| {
        left -= i32::from(cosigned(line));
        !cosigned(line) || left >= 0
    });
    let too_few = too_few.copied().collect::<Vec<_>>().join("\n") + "\n";
    refused(&cluster, "too few cosignatures", &too_few, &["certificate"]);
}

#[test]
fn storage_nodes_hand_out_the_bundle_while_the_coordinator_is_away() {
    let (mut cluster, nodes) = Cluster::start_with_storage(3, &[]);
    for name in ["ann", "bob", "eve"] {
        cluster.volunteer(name, &[]);
    }
    cluster.text_file(100_000);
    let job = cluster.count_words("lines:8KiB", &[]);
    let _ = results(&cluster, &job, &["--wait"]);
    let text = bundle(&cluster);
    assert_eq!(verify(&cluster, &text).ended(0).json()["partial"], false);
    cluster.kill_server();
    for name in ["s1", "s2", "s3"] {
        let text = served(&cluster, &nodes, name, &job);
        let verified = verify(&cluster, &text).ended(0).json();
        assert_eq!(verified["partial"], false, "{name}");
    }
}

/// The whole bundle of a job as a storage node gives it, once its checkpoint reaches so far.
fn served(cluster: &Cluster, nodes: &StorageNodes, name: &str, job: &str) -> String {
    cluster.until(&format!("{name} has all of the job"), |_| {
        let (code, body) = get(nodes.address(name), &format!("/api/v1/jobs/{job}/proof"))?;
        let text = String::from_utf8(unchunked(&body)).expect("it is text");
        let is_whole = code == 200 && !text.contains("\npartial\n");
        is_whole.then_some(text)
    })
}

/// A body in chunks as one piece.
fn unchunked(body: &[u8]) -> Vec<u8> {
    let (mut rest, mut out) = (body, Vec::new());
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let (len, chunk) = rest.split_at(end);
        let len = std::str::from_utf8(len).expect("a length");
        let len = usize::from_str_radix(len, 16).expect("a length");
        let (chunk, behind) = chunk.split_at(2 + len);
        out.extend(chunk.iter().skip(2));
        rest = behind.get(2..).unwrap_or_default();
    }
    out
}

#[test]
fn the_bundle_of_a_job_with_subset_jobs_shows_which_of_them_decided_each_task() {
    let cluster = cluster();
    cluster.user.file("echo.wasm", programs::echo());
    // Tasks 1 and 4 want more memory than they may have.
    let line = |task| format!("{} line {task}\n", if task % 3 == 1 { 'x' } else { 'a' });
    cluster
        .user
        .file("lines.txt", (0..6).map(line).collect::<String>());
    let program = ["--program", "echo.wasm", "--limit", "memory=1MiB"];
    let input = ["--input", "lines.txt", "--split", "lines:4"];
    let job = cluster.submit(&[&program[..], &input].concat());
    let failed = [
        "job",
        "results",
        job.as_str(),
        "--wait",
        "--output",
        "result",
    ];
    let _ = cluster.run(&failed).ended(1);
    let more = [
        "--rerun",
        job.as_str(),
        "--tasks",
        "failed",
        "--limit",
        "memory=16MiB",
    ];
    let again = cluster.submit(&more);
    let summary = results(&cluster, &job, &["--wait"]);
    assert_eq!(summary["subsets"], serde_json::json!([again]));
    let text = bundle(&cluster);
    let verified = verify(&cluster, &text).ended(0).json();
    assert_eq!(verified["partial"], false);
    let decided_by = |task: usize| verified["tasks"][task]["job_id"].clone();
    let by: Vec<_> = (0..6).map(decided_by).collect();
    for (task, by) in by.iter().enumerate() {
        let expected = if task % 3 == 1 { &again } else { &job };
        assert_eq!(by, expected.as_str(), "task {task}");
    }
    // The subset job's list of leaves says which tasks its own are.
    let list = format!("leaves {again}");
    refused(
        &cluster,
        "its list",
        &changed(&text, &list, 1),
        &["input_root", "leaves"],
    );
}

#[test]
fn the_bundle_of_a_job_that_was_cancelled_is_partial() {
    let mut cluster = cluster();
    cluster.kill_volunteer("eve");
    let job = cluster.count_words("lines:256", &[]);
    cluster.until("some of it is stored", |cluster| {
        (cluster.job(&job).tasks.stored > 0).then_some(())
    });
    cluster.kill_volunteer("bob");
    let _ = cluster.run(&["job", "cancel", &job]).ended(0);
    let summary = results(&cluster, &job, &["--wait", "--partial"]);
    assert_eq!(
        (&summary["verified"], &summary["partial"]),
        (&true.into(), &true.into())
    );
    let text = bundle(&cluster);
    let verified = verify(&cluster, &text).ended(0).json();
    assert_eq!(verified["partial"], true);
    let tasks = verified["tasks"].as_array().expect("a list").len();
    assert!(tasks as u64 >= summary["accepted"].as_u64().expect("a number"));
    let whole = text.replacen("\npartial\n", "\n", 1);
    refused(
        &cluster,
        "partial is not said",
        &whole,
        &["bundle_partial", "done_counts"],
    );
}

#[test]
fn a_result_whose_certificates_are_not_proven_to_be_on_the_ledger_is_not_written() {
    let cluster = cluster();
    let job = cluster.count_words("lines:16KiB", &[]);
    let _ = results(&cluster, &job, &["--wait"]);
    let good = bundle(&cluster);
    let parsed = ProofBundle::parse(good.as_bytes()).expect("it is a bundle");
    assert_eq!(parsed.job_id().to_string(), job);
    for name in ["result", FILE] {
        std::fs::remove_file(cluster.user.home().join(name)).expect("it was written");
    }
    let url = between(&cluster, |path| {
        if path.contains("/proof?") {
            Deed::Flipped("record ")
        } else {
            Deed::Honest
        }
    });
    let pinned = cluster.user.data().join("known_ledgers.json");
    let at = |url: &str, more: &[&str]| {
        let args = [
            "job",
            "results",
            job.as_str(),
            "--output",
            "result",
            "--url",
            url,
        ];
        cluster.user.run(&[&args[..], more].concat())
    };
    for more in [&[][..], &["--proof", FILE]] {
        let words = at(&url, more).ended(7).stderr;
        assert!(words.contains("rule "), "{words}");
    }
    // Whoever has pinned other storage nodes believes nothing that these have signed.
    let known = std::fs::read_to_string(&pinned).expect("the policy was pinned");
    std::fs::write(&pinned, with_strangers(&known)).expect("it can be written");
    let words = at(&cluster.url(), &[]).ended(7).stderr;
    assert!(words.contains("rule policy_pinned: "), "{words}");
    let is_there = |name: &str| Path::exists(&cluster.user.home().join(name));
    assert!(!is_there("result") && !is_there(FILE));
    std::fs::write(&pinned, known).expect("it can be written");
    let _ = at(&cluster.url(), &["--proof", FILE]).ended(0);
    assert_eq!(
        verify(&cluster, &bundle(&cluster)).ended(0).json()["job_id"],
        job.as_str()
    );
}

/// What was pinned, with the same names and other keys in the place of the storage nodes'.
fn with_strangers(known: &str) -> String {
    let mut known: serde_json::Value = serde_json::from_str(known).expect("it is JSON");
    let ledgers = known.get_mut("ledgers").and_then(|all| all.as_object_mut());
    for ledger in ledgers.expect("an object").values_mut() {
        let kept = ledger.get_mut("policy").expect("a policy");
        let text = kept.as_str().expect("a text");
        let old = QuorumPolicy::parse(text).expect("it is a policy");
        let strangers = old.witnesses().iter().zip(1..).map(|(witness, seed)| {
            let key = SecretKey::from_seed(&[seed; 32]).public_bytes();
            let vkey = VKey::new(witness.vkey.name(), SignatureKind::Cosignature, key);
            Witness {
                vkey: vkey.expect("the name is a key name"),
                ..witness.clone()
            }
        });
        let policy = QuorumPolicy::new(old.log().clone(), strangers.collect(), "storage", 2);
        *kept = policy.expect("it keeps the rules").to_string().into();
    }
    known.to_string()
}
