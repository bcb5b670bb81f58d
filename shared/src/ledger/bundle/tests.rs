//! Bundles over the ledger of the fixture: whole, partial, refereed, voided, with subset jobs and new policies, and each
//! of them broken.

mod broken;
mod text;

use super::*;
use crate::cert::{Cert, RefereeVote, Relaxed};
use crate::codec::Canonical as _;
use crate::ids::{JobNonce, NodeKey, SeatNonce};
use crate::job::{Input, Job};
use crate::ledger::done::{Done, DoneReason};
use crate::ledger::fixture::*;
use crate::ledger::policy::PolicyEntry;
use crate::ledger::policy_text::QuorumPolicy;
use crate::ledger::void::{RefereeOutcome, Void, VoidReason};
use crate::outcome::Outcome;
use crate::subset;
use crate::verified_job::Verdict;
use crate::vote::{REFEREE_SEAT, Vote};

/// The bundle of the range job whose records are these entries of the book, under the book's newest block.
fn parts(book: &Book, indexes: &[u64]) -> BundleParts {
    let size = book.size();
    BundleParts {
        job_id: id_of(&job()),
        partial: false,
        changes: Vec::new(),
        head: book.certification(size - 1, size),
        leaves: BTreeMap::new(),
        records: indexes
            .iter()
            .map(|index| book.record(*index, size))
            .collect(),
    }
}

fn bundle(parts: BundleParts) -> ProofBundle {
    ProofBundle::new(parts).unwrap()
}

fn verified(parts: BundleParts) -> VerifiedBundle {
    let bundle = bundle(parts);
    bundle.verify(&quorum_policy(), &BTreeMap::new()).unwrap()
}

/// The rule that the bundle breaks.
fn refused(parts: BundleParts) -> String {
    let refused = bundle(parts).verify(&quorum_policy(), &BTreeMap::new());
    refused.expect_err("a rule is broken").rule.name()
}

fn done(accepted: u32, failed: u32, reason: DoneReason) -> Vec<u8> {
    let done = Done {
        job_id: id_of(&job()),
        accepted,
        failed,
        reason,
        cancel: Vec::new(),
    };
    done.encode(chain())
}

fn good(task: u32) -> Vec<u8> {
    cert(&job(), task, &[0, 0, 1]).encode(chain())
}

/// Policy 0 at 0, the job at 3, its Certs at 5, 6, 7, its Done at 9.
fn finished() -> Book {
    let mut book = Book::with_job();
    book.add(&[good(0), good(1), good(2)]);
    book.add(&[done(3, 0, DoneReason::Complete)]);
    book
}

const FINISHED: [u64; 6] = [0, 3, 5, 6, 7, 9];

fn referee_vote(cert: &Cert, outcome: Outcome) -> (SeatNonce, crate::ids::Signature) {
    let vote = Vote {
        job_id: cert.job_id,
        task: cert.task,
        attempt: cert.attempt,
        seat: REFEREE_SEAT,
        nonce: SeatNonce([9; 16]),
        input_sha256: cert.input_sha256,
        module_sha256: cert.module_sha256,
        outcome,
        node_key: referee().node_key(),
    };
    (
        vote.nonce,
        referee().sign(&vote.encode_for_referee(chain())),
    )
}

fn void_of(cert: &Cert, cert_index: u64) -> Vec<u8> {
    let outcome = outcome(1);
    let (nonce, signature) = referee_vote(cert, outcome);
    let void = Void {
        cert_index,
        reason: VoidReason::Audit,
        votes: Vec::new(),
        referee: Some(RefereeOutcome {
            nonce,
            outcome,
            signature,
        }),
    };
    void.encode(chain())
}

/// A certificate for task 0 that the referee settled after 15 votes.
fn refereed() -> Cert {
    let kinds = [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 2];
    let mut cert = Cert {
        attempt: 7,
        chosen: 15,
        relaxed: Relaxed::REFEREE,
        ..cert(&job(), 0, &kinds)
    };
    let (nonce, signature) = referee_vote(&cert, cert.outcome);
    cert.referee = Some(RefereeVote { nonce, signature });
    cert
}

