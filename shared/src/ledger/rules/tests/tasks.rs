//! Certificates, failures and what makes them void.

use super::*;
use crate::cert::Cert;
use crate::ids::{Digest, SeatNonce, UnixMs};
use crate::ledger::ban::Ban;
use crate::ledger::done::{Done, DoneReason};
use crate::ledger::void::{RefereeOutcome, Void, VoidReason};
use crate::outcome::Outcome;
use crate::vote::{REFEREE_SEAT, Vote};

fn good(task: u32) -> Cert {
    cert(&job(), task, &[0, 0, 1])
}

fn refused(change: impl FnOnce(&mut Cert)) -> String {
    let mut cert = good(0);
    change(&mut cert);
    Book::with_job().refuses(&[cert.encode(chain())])
}

#[test]
fn a_cert_keeps_the_rules_of_its_job() {
    let mut book = Book::with_job();
    book.add(&[good(0).encode(chain())]);
    assert_eq!(refused(|cert| cert.task = 3), "task");
    assert_eq!(
        refused(|cert| cert.input_sha256 = Digest::of(b"other")),
        "input"
    );
    assert_eq!(
        refused(|cert| cert.module_sha256 = Digest::of(b"other")),
        "module"
    );
    assert_eq!(refused(|cert| cert.chosen = 1), "chosen");
    assert_eq!(refused(|cert| cert.attempt = 2), "chosen");
    assert_eq!(
        refused(|cert| cert.agree[0].seat = cert.agree[1].seat),
        "seat"
    );
    assert_eq!(
        refused(|cert| cert.agree[0].signature.0[0] ^= 1),
        "signature"
    );
    assert_eq!(
        refused(|cert| {
            cert.agree.pop();
        }),
        "majority"
    );
    let unknown = refused(|cert| cert.job_id.0[0] ^= 1);
    assert_eq!(unknown, "job_known");
}

#[test]
fn a_task_has_one_cert_or_fail() {
    let mut book = Book::with_job();
    let entry = good(0).encode(chain());
    assert_eq!(book.refuses(&[entry.clone(), entry.clone()]), "task_once");
    book.add(std::slice::from_ref(&entry));
    assert_eq!(book.refuses(&[entry]), "task_once");
    assert_eq!(
        book.refuses(&[fail(&job(), 0).encode(chain())]),
        "task_once"
    );
}

#[test]
fn nothing_is_decided_after_the_job_has_ended() {
    let mut book = Book::with_job();
    let done = Done {
        job_id: id_of(&job()),
        accepted: 0,
        failed: 0,
        reason: DoneReason::Stopped,
        cancel: Vec::new(),
    };
    book.add(&[done.encode(chain())]);
    assert_eq!(book.refuses(&[good(0).encode(chain())]), "after_done");
    assert_eq!(
        book.refuses(&[fail(&job(), 0).encode(chain())]),
        "after_done"
    );
}

#[test]
fn a_fail_keeps_its_rules() {
    let book = Book::with_job();
    let mut other = fail(&job(), 0);
    other.input_sha256 = Digest::NONE;
    assert_eq!(book.refuses(&[other.encode(chain())]), "input");
    let mut answered = fail(&job(), 0);
    answered.votes = votes(&job(), 0, 1, &[0, 0]);
    assert_eq!(book.refuses(&[answered.encode(chain())]), "reason");
}

