//! `program inspect`: what a module is made of, what was changed, what may fail, and why one is refused.

use coordinator::builtin::{MISSING, built_in};
use serde_json::json;
use shared::ids::Digest;
use shared::rewrite::{REWRITER, rewrite};
use tests::cluster::Cluster;
use tests::command_line::CommandLine;
use tests::programs::everything;

const MANIFEST: &str = r#"{"name": "everything", "version": "2.1.0", "summary": "Has a bit of everything.", "licence": "MIT",
    "argv_mode": "staged", "reduce": "associative", "splits": {"accepted": ["lines", "files"], "default": "lines:1KiB"},
    "args": [{"name": "width", "help": "How wide.", "type": "integer", "min": 1, "max": 9}],
    "output": "text/plain", "limits": {"fuel": 2500000000, "memory_pages": 64, "output_bytes": 1048576, "wall_ms": 30000},
    "example": {"input": "a\n", "args": {"width": "3"}}}"#;

/// Parts of the text, each with its name before it.
fn expected() -> Vec<String> {
    let original = everything();
    let running = rewrite(&original).expect("it may be a program").module;
    let (uploaded, runs) = (Digest::of(&original), Digest::of(&running));
    vec![
        format!("uploaded      {} B, {uploaded}", original.len()),
        format!("that runs     {} B, {runs}", running.len()),
        "changed       counts its fuel at each call and in 1 loop\n".to_owned(),
        "the same NaN in every engine, for 1 float operation\n".to_owned(),
        "one stack budget, for 1 function\n".to_owned(),
        "growing its memory obeys the job's limit, in 1 place\n".to_owned(),
        "of names and debug information left out\n".to_owned(),
        "memory pages  2 at the start, at most 100\n".to_owned(),
        "imports       clock_time_get, path_open, random_get, sock_shutdown\n".to_owned(),
        "features      ".to_owned(),
        "sign-extension".to_owned(),
        "may fail at   sock_shutdown: the answer is always \"not supported\" (52)".to_owned(),
        "opening a file: ".to_owned(),
        "time: ".to_owned(),
        "random numbers: ".to_owned(),
        "recursion: ".to_owned(),
        "memory: growing beyond 4 MiB is refused\n".to_owned(),
        "name          everything@2.1.0\n".to_owned(),
        "--arg width=…  How wide. (a whole number from 1 to 9; required)".to_owned(),
        "example       --input FILE --arg 'width=3', for a file such as: a …\n".to_owned(),
        "limits        fuel 2500000000 (2.50 billion instructions), memory 4.00 MiB, output 1.00 MiB, wall 30 s\n".to_owned(),
    ]
}

#[test]
fn a_file_and_a_published_program_are_told_alike_with_what_was_changed_and_what_may_fail() {
    let cluster = Cluster::start(&[]);
    cluster.user.file("all.wasm", everything());
    cluster.user.file("all.json", MANIFEST);
    let file = ["program", "inspect", "all.wasm", "--manifest", "all.json"];
    let shown = cluster.user.run(&file).ended(0);
    for words in expected() {
        assert!(
            shown.text().contains(&words),
            "{words:?} in\n{}",
            shown.text()
        );
    }
    let told = cluster.user.run(&[&file[..], &["--json"]].concat());
    let told = told.ended(0).json();
    let original = everything();
    let rewritten = rewrite(&original).expect("it may be a program");
    for (name, value) in [
        ("original_sha256", json!(Digest::of(&original))),
        ("original_bytes", json!(original.len())),
        ("module_sha256", json!(Digest::of(&rewritten.module))),
        ("module_bytes", json!(rewritten.module.len())),
        ("rewriter", json!(REWRITER)),
        ("changes", json!(rewritten.changes)),
        ("memory_max_pages", json!(100)),
    ] {
        assert_eq!(told[name], value, "{name}");
    }
    let may_fail = told["may_fail_at"].as_array().expect("a list");
    assert_eq!(may_fail.len(), 6, "{may_fail:?}");
    assert_eq!(told["manifest"]["name"], "everything");

    let add = ["program", "add", "all.wasm", "--manifest", "all.json"];
    let _ = cluster.run(&add).ended(0);
    let published = ["program", "inspect", "everything"];
    assert_eq!(cluster.run(&published).ended(0).json(), told);
    let url = cluster.url();
    let by_name = [&published[..], &["--url", &url]].concat();
    let by_name = cluster.user.run(&by_name).ended(0);
    assert_eq!(by_name.text(), shown.text());
}

#[test]
fn a_built_in_program_is_told_without_a_coordinator_and_with_an_example_that_runs() {
    if built_in("nqueens").is_none() {
        eprintln!("skipped: {MISSING}");
        return;
    }
    let user = CommandLine::default();
    let shown = user.run(&["program", "inspect", "nqueens", "--built-in"]);
    let shown = shown.ended(0);
    let example = "example       --range 0..512 --chunk 128 --arg 'n=8'\n";
    assert!(shown.text().contains(example), "{}", shown.text());
    let run = ["program", "run", "nqueens", "--range", "0..512"];
    let ran = user.run(&[&run[..], &["--chunk", "128", "--arg", "n=8"]].concat());
    assert!(ran.ended(0).text().contains(r#""solutions":92"#));
    let unknown = user.run(&["program", "inspect", "nothing", "--built-in"]);
    let said = unknown.ended(3).stderr;
    assert!(said.contains("built in are: align, grep"), "{said}");
}

#[test]
fn a_refusal_names_the_function_or_feature_and_its_offset() {
    let user = CommandLine::default();
    let rest = r#"(memory (export "memory") 1) (func (export "_start"))"#;
    for (text, words) in [
        (
            format!(r#"(module (import "env" "fetch" (func)) {rest})"#),
            r#"it imports "fetch" from "env" (at offset 0x"#,
        ),
        (
            format!(r#"(module (import "wasi_snapshot_preview1" "fd_teleport" (func)) {rest})"#),
            r#"it imports the function "fd_teleport" (at offset 0x"#,
        ),
        (
            format!("(module {rest} (func $f (return_call $f)))"),
            "tail calls",
        ),
        (format!("(module {rest} (func $f) (start $f))"), "offset 0x"),
    ] {
        let module = wat::parse_str(&text).expect("the test's own module is valid");
        user.file("refused.wasm", module);
        let said = user
            .run(&["program", "inspect", "refused.wasm"])
            .ended(1)
            .stderr;
        for words in ["refused.wasm: this module is refused: ", words, "offset 0x"] {
            assert!(said.contains(words), "{words:?} in {said}");
        }
    }
}
