use super::*;
use crate::crypto::SecretKey;
use crate::ledger::checkpoint::{Checkpoint, CheckpointError};
use crate::ledger::cosignature::{CosignatureError, cosign};
use crate::ledger::note::{Note, NoteLine, SignatureKind, VKeyError};
use crate::ledger::policy::MAX_TEXT_BYTES;
use crate::merkle::tree_hash;
use proptest::prelude::*;

const ORIGIN: &str = "example.com/log";

fn key(number: u8) -> SecretKey {
    SecretKey::from_seed(&[number; 32])
}

fn vkey(number: u8, name: &str, kind: SignatureKind) -> VKey {
    VKey::new(name, kind, key(number).public_bytes()).unwrap()
}

fn log_key() -> VKey {
    vkey(1, ORIGIN, SignatureKind::Ed25519)
}

/// The name of the key of witness `s<number>` in its lines.
fn key_name(number: u8) -> String {
    format!("example.com/s{number}")
}

fn witness(number: u8) -> Witness {
    Witness {
        name: format!("s{number}"),
        vkey: vkey(10 + number, &key_name(number), SignatureKind::Cosignature),
        url: Some(format!("http://s{number}.example:8000/log")),
    }
}

fn two_of_three() -> QuorumPolicy {
    QuorumPolicy::new(log_key(), (1..=3).map(witness).collect(), "storage", 2).unwrap()
}

fn signed() -> Note {
    let root = tree_hash(["a", "b", "c"]);
    let origin = ORIGIN.to_owned();
    let checkpoint = Checkpoint {
        origin,
        size: 3,
        root,
    };
    checkpoint.sign(&key(1)).unwrap()
}

fn cosign_by(note: &Note, number: u8, time_s: u64) -> NoteLine {
    cosign(&key_name(number), &key(10 + number), note.text(), time_s).unwrap()
}

fn fault(text: &str) -> (usize, PolicyFault) {
    match QuorumPolicy::parse(text).unwrap_err() {
        PolicyTextError::Line { line, fault } => (line, fault),
        other => panic!("{other}"),
    }
}

/// The policy's text with one of its words replaced everywhere.
fn with(word: &str, by: &str) -> String {
    let text = two_of_three().to_string();
    assert!(text.contains(word), "{word}");
    text.replace(word, by)
}

#[test]
fn a_policy_prints_as_ledger_md_shows_it_and_reads_back() {
    let text = two_of_three().to_string();
    let keys: Vec<_> = (1..=3)
        .map(|number| witness(number).vkey.to_string())
        .collect();
    let expected = format!(
        "log {}\nwitness s1 {} http://s1.example:8000/log\nwitness s2 {} http://s2.example:8000/log\n\
         witness s3 {} http://s3.example:8000/log\ngroup storage 2 s1 s2 s3\nquorum storage\n",
        log_key(),
        keys[0],
        keys[1],
        keys[2]
    );
    assert_eq!(text, expected);
    assert_eq!(QuorumPolicy::parse(&text), Ok(two_of_three()));
}

#[test]
fn comments_tabs_empty_lines_and_the_words_all_and_any_are_understood() {
    let text = with(
        "group storage 2",
        "\n # all of them\n\n\tgroup  storage\tall ",
    );
    assert_eq!(QuorumPolicy::parse(&text).unwrap().threshold(), 3);
    let one = QuorumPolicy::new(log_key(), vec![witness(1)], "g", 1).unwrap();
    let text = one.to_string().replace("group g 1", "group g any");
    assert_eq!(QuorumPolicy::parse(&text), Ok(one));
    let without_urls = with(" http://s1.example:8000/log", "");
    assert_eq!(
        QuorumPolicy::parse(&without_urls).unwrap().witnesses()[0].url,
        None
    );
    let log_first = two_of_three().to_string();
    let (log, rest) = log_first.split_once('\n').unwrap();
    let log_last = format!("{rest}{log} https://log.example\n");
    assert_eq!(QuorumPolicy::parse(&log_last).unwrap().origin(), ORIGIN);
}

