//! wordcount: texts in several languages against a plain count.

use crate::job::Job;
use coordinator::guest::{RunEnd, RunSpec};
use coordinator::local_run::{LocalRunError, RunOver};
use shared::argv::{Stage, argv};
use shared::ids::JobSeed;
use shared::job::{ArgvMode, Limits};
use shared::outcome::{Outcome, Status};
use std::collections::BTreeMap;
use std::path::Path;

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

#[test]
fn however_the_text_is_split_the_words_are_those_of_a_plain_count() {
    let Some(job) = Job::of("wordcount", &[]) else {
        return;
    };
    let (text, expected) = (text(), plain(&text()));
    for (split, several) in [
        ("files", false),
        ("lines:64KiB", false),
        ("lines:1KiB", true),
        ("lines:1", true),
    ] {
        let (tasks, result) = job.run(&text, split);
        assert_eq!(tasks > 1, several, "{split}");
        assert!(result.unwrap() == expected.as_bytes(), "{split}");
    }
}

#[test]
fn the_number_of_bad_bytes_is_told_on_stderr_and_is_no_failure() {
    let Some(Job { local: job }) = Job::of("wordcount", &[]) else {
        return;
    };
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
    let Some(Job { local: mut job }) = Job::of("wordcount", &[]) else {
        return;
    };
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
