//! Programs and their withdrawal.

use super::*;
use crate::ids::JobNonce;
use crate::ledger::withdraw::Withdraw;
use crate::program::Prog;

fn withdraw() -> Withdraw {
    Withdraw {
        name: "count".to_owned(),
        version: "1.0.0".to_owned(),
        reason: "it counts wrongly".to_owned(),
    }
}

#[test]
fn a_name_belongs_to_its_first_publisher_and_a_version_never_changes() {
    let book = Book::with_job();
    assert_eq!(book.refuses(&[prog_entry(&prog())]), "prog_once");
    let other = node(1);
    let taken = Prog {
        version: "2.0.0".to_owned(),
        publisher_key: other.submitter_key(),
        ..prog()
    };
    let taken = taken.sign(chain(), &other).unwrap();
    assert_eq!(book.refuses(&[taken]), "prog_name");
    let next = Prog {
        version: "2.0.0".to_owned(),
        ..prog()
    };
    let twice = [prog_entry(&next), prog_entry(&next)];
    assert_eq!(book.refuses(&twice), "prog_once");
}

#[test]
fn a_withdrawn_program_takes_no_new_jobs() {
    let mut book = Book::with_job();
    book.add(&[withdraw().sign(chain(), &submitter())]);
    let mut next = job();
    next.nonce = JobNonce([6; 16]);
    assert_eq!(book.refuses(&[job_entry(&next)]), "job_program");
    let again = withdraw().sign(chain(), &submitter());
    assert_eq!(book.refuses(&[again]), "withdraw_once");
    let same_module = Prog {
        version: "1.0.1".to_owned(),
        ..prog()
    };
    book.add(&[prog_entry(&same_module), job_entry(&next)]);
}

#[test]
fn only_publisher_and_leader_withdraw() {
    let book = Book::with_job();
    book.clone().add(&[withdraw().sign(chain(), &leader())]);
    let by_other = withdraw().sign(chain(), &node(1));
    assert_eq!(book.refuses(&[by_other]), "withdraw_signature");
    let unknown = Withdraw {
        version: "9.0.0".to_owned(),
        ..withdraw()
    };
    let unknown = unknown.sign(chain(), &submitter());
    assert_eq!(book.refuses(&[unknown]), "withdraw_known");
}
