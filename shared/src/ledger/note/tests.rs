use super::*;
use crate::crypto::{PublicKey as _, SecretKey};
use crate::ids::Signature;
use crate::ledger::checkpoint::{Checkpoint, CheckpointError};
use crate::ledger::cosignature::{CosignatureError, check_cosignature, cosign};
use crate::merkle::tree_hash;

#[cfg(not(target_family = "wasm"))]
mod oracle;

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

fn witness_key() -> VKey {
    vkey(2, "w/ä", SignatureKind::Cosignature)
}

fn checkpoint() -> Checkpoint {
    Checkpoint {
        origin: ORIGIN.to_owned(),
        size: 3,
        root: tree_hash(["a", "b", "c"]),
    }
}

fn cosigned_note() -> Note {
    let mut note = checkpoint().sign(&key(1)).unwrap();
    let line = cosign("w/ä", &key(2), note.text(), 1_679_315_147).unwrap();
    note.push(line);
    note
}

fn parse(text: &str) -> Result<Note, NoteError> {
    Note::parse(text.as_bytes())
}

#[test]
fn the_examples_of_the_specification_verify() {
    let vkey: VKey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
        .parse()
        .unwrap();
    let text = "This is an example message.\n\n\u{2014} example.com/foo \
        Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    let note = parse(text).unwrap();
    assert_eq!(note.text(), "This is an example message.\n");
    let line = note.lines_of(&vkey).next().unwrap();
    let signature = Signature::from_slice(line.signature()).unwrap();
    assert!(vkey.verifies(note.text().as_bytes(), &signature));
    assert_eq!(note.to_string(), text);
    let poem = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned \u{e8} subito sera.\n\n\
        \u{2014} quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
    assert!(parse(poem).unwrap().text().ends_with("subito sera.\n"));
    let checkpoint =
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    assert_eq!(
        checkpoint.parse::<Checkpoint>().unwrap().to_string(),
        checkpoint
    );
}

#[test]
fn malformed_notes_are_refused_with_what_is_wrong_where() {
    let line = cosigned_note().lines()[0].to_string();
    let many = format!("{line}\n").repeat(101);
    let wrong = [
        (
            String::new(),
            "the note has no empty line above its signatures",
        ),
        (
            "text\n".to_owned(),
            "the note has no empty line above its signatures",
        ),
        (
            "text\n\n".to_owned(),
            "the note has no empty line above its signatures",
        ),
        (
            format!("text\n{line}\n"),
            "the note has no empty line above its signatures",
        ),
        (
            format!("text\n\n{line}"),
            "the last line of the note does not end with a newline",
        ),
        (
            format!("te\txt\n\n{line}\n"),
            "the note has a control character at byte 2",
        ),
        (
            format!("text\r\n\n{line}\n"),
            "the note has a control character at byte 4",
        ),
        (
            format!("text\n\n{many}"),
            "the note has 101 signature lines, at most 100 are read",
        ),
        (
            format!("text\n\n{line}\n\u{2014} a\n"),
            "signature line 2 of the note: a key name, a space and a signature must follow the dash, found \"a\"",
        ),
        (
            "text\n\n- a AAAAAAA=\n".to_owned(),
            "signature line 1 of the note: it must begin with an em dash and a space, found \"- a AAAAAAA=\"",
        ),
        (
            "text\n\n\u{2014} a+b AAAAAAA=\n".to_owned(),
            "signature line 1 of the note: \"a+b\" is no key name: it must not be empty, nor have spaces or plus signs",
        ),
        (
            "text\n\n\u{2014} a\u{a0}b AAAAAAA=\n".to_owned(),
            "signature line 1 of the note: \"a\\u{a0}b\" is no key name: it must not be empty, nor have spaces or plus signs",
        ),
        (
            "text\n\n\u{2014} a AAAA AAAA\n".to_owned(),
            "signature line 1 of the note: the signature is not base64: \"AAAA AAAA\"",
        ),
        (
            "text\n\n\u{2014} a AAAAAAB=\n".to_owned(),
            "signature line 1 of the note: the signature is not base64: \"AAAAAAB=\"",
        ),
        (
            "text\n\n\u{2014} a AAAAAA\n".to_owned(),
            "signature line 1 of the note: the signature is not base64: \"AAAAAA\"",
        ),
        (
            "text\n\n\u{2014} a AAAAAA==\n".to_owned(),
            "signature line 1 of the note: the signature has 4 bytes, it must have more than the 4 of the key id",
        ),
    ];
    for (text, message) in wrong {
        assert_eq!(parse(&text).unwrap_err().to_string(), message, "{text:?}");
    }
    assert_eq!(Note::parse(b"text\xff\n\n"), Err(NoteError::NotUtf8(4)));
    let long = vec![b'\n'; MAX_NOTE_BYTES + 1];
    assert_eq!(
        Note::parse(&long),
        Err(NoteError::TooLong(MAX_NOTE_BYTES + 1))
    );
    assert_eq!(Note::new("open".to_owned()), Err(NoteError::OpenText));
    assert_eq!(Note::new("a\0\n".to_owned()), Err(NoteError::Control(1)));
}

