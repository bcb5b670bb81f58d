//! grep: lines of this project's documents, however they are split.

use crate::job::{Job, assert_refused};

const TEXT: &str = include_str!("../../../docs/spec/LEDGER.md");

#[test]
fn the_lines_found_are_those_of_a_plain_search_however_the_text_is_split() {
    let args = [("pattern", r"\bhash\b"), ("ignore-case", "true")];
    let Some(job) = Job::of("grep", &args) else {
        return;
    };
    let has = |line: &&str| {
        let mut words = line.split(|char: char| !char.is_alphanumeric() && char != '_');
        words.any(|word| word.to_lowercase() == "hash")
    };
    let expected: String = TEXT
        .lines()
        .filter(has)
        .flat_map(|line| {
            [
                line, "
",
            ]
        })
        .collect();
    assert!(expected.lines().count() > 5);
    for split in ["files", "lines:4KiB", "lines:1"] {
        assert_eq!(job.text(TEXT.as_bytes(), split), expected, "{split}");
    }
}

#[test]
fn counts_add_up_and_bytes_that_are_no_utf_8_do_not_matter() {
    let args = [("pattern", "^a"), ("count", "true"), ("invert", "true")];
    let Some(job) = Job::of("grep", &args) else {
        return;
    };
    let text = b"a\xff\n\xff\xfe\nb\na\nlast".as_slice();
    for split in ["files", "lines:2", "lines:5"] {
        assert_eq!(job.text(text, split), "3\n", "{split}");
    }
}

#[test]
fn a_bad_pattern_is_refused_and_explained() {
    let Some(job) = Job::of("grep", &[("pattern", "a(b")]) else {
        return;
    };
    assert_refused(job.run(b"text\n", "files").1, "unclosed group");
}
