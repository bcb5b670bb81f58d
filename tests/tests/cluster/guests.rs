//! Programs that end badly: each end is an answer that is voted on, or a failure that says why; nobody is hurt.

use tests::bad_ends::{BAD_ENDS, LIMITS, command};
use tests::cluster::Cluster;

/// Submits a job on an ad-hoc module; answers with the exit code and what was said.
fn run(cluster: &Cluster, module: Vec<u8>, more: &[&str]) -> (i32, String) {
    cluster.user.file("guest.wasm", module);
    cluster.user.file("line.txt", "one line\n");
    let args = [
        "job",
        "submit",
        "--program",
        "guest.wasm",
        "--input",
        "line.txt",
        "--wait",
        "--output",
        "out",
    ];
    let ran = cluster.run(&[&args[..], more].concat());
    (ran.code, ran.stderr)
}

#[test]
fn guests_that_end_badly_fail_visibly_and_the_volunteers_go_on() {
    let mut cluster = Cluster::start(&[]);
    for name in ["ann", "bob", "eve", "joe", "sue", "tom"] {
        cluster.volunteer(name, &[]);
    }
    for end in BAD_ENDS {
        let (code, said) = run(&cluster, end.module(), &LIMITS);
        assert_eq!(code, 1, "{}: {said}", end.name);
        assert!(said.contains(end.words), "{}: {said}", end.name);
    }
    let endless = command("(loop $again (br $again))");
    let (code, said) = run(&cluster, endless, &["--limit", "wall=1"]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("unable"), "{said}");

    cluster.text_file(40_000);
    let job = cluster.submit(&["--program", "wordcount", "--input", "input.txt"]);
    assert_eq!(
        cluster.result(&job),
        cluster.local("wordcount", "input.txt")
    );
}

/// The bytes of an output over the inline limit are asked for after the vote, and once for all tasks that have them.
#[test]
fn large_outputs_that_are_equal_for_many_tasks_count_for_each_of_them() {
    let mut cluster = Cluster::start(&[]);
    for name in ["ann", "bob", "eve"] {
        cluster.volunteer(name, &[]);
    }
    // A vector of 64,000 bytes, written twice: 128,000 bytes whatever the input is.
    let body =
        "(i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 64000))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))";
    cluster.user.file("large.wasm", command(body));
    let input = "a line of the input, of which each makes a task\n".repeat(24);
    cluster.user.file("lines.txt", input);
    let job = cluster.submit(&[
        "--program",
        "large.wasm",
        "--input",
        "lines.txt",
        "--split",
        "lines:40",
    ]);
    let result = cluster.result(&job);
    assert_eq!(cluster.job(&job).task_count, 24);
    assert_eq!(result.len(), 24 * 128_000);
    assert_eq!(result, cluster.local("large.wasm", "lines.txt").repeat(24));
}
