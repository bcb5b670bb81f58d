use super::*;
use crate::codec::DecodeError;
use crate::crypto::SecretKey;
use crate::ids::{ChainId, Digest, JobSeed, SubmitterKey};
use crate::job::{ArgvMode, Policy, SignedJob};
use crate::leaf::{RangeInput, encode_list};
use crate::outcome::Outcome;
use crate::verified_job::{VerifiedJob, VerifyError};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

fn chain() -> ChainId {
    ChainId::of_origin("test")
}

fn key() -> SecretKey {
    SecretKey::from_seed(&[1; 32])
}

/// Six tasks of a range.
fn parent() -> Job {
    let range = RangeInput {
        start: 0,
        end: 12,
        chunk: 2,
    };
    Job {
        nonce: JobNonce([2; 16]),
        submitter_key: key().submitter_key(),
        module_sha256: Digest::of(b"module"),
        manifest_sha256: Digest::of(b"manifest"),
        argv_mode: ArgvMode::Staged,
        args: vec![b"width=1".to_vec()],
        common_sha256: Digest::NONE,
        input: Input::Range(range),
        task_count: 6,
        input_root: input_root(range.leaves()),
        trust: 3,
        policy: Policy::Balanced,
        referee_allowed: false,
        limits: Limits::default(),
        seed: JobSeed([4; 32]),
        deadline_ms: UnixMs(0),
    }
}

fn sign(job: Job) -> SignedJob {
    job.sign(chain(), &key()).unwrap()
}

fn verified(job: &SignedJob) -> VerifiedJob {
    VerifiedJob::new(chain(), job.id(), &job.encode(), &[]).unwrap()
}

fn again_of(parent: &SignedJob, tasks: &[u32]) -> Job {
    let limits = Limits {
        fuel: 1,
        memory_pages: 2,
        output_bytes: 3,
        wall_ms: 4,
    };
    again(parent.job(), parent.id(), tasks, limits, JobNonce([3; 16]))
}

fn list(tasks: &[u32]) -> Vec<u8> {
    encode_list(&leaves(tasks).collect::<Vec<_>>())
}

#[test]
fn a_subset_job_verifies_with_its_parent_and_reads_what_the_parents_tasks_read() {
    let parent = sign(parent());
    let job = again_of(&parent, &[1, 4, 5]);
    let signed = sign(Job {
        trust: 5,
        policy: Policy::Random,
        ..job
    });
    let verified = verified(&parent)
        .subset(signed.id(), &signed.encode(), &list(&[1, 4, 5]))
        .unwrap();
    assert_eq!(verified.parent_tasks(), [1, 4, 5]);
    assert_eq!(verified.leaf_list(), list(&[1, 4, 5]));
    assert_eq!(verified.input_sha256(1), Some(Digest::of(b"8 10\n")));
    assert_eq!(verified.input_sha256(3), None);
}

#[test]
fn every_rule_of_subset_jobs_is_refused_by_name() {
    let parent = sign(parent());
    let refused = |words: &str, tasks: &[u32], change: &dyn Fn(&mut Job)| {
        let mut job = again_of(&parent, tasks);
        change(&mut job);
        let error = check(&job, parent.id(), parent.job(), tasks).unwrap_err();
        assert!(error.to_string().contains(words), "{words}: {error}");
    };
    let equal = |field: &str, change: &dyn Fn(&mut Job)| {
        refused(&format!("rule subset_equal: {field} "), &[1, 4], change);
    };
    equal("submitter_key", &|job| {
        job.submitter_key = SubmitterKey([9; 32]);
    });
    equal("module_sha256", &|job| job.module_sha256 = Digest([9; 32]));
    equal("manifest_sha256", &|job| {
        job.manifest_sha256 = Digest([9; 32]);
    });
    equal("argv_mode", &|job| job.argv_mode = ArgvMode::Plain);
    equal("args", &|job| job.args[0].push(b'0'));
    equal("common_sha256", &|job| job.common_sha256 = Digest([9; 32]));
    equal("seed", &|job| job.seed = JobSeed([9; 32]));
    let same = |_: &mut Job| {};
    refused(
        "rule subset_order: leaf 2 is task 3, after task 4",
        &[1, 4, 3],
        &same,
    );
    refused(
        "rule subset_order: leaf 1 is task 1, after task 1",
        &[1, 1],
        &same,
    );
    refused(
        "rule subset_range: leaf 1 is task 6; the parent has 6 tasks",
        &[5, 6],
        &same,
    );

    let child = sign(again_of(&parent, &[1, 4]));
    let nested = again_of(&child, &[0]);
    let error = check(&nested, child.id(), child.job(), &[0]).unwrap_err();
    let words = format!("rule subset_nested: the parent {} runs", child.id());
    assert!(error.to_string().contains(&words), "{error}");
}

