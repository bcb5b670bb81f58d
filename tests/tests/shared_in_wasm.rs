//! The tests of `shared`, built for wasm32-wasip1 and run as a guest: the rules and vectors hold in wasm too, and a
//! large program that knows nothing of Manyhands runs in our sandbox.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use coordinator::guest::{Engine, RunEnd, RunSpec};
use shared::ids::JobSeed;
use shared::job::{Limits, MAX_FUEL};
use shared::outcome::Outcome;
use shared::rewrite::rewrite;

/// Builds the test program of `shared` and says where it is.
fn build() -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["rustc", "--package", "shared", "--lib", "--profile", "test"])
        .args(["--target", "wasm32-wasip1", "--message-format", "json"])
        // Interpreted code that was not optimised takes minutes.
        .args(["--config", "profile.dev.package.shared.opt-level=2"])
        // With debug information it comes close to the 16 MiB that a module may have.
        .args(["--", "-C", "strip=debuginfo"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "the tests of shared do not build for wasm32-wasip1 (rustup target add wasm32-wasip1)"
    );
    let messages = String::from_utf8(output.stdout).expect("cargo prints UTF-8");
    let executable = messages.lines().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message.get("executable")?.as_str()?))
    });
    executable.expect("cargo names the program it built")
}

/// Runs the test program with `args` and returns its outcome and what it printed.
fn run(module: &[u8], args: &[&str]) -> (Outcome, String) {
    let engine = Engine::new();
    let rewritten = rewrite(module).expect("the test program is a valid guest");
    let program = engine
        .compile(&rewritten.module)
        .expect("what was rewritten can be run");
    let words = ["program"]
        .iter()
        .chain(args)
        .map(|arg| arg.as_bytes().to_vec())
        .collect();
    let limits = Limits {
        fuel: MAX_FUEL,
        memory_pages: 16_384,
        wall_ms: 600_000,
        ..Limits::default()
    };
    let spec = RunSpec::task(words, Vec::new(), JobSeed([7; 32]), 0, &limits);
    match engine.run(&program, spec) {
        RunEnd::Finished {
            outcome,
            output,
            stderr_tail,
        } => {
            let text = String::from_utf8_lossy(&output) + String::from_utf8_lossy(&stderr_tail);
            (outcome, text.into_owned())
        }
        RunEnd::Unable(reason) => panic!("the guest was ended: {reason:?}"),
    }
}

#[test]
fn the_tests_of_shared_pass_in_wasm_under_our_own_wasi() {
    let module = std::fs::read(build()).expect("the program that cargo built");
    // A failed test aborts the program: what it says must already be on stderr.
    let (outcome, text) = run(&module, &["--test-threads=1", "--nocapture"]);
    println!("{text}");
    assert_eq!((outcome.status.words(), outcome.code), ("ok", 0), "{text}");
    let summary = text
        .lines()
        .find(|line| line.starts_with("test result: ok."));
    let summary = summary.expect("the harness reports its result");
    assert!(summary.contains(" 0 failed; 0 ignored;"), "{summary}");
    for name in [
        "split::tests::",
        "vectors::entries::",
        "vectors::ledger::",
        "vectors::notes::",
        "cert::tests::",
        "wasi::",
    ] {
        assert!(
            text.contains(&format!("test {name}")),
            "no test of {name} ran in wasm"
        );
    }
}
