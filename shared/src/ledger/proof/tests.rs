use super::*;
use crate::crypto::SecretKey;
use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::cosignature::cosign;
use crate::ledger::note::{SignatureKind, VKey};
use crate::ledger::policy_text::Witness;
use crate::merkle::{Plan, leaf_hash, node_hash, tree_hash};

const ORIGIN: &str = "example.com/log";

fn key(number: u8) -> SecretKey {
    SecretKey::from_seed(&[number; 32])
}

fn policy() -> QuorumPolicy {
    let vkey =
        |number, name: &str, kind| VKey::new(name, kind, key(number).public_bytes()).unwrap();
    let witness = Witness {
        name: "w".to_owned(),
        vkey: vkey(2, "w", SignatureKind::Cosignature),
        url: None,
    };
    QuorumPolicy::new(
        vkey(1, ORIGIN, SignatureKind::Ed25519),
        vec![witness],
        "g",
        1,
    )
    .unwrap()
}

/// That "b" is the second of three leaves.
fn proof() -> TlogProof {
    let leaves = ["a", "b", "c"].map(|leaf| leaf_hash(leaf.as_bytes()));
    let lookup = |node: crate::merkle::NodeId| match node.level {
        0 => leaves.get(usize::try_from(node.index).unwrap()).copied(),
        _ => Some(node_hash(&leaves[0], &leaves[1])),
    };
    let path = Plan::inclusion(1, 3).unwrap().build(lookup).unwrap();
    let root = tree_hash(["a", "b", "c"]);
    let origin = ORIGIN.to_owned();
    let mut checkpoint = Checkpoint {
        origin,
        size: 3,
        root,
    }
    .sign(&key(1))
    .unwrap();
    checkpoint.push(cosign("w", &key(2), checkpoint.text(), 5).unwrap());
    TlogProof {
        extra: None,
        index: 1,
        path,
        checkpoint,
    }
}

fn parse(text: &str) -> Result<TlogProof, ProofTextError> {
    TlogProof::parse(text.as_bytes())
}

#[test]
fn a_proof_reads_back_and_proves_its_entry() {
    let bare = proof();
    let with_extra = TlogProof {
        extra: Some(b"more".to_vec()),
        ..proof()
    };
    let with_empty_extra = TlogProof {
        extra: Some(Vec::new()),
        ..proof()
    };
    for proof in [bare, with_extra, with_empty_extra] {
        let text = proof.to_string();
        assert_eq!(parse(&text), Ok(proof.clone()));
        let certified = proof.verify(&policy(), leaf_hash(b"b")).unwrap();
        assert_eq!(certified.checkpoint.size, 3);
    }
}

#[test]
fn a_proof_of_another_entry_index_or_under_another_policy_proves_nothing() {
    let other_entry = proof().verify(&policy(), leaf_hash(b"c"));
    assert_eq!(other_entry, Err(Unproven::NotIncluded(ProofError::Root)));
    let other_index = TlogProof {
        index: 0,
        ..proof()
    }
    .verify(&policy(), leaf_hash(b"b"));
    assert_eq!(other_index, Err(Unproven::NotIncluded(ProofError::Root)));
    let mut outside = proof();
    outside.index = 3;
    let error = outside.verify(&policy(), leaf_hash(b"b")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the entry is not in the log: there is no leaf 3 in a tree of 3"
    );
    let text = proof().to_string();
    let (uncosigned, _) = text.split_once("\u{2014} w ").unwrap();
    let error = parse(uncosigned)
        .unwrap()
        .verify(&policy(), leaf_hash(b"b"));
    assert!(matches!(
        error,
        Err(Unproven::Uncertified(Uncertified::TooFew { .. }))
    ));
}

#[test]
fn malformed_proofs_are_refused_with_what_is_wrong_where() {
    let text = proof().to_string();
    let with = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        parse(&text.replacen(from, to, 1)).unwrap_err()
    };
    assert!(matches!(parse(""), Err(ProofTextError::FirstLine(_))));
    assert!(matches!(with("@v1", "@v2"), ProofTextError::FirstLine(_)));
    assert!(matches!(
        with("@v1\n", "@v1\r\n"),
        ProofTextError::FirstLine(_)
    ));
    assert_eq!(
        parse("c2sp.org/tlog-proof@v1\nindex 1\n"),
        Err(ProofTextError::Ends("checkpoint"))
    );
    assert_eq!(
        parse("c2sp.org/tlog-proof@v1\n\n"),
        Err(ProofTextError::Ends("index"))
    );
    for wrong in [
        "index 01",
        "index -1",
        "index",
        "index  1",
        "index 1 ",
        "Index 1",
        "index 9223372036854775808",
    ] {
        let found = wrong.to_owned();
        assert_eq!(
            with("index 1", wrong),
            ProofTextError::Index { line: 2, found }
        );
    }
    for wrong in ["extra *\nindex 1", "extra AAAAAAB=\nindex 1"] {
        assert_eq!(with("index 1", wrong), ProofTextError::Extra);
    }
    let at_the_limit = format!("extra {}\nindex 1", to_base64(&vec![0; MAX_EXTRA]));
    parse(&text.replacen("index 1", &at_the_limit, 1)).unwrap();
    let beyond = format!("extra {}\nindex 1", to_base64(&vec![0; MAX_EXTRA + 1]));
    assert_eq!(with("index 1", &beyond), ProofTextError::Extra);
    let twice = with("index 1", "extra AAAA\nextra AAAA\nindex 1");
    assert!(matches!(twice, ProofTextError::Index { line: 3, .. }));
    let hash = to_base64(&proof().path[1].0);
    let found = "short".to_owned();
    assert_eq!(
        with(&hash, "short"),
        ProofTextError::Hash { line: 4, found }
    );
    let long = format!("index 1\n{}", format!("{hash}\n").repeat(62));
    assert_eq!(with("index 1\n", &long), ProofTextError::LongPath);
    let (unsigned, _) = text.split_once("\n\u{2014}").unwrap();
    let no_signatures = ProofTextError::Checkpoint(NoteError::NoSignatures);
    assert_eq!(parse(unsigned), Err(no_signatures));
    assert_eq!(
        TlogProof::parse(b"c2sp\xff"),
        Err(ProofTextError::NotUtf8(4))
    );
}

#[test]
fn what_reads_as_a_proof_prints_as_the_same_bytes_and_with_any_bit_changed_proves_nothing_else() {
    let text = TlogProof {
        extra: Some(b"more".to_vec()),
        ..proof()
    }
    .to_string();
    let every = if cfg!(target_family = "wasm") { 23 } else { 1 };
    for at in (0..text.len()).step_by(every) {
        for bit in 0..8 {
            let mut changed = text.clone().into_bytes();
            changed[at] ^= 1 << bit;
            let Ok(proof) = TlogProof::parse(&changed) else {
                continue;
            };
            assert_eq!(proof.to_string().as_bytes(), changed);
            // What may change: the extra data, and which key a line of no weight claims.
            if proof.verify(&policy(), leaf_hash(b"b")).is_ok() {
                assert!(
                    proof.extra != Some(b"more".to_vec()),
                    "byte {at}, bit {bit}"
                );
            }
        }
    }
}
