use super::super::collection::Received;
use super::*;
use crate::entropy::random_bytes;
use shared::api::jobs::TaskResult;
use shared::cert::{Cert, Relaxed, SeatVote};
use shared::codec::Canonical as _;
use shared::crypto::SecretKey;
use shared::ids::{ChainId, Digest, JobNonce, JobSeed, SeatNonce, UnixMs, to_hex};
use shared::job::{ArgvMode, Input, Limits, Policy};
use shared::leaf::{RangeInput, input_root, range_line};
use shared::outcome::Outcome;
use shared::rewrite::rewrite;
use shared::verified_job::VerifiedJob;
use shared::vote::Vote;
use std::path::PathBuf;

/// Copies stdin to stdout, 64 KiB at a time: as a reduce stage it joins.
const JOIN: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 2)
    (func (export "_start")
        (i32.store (i32.const 0) (i32.const 16))
        (loop $more
            (i32.store (i32.const 4) (i32.const 65536))
            (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
            (i32.store (i32.const 4) (i32.load (i32.const 8)))
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12)))
            (br_if $more (i32.load (i32.const 8))))))"#;
const FAIL: &str = r#"(module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (func (export "_start") (call $exit (i32.const 9))))"#;

fn chain() -> ChainId {
    ChainId::of_origin("test")
}

/// A job over a range with a task a number, and a directory for its outputs.
struct Sample {
    job: Arc<VerifiedJob>,
    module: Vec<u8>,
    directory: PathBuf,
}

impl Drop for Sample {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

impl Sample {
    fn new(tasks: u32, module: &str) -> Self {
        let module = rewrite(&wat::parse_str(module).unwrap()).unwrap().module;
        let key = SecretKey::from_seed(&[1; 32]);
        let range = RangeInput {
            start: 0,
            end: tasks.into(),
            chunk: 1,
        };
        let job = Job {
            nonce: JobNonce([2; 16]),
            submitter_key: key.submitter_key(),
            module_sha256: Digest::of(&module),
            manifest_sha256: Digest::of(b"manifest"),
            argv_mode: ArgvMode::Staged,
            args: Vec::new(),
            common_sha256: Digest::NONE,
            input: Input::Range(range),
            task_count: tasks,
            input_root: input_root(range.leaves()),
            trust: 3,
            policy: Policy::Balanced,
            referee_allowed: false,
            limits: Limits::default(),
            seed: JobSeed([0; 32]),
            deadline_ms: UnixMs(0),
        };
        let signed = job.sign(chain(), &key).unwrap();
        let job = VerifiedJob::new(chain(), signed.id(), &signed.encode(), &[]).unwrap();
        let name = format!("manyhands-reduce-{}", to_hex(&random_bytes::<8>()));
        Self {
            job: Arc::new(job),
            module,
            directory: std::env::temp_dir().join(name),
        }
    }

    fn collection(&self) -> Collection {
        Collection::new(Arc::clone(&self.job), &self.directory).unwrap()
    }

    fn reduction(&self, mode: Reduce) -> Reduction {
        let reducer = Reducer::new(self.job.job().clone(), &self.module, None).unwrap();
        Reduction::new(mode, Some(reducer))
    }

    /// Task `task` with its certificate: two honest votes for `outcome`.
    fn received(&self, task: u32, outcome: Outcome, output: Option<Vec<u8>>) -> Received {
        let line = range_line(task.into(), i64::from(task) + 1);
        let mut cert = Cert {
            job_id: self.job.id(),
            task,
            attempt: 1,
            chosen: 3,
            relaxed: Relaxed::NONE,
            input_sha256: Digest::of(line.as_bytes()),
            module_sha256: Digest::of(&self.module),
            outcome,
            agree: Vec::new(),
            dissent: Vec::new(),
            referee: None,
        };
        for (seat, seed) in [(0, 10), (1, 11)] {
            let key = SecretKey::from_seed(&[seed; 32]);
            let vote = Vote {
                job_id: cert.job_id,
                task,
                attempt: 1,
                seat,
                nonce: SeatNonce([seat; 16]),
                input_sha256: cert.input_sha256,
                module_sha256: cert.module_sha256,
                outcome,
                node_key: key.node_key(),
            };
            cert.agree.push(SeatVote {
                node_key: vote.node_key,
                attempt: 1,
                seat,
                nonce: vote.nonce,
                signature: key.sign(&vote.encode(chain())),
            });
        }
        cert.agree.sort_by_key(|vote| vote.node_key);
        let entry = cert.encode(chain());
        let result = TaskResult {
            task,
            entry,
            failed: false,
            index: Some(0),
            output: None,
        };
        Received { result, output }
    }