#[test]
fn a_banned_node_does_not_vote_until_its_ban_ends() {
    let mut book = Book::with_job();
    let ban = Ban {
        node_key: node(2).node_key(),
        banned: true,
        until_ms: None,
        evidence_index: None,
        reason: "it lied".to_owned(),
    };
    let entry = [good(0).encode(chain())];
    let banned_in_the_block = [ban.encode(chain()), entry[0].clone()];
    assert_eq!(book.refuses(&banned_in_the_block), "banned");
    book.add(&[ban.encode(chain())]);
    assert_eq!(
        book.refuses(&entry),
        "banned",
        "its dissent counts as little"
    );
    let until = |until: UnixMs| Ban {
        until_ms: Some(until),
        ..ban.clone()
    };
    let mut later = book.clone();
    later.add(&[until(later.now().plus(1001)).encode(chain())]);
    assert_eq!(later.refuses(&entry), "banned");
    later.add(&[prog_entry(&crate::program::Prog {
        version: "1.1.0".to_owned(),
        ..prog()
    })]);
    later.add(&entry);
    let pardon = Ban {
        banned: false,
        ..ban
    };
    book.add(&[pardon.encode(chain()), entry[0].clone()]);
}

/// The referee's vote on task 0, which said `outcome`.
fn referee_vote(outcome: Outcome) -> RefereeOutcome {
    let cert = good(0);
    let signer = referee();
    let vote = Vote {
        job_id: cert.job_id,
        task: 0,
        attempt: 1,
        seat: REFEREE_SEAT,
        nonce: SeatNonce([9; 16]),
        input_sha256: cert.input_sha256,
        module_sha256: cert.module_sha256,
        outcome,
        node_key: signer.node_key(),
    };
    RefereeOutcome {
        nonce: vote.nonce,
        outcome,
        signature: signer.sign(&vote.encode_for_referee(chain())),
    }
}

fn void(cert_index: u64) -> Void {
    Void {
        cert_index,
        reason: VoidReason::Audit,
        votes: Vec::new(),
        referee: Some(referee_vote(outcome(1))),
    }
}

#[test]
fn a_void_lets_its_task_be_decided_once_more_even_after_the_end() {
    let mut book = Book::with_job();
    let index = book.log.len() as u64;
    book.add(&[good(0).encode(chain())]);
    let done = Done {
        job_id: id_of(&job()),
        accepted: 1,
        failed: 0,
        reason: DoneReason::Stopped,
        cancel: Vec::new(),
    };
    book.add(&[done.encode(chain())]);
    book.add(&[void(index).encode(chain())]);
    assert_eq!(book.facts.jobs[&id_of(&job())].accepted, 0);
    assert_eq!(book.refuses(&[void(index).encode(chain())]), "void_cert");
    assert_eq!(book.refuses(&[good(1).encode(chain())]), "after_done");
    book.add(&[good(0).encode(chain())]);
    assert_eq!(book.refuses(&[good(0).encode(chain())]), "task_once");
}

#[test]
fn a_cert_can_be_void_within_its_own_block() {
    let mut book = Book::with_job();
    let index = book.log.len() as u64;
    let entries = [good(0).encode(chain()), void(index).encode(chain())];
    book.add(&entries);
    assert!(book.facts.tasks[&(id_of(&job()), 0)].void);
}

#[test]
fn a_void_needs_an_earlier_cert_and_the_referees_other_outcome() {
    let mut book = Book::with_job();
    let index = book.log.len() as u64;
    assert_eq!(book.refuses(&[void(index).encode(chain())]), "void_cert");
    assert_eq!(book.refuses(&[void(0).encode(chain())]), "void_cert");
    book.add(&[good(0).encode(chain())]);
    let refused = |change: fn(&mut Void)| {
        let mut void = void(index);
        change(&mut void);
        book.refuses(&[void.encode(chain())])
    };
    assert_eq!(refused(|void| void.referee = None), "void_referee");
    assert_eq!(
        refused(|void| void.referee = Some(referee_vote(outcome(0)))),
        "void_referee"
    );
    assert_eq!(
        refused(|void| {
            if let Some(referee) = &mut void.referee {
                referee.outcome = outcome(2);
            }
        }),
        "void_referee"
    );
    assert_eq!(
        refused(|void| {
            void.votes = votes(&job(), 0, 1, &[1]);
            void.votes[0].outcome = outcome(2);
        }),
        "signature"
    );
}
