//! Jobs and their ends.

use super::*;
use crate::ids::{JobNonce, UnixMs};
use crate::job::{Cancel, DEFAULT_DEADLINE_MS, Input, Job};
use crate::leaf::input_root;
use crate::ledger::done::{Done, DoneReason};
use crate::subset;

fn with(change: impl FnOnce(&mut Job)) -> Vec<u8> {
    let mut other = job();
    other.nonce = JobNonce([3; 16]);
    change(&mut other);
    job_entry(&other)
}

fn done(accepted: u32, failed: u32, reason: DoneReason) -> Done {
    Done {
        job_id: id_of(&job()),
        accepted,
        failed,
        reason,
        cancel: Vec::new(),
    }
}

fn cancelled(cancel: Vec<u8>) -> Vec<u8> {
    let mut done = done(0, 0, DoneReason::Cancelled);
    done.cancel = cancel;
    done.encode(chain())
}

#[test]
fn a_job_is_recorded_once_and_only_with_an_earlier_program() {
    let book = Book::with_job();
    assert_eq!(book.refuses(&[job_entry(&job())]), "job_once");
    let twice = [with(|_| {}), with(|_| {})];
    assert_eq!(book.refuses(&twice), "job_once");
    let module = with(|job| job.module_sha256.0[0] ^= 1);
    assert_eq!(book.refuses(&[module]), "job_program");
    let manifest = with(|job| job.manifest_sha256.0[0] ^= 1);
    assert_eq!(book.refuses(&[manifest]), "job_program");
    assert_eq!(Book::new().refuses(&[job_entry(&job())]), "job_program");
}

#[test]
fn a_job_is_recorded_before_its_deadline() {
    let book = Book::with_job();
    let now = book.now();
    assert_eq!(
        book.refuses(&[with(|job| job.deadline_ms = now)]),
        "job_deadline"
    );
    let mut later = book.clone();
    later.add(&[with(|job| job.deadline_ms = now.plus(1))]);
    let fact = &book.facts.jobs[&id_of(&job())];
    let recorded = book.facts.tip.head.unwrap().time_ms;
    assert_eq!(fact.deadline_ms, recorded.plus(DEFAULT_DEADLINE_MS));
}

#[test]
fn the_root_of_a_range_is_that_of_its_leaves() {
    let book = Book::with_job();
    let entry = with(|job| job.input_root.0[0] ^= 1);
    assert_eq!(book.refuses(&[entry]), "input_root");
}

fn subset_of(parent: &Job, tasks: &[u32]) -> Job {
    let nonce = JobNonce([5; 16]);
    subset::again(parent, id_of(parent), tasks, parent.limits, nonce)
}

fn knowing(book: &Book, subset: &Job, tasks: &[u32]) -> Book {
    let mut book = book.clone();
    book.facts
        .subset_lists
        .insert(id_of(subset), tasks.to_vec());
    book
}

#[test]
fn a_subset_job_keeps_the_rules_towards_its_parent() {
    let book = Book::with_job();
    let good = subset_of(&job(), &[0, 2]);
    let mut recorded = knowing(&book, &good, &[0, 2]);
    recorded.add(&[job_entry(&good)]);
    assert_eq!(
        book.refuses(&[job_entry(&good)]),
        "input_root",
        "its leaves are not there"
    );
    let mut orphan = good.clone();
    orphan.input = Input::Subset {
        parent: crate::ids::JobId([7; 32]),
    };
    assert_eq!(
        knowing(&book, &orphan, &[0, 2]).refuses(&[job_entry(&orphan)]),
        "subset_parent"
    );
    let mut other = good.clone();
    other.seed.0[0] ^= 1;
    assert_eq!(
        knowing(&book, &other, &[0, 2]).refuses(&[job_entry(&other)]),
        "subset_equal"
    );
    assert_eq!(
        knowing(&book, &good, &[2, 0]).refuses(&[job_entry(&good)]),
        "subset_order"
    );
    assert_eq!(
        knowing(&book, &good, &[0, 3]).refuses(&[job_entry(&good)]),
        "subset_range"
    );
    let mut nested = subset_of(&good, &[0]);
    nested.input_root = input_root(subset::leaves(&[0]));
    assert_eq!(
        knowing(&recorded, &nested, &[0]).refuses(&[job_entry(&nested)]),
        "subset_nested"
    );
}

#[test]
fn a_job_is_complete_when_every_task_is_decided() {
    let mut book = Book::with_job();
    let complete = |accepted, failed| done(accepted, failed, DoneReason::Complete).encode(chain());
    assert_eq!(book.refuses(&[complete(0, 0)]), "done_complete");
    book.add(&[cert(&job(), 0, &[0, 0, 0]).encode(chain())]);
    book.add(&[cert(&job(), 1, &[0, 0, 1]).encode(chain())]);
    let last = fail(&job(), 2).encode(chain());
    assert_eq!(book.refuses(&[last.clone(), complete(3, 0)]), "done_counts");
    assert_eq!(book.refuses(&[last.clone(), complete(2, 0)]), "done_counts");
    book.add(&[last, complete(2, 1)]);
    assert_eq!(book.refuses(&[complete(2, 1)]), "done_once");
    let unknown = Done {
        job_id: crate::ids::JobId([1; 32]),
        ..done(2, 1, DoneReason::Complete)
    };
    assert_eq!(book.refuses(&[unknown.encode(chain())]), "job_known");
}

#[test]
fn only_the_submitter_cancels() {
    let book = Book::with_job();
    let cancel = Cancel {
        job_id: id_of(&job()),
        time_ms: UnixMs(5),
    };
    let good = cancelled(cancel.sign(chain(), &submitter()));
    book.clone().add(&[good]);
    let by_other = cancelled(cancel.sign(chain(), &node(1)));
    assert_eq!(book.refuses(&[by_other]), "done_cancel");
    let of_other = Cancel {
        job_id: crate::ids::JobId([1; 32]),
        ..cancel
    };
    let of_other = cancelled(of_other.sign(chain(), &submitter()));
    assert_eq!(book.refuses(&[of_other]), "done_cancel");
    assert_eq!(book.refuses(&[cancelled(Vec::new())]), "canonical");
}

#[test]
fn a_job_expires_at_its_deadline_and_not_before() {
    let mut book = Book::with_job();
    let entry = with(|job| job.deadline_ms = BEGAN.plus(4000));
    book.add(std::slice::from_ref(&entry));
    let id = crate::job::SignedJob::decode(chain(), &entry).unwrap().id();
    let expired = Done {
        job_id: id,
        ..done(0, 0, DoneReason::Expired)
    };
    let expired = [expired.encode(chain())];
    assert_eq!(book.refuses(&expired), "done_expired");
    book.add(&[prog_entry(&crate::program::Prog {
        version: "1.1.0".to_owned(),
        ..prog()
    })]);
    book.add(&expired);
}