#[test]
fn what_reads_as_a_note_prints_as_the_same_bytes_whichever_character_is_changed() {
    let text = cosigned_note().to_string();
    assert_eq!(parse(&text).unwrap(), cosigned_note());
    let every = if cfg!(target_family = "wasm") { 17 } else { 1 };
    for at in (0..text.len()).step_by(every) {
        for byte in [b'\n', b' ', b'A', b'=', b'+', 0, 0xff] {
            let mut changed = text.clone().into_bytes();
            changed[at] = byte;
            if let Ok(note) = Note::parse(&changed) {
                assert_eq!(note.to_string().as_bytes(), changed);
            }
        }
    }
}

#[test]
fn a_vkey_reads_back_and_any_other_spelling_is_refused() {
    for vkey in [log_key(), witness_key()] {
        assert_eq!(vkey.to_string().parse(), Ok(vkey));
    }
    let text = log_key().to_string();
    let (name_and_id, material) = text.rsplit_once('+').unwrap();
    let (name, id) = name_and_id.rsplit_once('+').unwrap();
    let error = |text: String| text.parse::<VKey>().unwrap_err();
    assert_eq!(error("name".to_owned()), VKeyError::Form("name".to_owned()));
    assert_eq!(
        error(format!("+{id}+{material}")),
        VKeyError::Name(String::new())
    );
    assert_eq!(
        error(format!("a b+{id}+{material}")),
        VKeyError::Name("a b".to_owned())
    );
    let long = "n".repeat(256);
    assert!(matches!(
        error(format!("{long}+{id}+{material}")),
        VKeyError::Name(_)
    ));
    assert_eq!(
        error(format!("{name}+{id}0+{material}")),
        VKeyError::KeyId(format!("{id}0"))
    );
    let upper = "ABCDEF01".to_owned();
    assert_eq!(
        error(format!("{name}+{upper}+{material}")),
        VKeyError::KeyId(upper)
    );
    assert_eq!(
        error(format!("{name}+{id}+{material}=")),
        VKeyError::Base64(format!("{material}="))
    );
    assert_eq!(
        error(format!("{name}+{id}+")),
        VKeyError::Base64(String::new())
    );
    assert_eq!(error(format!("{name}+{id}+AQ==")), VKeyError::Length(0));
    assert_eq!(error(format!("{name}+{id}+Bg==")), VKeyError::Kind(6));
    assert_eq!(
        error(format!("{name}+{id}+AQ{}=", "A".repeat(41))),
        VKeyError::Length(31)
    );
    let found = "00000000".to_owned();
    let expected = id.to_owned();
    let other = VKeyError::OtherKeyId { expected, found };
    assert_eq!(error(format!("{name}+00000000+{material}")), other);
    let weak = VKey::new("a", SignatureKind::Ed25519, [0; 32]);
    assert_eq!(weak, Err(VKeyError::Weak));
}

#[test]
fn one_key_has_another_id_for_each_kind_and_name() {
    let ids = [
        vkey(1, "a", SignatureKind::Ed25519).key_id(),
        vkey(1, "a", SignatureKind::Cosignature).key_id(),
        vkey(1, "b", SignatureKind::Ed25519).key_id(),
    ];
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
}