#[test]
fn a_policy_with_a_line_missing_or_too_many_is_refused() {
    let text = two_of_three().to_string();
    for (kind, start) in [("log", "log "), ("quorum", "quorum ")] {
        let lines = text.lines().filter(|line| !line.starts_with(start));
        let without: String = lines.flat_map(|line| [line, "\n"]).collect();
        assert_eq!(
            QuorumPolicy::parse(&without),
            Err(PolicyTextError::Missing(kind))
        );
        let line = text.lines().find(|line| line.starts_with(start)).unwrap();
        assert_eq!(
            fault(&format!("{text}{line}\n")),
            (7, PolicyFault::Second(kind))
        );
    }
    let keys: String = text.lines().take(4).flat_map(|line| [line, "\n"]).collect();
    assert_eq!(
        QuorumPolicy::parse(&keys),
        Err(PolicyTextError::Missing("group"))
    );
    assert_eq!(
        fault(&format!("{keys}quorum storage\n")),
        (5, PolicyFault::Order("group"))
    );
    assert_eq!(
        QuorumPolicy::parse(""),
        Err(PolicyTextError::Missing("log"))
    );
    assert_eq!(
        QuorumPolicy::parse(&text[..text.len() - 1]),
        Err(PolicyTextError::OpenEnd)
    );
    assert_eq!(
        fault(&format!("{text}group other 2 s1 s2 s3\n")),
        (7, PolicyFault::Second("group"))
    );
    let late = format!("{text}witness s4 {}\n", witness(4).vkey);
    assert_eq!(fault(&late), (7, PolicyFault::Order("witness")));
    let long = format!("{}{text}", "#\n".repeat(MAX_TEXT_BYTES / 2));
    assert_eq!(
        QuorumPolicy::parse(&long),
        Err(PolicyTextError::TooLong(long.len()))
    );
    let many = (0..33).map(witness).collect();
    let error = QuorumPolicy::new(log_key(), many, "storage", 17).unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 34 of the policy: there are more than 32 witnesses"
    );
}

#[test]
fn a_quorum_of_half_the_members_or_less_is_refused() {
    let four: Vec<_> = (1..=4).map(witness).collect();
    for threshold in 0..=5 {
        let policy = QuorumPolicy::new(log_key(), four.clone(), "g", threshold);
        assert_eq!(policy.is_ok(), (3..=4).contains(&threshold), "{threshold}");
    }
    let (threshold, members) = (1, 3);
    let no_majority = PolicyFault::NoMajority { threshold, members };
    assert_eq!(
        fault(&with("storage 2", "storage 1")),
        (5, no_majority.clone())
    );
    assert_eq!(fault(&with("storage 2", "storage any")), (5, no_majority));
    for wrong in [
        "0",
        "4",
        "02",
        "+2",
        "-2",
        "2.0",
        "ALL",
        "18446744073709551618",
    ] {
        let text = with("storage 2", &format!("storage {wrong}"));
        assert_eq!(fault(&text), (5, PolicyFault::Threshold(wrong.to_owned())));
    }
}

#[test]
fn a_group_that_is_not_all_witnesses_in_their_order_is_refused() {
    for members in [
        "s1 s2",
        "s2 s1 s3",
        "s1 s2 s3 s3",
        "s1 s2 s4",
        "s1 s2 storage",
        "s1 s2 none",
    ] {
        assert_eq!(
            fault(&with(" s1 s2 s3", &format!(" {members}"))),
            (5, PolicyFault::Members)
        );
    }
    let quorum = |group: &str| with("quorum storage", &format!("quorum {group}"));
    for other in ["s1", "none", "other"] {
        assert_eq!(
            fault(&quorum(other)),
            (6, PolicyFault::Quorum("storage".to_owned()))
        );
    }
}

