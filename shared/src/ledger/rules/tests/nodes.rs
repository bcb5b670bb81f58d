//! Bans and evidence.

use super::*;
use crate::crypto::SecretKey;
use crate::ids::Digest;
use crate::ids::SeatNonce;
use crate::ledger::ban::Ban;
use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::evidence::{Evidence, EvidenceKind};
use crate::ledger::header::Header;
use crate::vote::{REFEREE_SEAT, Vote};

fn vote(kind: u8) -> Vote {
    let cert = cert(&job(), 0, &[0, 0, 0]);
    Vote {
        outcome: outcome(kind),
        node_key: node(7).node_key(),
        ..cert.vote(&cert.agree[0], outcome(kind))
    }
}

fn signed(vote: &Vote, key: &SecretKey) -> Vec<u8> {
    let mut bytes = vote.encode(chain());
    let signature = key.sign(&bytes);
    bytes.extend_from_slice(&signature.0);
    bytes
}

fn refused(kind: EvidenceKind, first: Vec<u8>, second: Vec<u8>) -> Option<String> {
    let book = Book::with_job();
    let entry = Evidence {
        kind,
        first,
        second,
    };
    let entries = [entry.encode(chain())];
    let checked = book.check(&book.header(&entries), &entries);
    checked.err().map(|refusal| refusal.rule.name())
}

#[test]
fn the_evidence_of_a_ban_is_earlier() {
    let book = Book::with_job();
    let ban = |index| Ban {
        node_key: node(1).node_key(),
        banned: true,
        until_ms: None,
        evidence_index: Some(index),
        reason: String::new(),
    };
    let next = book.log.len() as u64;
    assert_eq!(book.refuses(&[ban(next).encode(chain())]), "ban_evidence");
    book.clone().add(&[ban(next - 1).encode(chain())]);
}

#[test]
fn two_votes_with_one_nonce_are_evidence() {
    let kind = EvidenceKind::DoubleVote;
    let by = |kind: u8| signed(&vote(kind), &node(7));
    assert_eq!(refused(kind, by(0), by(1)), None);
    let why = Some("evidence".to_owned());
    assert_eq!(refused(kind, by(0), by(0)), why);
    assert_eq!(refused(kind, by(0), signed(&vote(1), &node(8))), why);
    let mut other = vote(1);
    other.nonce = SeatNonce([77; 16]);
    assert_eq!(refused(kind, by(0), signed(&other, &node(7))), why);
    assert_eq!(refused(kind, by(0), vec![1, 2, 3]), why);
}

#[test]
fn two_headers_of_one_height_and_epoch_are_evidence() {
    let kind = EvidenceKind::DoubleHeader;
    let book = Book::with_job();
    let header = Header::decode_signed(chain(), book.log.last().unwrap()).unwrap();
    let by = |change: fn(&mut Header)| {
        let mut header = header;
        change(&mut header);
        header.sign(chain(), &leader())
    };
    let first = || by(|_| {});
    assert_eq!(
        refused(kind, first(), by(|header| header.time_ms.0 += 1)),
        None
    );
    let why = Some("evidence".to_owned());
    assert_eq!(refused(kind, first(), first()), why);
    assert_eq!(refused(kind, first(), by(|header| header.epoch += 1)), why);
    assert_eq!(refused(kind, first(), by(|header| header.height += 1)), why);
}

#[test]
fn a_vote_and_the_cert_that_refutes_it_are_evidence() {
    let kind = EvidenceKind::RefutedVote;
    let lie = || signed(&vote(1), &node(7));
    let truth = cert(&job(), 0, &[0, 0, 0]);
    assert_eq!(refused(kind, lie(), truth.encode(chain())), None);
    let why = Some("evidence".to_owned());
    let agreed = signed(&vote(0), &node(7));
    assert_eq!(refused(kind, agreed, truth.encode(chain())), why);
    let elsewhere = cert(&job(), 1, &[0, 0, 0]);
    assert_eq!(refused(kind, lie(), elsewhere.encode(chain())), why);
    let mut alone = truth;
    alone.agree.truncate(1);
    let majority = Some("majority".to_owned());
    assert_eq!(refused(kind, lie(), alone.encode(chain())), majority);
}

#[test]
fn a_vote_and_the_referees_that_refutes_it_are_evidence() {
    let kind = EvidenceKind::RefutedVote;
    let by = |signer: &SecretKey| {
        let vote = Vote {
            seat: REFEREE_SEAT,
            node_key: signer.node_key(),
            ..vote(0)
        };
        let mut bytes = vote.encode_for_referee(chain());
        let signature = signer.sign(&bytes);
        bytes.extend_from_slice(&signature.0);
        bytes
    };
    let lie = || signed(&vote(1), &node(7));
    assert_eq!(refused(kind, lie(), by(&referee())), None);
    let why = Some("evidence".to_owned());
    assert_eq!(refused(kind, lie(), by(&node(3))), why);
}

#[test]
fn two_checkpoints_of_one_size_are_evidence() {
    let kind = EvidenceKind::DoubleCheckpoint;
    let by = |key: &SecretKey, size, root: &[u8]| {
        let checkpoint = Checkpoint {
            origin: ORIGIN.to_owned(),
            size,
            root: Digest::of(root),
        };
        let mut bytes = checkpoint.to_string().into_bytes();
        let signature = key.sign(&bytes);
        bytes.extend_from_slice(&signature.0);
        bytes
    };
    let first = || by(&log_key(), 7, b"one");
    assert_eq!(refused(kind, first(), by(&log_key(), 7, b"other")), None);
    let why = Some("evidence".to_owned());
    assert_eq!(refused(kind, first(), first()), why);
    assert_eq!(refused(kind, first(), by(&log_key(), 8, b"other")), why);
    assert_eq!(refused(kind, first(), by(&leader(), 7, b"other")), why);
}
