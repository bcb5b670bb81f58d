//! A finished job, honestly signed by keys of the test: two tasks, trust 3, two votes each.

use shared::api::jobs::{JobState, JobView, TaskCounts, TaskResult};
use shared::cert::{Cert, Relaxed, SeatVote};
use shared::codec::Canonical as _;
use shared::crypto::SecretKey;
use shared::ids::{ChainId, Digest, JobNonce, JobSeed, SeatNonce, UnixMs};
use shared::job::{ArgvMode, Input, Job, Limits, Policy, SignedJob};
use shared::leaf::{Leaf, encode_list, input_root};
use shared::outcome::Outcome;
use shared::rewrite::rewrite;
use shared::vote::Vote;

/// Name of the ledger.
pub(crate) const ORIGIN: &str = "test";
/// The program: it is never run, its outputs are joined.
pub(crate) const MANIFEST: &str = r#"{
  "name": "upper", "version": "1.0.0", "summary": "Turns letters into capitals", "licence": "MIT",
  "argv_mode": "staged", "reduce": "none",
  "splits": { "accepted": ["lines"], "default": "lines:64KiB" },
  "output": "text/plain", "example": { "input": "a" }
}"#;
const MODULE: &str = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;
const CHUNKS: [&str; 2] = ["alpha\n", "beta\n"];

/// What the volunteers say of each chunk.
pub(crate) fn output(task: usize) -> String {
    CHUNKS[task].to_uppercase()
}

/// A job and everything that proves its results.
#[derive(Debug)]
pub(crate) struct SignedWork {
    pub(crate) job: SignedJob,
    pub(crate) module: Vec<u8>,
}

fn leaves() -> Vec<Leaf> {
    let leaf = |chunk: &&str| Leaf::Chunk {
        sha256: Digest::of(chunk.as_bytes()),
        len: chunk.len() as u64,
    };
    CHUNKS.iter().map(leaf).collect()
}

impl SignedWork {
    pub(crate) fn new() -> Self {
        let module = rewrite(&wat::parse_str(MODULE).unwrap()).unwrap().module;
        let key = SecretKey::from_seed(&[1; 32]);
        let job = Job {
            nonce: JobNonce([2; 16]),
            submitter_key: key.submitter_key(),
            module_sha256: Digest::of(&module),
            manifest_sha256: Digest::of(MANIFEST.as_bytes()),
            argv_mode: ArgvMode::Staged,
            args: Vec::new(),
            common_sha256: Digest::NONE,
            input: Input::Chunks,
            task_count: 2,
            input_root: input_root(leaves()),
            trust: 3,
            policy: Policy::Balanced,
            referee_allowed: false,
            limits: Limits::default(),
            seed: JobSeed([0; 32]),
            deadline_ms: UnixMs(0),
        };
        let job = job.sign(ChainId::of_origin(ORIGIN), &key).unwrap();
        Self { job, module }
    }

    pub(crate) fn leaf_list() -> Vec<u8> {
        encode_list(&leaves())
    }

    /// The job as a coordinator shows it.
    pub(crate) fn view(&self, created_at_ms: UnixMs) -> JobView {
        let job = self.job.job();
        JobView {
            job_id: self.job.id(),
            submitter_key: job.submitter_key,
            title: String::new(),
            program: "upper@1.0.0".into(),
            state: JobState::Complete,
            reason: None,
            waiting: None,
            tasks: TaskCounts {
                accepted: 2,
                ..TaskCounts::default()
            },
            task_count: 2,
            trust: 3,
            policy: "balanced".into(),
            limits: job.limits,
            votes: 4,
            dissent: 0,
            created_at_ms,
            ended_at_ms: None,
            deadline_ms: UnixMs(0),
            kept_until_ms: None,
            parent: None,
            subsets: Vec::new(),
            seconds_left: None,
            job: self.job.encode(),
            leaves_sha256: Some(Digest::of(&Self::leaf_list())),
        }
    }

    /// The certificate of `task`, with the votes of `voters`.
    pub(crate) fn result(&self, task: u32, voters: &[u8]) -> TaskResult {
        let chain = self.job.chain();
        let at = usize::try_from(task).unwrap();
        let mut cert = Cert {
            job_id: self.job.id(),
            task,
            attempt: 1,
            chosen: 3,
            relaxed: Relaxed::NONE,
            input_sha256: Digest::of(CHUNKS[at].as_bytes()),
            module_sha256: Digest::of(&self.module),
            outcome: Outcome::ok(output(at).as_bytes(), 0),
            agree: Vec::new(),
            dissent: Vec::new(),
            referee: None,
        };
        for (seat, voter) in (0..).zip(voters) {
            let key = SecretKey::from_seed(&[*voter; 32]);
            let vote = Vote {
                job_id: cert.job_id,
                task,
                attempt: 1,
                seat,
                nonce: SeatNonce([*voter; 16]),
                input_sha256: cert.input_sha256,
                module_sha256: cert.module_sha256,
                outcome: cert.outcome,
                node_key: key.node_key(),
            };
            cert.agree.push(SeatVote {
                node_key: vote.node_key,
                attempt: 1,
                seat,
                nonce: vote.nonce,
                signature: key.sign(&vote.encode(chain)),
            });
        }
        cert.agree.sort_by_key(|vote| vote.node_key);
        TaskResult {
            task,
            entry: cert.encode(chain),
            failed: false,
            index: Some(0),
            output: None,
        }
    }
}
