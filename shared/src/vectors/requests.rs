//! Vectors of what is signed but not logged: Auth, Work, Http, Answer; and of the signature rule.

use super::*;
use crate::auth::{Auth, OwnerAuth, solve_work, work_zero_bits};
use crate::crypto::PublicKey as _;
use crate::http_answer::Answer;
use crate::http_auth::{Credentials, Http};
use crate::ids::{ChallengeNonce, RequestNonce, SubmitterKey, UnixMs};

fn auth() -> Auth {
    Auth {
        nonce: ChallengeNonce([0xc1; 32]),
        node_key: key(1).node_key(),
    }
}

#[test]
fn the_chain_id_and_the_default_origin_follow_from_hashes() {
    assert_eq!(chain().0.to_vec(), vector("chain_id"));
    assert_eq!(
        leader().leader_key().default_origin(),
        text("default_origin")
    );
}

#[test]
fn a_joining_node_and_its_owner_sign_the_challenge() {
    let auth = auth();
    assert_canonical("auth", &auth);
    assert_eq!(key(1).sign(&vector("auth")), signature("auth.signature"));
    let owner = OwnerAuth {
        nonce: auth.nonce,
        node_key: auth.node_key,
    };
    assert_canonical("owner_auth", &owner);
    let signature = signature("owner_auth.signature");
    assert!(
        submitter()
            .submitter_key()
            .verifies(&vector("owner_auth"), &signature)
    );
    assert!(
        !submitter()
            .submitter_key()
            .verifies(&vector("auth"), &signature)
    );
}

#[test]
fn the_work_puzzle_hashes_challenge_key_and_answer() {
    let hash = vector("work.hash_of_answer_7");
    let bits = hash.iter().take_while(|byte| **byte == 0).count() * 8;
    let bits = bits + hash[bits / 8].leading_zeros() as usize;
    assert_eq!(work_zero_bits(chain(), &auth(), 7) as usize, bits);
    let first = u64::from_be_bytes(vector("work.first_answer_of_12_bits").try_into().unwrap());
    assert_eq!(solve_work(chain(), &auth(), 12, 0, u64::MAX), Some(first));
}

#[test]
fn a_signed_request_and_its_header() {
    let request = Http {
        method: "PUT".to_owned(),
        target: "/api/v1/blobs/ab?x=1&y=ä".to_owned(),
        body_sha256: Digest::of(b"body"),
        time_ms: UnixMs(1_700_000_000_123),
        nonce: RequestNonce([0xa5; 16]),
    };
    assert_canonical("http", &request);
    let credentials = Credentials::sign(chain(), &submitter(), &request);
    assert_eq!(credentials.signature, signature("http.signature"));
    assert_eq!(credentials.header(), text("http.header"));
    assert_eq!(Credentials::parse(&text("http.header")), Ok(credentials));
    credentials
        .verify(chain(), "PUT", &request.target, request.body_sha256)
        .unwrap();
}

#[test]
fn a_signed_answer_and_its_header() {
    let answer = Answer {
        request_nonce: RequestNonce([0xa5; 16]),
        status: 409,
        body_sha256: Digest::of(b"answer"),
    };
    assert_canonical("answ", &answer);
    assert_eq!(answer.sign(chain(), &key(1)), text("answ.header"));
    answer
        .verify(chain(), &key(1).node_key(), &text("answ.header"))
        .unwrap();
}

/// LEDGER.md section 1: `verify_strict`. R with torsion is what batch verification sometimes accepts; R of small order
/// and weak keys are what plain `verify` and the browsers' own verification accept.
#[test]
fn signatures_that_only_laxer_rules_accept_are_refused() {
    let refused = file().refused_signatures;
    assert_eq!(refused.len(), 7 + 1 + 8 + 1);
    let mut accepted_by_plain_verify = 0;
    for (name, crafted) in refused {
        let key: SubmitterKey = crafted.key.parse().unwrap();
        let signature: Signature = crafted.signature.parse().unwrap();
        let message = bytes_of(&crafted.message);
        assert!(!key.verifies(&message, &signature), "{name}");
        assert_eq!(key.is_acceptable(), !name.starts_with("weak_key"), "{name}");
        let plain = ed25519_dalek::VerifyingKey::from_bytes(&key.0).unwrap();
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        let accepts = ed25519_dalek::Verifier::verify(&plain, &message, &signature).is_ok();
        accepted_by_plain_verify += usize::from(accepts);
    }
    assert_eq!(
        accepted_by_plain_verify, 9,
        "the vectors tell the two rules apart"
    );
}

#[test]
fn bytes_that_are_no_point_of_the_curve_are_no_key() {
    let no_point = SubmitterKey([2; 32]);
    assert!(ed25519_dalek::VerifyingKey::from_bytes(&no_point.0).is_err());
    assert!(!no_point.is_acceptable());
    assert!(!no_point.verifies(b"a message", &Signature([0; 64])));
}
