//! `program run`: a whole job on one machine, against a plain count.

use coordinator::builtin::{MISSING, built_in};
use std::collections::BTreeMap;
use tests::command_line::CommandLine;

const TEXT: &str = "One fish two fish\nred FISH blue fish\nÉté été 众手 naïve\n";

fn plain(text: &str) -> String {
    let mut counts = BTreeMap::<String, u64>::new();
    for word in text
        .split(|char: char| !char.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        *counts.entry(word.to_lowercase()).or_default() += 1;
    }
    let lines: Vec<_> = counts
        .iter()
        .map(|(word, count)| format!("{word}\t{count}\n"))
        .collect();
    lines.concat()
}

/// Says why a test is skipped in a clone where the programs are not built yet.
fn is_built() -> bool {
    let built = built_in("wordcount").is_some();
    if !built {
        eprintln!("skipped: {MISSING}");
    }
    built
}

#[test]
fn words_are_counted_alike_however_the_input_is_split() {
    if !is_built() {
        return;
    }
    let user = CommandLine::default();
    let text = TEXT.repeat(100);
    user.file("text", &text);
    let expected = plain(&text);
    for split in [
        &["--whole"][..],
        &["--split", "lines:1"],
        &["--split", "lines:100"],
        &[],
    ] {
        let args = [&["program", "run", "wordcount", "--input", "text"], split].concat();
        assert_eq!(user.run(&args).ended(0).text(), expected, "{split:?}");
    }
}

#[test]
fn a_result_in_a_file_is_described_in_json() {
    if !is_built() {
        return;
    }
    let user = CommandLine::default();
    user.file("text", TEXT);
    let args = [
        "program",
        "run",
        "wordcount",
        "--input",
        "text",
        "--split",
        "lines:20",
        "--output",
        "out",
        "--json",
    ];
    let summary = user.run(&args).ended(0).json();
    let written = std::fs::read(user.home().join("out")).unwrap();
    assert_eq!(written, plain(TEXT).into_bytes());
    assert_eq!(summary["task_count"], 3);
    assert_eq!(summary["output_bytes"], written.len());
    assert_eq!(
        summary["output_sha256"],
        shared::ids::Digest::of(&written).to_string()
    );
}

#[test]
fn an_unknown_program_is_not_found() {
    let user = CommandLine::default();
    user.file("text", TEXT);
    let ran = user
        .run(&["program", "run", "nothing", "--input", "text"])
        .ended(3);
    assert!(
        ran.stderr.contains("no built-in program \"nothing\""),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_guest_that_ends_badly_leaves_no_result_and_says_which_task() {
    let user = CommandLine::default();
    user.file("text", TEXT);
    let module = r#"(module
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (func (export "_start") (call $exit (i32.const 3))))"#;
    user.file("exit.wasm", wat::parse_str(module).unwrap());
    let args = [
        "program",
        "run",
        "exit.wasm",
        "--input",
        "text",
        "--output",
        "out",
    ];
    let ran = user.run(&args).ended(1);
    assert!(
        ran.stderr.contains("task 0 ended with exit code 3"),
        "{}",
        ran.stderr
    );
    assert!(!user.home().join("out").exists());
}

#[test]
fn a_plain_tool_gets_its_args_as_they_are_and_a_range_as_lines() {
    let user = CommandLine::default();
    // Copies stdin to stdout: reads up to 64 KiB, writes it.
    let module = r#"(module
        (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 2)
        (data (i32.const 0) "\10\00\00\00\00\00\01\00")
        (func (export "_start")
            (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
            (i32.store (i32.const 4) (i32.load (i32.const 8)))
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;
    user.file("cat.wasm", wat::parse_str(module).unwrap());
    let args = [
        "program", "run", "cat.wasm", "--range", "-2..5", "--chunk", "3", "--", "-v",
    ];
    assert_eq!(user.run(&args).ended(0).text(), "-2 1\n1 4\n4 5\n");
    let args = [
        "program",
        "run",
        "cat.wasm",
        "--range",
        "0..2000000",
        "--chunk",
        "1",
    ];
    let ran = user.run(&args).ended(2);
    assert!(ran.stderr.contains("2000000 tasks"), "{}", ran.stderr);
}

#[test]
fn whoever_gives_a_wrong_arg_is_told_all_args_of_the_program_with_their_ranges() {
    if !is_built() {
        return;
    }
    let user = CommandLine::default();
    for wrong in ["widht=3", "width=0", "width=wide"] {
        let args = [
            "program",
            "run",
            "mandelbrot",
            "--range",
            "0..4",
            "--arg",
            wrong,
        ];
        let ran = user.run(&args).ended(2);
        for part in [
            "--arg width=…",
            "a whole number from",
            "--arg iterations=…",
            "default",
        ] {
            assert!(ran.stderr.contains(part), "{wrong}: {}", ran.stderr);
        }
    }
}

#[test]
fn a_task_without_enough_fuel_says_so_with_its_limit() {
    if !is_built() {
        return;
    }
    let user = CommandLine::default();
    user.file("text", TEXT);
    let limit = |limit| {
        [
            "program",
            "run",
            "wordcount",
            "--input",
            "text",
            "--limit",
            limit,
        ]
    };
    let ran = user.run(&limit("fuel=2e3")).ended(1);
    let words = "task 0 ran out of fuel: its limit is 2000 instructions";
    assert!(ran.stderr.contains(words), "{}", ran.stderr);
    assert_eq!(user.run(&limit("fuel=2e9")).ended(0).text(), plain(TEXT));
}
