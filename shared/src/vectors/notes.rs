//! Vectors of checkpoints, cosignatures, the policy's text and proofs of inclusion.

use super::*;
use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::cosignature::cosign;
use crate::ledger::note::{Note, SignatureKind, VKey};
use crate::ledger::policy_text::{QuorumPolicy, Witness};
use crate::ledger::proof::TlogProof;
use crate::merkle::{leaf_hash, verify_consistency, verify_inclusion};

const ORIGIN: &str = "vectors.example/ledger";

fn checkpoint_key() -> SecretKey {
    key(103)
}

fn log_key() -> VKey {
    VKey::new(
        ORIGIN,
        SignatureKind::Ed25519,
        checkpoint_key().public_bytes(),
    )
    .unwrap()
}

fn witness_name(number: u8) -> String {
    format!("vectors.example/s{number}")
}

fn policy() -> QuorumPolicy {
    let witness = |number| {
        let public_key = key(110 + number).public_bytes();
        let vkey = VKey::new(
            &witness_name(number),
            SignatureKind::Cosignature,
            public_key,
        );
        Witness {
            name: format!("s{number}"),
            vkey: vkey.unwrap(),
            url: Some(format!("http://s{number}.vectors.example:8000")),
        }
    };
    QuorumPolicy::new(log_key(), (1..=3).map(witness).collect(), "storage", 2).unwrap()
}

fn checkpoint() -> Checkpoint {
    Checkpoint {
        origin: ORIGIN.to_owned(),
        size: 5,
        root: digest("root.chunks"),
    }
}

fn certified() -> Note {
    let mut note = checkpoint().sign(&checkpoint_key()).unwrap();
    for (number, time_s) in [(1, 1_700_000_000), (3, 1_700_000_060)] {
        let line = cosign(
            &witness_name(number),
            &key(110 + number),
            note.text(),
            time_s,
        );
        note.push(line.unwrap());
    }
    note
}

fn hashes(name: &str) -> Vec<Digest> {
    let bytes = vector(name);
    bytes
        .chunks_exact(32)
        .map(|hash| Digest::from_slice(hash).unwrap())
        .collect()
}

/// The leaf hash of the fourth chunk.
fn fourth_leaf() -> Digest {
    leaf_hash(&vector("leaves.chunks")[3 * 40..4 * 40])
}

#[test]
fn an_audit_path_and_a_consistency_proof_verify() {
    let (old_root, root) = (digest("merkle.root_of_3"), digest("root.chunks"));
    let path = hashes("merkle.path_of_3_in_5");
    assert_eq!(verify_inclusion(fourth_leaf(), 3, 5, &path, root), Ok(()));
    let proof = hashes("merkle.consistency_of_3_and_5");
    assert_eq!(verify_consistency(3, 5, &proof, old_root, root), Ok(()));
}

#[test]
fn a_checkpoint_is_signed_by_the_log_and_cosigned_by_witnesses() {
    assert_eq!(log_key().to_string(), text("vkey.log"));
    assert_eq!(checkpoint().to_string(), text("checkpoint.text"));
    let signed = checkpoint().sign(&checkpoint_key()).unwrap();
    assert_eq!(signed.to_string(), text("checkpoint.signed"));
    assert_eq!(certified().to_string(), text("checkpoint.certified"));
}

#[test]
fn the_text_of_a_policy_means_this_policy_and_no_other_text_does() {
    let text = text("policy.text");
    assert_eq!(policy().to_string(), text);
    assert_eq!(QuorumPolicy::parse(&text), Ok(policy()));
    for (bit, changed) in flipped(text.as_bytes()) {
        let changed = str::from_utf8(&changed).map(QuorumPolicy::parse);
        assert_ne!(changed, Ok(Ok(policy())), "bit {bit}");
    }
}

#[test]
fn a_checkpoint_with_a_quorum_is_certified_and_no_other_bytes_are() {
    let text = text("checkpoint.certified");
    let certify = |bytes: &[u8]| policy().certify(&Note::parse(bytes).ok()?).ok();
    let found = certify(text.as_bytes()).unwrap();
    assert_eq!(found.checkpoint, checkpoint());
    let cosigned: Vec<_> = found
        .cosigned
        .iter()
        .map(|one| (one.witness.as_str(), one.time_s))
        .collect();
    assert_eq!(cosigned, [("s1", 1_700_000_000), ("s3", 1_700_000_060)]);
    for (bit, changed) in flipped(text.as_bytes()) {
        assert_eq!(certify(&changed), None, "bit {bit}");
    }
}

#[test]
fn a_proof_of_inclusion_verifies_under_the_policy_and_no_other_bytes_do() {
    let text = text("tlog_proof");
    let proof = TlogProof {
        extra: None,
        index: 3,
        path: hashes("merkle.path_of_3_in_5"),
        checkpoint: certified(),
    };
    assert_eq!(proof.to_string(), text);
    assert_eq!(TlogProof::parse(text.as_bytes()), Ok(proof));
    let verify = |bytes: &[u8]| {
        let proof = TlogProof::parse(bytes).ok()?;
        proof.verify(&policy(), fourth_leaf()).ok()
    };
    assert!(verify(text.as_bytes()).is_some());
    for (bit, changed) in flipped(text.as_bytes()) {
        assert_eq!(verify(&changed), None, "bit {bit}");
    }
}
