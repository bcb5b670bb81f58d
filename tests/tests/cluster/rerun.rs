//! Tasks that failed, run again with other limits: the merged result is that of a local run with those limits.

use shared::fuel_words::instructions;
use tests::cluster::Cluster;
use tests::command_line::Ran;
use tests::programs::{self, HARD_WORK};

const MANIFEST: &str = r#"{"name": "echo", "version": "1.0.0", "summary": "Echoes.", "licence": "MIT",
    "argv_mode": "staged", "reduce": "none", "splits": {"accepted": ["range"], "default": "range:1"},
    "args": [], "output": "application/octet-stream", "example": {"range": {"start": 0, "end": 2, "chunk": 1}, "args": {}}}"#;

fn cluster() -> Cluster {
    let mut cluster = Cluster::start(&[]);
    for name in ["ann", "bob", "eve"] {
        cluster.volunteer(name, &[]);
    }
    cluster.user.file("echo.wasm", programs::echo());
    cluster
}

fn file(cluster: &Cluster, name: &str) -> Vec<u8> {
    std::fs::read(cluster.user.home().join(name)).expect("the result was written")
}

/// What `program run` makes of it on this machine alone.
fn local(cluster: &Cluster, args: &[&str]) -> Vec<u8> {
    let run = ["program", "run", "echo.wasm", "--output", "local"];
    let _ = cluster.user.run(&[&run[..], args].concat()).ended(0);
    file(cluster, "local")
}

fn rerun(cluster: &Cluster, job: &str, limits: &[&str]) -> String {
    cluster.submit(&[&["--rerun", job, "--tasks", "failed"], limits].concat())
}

fn results(cluster: &Cluster, job: &str) -> Ran {
    cluster.run(&["job", "results", job, "--wait", "--output", "result"])
}

#[test]
fn failed_tasks_run_again_with_other_limits_and_count_as_if_they_had_never_failed() {
    let mut cluster = cluster();
    // Tasks 1, 4, 7 and 10 want more memory than they may have.
    let line = |task| format!("{} line {task}\n", if task % 3 == 1 { 'x' } else { 'a' });
    let lines: String = (0..12).map(line).collect();
    cluster.user.file("lines.txt", lines);
    let input = ["--input", "lines.txt", "--split", "lines:4", "--seed", "7"];
    let program = ["--program", "echo.wasm", "--limit", "memory=1MiB"];
    let job = cluster.submit(&[&program[..], &input].concat());
    let failed = results(&cluster, &job).ended(1).stderr;
    assert!(failed.contains("4 of 12 tasks have no output"), "{failed}");
    assert!(failed.contains(&format!("--rerun {job}")), "{failed}");

    let small = rerun(
        &cluster,
        &job,
        &["--limit", "memory=16MiB", "--limit", "output=8"],
    );
    let failed = results(&cluster, &job).ended(1).stderr;
    assert!(failed.contains("(task 1 wrote more output"), "{failed}");

    let large = rerun(&cluster, &job, &["--limit", "memory=16MiB"]);
    cluster.kill_server();
    cluster.start_server();
    let summary = results(&cluster, &job).ended(0).json();
    assert_eq!(summary["subsets"], serde_json::json!([small, large]));
    assert_eq!(
        (&summary["accepted"], &summary["missing"]),
        (&12.into(), &0.into())
    );
    let expected = local(
        &cluster,
        &[&input[..], &["--limit", "memory=16MiB"]].concat(),
    );
    assert_eq!(file(&cluster, "result"), expected);

    let view = cluster.job(&job);
    let ids: Vec<String> = view.subsets.iter().map(ToString::to_string).collect();
    assert_eq!(ids, [small, large.clone()]);
    let view = cluster.job(&large);
    assert_eq!(
        view.parent.map(|parent| parent.to_string()),
        Some(job.clone())
    );
    assert_eq!((view.tasks.stored, view.limits.memory_pages), (4, 256));

    let nothing = cluster.run(&["job", "submit", "--rerun", &job]).ended(1);
    assert!(
        nothing.stderr.contains("no task of job"),
        "{}",
        nothing.stderr
    );
    let part = results(&cluster, &large).ended(2).stderr;
    assert!(
        part.contains(&format!("manyhands job results {job}")),
        "{part}"
    );
}

