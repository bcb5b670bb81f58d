//! Bundles that break one rule each.

use super::*;
use crate::leaf::{Leaf, encode_list};
use crate::ledger::header::Header;
use crate::ledger::policy_text::QuorumPolicy;

fn finished_parts() -> BundleParts {
    parts(&finished(), &FINISHED)
}

#[test]
fn a_changed_byte_of_any_record_leads_to_another_root() {
    let good = finished_parts();
    for at in 0..good.records.len() {
        let mut parts = good.clone();
        let last = parts.records[at].entry.last_mut().unwrap();
        *last ^= 1;
        assert_eq!(refused(parts), "inclusion", "record {at}");
    }
    let mut parts = good.clone();
    parts.head.record.entry[200] ^= 1;
    assert_eq!(refused(parts), "inclusion");
    let mut parts = good.clone();
    parts.records[2].path[0].0[0] ^= 1;
    assert_eq!(refused(parts), "inclusion");
    let mut parts = good;
    parts.records[2].index = 8;
    assert_eq!(refused(parts), "inclusion");
}

#[test]
fn a_checkpoint_without_a_quorum_proves_nothing() {
    let book = finished();
    let mut parts = finished_parts();
    parts.head.checkpoint = book.cosigned(book.size(), &[2]);
    assert_eq!(refused(parts), "certificate");
}

#[test]
fn another_policy_than_the_one_that_certified_proves_nothing() {
    let pinned = QuorumPolicy::new(
        quorum_policy().log().clone(),
        quorum_policy().witnesses()[..1].to_vec(),
        "storage",
        1,
    );
    let bundle = bundle(finished_parts());
    let refused = bundle.verify(&pinned.unwrap(), &BTreeMap::new());
    let fault = refused.unwrap_err();
    assert_eq!(fault.rule.name(), "policy_text");
    assert!(
        fault.to_string().starts_with("the newest header: rule "),
        "{fault}"
    );
}

#[test]
fn the_newest_header_is_the_last_entry_under_the_checkpoint() {
    let book = finished();
    let mut parts = finished_parts();
    parts.head = book.certification(8, book.size());
    assert_eq!(refused(parts), "header");
    let mut parts = finished_parts();
    parts.head = book.certification(9, book.size());
    assert_eq!(refused(parts), "canonical");
}

#[test]
fn a_header_that_says_another_root_of_the_log_is_refused() {
    let mut book = finished();
    let size = book.size();
    let (chain, leader) = (chain(), leader());
    let entry = book.log.pop().unwrap();
    let header = Header::decode_signed(chain, &entry).unwrap();
    let other = Header {
        log_root: header.body_root,
        ..header
    };
    book.log.push(other.sign(chain, &leader));
    let parts = BundleParts {
        head: book.certification(size - 1, size),
        ..parts(&book, &FINISHED)
    };
    assert_eq!(refused(parts), "log_root");
}

#[test]
fn a_missing_job_or_certificate_is_noticed() {
    let book = finished();
    assert_eq!(refused(parts(&book, &[0, 5, 6, 7, 9])), "job_known");
    assert_eq!(refused(parts(&book, &[0])), "bundle_job");
    assert_eq!(refused(parts(&book, &[0, 3, 5, 7])), "bundle_partial");
    assert_eq!(refused(parts(&book, &[0, 3, 5, 7, 9])), "done_counts");
    let all_but_partial = BundleParts {
        partial: true,
        ..finished_parts()
    };
    assert_eq!(refused(all_but_partial), "bundle_partial");
}

#[test]
fn records_that_do_not_belong_to_the_job_are_refused() {
    let book = finished();
    assert_eq!(refused(parts(&book, &[0, 2, 3, 5, 6, 7])), "bundle_record");
    let mut book = finished();
    let other = Job {
        nonce: JobNonce([8; 16]),
        ..job()
    };
    book.add(&[job_entry(&other)]);
    let records = [0, 3, 5, 6, 7, 9, 11];
    assert_eq!(refused(parts(&book, &records)), "bundle_record");
}

