//! The whole ledger of the fixture, verified from its bytes alone.

mod history;

use super::*;
use crate::crypto::Strict;
use crate::ledger::ban::Ban;
use crate::ledger::done::{Done, DoneReason};
use crate::ledger::fixture::*;
use crate::ledger::void::{RefereeOutcome, Void, VoidReason};
use crate::ledger::withdraw::Withdraw;
use crate::vote::{REFEREE_SEAT, Vote};

fn good(task: u32) -> Vec<u8> {
    cert(&job(), task, &[0, 0, 1]).encode(chain())
}

/// The Void of the Cert for task 0 at an index.
fn void(cert_index: u64) -> Vec<u8> {
    let cert = cert(&job(), 0, &[0, 0, 1]);
    let vote = Vote {
        job_id: cert.job_id,
        task: 0,
        attempt: 1,
        seat: REFEREE_SEAT,
        nonce: crate::ids::SeatNonce([9; 16]),
        input_sha256: cert.input_sha256,
        module_sha256: cert.module_sha256,
        outcome: outcome(1),
        node_key: referee().node_key(),
    };
    let void = Void {
        cert_index,
        reason: VoidReason::Audit,
        votes: Vec::new(),
        referee: Some(RefereeOutcome {
            nonce: vote.nonce,
            outcome: vote.outcome,
            signature: referee().sign(&vote.encode_for_referee(chain())),
        }),
    };
    void.encode(chain())
}

fn done(accepted: u32, failed: u32) -> Vec<u8> {
    let done = Done {
        job_id: id_of(&job()),
        accepted,
        failed,
        reason: DoneReason::Stopped,
        cancel: Vec::new(),
    };
    done.encode(chain())
}

/// Block 0 ends at 2, block 1 at 5, block 2 (the Cert of task 0 at 5) at 8, block 3 (a Policy at 8) at 10, block 4 (a
/// Void at 10) at 12, block 5 at 16, block 6 at 18.
fn book() -> Book {
    let mut book = Book::with_job();
    book.add(&[good(0), fail(&job(), 1).encode(chain())]);
    book.add(&[policy(1).encode(chain())]);
    book.add(&[void(5)]);
    let withdraw = Withdraw {
        name: prog().name,
        version: prog().version,
        reason: String::new(),
    };
    let ban = Ban {
        node_key: node(9).node_key(),
        banned: true,
        until_ms: None,
        evidence_index: None,
        reason: "lies".to_owned(),
    };
    book.add(&[
        good(0),
        withdraw.sign(chain(), &submitter()),
        ban.encode(chain()),
    ]);
    book.add(&[done(1, 1)]);
    book
}

const POLICY_ENDS: u64 = 10;

/// Gives the verifier everything from where it stands, with a certificate wherever one is awaited.
fn read(verifier: &mut LedgerVerifier, book: &Book) -> Result<(), LedgerFault> {
    let from = usize::try_from(verifier.next_index()).unwrap();
    for entry in book.log.get(from..).unwrap_or_default() {
        let mut step = verifier.push(entry.clone(), &Strict)?;
        if let Step::Earlier(indexes) = step {
            for index in indexes {
                verifier.earlier(book.record(index, verifier.size()))?;
            }
            step = verifier.resume(&Strict)?;
        }
        assert!(!matches!(step, Step::Earlier(_)));
        if verifier.awaits_certificate().is_some() {
            verifier.certify(&book.certified(verifier.size()))?;
        }
    }
    Ok(())
}

fn rule_of(book: &Book) -> (u64, String) {
    let refused = read(&mut LedgerVerifier::new(chain()), book).unwrap_err();
    (refused.index, refused.rule.name())
}

#[test]
fn a_whole_ledger_keeps_every_rule() {
    let book = book();
    let mut verifier = LedgerVerifier::new(chain());
    read(&mut verifier, &book).unwrap();
    assert_eq!(
        (verifier.size(), verifier.root()),
        (18, book.facts.tip.tree.root())
    );
    let certified = verifier.certify(&book.certified(18)).unwrap();
    assert_eq!(certified.cosigned.len(), 2);
    assert_eq!(verifier.policy().unwrap().version, 1);
    assert_eq!((verifier.jobs(), verifier.tasks()), (1, 2));
    assert_eq!(verifier.head().unwrap().height, 6);
}

#[test]
fn a_kept_state_goes_on_as_if_it_had_never_been_away() {
    let book = book();
    let mut whole = LedgerVerifier::new(chain());
    read(&mut whole, &book).unwrap();
    whole.certify(&book.certified(18)).unwrap();
    for end in [2, 5, 8, 10, 12, 16] {
        let mut earlier = book.clone();
        earlier.log.truncate(end);
        let mut verifier = LedgerVerifier::new(chain());
        read(&mut verifier, &earlier).unwrap();
        assert!(verifier.state().is_none() || end == 10);
        verifier.certify(&book.certified(end as u64)).unwrap();
        let state = verifier.state().unwrap();
        let mut again = LedgerVerifier::restore(&state).unwrap();
        assert_eq!(again.state().unwrap(), state);
        read(&mut again, &book).unwrap();
        again.certify(&book.certified(18)).unwrap();
        assert_eq!(again.state(), whole.state());
    }
}