#[test]
fn a_checkpoint_has_exactly_three_lines_in_one_spelling() {
    let text = checkpoint().to_string();
    assert_eq!(text.parse(), Ok(checkpoint()));
    let root = text.split('\n').nth(2).unwrap();
    let wrong = |text: &str| text.parse::<Checkpoint>().unwrap_err();
    assert_eq!(wrong(""), CheckpointError::Note(NoteError::OpenText));
    assert_eq!(
        wrong(&text[..text.len() - 1]),
        CheckpointError::Note(NoteError::OpenText)
    );
    assert_eq!(wrong("a\n1\n"), CheckpointError::Lines(2));
    assert_eq!(wrong(&format!("{text}more\n")), CheckpointError::Lines(4));
    assert_eq!(
        wrong(&format!("a b\n1\n{root}\n")),
        CheckpointError::Origin("a b".to_owned())
    );
    assert_eq!(
        wrong(&format!("\n1\n{root}\n")),
        CheckpointError::Origin(String::new())
    );
    for size in [
        "",
        "01",
        "-1",
        "+1",
        "1 ",
        "0x1",
        "9223372036854775808",
        "99999999999999999999",
        "\u{661}",
    ] {
        assert_eq!(
            wrong(&format!("a\n{size}\n{root}\n")),
            CheckpointError::Size(size.to_owned())
        );
    }
    for root in [
        "",
        "AAAA",
        &root[1..],
        &format!("{root}="),
        &root.replace('=', ""),
    ] {
        assert_eq!(
            wrong(&format!("a\n1\n{root}\n")),
            CheckpointError::Root(root.to_owned())
        );
    }
    let spaced = Checkpoint {
        origin: "a b".to_owned(),
        ..checkpoint()
    };
    assert_eq!(spaced.sign(&key(1)), Err(VKeyError::Name("a b".to_owned())));
}

#[test]
fn a_checkpoint_counts_when_the_logs_own_key_has_signed_it() {
    let note = cosigned_note();
    assert_eq!(Checkpoint::of_log(&log_key(), &note), Ok(checkpoint()));
    let unsigned = Note::new(checkpoint().to_string()).unwrap();
    let other_key = vkey(3, ORIGIN, SignatureKind::Ed25519);
    for (key, note) in [(log_key(), &unsigned), (other_key, &note)] {
        let error = CheckpointError::Unsigned(key.to_string());
        assert_eq!(Checkpoint::of_log(&key, note), Err(error));
    }
    let other_log = vkey(1, "example.com/other", SignatureKind::Ed25519);
    let error = Checkpoint::of_log(&other_log, &note).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the checkpoint is of the log \"example.com/log\", expected was \"example.com/other\""
    );
    for signature in [vec![0; 64], vec![0; 63], vec![0; 65]] {
        let mut forged = note.clone();
        forged.push(NoteLine::new(&log_key(), signature));
        let error = CheckpointError::Signature(log_key().to_string());
        assert_eq!(Checkpoint::of_log(&log_key(), &forged), Err(error));
    }
}

#[test]
fn a_cosignature_holds_for_its_key_time_and_checkpoint_only() {
    let note = cosigned_note();
    let line = &note.lines()[1];
    let witness = witness_key();
    let found = check_cosignature(&witness, line, note.text()).unwrap();
    assert_eq!(found.time_s, 1_679_315_147);
    let other_text = note.text().replacen("\n3\n", "\n4\n", 1);
    assert_eq!(
        check_cosignature(&witness, line, &other_text),
        Err(CosignatureError::Signature)
    );
    for other in [
        vkey(3, "w/ä", SignatureKind::Cosignature),
        vkey(2, "w", SignatureKind::Cosignature),
        vkey(2, "w/ä", SignatureKind::Ed25519),
    ] {
        assert_eq!(
            check_cosignature(&other, line, note.text()),
            Err(CosignatureError::OtherKey)
        );
    }
    for at in 0..72 {
        let mut bytes = line.signature().to_vec();
        bytes[at] ^= 1 << (at % 8);
        let changed = NoteLine::new(&witness, bytes);
        assert!(
            check_cosignature(&witness, &changed, note.text()).is_err(),
            "{at}"
        );
    }
    for len in [1, 8, 64, 71] {
        let short = NoteLine::new(&witness, line.signature()[..len].to_vec());
        assert_eq!(
            check_cosignature(&witness, &short, note.text()),
            Err(CosignatureError::Length(len))
        );
    }
    let late = cosign("w/ä", &key(2), note.text(), 1 << 63).unwrap();
    assert_eq!(
        check_cosignature(&witness, &late, note.text()),
        Err(CosignatureError::Time(1 << 63))
    );
    // A signature over the bare text, as the log makes it, is no cosignature.
    let bare = key(2).sign(note.text().as_bytes());
    let bare = NoteLine::new(&witness, [[0; 8].as_slice(), &bare.0].concat());
    assert_eq!(
        check_cosignature(&witness, &bare, note.text()),
        Err(CosignatureError::Signature)
    );
}