    fn ok(&self, task: u32) -> Received {
        let output = format!("{task}\n").into_bytes();
        self.received(task, Outcome::ok(&output, 0), Some(output))
    }
}

fn lines(tasks: impl Iterator<Item = u32>) -> Vec<u8> {
    tasks
        .flat_map(|task| format!("{task}\n").into_bytes())
        .collect()
}

async fn result(reduction: Reduction, mut collection: Collection) -> Result<Vec<u8>, ReduceError> {
    match reduction.finish(&mut collection, true).await? {
        Reduced::Bytes(bytes) => Ok(bytes),
        Reduced::Pieces(pieces) => Ok(collection.spool().read(&pieces)?),
    }
}

#[tokio::test]
async fn outputs_are_reduced_in_task_order_however_they_arrive() {
    let sample = Sample::new(200, JOIN);
    for mode in [Reduce::None, Reduce::Final, Reduce::Associative] {
        let (mut collection, mut reduction) = (sample.collection(), sample.reduction(mode));
        // The second half comes first, so no group is full until the first half is there.
        for tasks in [100..200, 0..100_u32] {
            let received = tasks.rev().map(|task| sample.ok(task)).collect();
            collection.take(sample.job.id(), received).await.unwrap();
            reduction.advance(&mut collection).await.unwrap();
        }
        // Groups have 64 tasks; the rest waits for the end.
        let folded = if mode == Reduce::Associative { 192 } else { 0 };
        assert_eq!(reduction.folding.tasks_folded(), folded, "{mode:?}");
        let reduced = result(reduction, collection).await.unwrap();
        assert_eq!(reduced, lines(0..200), "{mode:?}");
    }
}

#[tokio::test]
async fn a_result_without_some_task_is_refused_unless_it_may_be_partial() {
    let sample = Sample::new(3, JOIN);
    let mut collection = sample.collection();
    let trapped = Outcome::failed(Status::Trap, 0);
    let received = vec![sample.ok(0), sample.received(1, trapped, None)];
    collection.take(sample.job.id(), received).await.unwrap();
    let refused = sample
        .reduction(Reduce::Final)
        .finish(&mut collection, false)
        .await;
    let Err(ReduceError::Incomplete(without)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!((without.missing, without.first), (2, 1));
    assert!(without.why.contains("trapped"), "{without}");
    let partial = result(sample.reduction(Reduce::Final), collection)
        .await
        .unwrap();
    assert_eq!(partial, lines(0..1));
}

#[tokio::test]
async fn a_reduce_stage_that_fails_is_told_with_its_exit_code() {
    let sample = Sample::new(1, FAIL);
    let mut collection = sample.collection();
    collection
        .take(sample.job.id(), vec![sample.ok(0)])
        .await
        .unwrap();
    let failed = result(sample.reduction(Reduce::Final), collection).await;
    let words = failed.unwrap_err().to_string();
    assert_eq!(words, "the reduce stage ended with exit code 9");
}

#[tokio::test]
async fn an_output_that_is_not_what_was_voted_for_is_never_kept() {
    let sample = Sample::new(1, JOIN);
    let mut collection = sample.collection();
    let outcome = Outcome::ok(b"truth", 0);
    for output in [Some(b"lying".to_vec()), Some(b"tru".to_vec()), None] {
        let received = sample.received(0, outcome, output);
        assert!(
            collection
                .take(sample.job.id(), vec![received])
                .await
                .is_err()
        );
        assert_eq!(collection.decided(sample.job.id()), 0);
    }
}
