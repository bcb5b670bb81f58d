//! Checkpoints against one that was kept.

use super::*;
use crate::merkle::{NodeId, leaf_hash, tree_hash};

/// Hashes of a book's tree.
fn node(book: &Book, node: NodeId) -> Option<Digest> {
    let from = usize::try_from(node.index << node.level).ok()?;
    let leaves = book.log.get(from..from + (1 << node.level))?;
    Some(tree_hash(leaves))
}

/// What the tiles of `served` say to a reader that has kept `kept`.
fn checked(
    kept: &Note,
    found: &Note,
    served: &Book,
) -> Result<Option<ContradictionKind>, OtherTiles> {
    let Ok(Met::Newer(newer)) = meet(&quorum_policy(), kept, found) else {
        panic!("the found checkpoint is larger");
    };
    let (root, consistency) = newer.plans().unwrap();
    let root = root.build(|id| node(served, id)).unwrap();
    let proof = consistency.build(|id| node(served, id)).unwrap();
    let contradiction = newer.check(root[0], &proof)?;
    Ok(contradiction.map(|contradiction| {
        assert_eq!((&contradiction.kept, &contradiction.found), (kept, found));
        contradiction.kind
    }))
}

/// A book of the same keys in which something else happened after block 1.
fn fork() -> Book {
    let mut book = Book::with_job();
    book.add(&[good(1), good(2)]);
    book.add(&[good(0)]);
    book
}

#[test]
fn a_log_that_grows_goes_on_from_what_was_kept() {
    let book = book();
    for size in 1..18 {
        let kept = book.certified(size);
        assert_eq!(checked(&kept, &book.certified(18), &book), Ok(None));
    }
    let same = meet(
        &quorum_policy(),
        &book.certified(8),
        &book.cosigned(8, &[2]),
    );
    assert_eq!(same, Ok(Met::Same));
}

#[test]
fn a_fork_is_proven_by_both_checkpoints() {
    let (book, fork) = (book(), fork());
    let kept = book.certified(8);
    let found = checked(&kept, &fork.certified(10), &fork);
    assert_eq!(found, Ok(Some(ContradictionKind::Fork)));
    let met = meet(&quorum_policy(), &kept, &fork.certified(8)).unwrap();
    let Met::Contradiction(contradiction) = met else {
        panic!("two roots of one size");
    };
    assert_eq!(contradiction.kind, ContradictionKind::Fork);
    assert!(contradiction.to_string().starts_with("rule fork: "));
    let before_the_fork = book.certified(5);
    assert_eq!(
        checked(&before_the_fork, &fork.certified(10), &fork),
        Ok(None)
    );
}

#[test]
fn a_log_that_shrinks_is_refused() {
    let book = book();
    let met = meet(&quorum_policy(), &book.certified(8), &book.certified(5)).unwrap();
    let Met::Contradiction(contradiction) = met else {
        panic!("the log has shrunk");
    };
    assert_eq!(contradiction.kind, ContradictionKind::Rollback);
    assert!(contradiction.to_string().contains("5 entries, it had 8"));
}

#[test]
fn what_the_log_has_not_signed_is_no_evidence() {
    let book = book();
    let text = book.certified(5).text().to_owned();
    let unsigned = Note::new(text).unwrap();
    meet(&quorum_policy(), &book.certified(8), &unsigned).unwrap_err();
}

#[test]
fn tiles_of_another_tree_prove_nothing() {
    let (book, fork) = (book(), fork());
    let kept = book.certified(8);
    assert_eq!(checked(&kept, &book.certified(10), &fork), Err(OtherTiles));
}

#[test]
fn another_ledger_at_a_known_place_is_only_told() {
    let book = book();
    let checkpoint = crate::ledger::checkpoint::Checkpoint {
        origin: "other.example/ledger".to_owned(),
        size: 1,
        root: leaf_hash(b"other"),
    };
    let other = checkpoint.sign(&log_key()).unwrap();
    let met = meet(&quorum_policy(), &book.certified(8), &other).unwrap();
    let Met::OtherLog { kept, found } = met else {
        panic!("it is another log");
    };
    assert_eq!(
        (kept.as_str(), found.as_str()),
        (ORIGIN, "other.example/ledger")
    );
}