#[test]
fn a_verifier_takes_only_subset_jobs_of_this_job_with_the_leaves_they_were_signed_over() {
    let parent = sign(parent());
    let other = sign(Job {
        nonce: JobNonce([7; 16]),
        ..parent.job().clone()
    });
    let of_parent = sign(again_of(&parent, &[1, 4]));
    let refused = |of: &SignedJob, job: &SignedJob, tasks: &[u8], words: &str| {
        let error = verified(of).subset(job.id(), &job.encode(), tasks);
        let error = error.unwrap_err().to_string();
        assert!(error.contains(words), "{words}: {error}");
    };
    refused(&other, &of_parent, &list(&[1, 4]), "rule subset_parent");
    refused(&parent, &other, &[], "rule subset_parent");
    refused(&parent, &of_parent, &list(&[1, 5]), "rule leaves_root");
    refused(&parent, &of_parent, &list(&[1]), "rule leaves_root");
    refused(&parent, &of_parent, &[0; 7], "rule leaves_encoding");
    refused(&parent, &of_parent, &list(&[4, 1]), "rule subset_order");

    let wrong_seed = sign(Job {
        seed: JobSeed([9; 32]),
        ..of_parent.job().clone()
    });
    refused(
        &parent,
        &wrong_seed,
        &list(&[1, 4]),
        "rule subset_equal: seed",
    );
    let alone = VerifiedJob::new(chain(), of_parent.id(), &of_parent.encode(), &list(&[1, 4]));
    assert_eq!(
        alone.unwrap_err(),
        VerifyError::Subset {
            parent: parent.id()
        }
    );
}

#[test]
fn what_was_lacking_is_counted_by_limit() {
    let bad = |status| TaskFate::<()>::NotOk(Outcome::failed(status, 0));
    let tasks = [
        TaskFate::Ok(()),
        TaskFate::Open,
        bad(Status::OutOfFuel),
        bad(Status::OutOfMemory),
        bad(Status::OutOfMemory),
        bad(Status::OutputTooLarge),
        bad(Status::Trap),
        TaskFate::Failed(FailReason::Unable),
        TaskFate::Failed(FailReason::NoMajority),
    ];
    let expected = Lacking {
        fuel: 1,
        memory: 2,
        output: 1,
        unable: 1,
        other: 2,
    };
    assert_eq!(Lacking::of(&tasks), expected);
    assert_eq!(failed(&tasks), [2, 3, 4, 5, 6, 7, 8]);
}

/// A fate, where `Ok` says of which job it is.
fn fate(job: usize) -> impl Strategy<Value = TaskFate<usize>> {
    prop_oneof![
        Just(TaskFate::Open),
        Just(TaskFate::Ok(job)),
        Just(TaskFate::NotOk(Outcome::failed(
            Status::OutOfMemory,
            job as u64
        ))),
        Just(TaskFate::Failed(FailReason::Unable)),
    ]
}

fn subset_job(job: usize, count: usize) -> impl Strategy<Value = (Vec<u32>, Vec<TaskFate<usize>>)> {
    let last = u32::try_from(count).unwrap();
    btree_set(0..last, 1..=count).prop_flat_map(move |tasks| {
        let tasks: Vec<u32> = tasks.into_iter().collect();
        let fates = vec(fate(job), tasks.len());
        (Just(tasks), fates)
    })
}

proptest! {
    #[test]
    fn for_each_task_the_newest_good_answer_counts(
        parent in vec(fate(0), 7),
        first in subset_job(1, 7),
        second in subset_job(2, 7),
    ) {
        let subsets = [&first, &second];
        let merged = merge_by_leaf(&parent, subsets.map(|(tasks, fates)| (tasks.as_slice(), fates.as_slice())));
        prop_assert_eq!(merged.len(), parent.len());
        for (task, merged) in merged.iter().enumerate() {
            let mut all = vec![parent[task].clone()];
            for (tasks, fates) in subsets {
                let at = tasks.iter().position(|one| *one as usize == task);
                all.extend(at.map(|at| fates[at].clone()));
            }
            let newest = |wanted: fn(&&TaskFate<usize>) -> bool| all.iter().rev().find(wanted);
            let expected = newest(|fate| matches!(fate, TaskFate::Ok(_)))
                .or_else(|| newest(|fate| !matches!(fate, TaskFate::Open)))
                .unwrap_or(&TaskFate::Open);
            prop_assert_eq!(merged, expected, "task {}", task);
        }
    }

    #[test]
    fn leaves_keep_the_rules_exactly_when_they_ascend_below_the_parents_count(tasks in vec(0..9_u32, 1..6)) {
        let parent = sign(parent());
        let job = again_of(&parent, &tasks);
        let ascends = tasks.windows(2).all(|two| two[0] < two[1]);
        let is_below = tasks.iter().all(|task| *task < 6);
        let checked = check(&job, parent.id(), parent.job(), &tasks);
        prop_assert_eq!(checked.is_ok(), ascends && is_below);
    }
}

#[test]
fn a_subset_job_without_tasks_cannot_be_signed() {
    let parent = sign(parent());
    let job = again_of(&parent, &[]);
    assert!(matches!(job.check(), Err(DecodeError::Value { .. })));
}