/// A book that the rules would refuse, as it may come from liars of a quorum: the rules of Certs hold in bundles too.
fn with_entries(entries: &[Vec<u8>]) -> BundleParts {
    let mut book = Book::with_job();
    let cut = book.facts.tip.cut(
        entries,
        book.policy_sha256(),
        leader().leader_key(),
        1,
        book.now(),
    );
    book.log.extend_from_slice(entries);
    book.log.push(cut.header.sign(chain(), &leader()));
    let mut indexes = vec![0, 3];
    indexes.extend((0..entries.len() as u64).map(|at| 5 + at));
    BundleParts {
        partial: true,
        ..parts(&book, &indexes)
    }
}

#[test]
fn certificates_in_a_bundle_keep_the_rules() {
    let broken = |change: fn(&mut Cert)| {
        let mut cert = cert(&job(), 0, &[0, 0, 1]);
        change(&mut cert);
        refused(with_entries(&[cert.encode(chain())]))
    };
    assert_eq!(broken(|cert| cert.chosen = 1), "chosen");
    assert_eq!(
        broken(|cert| cert.input_sha256 = Digest::of(b"other")),
        "input"
    );
    assert_eq!(broken(|cert| cert.agree.truncate(1)), "majority");
    assert_eq!(broken(|cert| cert.task = 9), "task");
    assert_eq!(
        broken(|cert| cert.agree[0].nonce = SeatNonce([1; 16])),
        "signature"
    );
    assert_eq!(
        broken(|cert| cert.dissent[0].outcome = outcome(0)),
        "dissent"
    );
    assert_eq!(refused(with_entries(&[good(0), good(0)])), "task_once");
    let after = [done(0, 0, DoneReason::Stopped), good(0)];
    assert_eq!(refused(with_entries(&after)), "after_done");
    let void = void_of(&cert(&job(), 0, &[0, 0, 1]), 5);
    assert_eq!(refused(with_entries(&[good(1), void])), "void_referee");
}

#[test]
fn the_leaves_are_those_that_the_job_signs() {
    let (book, good) = with_subset();
    let id = id_of(&subset_job(&[1]));
    let mut parts = good.clone();
    parts.leaves.clear();
    assert_eq!(refused(parts), "leaves");
    let mut parts = good.clone();
    parts
        .leaves
        .insert(id, encode_list(&[Leaf::Subset { task: 2 }]));
    assert_eq!(refused(parts), "input_root");
    let mut parts = good.clone();
    parts.leaves.insert(id, vec![0; 3]);
    assert_eq!(refused(parts), "canonical");
    let mut parts = good.clone();
    parts.leaves.insert(id_of(&job()), Vec::new());
    assert_eq!(refused(parts), "leaves");
    let mut parts = good;
    parts.records.retain(|record| record.index < 11);
    parts.head = book.certification(book.size() - 1, book.size());
    assert_eq!(refused(parts), "leaves");
}

#[test]
fn a_subset_jobs_certificate_is_about_its_parents_input() {
    let mut book = finished();
    let again = subset_job(&[1]);
    let id = id_of(&again);
    book.facts.knows_leaves = false;
    book.add(&[job_entry(&again)]);
    // The input of task 2, not of task 1.
    book.add(&[cert_of(&again, 0, 2, &[0, 0, 0]).encode(chain())]);
    let mut all = FINISHED.to_vec();
    all.extend([11, 13]);
    let list = encode_list(&[Leaf::Subset { task: 1 }]);
    let parts = BundleParts {
        leaves: BTreeMap::from([(id, list)]),
        ..parts(&book, &all)
    };
    assert_eq!(refused(parts), "input");
    assert_eq!(
        again.input,
        Input::Subset {
            parent: id_of(&job())
        }
    );
}
