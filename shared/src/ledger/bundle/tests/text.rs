//! The text of bundles: one spelling, bounded, and nothing hostile panics.

use super::*;
use proptest::prelude::*;
use std::sync::LazyLock;

static TEXT: LazyLock<String> = LazyLock::new(|| {
    let (_, parts) = with_subset();
    bundle(parts).to_string()
});

fn text() -> String {
    TEXT.clone()
}

fn refused(text: &str) -> BundleTextError {
    ProofBundle::parse(text.as_bytes()).expect_err("the text is no bundle")
}

#[test]
fn what_is_printed_is_read_back() {
    let text = text();
    let read = ProofBundle::parse(text.as_bytes()).unwrap();
    assert_eq!(read.to_string(), text);
    assert_eq!(read.job_id(), id_of(&job()));
}

#[test]
fn a_bundle_that_ends_early_is_refused_or_has_fewer_records() {
    let text = text();
    // Interpreted, the tests look at some of the ends only.
    let every = if cfg!(target_family = "wasm") { 97 } else { 1 };
    let ends = (0..text.len()).step_by(every);
    for end in ends.filter(|end| text.is_char_boundary(*end)) {
        if let Ok(read) = ProofBundle::parse(&text.as_bytes()[..end]) {
            assert_eq!(read.to_string(), text[..end]);
            assert!(text[..end].ends_with('\n'));
        }
    }
}

#[test]
fn lines_that_are_not_as_they_must_be_are_named() {
    let text = text();
    let swap = |from: &str, to: &str| refused(&text.replacen(from, to, 1)).to_string();
    assert!(swap("manyhands/bundle@v1", "manyhands/bundle@v2").starts_with("line 1 "));
    assert!(swap("job ", "task ").starts_with("line 2 "));
    assert!(swap("header 1", "header 01").contains("an index below 2^63"));
    assert!(swap("\nrecord 3\n", "\nrecord 0\n").contains("indexes must ascend"));
    assert!(swap("\nrecord 5\n", "\nentry 5\n").contains("its word and an index"));
    assert!(swap("\u{2014} ", "- ").contains("checkpoint"));
    let id = id_of(&job()).to_string();
    assert!(swap(&id, &id.to_uppercase()).starts_with("line 2 "));
    let crlf = text.replace('\n', "\r\n");
    assert!(matches!(
        refused(&crlf),
        BundleTextError::Line { line: 1, .. }
    ));
    let open = text.trim_end_matches('\n');
    assert!(matches!(refused(open), BundleTextError::Ends { .. }));
    assert!(matches!(
        refused(&format!("{text}\n")),
        BundleTextError::Ends { .. }
    ));
}

#[test]
fn leaf_lists_stand_once_each() {
    let text = text();
    let from = text.find("\nleaves ").unwrap();
    let to = text.find("\nrecord ").unwrap();
    let list = &text[from..to];
    let twice = text.replacen(list, &list.repeat(2), 1);
    assert!(matches!(refused(&twice), BundleTextError::Order { .. }));
}

#[test]
fn an_audit_path_is_no_longer_than_any() {
    let text = text();
    let end = text.find("\n\n").unwrap();
    let header = text[end + 2..].find("\n\n").unwrap() + end + 2;
    let hash = format!("\n{}", "A".repeat(43) + "=").repeat(64);
    let long = format!("{}{hash}{}", &text[..header], &text[header..]);
    assert!(matches!(refused(&long), BundleTextError::TooMany { .. }));
}

proptest! {
    #[test]
    fn damaged_bundles_are_refused_or_print_as_they_are(
        at in any::<prop::sample::Index>(),
        damage in "[ -~\n\u{2014}]{0,5}",
        removed in 0usize..5,
    ) {
        let mut text = text();
        let mut at = at.index(text.len());
        while !text.is_char_boundary(at) { at -= 1; }
        let mut end = (at + removed).min(text.len());
        while !text.is_char_boundary(end) { end -= 1; }
        text.replace_range(at..end.max(at), &damage);
        if let Ok(read) = ProofBundle::parse(text.as_bytes()) {
            prop_assert_eq!(read.to_string(), text);
            let _ = read.verify(&quorum_policy(), &BTreeMap::new());
        }
    }
}
