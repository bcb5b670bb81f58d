//! The whole program against a plain one that does what the definition says.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// The definition, word by word.
fn plain(text: &[u8]) -> (String, u64) {
    let mut counts = BTreeMap::<String, u64>::new();
    let mut bad_bytes = 0;
    for chunk in text.utf8_chunks() {
        for word in chunk.valid().split(|char: char| !char.is_alphanumeric()) {
            if !word.is_empty() {
                *counts.entry(word.to_lowercase()).or_default() += 1;
            }
        }
        bad_bytes += chunk.invalid().len() as u64;
    }
    let lines = counts
        .iter()
        .map(|(word, count)| format!("{word}\t{count}\n"));
    (lines.collect(), bad_bytes)
}

fn counted(text: &[u8]) -> (String, u64) {
    let (lines, bad_bytes) = map(text.to_vec());
    (String::from_utf8(lines).unwrap(), bad_bytes)
}

fn check(text: &[u8]) {
    assert_eq!(
        counted(text),
        plain(text),
        "{:?}",
        String::from_utf8_lossy(text)
    );
}

#[test]
fn words_are_counted_in_lower_case_and_in_byte_order() {
    let (lines, bad_bytes) = counted(b"The cat, the dog; THE 2nd cat_1\n");
    assert_eq!(lines, "1\t1\n2nd\t1\ncat\t2\ndog\t1\nthe\t3\n");
    assert_eq!(bad_bytes, 0);
}

#[test]
fn nothing_and_no_words_give_nothing() {
    assert_eq!(counted(b""), (String::new(), 0));
    assert_eq!(counted(b" \n\t.,;\0-_"), (String::new(), 0));
}

#[test]
fn a_sigma_at_the_end_of_a_word_is_a_final_sigma() {
    let (lines, _) = counted("ΟΔΥΣΣΕΥΣ ΣΑΣ Σ AΣ aΣb".as_bytes());
    assert_eq!(lines, "aς\t1\naσb\t1\nοδυσσευς\t1\nσ\t1\nσας\t1\n");
    check("ΟΔΥΣΣΕΥΣ ΣΑΣ Σ AΣ aΣb Σ1 1Σ ΑΣ1 ΑΣ-ΑΣ".as_bytes());
}

#[test]
fn characters_whose_lower_case_is_longer_or_no_letter_are_counted() {
    // İ becomes i and a combining dot, which is not alphanumeric.
    check("İstanbul istanbul ISTANBUL ẞ ﬀ Ⅻ ½ ²³ ١٢٣ 中文 字".as_bytes());
    let (lines, _) = counted("İ".as_bytes());
    assert_eq!(lines, "i\u{307}\t1\n");
    assert_eq!(reduce(lines.as_bytes()).unwrap(), lines.as_bytes());
}

#[test]
fn bad_bytes_separate_words_and_are_counted() {
    let text = b"one\xfftwo\xc3 thr\xe2\x82ee \xed\xa0\x80x\xf0\x9f\x98";
    let (lines, bad_bytes) = counted(text);
    assert_eq!(lines, "ee\t1\none\t1\nthr\t1\ntwo\t1\nx\t1\n");
    assert_eq!(bad_bytes, 10);
    check(text);
}

#[test]
fn words_of_every_length_at_every_place_are_counted() {
    for len in [1, 7, 8, 9, 15, 16, 17, 31, 63, 64, 65, 127, 128, 129, 300] {
        for before in 0..70 {
            let mut text = vec![b' '; before];
            text.extend(std::iter::repeat_n(b'Q', len));
            check(&text);
            text.extend_from_slice(b" q");
            check(&text);
            text.extend_from_slice("é".as_bytes());
            check(&text);
        }
    }
}

#[test]
fn more_words_than_the_table_first_holds_are_counted() {
    let words: Vec<_> = (0..50_000).map(|n| format!("w{}", n % 30_000)).collect();
    check(words.join(" ").as_bytes());
}

#[test]
fn reduce_adds_up_whatever_the_order() {
    let sum = reduce(b"b\t2\na\t1\nb\t40\nlongerthansixteenbytes\t3\nlongerthansixteenbytes\t4\n");
    assert_eq!(sum.unwrap(), b"a\t1\nb\t42\nlongerthansixteenbytes\t7\n");
    assert_eq!(reduce(b"").unwrap(), b"");
    let most = format!("a\t{}\na\t5\n", u64::MAX);
    assert_eq!(
        reduce(most.as_bytes()).unwrap(),
        format!("a\t{}\n", u64::MAX).as_bytes()
    );
}

#[test]
fn reduce_refuses_what_is_not_counts_and_names_the_line() {
    for line in [
        "a",
        "a\t",
        "a\t\n",
        "\t1\n",
        "a\t1",
        "a\t-1\n",
        "a\t1x\n",
        "a\t01\n",
        "a\t0\n",
        "a\0\t1\n",
        "a 1\nb\t1\n",
        "a\t99999999999999999999\n",
    ] {
        let text = format!("ok\t1\n{line}");
        assert_eq!(
            reduce(text.as_bytes()),
            Err(BadLine { number: 2 }),
            "{line:?}"
        );
    }
}

/// Pieces of text in which the rules meet.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "a",
            "B",
            "the",
            "Σ",
            "ΑΣ",
            "İ",
            "é",
            "中",
            "½",
            "_",
            " ",
            "\n",
            "\t",
            ".",
            "\0",
            "0",
            "9",
            "\u{301}",
            "abcdefgh",
            "ABCDEFGHIJKLMNOP",
            "abcdefghijklmnopq",
            "😀",
            "\u{a0}",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 1..4),
        "\\PC{0,9}".prop_map(String::into_bytes),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn every_text_is_counted_as_the_definition_says(text in text()) {
        prop_assert_eq!(counted(&text), plain(&text));
    }

    #[test]
    fn split_by_lines_or_whole_gives_the_same(text in text(), group in 1..5_usize) {
        let whole = counted(&text).0;
        let lines: Vec<_> = text.split_inclusive(|byte| *byte == b'\n').collect();
        let outputs: Vec<_> = lines.iter().map(|line| map(line.to_vec()).0).collect();
        let groups: Vec<_> = outputs.chunks(group).map(|group| reduce(&group.concat()).unwrap()).collect();
        prop_assert_eq!(String::from_utf8(reduce(&groups.concat()).unwrap()).unwrap(), whole.clone());
        prop_assert_eq!(String::from_utf8(reduce(whole.as_bytes()).unwrap()).unwrap(), whole);
    }

    #[test]
    fn reduce_never_panics(text in prop::collection::vec(prop::sample::select(b"ab\t\n0159\0\xff".to_vec()), 0..40)) {
        let _ = reduce(&text);
    }
}
