//! Programs that end badly: each end is an answer that is voted on, or a failure that says why; nobody is hurt.

use tests::cluster::Cluster;

/// A command whose `_start` does this, with a page of memory and the WASI functions that the bodies call.
fn module(body: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") 1)
            (func (export "_start") {body}))"#
    );
    wat::parse_str(text).expect("the test's own module is valid")
}

/// Submits a job on an ad-hoc module; answers with the exit code and what was said.
fn run(cluster: &Cluster, name: &str, body: &str, more: &[&str]) -> (i32, String) {
    let file = format!("{name}.wasm");
    cluster.user.file(&file, module(body));
    cluster.user.file("line.txt", "one line\n");
    let args = [
        "job",
        "submit",
        "--program",
        &file,
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
fn guests_that_trap_exit_or_want_too_much_fail_visibly_and_the_volunteers_go_on() {
    let mut cluster = Cluster::start(&[]);
    for name in ["ann", "bob", "eve", "joe", "sue", "tom"] {
        cluster.volunteer(name, &[]);
    }
    let flood = "(i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 65000))
        (loop $more (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) (br $more))";
    let hungry = "(if (i32.eq (memory.grow (i32.const 65535)) (i32.const -1)) (then unreachable))";
    for (name, body, words) in [
        ("trap", "unreachable", "trapped"),
        ("exit", "(call $exit (i32.const 3))", "exit code"),
        ("flood", flood, "more output"),
        ("hungry", hungry, "memory"),
    ] {
        let (code, said) = run(&cluster, name, body, &[]);
        assert_eq!(code, 1, "{name}: {said}");
        assert!(said.contains(words), "{name} says what happened: {said}");
    }
    let (code, said) = run(
        &cluster,
        "endless",
        "(loop $again (br $again))",
        &["--limit", "wall=1"],
    );
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
    cluster.user.file("large.wasm", module(body));
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