#[test]
fn names_and_keys_that_stand_twice_are_refused() {
    assert_eq!(
        fault(&with("witness s2", "witness s1")),
        (3, PolicyFault::SameName("s1".to_owned()))
    );
    assert_eq!(
        fault(&with("group storage", "group s3")),
        (5, PolicyFault::SameName("s3".to_owned()))
    );
    assert_eq!(
        fault(&with("witness s2", "witness none")),
        (3, PolicyFault::Name("none".to_owned()))
    );
    let long = "n".repeat(256);
    let (line, error) = fault(&with("witness s2", &format!("witness {long}")));
    assert!(line == 3 && matches!(error, PolicyFault::Name(_)));
    let second = witness(2).vkey.to_string();
    let renamed = vkey(11, "another/name", SignatureKind::Cosignature).to_string();
    assert_eq!(
        fault(&with(&second, &renamed)),
        (3, PolicyFault::SameKey(key_name(1)))
    );
    let the_logs = vkey(1, "another/name", SignatureKind::Cosignature).to_string();
    assert_eq!(
        fault(&with(&second, &the_logs)),
        (3, PolicyFault::SameKey(ORIGIN.to_owned()))
    );
}

#[test]
fn malformed_lines_are_refused_with_what_they_should_be() {
    let log = log_key().to_string();
    let cosigns = vkey(1, ORIGIN, SignatureKind::Cosignature).to_string();
    assert_eq!(
        fault(&with(&log, &cosigns)),
        (
            1,
            PolicyFault::Kind {
                expected: 1,
                found: 4
            }
        )
    );
    let second = witness(2).vkey.to_string();
    let signs = vkey(12, &key_name(2), SignatureKind::Ed25519).to_string();
    assert_eq!(
        fault(&with(&second, &signs)),
        (
            3,
            PolicyFault::Kind {
                expected: 4,
                found: 1
            }
        )
    );
    let no_key = PolicyFault::VKey(VKeyError::Form("key".to_owned()));
    assert_eq!(fault("# first\nlog key\n"), (2, no_key));
    assert_eq!(fault("log\n"), (1, PolicyFault::Form("log <vkey> [<url>]")));
    assert_eq!(
        fault("log a b c\n"),
        (1, PolicyFault::Form("log <vkey> [<url>]"))
    );
    assert_eq!(
        fault("witness a\n"),
        (1, PolicyFault::Form("witness <name> <vkey> [<url>]"))
    );
    assert_eq!(
        fault("group a 1\n"),
        (1, PolicyFault::Form("group <name> <number> <witness>..."))
    );
    assert_eq!(fault("quorum\n"), (1, PolicyFault::Form("quorum <group>")));
    assert_eq!(
        fault("Log a\n"),
        (1, PolicyFault::Keyword("Log".to_owned()))
    );
    for control in ["\r", "\0", "\u{b}", "\u{7f}"] {
        assert_eq!(fault(&format!("# {control}\n")), (1, PolicyFault::Control));
    }
    assert_eq!(
        fault("log\u{a0}a\n"),
        (1, PolicyFault::Keyword("log\u{a0}a".to_owned()))
    );
}

#[test]
fn parts_with_spaces_or_newlines_do_not_make_a_policy() {
    let mut smuggled = witness(2);
    smuggled.url = Some(format!("http://a\nwitness s4 {}", witness(4).vkey));
    let witnesses = vec![witness(1), smuggled];
    assert!(QuorumPolicy::new(log_key(), witnesses, "g", 2).is_err());
    let mut commented = witness(2);
    commented.url = Some("http://a\n# quiet".to_owned());
    let error = QuorumPolicy::new(log_key(), vec![witness(1), commented], "g", 2);
    assert_eq!(error, Err(PolicyTextError::Words));
}