#[test]
fn a_finished_job_is_proven_with_the_pinned_policy_alone() {
    let verified = verified(parts(&finished(), &FINISHED));
    assert_eq!(verified.checkpoint.checkpoint.size, 11);
    assert_eq!(verified.checkpoint.cosigned.len(), 2);
    assert_eq!((verified.header.height, verified.policy.version), (3, 0));
    assert_eq!(verified.tasks.len(), 3);
    let counted = &verified.tasks[&1];
    assert_eq!((counted.index, counted.job_id), (6, id_of(&job())));
    let signers: Vec<NodeKey> = counted.signers();
    assert!(signers.contains(&node(0).node_key()) && signers.contains(&node(1).node_key()));
    assert_eq!(signers.len(), 2);
    for rule in ["inclusion", "majority", "signature", "input"] {
        assert!(counted.rules().contains(&rule), "{rule}");
    }
    let job = &verified.jobs[&id_of(&job())];
    assert_eq!((job.index, job.done.as_ref().unwrap().0), (3, 9));
}

#[test]
fn outputs_are_checked_against_what_counts() {
    let verified = verified(parts(&finished(), &FINISHED));
    verified.check_output(2, &[0]).unwrap();
    let rule = |task, output: &[u8]| {
        let refused = verified.check_output(task, output);
        refused.unwrap_err().rule.name()
    };
    assert_eq!(rule(2, &[1]), "output_hash");
    assert_eq!(rule(2, &[0, 0]), "output_length");
    assert_eq!(rule(3, &[0]), "output_task");
}

#[test]
fn a_job_with_open_tasks_is_partial() {
    let mut book = Book::with_job();
    let failed = fail(&job(), 2);
    book.add(&[good(0), failed.encode(chain())]);
    let partial = |partial| BundleParts {
        partial,
        ..parts(&book, &[0, 3, 5, 6])
    };
    let open = verified(partial(true));
    assert!(open.partial);
    assert_eq!(open.tasks.keys().copied().collect::<Vec<_>>(), [0, 2]);
    let failed_task = &open.tasks[&2];
    assert!(matches!(failed_task.verdict, Verdict::Failed(_)));
    assert!(failed_task.rules().contains(&"reason"));
    assert_eq!(refused(partial(false)), "bundle_partial");
}

#[test]
fn one_task_of_a_finished_job_is_proven_as_partial() {
    let one = BundleParts {
        partial: true,
        ..parts(&finished(), &[0, 3, 6, 9])
    };
    let one = verified(one);
    assert_eq!(one.tasks.keys().copied().collect::<Vec<_>>(), [1]);
    assert!(one.jobs[&one.job_id].done.is_some());
}

#[test]
fn a_voided_certificate_does_not_count_and_the_new_one_does() {
    let mut book = finished();
    let old = cert(&job(), 0, &[0, 0, 1]);
    book.add(&[void_of(&old, 5)]);
    book.add(&[refereed().encode(chain())]);
    let indexes = [0, 3, 5, 6, 7, 9, 11, 13];
    let whole = verified(parts(&book, &indexes));
    assert_eq!(whole.tasks[&0].index, 13);
    assert!(whole.tasks[&0].rules().contains(&"referee"));
    assert_eq!(
        whole.voids,
        [VoidedCert {
            void_index: 11,
            cert_index: 5,
            job_id: id_of(&job()),
            task: 0
        }]
    );
    let without_the_void = [0, 3, 5, 6, 7, 9, 13];
    assert_eq!(refused(parts(&book, &without_the_void)), "task_once");
    let without_the_cert = [0, 3, 6, 7, 9, 11, 13];
    let without_the_cert = BundleParts {
        partial: true,
        ..parts(&book, &without_the_cert)
    };
    assert_eq!(refused(without_the_cert), "void_cert");
}

#[test]
fn what_a_referee_settled_needs_the_policy_that_names_it() {
    let mut book = Book::with_job();
    book.add(&[refereed().encode(chain())]);
    let partial = |indexes: &[u64]| BundleParts {
        partial: true,
        ..parts(&book, indexes)
    };
    assert_eq!(verified(partial(&[0, 3, 5])).tasks.len(), 1);
    assert_eq!(refused(partial(&[3, 5])), "policy_sha256");
}

fn subset_job(tasks: &[u32]) -> Job {
    subset::again(
        &job(),
        id_of(&job()),
        tasks,
        job().limits,
        JobNonce([7; 16]),
    )
}

/// A book that ends with a subset job of task 1 at 11 and its Cert at 13, and the bundle's parts.
fn with_subset() -> (Book, BundleParts) {
    let mut book = finished();
    let again = subset_job(&[1]);
    let id = id_of(&again);
    book.facts.subset_lists.insert(id, vec![1]);
    book.facts
        .leaves
        .insert((id, 0), crate::leaf::Leaf::Subset { task: 1 });
    book.add(&[job_entry(&again)]);
    book.add(&[cert_of(&again, 0, 1, &[0, 0, 0]).encode(chain())]);
    let mut all = FINISHED.to_vec();
    all.extend([11, 13]);
    let list = crate::leaf::encode_list(&[crate::leaf::Leaf::Subset { task: 1 }]);
    let parts = BundleParts {
        leaves: BTreeMap::from([(id, list)]),
        ..parts(&book, &all)
    };
    (book, parts)
}