#[test]
fn a_damaged_state_is_refused() {
    let book = book();
    let mut verifier = LedgerVerifier::new(chain());
    read(&mut verifier, &book).unwrap();
    verifier.certify(&book.certified(18)).unwrap();
    let state = verifier.state().unwrap();
    for len in 0..state.len() {
        LedgerVerifier::restore(&state[..len]).unwrap_err();
    }
    LedgerVerifier::restore(&[&state[..], &[0]].concat()).unwrap_err();
    let mut other = state;
    other[0] = 2;
    assert!(matches!(
        LedgerVerifier::restore(&other),
        Err(StateError::Format)
    ));
}

#[test]
fn the_broken_rule_and_its_entry_are_named() {
    let changed = |at: usize, change: fn(&mut Vec<u8>)| {
        let mut book = book();
        change(&mut book.log[at]);
        rule_of(&book)
    };
    let flip = |entry: &mut Vec<u8>| *entry.last_mut().unwrap() ^= 1;
    assert_eq!(changed(3, flip), (3, "signature".to_owned()));
    assert_eq!(
        changed(5, |entry| entry[60] ^= 1),
        (7, "body_root".to_owned())
    );
    assert_eq!(
        changed(5, |entry| entry.push(0)),
        (5, "canonical".to_owned())
    );
    assert_eq!(changed(7, flip), (7, "signature".to_owned()));
    let mut swapped = book();
    swapped.log.swap(2, 3);
    assert_eq!(rule_of(&swapped), (4, "body_root".to_owned()));
    let mut without = book();
    without.log.drain(5..8);
    assert_eq!(rule_of(&without), (6, "height".to_owned()));
}

/// What a leader and a quorum of liars could sign: the next block, whatever it says.
fn forced(book: &mut Book, entries: &[Vec<u8>]) {
    let header = book.header(entries);
    book.log.extend_from_slice(entries);
    book.log.push(header);
}

#[test]
fn a_quorum_of_liars_is_found_out() {
    let rule = |entries: &[Vec<u8>]| {
        let mut book = Book::with_job();
        forced(&mut book, entries);
        rule_of(&book)
    };
    assert_eq!(rule(&[good(0), good(0)]), (6, "task_once".to_owned()));
    assert_eq!(rule(&[done(1, 0)]), (5, "done_counts".to_owned()));
    let mut forged = cert(&job(), 0, &[0, 0, 1]);
    forged.agree.pop();
    assert_eq!(rule(&[forged.encode(chain())]), (5, "majority".to_owned()));
    assert_eq!(rule(&[job_entry(&job())]), (5, "job_once".to_owned()));
}

#[test]
fn a_new_policy_counts_only_with_a_certificate_by_the_old_one() {
    let book = book();
    let mut verifier = LedgerVerifier::new(chain());
    let mut until = book.clone();
    until.log.truncate(10);
    for entry in &until.log {
        verifier.push(entry.clone(), &Strict).unwrap();
    }
    assert_eq!(verifier.awaits_certificate().unwrap().height, 3);
    assert_eq!(verifier.certifier().unwrap().version, 0);
    let refused = verifier
        .clone()
        .push(book.log[10].clone(), &Strict)
        .unwrap_err();
    assert_eq!(
        (refused.index, refused.rule.name()),
        (10, "certificate".into())
    );
    let refused = verifier
        .certify(&book.cosigned(POLICY_ENDS, &[3]))
        .unwrap_err();
    assert_eq!(refused.rule.name(), "certificate");
    verifier.certify(&book.certified(POLICY_ENDS)).unwrap();
    verifier.push(book.log[10].clone(), &Strict).unwrap();
}

#[test]
fn the_checkpoint_is_that_of_the_entries() {
    let book = book();
    let mut verifier = LedgerVerifier::new(chain());
    read(&mut verifier, &book).unwrap();
    let mut other = book.clone();
    other.log[2][20] ^= 1;
    let mut rule = |note: &Note| verifier.certify(note).unwrap_err().rule.name();
    assert_eq!(rule(&book.certified(16)), "checkpoint_size");
    assert_eq!(rule(&other.certified(18)), "checkpoint_root");
    assert_eq!(rule(&book.cosigned(18, &[])), "certificate");
}

#[test]
fn an_earlier_entry_that_a_void_names_is_proven() {
    let book = book();
    let mut verifier = LedgerVerifier::new(chain());
    let mut until = book.clone();
    until.log.truncate(10);
    read(&mut verifier, &until).unwrap();
    verifier.push(book.log[10].clone(), &Strict).unwrap();
    let step = verifier.push(book.log[11].clone(), &Strict).unwrap();
    assert!(matches!(step, Step::Earlier(indexes) if indexes == BTreeSet::from([5])));
    let mut forged = book.record(5, 10);
    forged.entry[70] ^= 1;
    let refused = verifier.clone().earlier(forged).unwrap_err();
    assert_eq!(refused.rule.name(), "inclusion");
    verifier.earlier(book.record(5, 10)).unwrap();
    assert!(matches!(verifier.resume(&Strict), Ok(Step::Block(_))));
}

#[test]
fn a_block_without_a_header_is_not_read_for_ever() {
    let mut verifier = LedgerVerifier::new(chain());
    let entry = policy(0).encode(chain());
    for _ in 0..MAX_BLOCK_ENTRIES {
        verifier.push(entry.clone(), &Strict).unwrap();
    }
    let refused = verifier.push(entry, &Strict).unwrap_err();
    assert_eq!(refused.rule.name(), "count");
}