#[test]
fn a_url_is_the_address_of_a_server() {
    let url = |url: &str| with("http://s2.example:8000/log", url);
    for good in [
        "http://a",
        "https://a.example/",
        "http://127.0.0.1:1",
        "https://[::1]:65535/api/v1/ledger",
        "http://a_b-c/%20~x",
    ] {
        let policy = QuorumPolicy::parse(&url(good)).unwrap();
        assert_eq!(policy.witnesses()[1].url.as_deref(), Some(good));
    }
    let wrong = [
        "a",
        "ftp://a",
        "HTTP://a",
        "http:a",
        "http://",
        "http:///a",
        "http://:80",
        "http://a:",
        "http://a:0",
        "http://a:65536",
        "http://a:080",
        "http://a:8o",
        "http://a:1:2",
        "http://me@a",
        "http://a?b",
        "http://a#b",
        "http://[::1",
        "http://::1",
        "http://[a]",
        "http://[::1]a",
        "http://ä",
        "http://a/ä",
        "http://a\\b",
        "http://a/<b>",
    ];
    for wrong in wrong {
        let (line, error) = fault(&url(wrong));
        assert!(
            line == 3 && matches!(error, PolicyFault::Url { .. }),
            "{wrong}: {error}"
        );
    }
    let (_, error) = fault(&url("ftp://a"));
    assert_eq!(
        error.to_string(),
        "\"ftp://a\" is no address: it must begin with http:// or https://"
    );
}

#[test]
fn a_checkpoint_with_cosignatures_of_enough_witnesses_is_certified() {
    let mut note = signed();
    note.push(cosign_by(&note, 3, 7));
    // Of unknown keys: ignored, though it takes the name of a known one.
    note.push(NoteLine::new(
        &vkey(99, &key_name(2), SignatureKind::Cosignature),
        vec![1, 2, 3],
    ));
    note.push(cosign_by(&note, 1, 9));
    let certified = two_of_three().certify(&note).unwrap();
    let cosigned = |witness: &str, time_s| Cosigned {
        witness: witness.to_owned(),
        time_s,
    };
    assert_eq!(certified.cosigned, [cosigned("s1", 9), cosigned("s3", 7)]);
    assert_eq!(certified.checkpoint.to_string(), note.text());
}

#[test]
fn a_witness_that_cosigns_twice_counts_once() {
    let mut note = signed();
    note.push(cosign_by(&note, 1, 9));
    note.push(cosign_by(&note, 1, 12));
    note.push(cosign_by(&note, 1, 10));
    let error = two_of_three().certify(&note).unwrap_err();
    assert_eq!(
        error.to_string(),
        "1 of the 2 witnesses that are needed have cosigned: s1"
    );
    assert_eq!(two_of_three().cosigned(&note).unwrap()[0].time_s, 12);
}

#[test]
fn a_false_line_of_a_known_key_spoils_the_note() {
    let mut note = signed();
    note.push(cosign_by(&note, 1, 9));
    note.push(cosign_by(&note, 2, 9));
    two_of_three().certify(&note).unwrap();
    for number in [1, 3] {
        let mut spoilt = note.clone();
        spoilt.push(NoteLine::new(&witness(number).vkey, vec![0; 72]));
        let (witness, error) = (format!("s{number}"), CosignatureError::Signature);
        assert_eq!(
            two_of_three().certify(&spoilt),
            Err(Uncertified::Cosignature { witness, error })
        );
    }
}

#[test]
fn cosignatures_without_the_logs_line_certify_nothing() {
    let mut note = Note::new(signed().text().to_owned()).unwrap();
    for number in 1..=3 {
        note.push(cosign_by(&note, number, 9));
    }
    let unsigned = CheckpointError::Unsigned(log_key().to_string());
    assert_eq!(two_of_three().certify(&note), Err(unsigned.into()));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(if cfg!(target_family = "wasm") { 8 } else { 512 }) })]

    #[test]
    fn whatever_reads_as_a_policy_prints_as_one_that_means_the_same(edits in prop::collection::vec((any::<prop::sample::Index>(), "[ \t\n#a-z0-9+/:=]{0,3}", 0..4_usize), 0..4)) {
        let mut text = two_of_three().to_string();
        for (at, put, take) in edits {
            let at = at.index(text.len() + 1);
            let end = text.len().min(at + take);
            text.replace_range(at..end, &put);
        }
        if let Ok(policy) = QuorumPolicy::parse(&text) {
            prop_assert!(policy.threshold() * 2 > policy.witnesses().len());
            prop_assert_eq!(QuorumPolicy::parse(&policy.to_string()), Ok(policy));
        }
    }
}