#[test]
fn the_newest_good_certificate_of_job_and_subset_jobs_counts() {
    let (_, parts) = with_subset();
    let verified = verified(parts);
    let counted = &verified.tasks[&1];
    assert_eq!(
        (counted.index, counted.job_id),
        (13, id_of(&subset_job(&[1])))
    );
    assert!(counted.input_checked);
    assert_eq!(verified.tasks[&0].index, 5);
    assert_eq!(verified.jobs.len(), 2);
}

#[test]
fn a_new_policy_is_certified_by_the_one_before_and_certifies_what_follows() {
    let mut book = finished();
    let next = policy_of_three(1);
    book.add(&[next.encode(chain())]);
    book.add(&[prog_entry(&other_prog())]);
    // The Policy stands at 11, its header at 12, the program at 13.
    let size = book.size();
    let mut parts = parts(&book, &FINISHED);
    parts.changes = vec![book.certification(11, 13)];
    parts.head.checkpoint = book.cosigned(size, &[1, 2, 3]);
    let verified = verified(parts.clone());
    assert_eq!(verified.policy.version, 1);
    let mut old_quorum = parts.clone();
    old_quorum.head.checkpoint = book.cosigned(size, &[1, 2]);
    assert_eq!(refused(old_quorum), "certificate");
    let mut skipped = parts.clone();
    skipped.changes.clear();
    assert_eq!(refused(skipped), "policy_sha256");
    let mut uncertified = parts.clone();
    uncertified.changes[0].checkpoint = book.cosigned(13, &[2]);
    assert_eq!(refused(uncertified), "certificate");
    let mut later = parts.clone();
    later.changes = vec![book.certification(11, size)];
    assert_eq!(refused(later), "policy_block");
    let mut not_in_force = parts;
    not_in_force.head = book.certification(12, 13);
    not_in_force.head.checkpoint = book.cosigned(13, &[1, 2, 3]);
    not_in_force.records = FINISHED
        .iter()
        .map(|index| book.record(*index, 13))
        .collect();
    assert_eq!(refused(not_in_force), "policy_block");
}

/// The fixture's policy where all three storage nodes must cosign.
fn policy_of_three(version: u32) -> PolicyEntry {
    let old = quorum_policy();
    let text = QuorumPolicy::new(old.log().clone(), old.witnesses().to_vec(), "storage", 3);
    PolicyEntry {
        text: text.unwrap().to_string(),
        ..policy(version)
    }
}

fn other_prog() -> crate::program::Prog {
    crate::program::Prog {
        version: "2.0.0".to_owned(),
        ..prog()
    }
}

#[test]
fn what_was_used_must_be_in_the_bundle_and_not_void() {
    let mut book = finished();
    let old = cert(&job(), 0, &[0, 0, 1]);
    book.add(&[void_of(&old, 5)]);
    book.add(&[refereed().encode(chain())]);
    let bundle = bundle(parts(&book, &[0, 3, 5, 6, 7, 9, 11, 13]));
    let verified = bundle.verify(&quorum_policy(), &BTreeMap::new()).unwrap();
    let check = |used: &UsedEntries, tasks| {
        let checked = used.check(&tasks, &bundle, &verified);
        checked.map_err(|fault| (fault.place, fault.rule.name()))
    };
    let mut used = UsedEntries::default();
    assert!(used.is_empty() && used.newest().is_none());
    used.note(0, &refereed().encode(chain()), 13);
    used.note(2, &good(2), 7);
    assert_eq!(check(&used, 0..3), Ok(()));
    let broken = |task| Err((BundlePlace::Task(task), "bundle_used".to_owned()));
    let mut of_the_void = used.clone();
    of_the_void.note(0, &old.encode(chain()), 5);
    assert_eq!(check(&of_the_void, 0..3), broken(0));
    let mut another = UsedEntries::default();
    another.note(1, &cert(&job(), 1, &[0, 0, 0]).encode(chain()), 6);
    another.extend(&used);
    assert_eq!(another.newest(), Some(13));
    assert_eq!(check(&another, 0..3), broken(1));
    // A page of the bundle shows nothing of other tasks.
    assert_eq!(check(&another, 2..3), Ok(()));
}