#[test]
fn an_export_holds_what_the_subset_jobs_made_and_every_change_in_them_is_noticed() {
    let cluster = cluster();
    cluster.user.file("echo.json", MANIFEST);
    let range = ["--manifest", "echo.json", "--range", "7..13", "--seed", "9"];
    let program = ["--program", "echo.wasm", "--limit", "output=13"];
    let job = cluster.submit(&[&program[..], &range].concat());
    // "9 10" and eight random bytes just fit; the lines from 10 on do not.
    let failed = results(&cluster, &job).ended(1).stderr;
    assert!(failed.contains("3 of 6 tasks have no output"), "{failed}");
    let args = [
        "job",
        "submit",
        "--rerun",
        &job,
        "--tasks",
        "5,3-4",
        "--limit",
        "output=14",
    ];
    let merged = cluster
        .run(&[&args[..], &["--wait", "--output", "merged"]].concat())
        .ended(0);
    let expected = local(&cluster, &range);
    assert_eq!(file(&cluster, "merged"), expected);
    let beyond = cluster.run(&["job", "submit", "--rerun", &job, "--tasks", "6"]);
    assert!(beyond.ended(2).stderr.contains("its tasks are 0 to 5"));

    let _ = cluster
        .run(&["job", "export", &job, "--output", "exported"])
        .ended(0);
    let offline = [
        "job", "results", "--from", "exported", "--output", "offline",
    ];
    let _ = cluster.user.run(&offline).ended(0);
    assert_eq!(file(&cluster, "offline"), expected);

    let subset = merged.json()["subsets"][0]
        .as_str()
        .expect("one job")
        .to_owned();
    let place = cluster.user.home().join("exported/subsets").join(subset);
    for (name, rule) in [
        ("job.bin", "rule job_signature"),
        ("leaves.bin", "rule subset_order"),
        ("outputs/1", "rule output_hash"),
    ] {
        let path = place.join(name);
        let good = std::fs::read(&path).expect("the export has it");
        let mut bad = good.clone();
        *bad.last_mut().expect("it is not empty") ^= 1;
        std::fs::write(&path, bad).expect("it can be changed");
        let refused = cluster.user.run(&offline).ended(7).stderr;
        assert!(refused.contains(rule), "{name}: {refused}");
        std::fs::write(&path, good).expect("it can be changed back");
    }
}

#[test]
fn tasks_that_ran_out_of_fuel_say_what_their_limit_was_and_run_again_with_more() {
    let mut cluster = Cluster::start(&[]);
    cluster.user.file("hard.wasm", programs::hard_working());
    // Tasks 1, 4 and 7 are hard.
    let line = |task| format!("{} line {task}\n", if task % 3 == 1 { 'x' } else { 'a' });
    let lines: String = (0..9).map(line).collect();
    cluster.user.file("lines.txt", &lines);
    let fuel = format!("fuel={HARD_WORK}");
    let program = ["--program", "hard.wasm", "--limit", &fuel];
    let input = ["--input", "lines.txt", "--split", "lines:4"];
    let job = cluster.submit(&[&program[..], &input].concat());
    let events = std::fs::File::create(cluster.user.home().join("events")).expect("a file");
    let url = cluster.url();
    let mut watch = cluster.user.command(&["job", "watch", &job, "--url", &url]);
    let mut watch = watch.stdout(events).spawn().expect("manyhands starts");
    for name in ["ann", "bob"] {
        cluster.volunteer(name, &[]);
    }
    assert!(watch.wait().expect("it ends with the job").success());
    let events = String::from_utf8(file(&cluster, "events")).expect("lines");
    let ended = "ran out of fuel: its limit is 100000 instructions";
    assert_eq!(events.matches(ended).count(), 3, "{events}");
    assert!(events.contains(&format!("task 4: accepted, it {ended}\n")));
    assert!(events.contains("task 3: accepted\n"), "{events}");

    let failed = results(&cluster, &job).ended(1).stderr;
    for words in ["3 of 9 tasks have no output", ended, "--limit fuel=MORE"] {
        assert!(failed.contains(words), "{failed}");
    }
    let view = cluster.job(&job);
    assert_eq!((view.limits.fuel, view.dissent), (HARD_WORK, 0));
    let both = ["ann", "bob"].map(|name| cluster.node(name).expect("it is known"));
    let [ann, bob] = both.each_ref().map(|node| node.record.credit);
    assert!(ann > 3 * HARD_WORK, "fuel that is used up is credit: {ann}");
    assert_eq!(ann, bob, "both computed all tasks");
    let key = both[0].node_key.to_string();
    let shown = cluster
        .user
        .run(&["node", "show", &key, "--url", &url])
        .ended(0);
    assert!(shown.text().contains(&instructions(ann)), "{shown:?}");

    let subset = rerun(&cluster, &job, &["--limit", "fuel=1e7"]);
    let _ = results(&cluster, &job).ended(0);
    assert_eq!(file(&cluster, "result"), lines.into_bytes());
    let view = cluster.job(&subset);
    assert_eq!((view.tasks.stored, view.limits.fuel), (3, 10_000_000));
}
