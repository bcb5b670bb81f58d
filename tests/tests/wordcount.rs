//! The built-in program wordcount under wasmi: a real Rust command, built for WASI, against a plain count.

use coordinator::builtin::{MISSING, built_in};
use coordinator::guest::{Engine, RunEnd, RunSpec};
use coordinator::local_run::{LocalJob, LocalRunError, RunOver};
use shared::argv::{Stage, argv};
use shared::ids::JobSeed;
use shared::job::{ArgvMode, Limits};
use shared::local_program::LocalProgram;
use shared::outcome::{Outcome, Status};
use shared::split::{SplitSpec, Splitter};
use std::collections::BTreeMap;
use std::path::Path;

/// wordcount as a job; `None`, with a word about it, in a clone where the programs are not built yet.
fn wordcount() -> Option<LocalJob> {
    let Some(program) = built_in("wordcount") else {
        eprintln!("skipped: {MISSING}");
        return None;
    };
    let (module, manifest) = (program.module.into_owned(), program.manifest.into_owned());
    let program = LocalProgram::new(module, Some(manifest)).expect("a valid program");
    let engine = Engine::new();
    let compiled = engine.compile(&program.module).expect("a module that runs");
    Some(LocalJob::new(
        engine,
        compiled,
        &program.manifest,
        Vec::new(),
    ))
}

/// Source files of this project, in several languages' letters thanks to a few lines behind them.
fn text() -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut text = Vec::new();
    for file in [
        "shared/src/job.rs",
        "shared/src/split.rs",
        "docs/spec/LEDGER.md",
    ] {
        text.extend(std::fs::read(root.join(file)).expect("a file of the project"));
    }
    text.extend_from_slice("\nΟΔΥΣΣΕΥΣ Οδυσσεύς İstanbul 众手 naïve NAÏVE Straße\n".as_bytes());
    text.extend_from_slice(b"bad\xff\xfebytes \xe2\x82 end");
    text
}

/// The definition of the words, without any of the program's code.
fn plain(text: &[u8]) -> String {
    let mut counts = BTreeMap::<String, u64>::new();
    for chunk in text.utf8_chunks() {
        for word in chunk.valid().split(|char: char| !char.is_alphanumeric()) {
            if !word.is_empty() {
                *counts.entry(word.to_lowercase()).or_default() += 1;
            }
        }
    }
    let lines = counts
        .iter()
        .map(|(word, count)| format!("{word}\t{count}\n"));
    lines.collect()
}

/// Splits, maps and reduces.
fn counted(job: &LocalJob, text: &[u8], split: &str) -> (u32, String) {
    let split: SplitSpec = split.parse().expect("a split");
    let mut out = Vec::new();
    let tasks = job.run::<RunOver>(
        |feed| {
            let mut splitter = Splitter::new(&split, 16 << 20).expect("a split in range");
            let mut chunks = Vec::new();
            splitter
                .push(text, |chunk| chunks.push(chunk))
                .expect("text can be split");
            splitter
                .finish(|chunk| chunks.push(chunk))
                .expect("the text is not empty");
            chunks.into_iter().try_for_each(feed)
        },
        &mut out,
        &mut |_| {},
    );
    (
        tasks.expect("all tasks end well"),
        String::from_utf8(out).expect("words are UTF-8"),
    )
}

#[test]
fn however_the_text_is_split_the_words_are_those_of_a_plain_count() {
    let Some(job) = wordcount() else { return };
    let (text, expected) = (text(), plain(&text()));
    for (split, several) in [
        ("files", false),
        ("lines:64KiB", false),
        ("lines:1KiB", true),
        ("lines:1", true),
    ] {
        let (tasks, result) = counted(&job, &text, split);
        assert_eq!(tasks > 1, several, "{split}");
        assert!(result == expected, "{split}");
    }
}

#[test]
fn the_number_of_bad_bytes_is_told_on_stderr_and_is_no_failure() {
    let Some(job) = wordcount() else { return };
    let argv = argv(ArgvMode::Staged, Stage::Map, &[]);
    let input = b"a\xff b \xe2\x82".to_vec();
    let spec = RunSpec::task(argv, input, JobSeed([0; 32]), 0, &Limits::default());
    let end = job.engine.run(&job.program, spec);
    let RunEnd::Finished {
        outcome,
        output,
        stderr_tail,
    } = end
    else {
        panic!("{end:?}");
    };
    assert_eq!(output, b"a\t1\nb\t1\n");
    assert_eq!(outcome, Outcome::ok(&output, outcome.fuel));
    let stderr = String::from_utf8(stderr_tail).unwrap();
    assert_eq!(
        stderr,
        "wordcount: 3 bytes are not UTF-8; they separate words\n"
    );
}

#[test]
fn an_unknown_stage_and_an_output_that_no_map_wrote_end_with_an_exit_code() {
    let Some(mut job) = wordcount() else { return };
    let unknown = vec![b"program".to_vec(), b"sort".to_vec()];
    let spec = RunSpec::task(unknown, Vec::new(), JobSeed([0; 32]), 0, &Limits::default());
    let end = job.engine.run(&job.program, spec);
    let is_exit = |outcome: Outcome| outcome == Outcome::exit(1, &[], outcome.fuel);
    assert!(matches!(end, RunEnd::Finished { outcome, .. } if is_exit(outcome)));
    let argv = argv(ArgvMode::Staged, Stage::Reduce, &[]);
    let spec = RunSpec::reduce(argv, b"words without counts\n".to_vec(), JobSeed([0; 32]));
    let end = job.engine.run(&job.program, spec);
    assert!(matches!(end, RunEnd::Finished { outcome, .. } if outcome.status == Status::Exit));
    job.limits.memory_pages = 20;
    let error = job.run::<RunOver>(
        |feed| feed(vec![b'a'; 4 << 20]),
        &mut Vec::new(),
        &mut |_| {},
    );
    let Err(LocalRunError::Guest(failed)) = error else {
        panic!("{error:?}");
    };
    assert_eq!(failed.how, Status::OutOfMemory.words());
}
