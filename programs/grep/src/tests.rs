//! Lines that are found, counted, and patterns that are refused.

use super::*;

fn args(pattern: &str, ignore_case: &str, invert: &str, count: &str) -> Args {
    Args::of(&[
        ("pattern", pattern),
        ("ignore-case", ignore_case),
        ("invert", invert),
        ("count", count),
    ])
}

fn found(pattern: &str, text: &[u8]) -> Vec<u8> {
    map(&args(pattern, "false", "false", "false"), text).unwrap()
}

const TEXT: &[u8] = b"one fish\ntwo FISH\n\nbad \xff fish\nlast";

#[test]
fn lines_that_match_are_found_whatever_their_bytes() {
    assert_eq!(found("fish$", TEXT), b"one fish\nbad \xff fish\n");
    assert_eq!(found("^$", TEXT), b"\n");
    assert_eq!(found(r"(?-u)\xff", TEXT), b"bad \xff fish\n");
    assert_eq!(found("last", TEXT), b"last\n", "a line feed is added");
    assert_eq!(
        found("fish\ntwo", TEXT),
        b"",
        "no match goes beyond its line"
    );
    assert_eq!(found("", b""), b"");
}

#[test]
fn case_invert_and_count_do_as_they_say() {
    let run =
        |ignore_case, invert, count| map(&args("fish", ignore_case, invert, count), TEXT).unwrap();
    assert_eq!(
        run("true", "false", "false"),
        b"one fish\ntwo FISH\nbad \xff fish\n"
    );
    assert_eq!(run("false", "true", "false"), b"two FISH\n\nlast\n");
    assert_eq!(run("false", "false", "true"), b"2\n");
    assert_eq!(run("true", "true", "true"), b"2\n");
}

#[test]
fn whatever_the_chunks_and_groups_the_result_is_the_same() {
    for count in ["true", "false"] {
        let args = args("i", "false", "false", count);
        let whole = reduce(&args, &map(&args, TEXT).unwrap()).unwrap();
        for chunk in 1..5 {
            let lines: Vec<_> = TEXT.split_inclusive(|byte| *byte == b'\n').collect();
            let outputs: Vec<_> = lines
                .chunks(chunk)
                .map(|lines| map(&args, &lines.concat()).unwrap())
                .collect();
            let groups: Vec<_> = outputs
                .chunks(2)
                .map(|group| reduce(&args, &group.concat()).unwrap())
                .collect();
            assert_eq!(reduce(&args, &groups.concat()).unwrap(), whole);
        }
    }
}

#[test]
fn a_bad_pattern_is_refused_and_shown() {
    let refused = |pattern| {
        map(&args(pattern, "false", "false", "false"), b"")
            .unwrap_err()
            .to_string()
    };
    assert!(
        refused("a(b").contains("unclosed group"),
        "{}",
        refused("a(b")
    );
    assert!(
        refused(r"\w{1000}{1000}").contains("size limit"),
        "{}",
        refused(r"\w{1000}{1000}")
    );
    assert_eq!(
        map(&Args::default(), b"").unwrap_err().to_string(),
        "the arg pattern is missing"
    );
}

#[test]
fn numbers_that_no_map_wrote_are_refused() {
    let args = args("a", "false", "false", "true");
    let refused = |input: &[u8]| reduce(&args, input).unwrap_err().to_string();
    assert_eq!(
        refused(b"1\nx\n"),
        "line 2 of the input of reduce is not a number"
    );
    assert_eq!(refused(b"\xff"), "the input of reduce is not numbers");
}
