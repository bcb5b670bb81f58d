//! What a user can get wrong: each has one clear line and the right exit code, and no coordinator is needed to say so.

use coordinator::builtin::built_in;
use tests::command_line::CommandLine;

/// Asserts that a command ends with `code` and says `words` in one line.
fn refused(user: &CommandLine, args: &[&str], code: i32, words: &str) {
    let ran = user.run(args).ended(code);
    let first = ran.stderr.lines().next().unwrap_or_default();
    assert!(first.starts_with("error: "), "{args:?}: {first}");
    assert!(ran.stderr.contains(words), "{args:?}: {}", ran.stderr);
    assert_eq!(ran.text(), "", "{args:?}");
}

#[test]
fn inputs_that_cannot_be_jobs_are_refused_before_anything_is_sent() {
    let user = CommandLine::default();
    user.file("text", "some words\n");
    user.file("empty", "");
    let submit = |rest: &[&str], code: i32, words: &str| {
        let args = [&["job", "submit", "--program", "wordcount"], rest].concat();
        refused(&user, &args, code, words);
    };
    submit(&["--input", "none"], 3, "none: No such file");
    submit(&["--input", "empty"], 2, "the input empty is empty");
    submit(&["--input", "text", "--trust", "2"], 2, "odd, 3 to 15");
    submit(&["--input", "text", "--trust", "4"], 2, "odd, 3 to 15");
    submit(&["--input", "text", "--trust", "17"], 2, "odd, 3 to 15");
    submit(&["--input", "text", "--split", "lines"], 2, "lines:SIZE");
    submit(&["--input", "text", "--split", "words:5"], 2, "lines:SIZE");
    submit(&["--input", "text", "--split", "lines:0"], 2, "at least 1");
    submit(&["--range", "5..1"], 2, "END must be greater than START");
    submit(&["--range", "5..5"], 2, "END must be greater than START");
    submit(&["--range", "a..b"], 2, "START..END");
    submit(&["--range", "0..9", "--chunk", "0"], 2, "--chunk");
    submit(
        &["--range", "0..9", "--input", "text"],
        2,
        "cannot be used with",
    );
    submit(&[], 2, "--input");
    submit(
        &["--input", "text", "--common", "none"],
        3,
        "none: No such file",
    );
    submit(&["--input", "text", "--limit", "memory=2GiB"], 2, "1GiB");
    submit(
        &["--input", "text", "--limit", "speed=2"],
        2,
        "unknown limit",
    );
    submit(&["--input", "text", "--policy", "best"], 2, "balanced");
    submit(&["--input", "text", "--arg", "width"], 2, "NAME=VALUE");
    submit(&["--input", "text", "--seed", "x"], 2, "seed");
    submit(&["--input", "text", "--output", "x"], 2, "--wait");
    submit(
        &["--input", "text", "--title", &"x".repeat(201)],
        2,
        "200 characters",
    );
}

#[test]
fn files_that_cannot_be_programs_are_refused_with_the_reason() {
    let user = CommandLine::default();
    user.file("text", "some words\n");
    user.file("not.wasm", "this is not wasm");
    let no_start = wat::parse_str(r#"(module (memory (export "memory") 1))"#).unwrap();
    user.file("no-start.wasm", no_start);
    let import = r#"(module (import "env" "fetch" (func)) (memory (export "memory") 1) (func (export "_start")))"#;
    user.file("import.wasm", wat::parse_str(import).unwrap());
    for (file, code, words) in [
        ("none.wasm", 3, "none.wasm: No such file"),
        ("not.wasm", 1, "not.wasm: this module is refused"),
        ("no-start.wasm", 1, "_start"),
        ("import.wasm", 1, "fetch"),
    ] {
        refused(&user, &["program", "inspect", file], code, words);
        refused(
            &user,
            &["program", "run", file, "--input", "text"],
            code,
            words,
        );
        refused(&user, &["program", "add", file], code, words);
        refused(
            &user,
            &["job", "submit", "--program", file, "--input", "text"],
            code,
            words,
        );
    }
}

#[test]
fn a_program_without_an_input_says_which_it_takes() {
    let user = CommandLine::default();
    user.file("text", "some words\n");
    let words = "give --input FILE, or --range START..END";
    refused(&user, &["program", "run", "primes"], 2, words);
    refused(&user, &["job", "submit", "--program", "primes"], 2, words);
    if built_in("primes").is_some() {
        let args = ["program", "run", "primes", "--input", "text"];
        let words = "primes computes a range: give --range START..END instead of --input";
        refused(&user, &args, 2, words);
    }
}

#[test]
fn a_module_without_a_manifest_is_only_published_ad_hoc() {
    let user = CommandLine::default();
    let module = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;
    user.file("tool.wasm", wat::parse_str(module).unwrap());
    refused(&user, &["program", "add", "tool.wasm"], 2, "--ad-hoc");
    user.file("bad.json", r#"{"name": "x"}"#);
    let args = ["program", "add", "tool.wasm", "--manifest", "bad.json"];
    refused(&user, &args, 1, "manifest is not valid");
    let shown = user.run(&["program", "inspect", "tool.wasm"]).ended(0);
    assert!(
        shown.text().contains("none: it can be published ad hoc"),
        "{}",
        shown.text()
    );
}

#[test]
fn ids_and_addresses_of_the_wrong_form_are_usage_errors() {
    let user = CommandLine::default();
    refused(&user, &["job", "results", "12"], 2, "64 hexadecimal digits");
    refused(&user, &["node", "show", "xyz"], 2, "64 hexadecimal digits");
    refused(&user, &["job", "list", "--url", "ftp://x"], 2, "http://");
    refused(
        &user,
        &["job", "list", "--url", "http://u:secret@x"],
        2,
        "--token-file",
    );
    refused(
        &user,
        &["token", "revoke", "../keys"],
        2,
        "not the id of a token",
    );
    refused(
        &user,
        &["token", "create", "--scope", "all", "--output", "x"],
        2,
        "unknown scope",
    );
}
