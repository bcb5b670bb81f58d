//! Against the crates signed_note and tlog_tiles.

use super::{ORIGIN, checkpoint, cosigned_note, key, log_key, witness_key};
use crate::crypto::PublicKey as _;
use crate::ids::Signature;
use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::note::*;
use signed_note::{Signer as _, StandardSigner, StandardVerifier, Verifier as _, VerifierList};

/// The secret key of the log as the other crate writes it.
fn their_signer(name: &str) -> StandardSigner {
    let id = VKey::new(name, SignatureKind::Ed25519, key(1).public_bytes())
        .unwrap()
        .key_id();
    let secret = crate::ledger::text::to_base64(&[&[1][..], &key(1).seed()].concat());
    let text = format!("PRIVATE+KEY+{name}+{}+{secret}", crate::ids::to_hex(&id));
    StandardSigner::new(&text).unwrap()
}

#[test]
fn signed_note_reads_and_verifies_what_we_sign() {
    let ours = cosigned_note();
    let text = ours.to_string();
    let theirs = signed_note::Note::from_bytes(text.as_bytes()).unwrap();
    assert_eq!(theirs.text(), ours.text().as_bytes());
    assert_eq!(theirs.to_bytes(), text.as_bytes());
    let verifier = StandardVerifier::new(&log_key().to_string()).unwrap();
    assert_eq!(
        (verifier.name(), verifier.key_id()),
        (ORIGIN, u32::from_be_bytes(log_key().key_id()))
    );
    let verifiers = VerifierList::new(vec![Box::new(verifier)]);
    let (signed, others) = theirs.verify(&verifiers).unwrap();
    assert_eq!((signed.len(), others.len()), (1, 1));
    assert_eq!(others[0].name(), "w/ä");
    assert_eq!(others[0].id(), u32::from_be_bytes(witness_key().key_id()));
    assert_eq!(others[0].signature(), ours.lines()[1].signature());
}

#[test]
fn we_read_and_verify_what_signed_note_signs() {
    let text = checkpoint().to_string();
    let mut theirs = signed_note::Note::new(text.as_bytes(), &[]).unwrap();
    let signer = their_signer(ORIGIN);
    assert_eq!(signer.key_id(), u32::from_be_bytes(log_key().key_id()));
    theirs.add_sigs(&[&signer]).unwrap();
    let ours = Note::parse(&theirs.to_bytes()).unwrap();
    assert_eq!(Checkpoint::of_log(&log_key(), &ours), Ok(checkpoint()));
    assert_eq!(ours, checkpoint().sign(&key(1)).unwrap());
}

#[test]
fn their_generated_key_is_a_vkey_of_ours() {
    let vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let note = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    let ours: VKey = vkey.parse().unwrap();
    assert_eq!(ours.to_string(), vkey);
    let note = Note::parse(note.as_bytes()).unwrap();
    let line = note.lines_of(&ours).next().unwrap();
    let signature = Signature::from_slice(line.signature()).unwrap();
    assert!(ours.verifies(note.text().as_bytes(), &signature));
}

#[test]
fn signed_note_and_we_agree_on_what_a_note_is_whichever_byte_is_changed_left_out_or_doubled() {
    let text = cosigned_note().to_string().into_bytes();
    let same = |bytes: &[u8]| {
        let theirs = signed_note::Note::from_bytes(bytes);
        let ours = Note::parse(bytes);
        assert_eq!(
            ours.is_ok(),
            theirs.is_ok(),
            "{}",
            String::from_utf8_lossy(bytes)
        );
        if let (Ok(ours), Ok(theirs)) = (ours, theirs) {
            assert_eq!(ours.text().as_bytes(), theirs.text());
            assert_eq!(ours.to_string().as_bytes(), theirs.to_bytes());
        }
    };
    for at in 0..text.len() {
        for byte in [b'\n', b' ', b'+', b'=', b'A', b'/', 0x09, 0x7f, 0x80] {
            let mut changed = text.clone();
            changed[at] = byte;
            same(&changed);
        }
        same(&[&text[..at], &text[at + 1..]].concat());
        same(&[&text[..=at], &text[at..]].concat());
        same(&text[..at]);
    }
}

#[test]
fn tlog_tiles_reads_our_checkpoints_and_we_theirs() {
    let ours = checkpoint();
    let text = ours.to_string();
    let theirs = tlog_tiles::Checkpoint::from_bytes(text.as_bytes()).unwrap();
    assert_eq!(
        (theirs.origin(), theirs.size(), theirs.hash().0),
        (ORIGIN, 3, ours.root.0)
    );
    assert_eq!(theirs.extension(), "");
    assert_eq!(theirs.to_bytes(), text.as_bytes());
    for wrong in [
        "",
        "a\n",
        "a\n1\n",
        "a\n01\nAAAA\n",
        &text[1..text.len() - 1],
        &text.replace('3', "+3"),
        &text.replace('=', ""),
    ] {
        tlog_tiles::Checkpoint::from_bytes(wrong.as_bytes()).unwrap_err();
        wrong.parse::<Checkpoint>().unwrap_err();
    }
}
