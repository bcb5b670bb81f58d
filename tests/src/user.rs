//! Someone who speaks to a server: anyone, a submitter with a key, the holder of a token.

use crate::asked::{Answer, Ask, Who};
use crate::programs::{self, Program};
use crate::server::TestServer;
use coordinator::entropy::random_bytes;
use reqwest::Method;
use serde::Serialize;
use shared::api::blobs::BlobStored;
use shared::api::jobs::{JobSubmitted, SubmitJob};
use shared::api::problem::Problem;
use shared::api::programs::{ProgramView, PublishProgram};
use shared::crypto::SecretKey;
use shared::ids::{ChainId, Digest, JobNonce, JobSeed, RequestNonce, SubmitterKey, UnixMs};
use shared::job::{ArgvMode, Input, Job, Limits, Policy, SignedJob};
use shared::leaf::{Leaf, RangeInput, encode_list, input_root};
use shared::subset;

/// Makes requests as one person.
#[derive(Debug, Clone)]
pub struct TestUser {
    http: reqwest::Client,
    url: String,
    chain: ChainId,
    clock: coordinator::clock::Clock,
    who: Who,
}

impl TestUser {
    pub(crate) fn new(server: &TestServer, who: Who) -> Self {
        Self {
            http: server.http.clone(),
            url: server.url.clone(),
            chain: server.chain,
            clock: server.clock.clone(),
            who,
        }
    }

    /// The submitter's secret key.
    ///
    /// # Panics
    /// When this user has none.
    #[must_use]
    pub fn secret(&self) -> &SecretKey {
        match &self.who {
            Who::Key(key) => key,
            other => panic!("{other:?} has no key"),
        }
    }

    /// The submitter's public key.
    #[must_use]
    pub fn key(&self) -> SubmitterKey {
        self.secret().submitter_key()
    }

    /// The ledger that jobs are signed for.
    #[must_use]
    pub fn chain(&self) -> ChainId {
        self.chain
    }

    /// A request of `/api/v1/…`.
    #[must_use]
    pub fn ask(&self, method: Method, path: &str) -> Ask {
        self.ask_target(method, format!("{}/{path}", shared::api::ROOT))
    }

    /// A request of any target.
    #[must_use]
    pub fn ask_target(&self, method: Method, target: impl Into<String>) -> Ask {
        Ask {
            http: self.http.clone(),
            url: self.url.clone(),
            chain: self.chain,
            who: self.who.clone(),
            time: self.clock.now(),
            nonce: RequestNonce(random_bytes()),
            method,
            target: target.into(),
            headers: reqwest::header::HeaderMap::new(),
            body: Vec::new(),
            signed_body: None,
        }
    }

    /// Reads `/api/v1/…`.
    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path).send().await
    }

    /// Posts JSON to `/api/v1/…`.
    pub async fn post(&self, path: &str, body: &impl Serialize) -> Answer {
        self.ask(Method::POST, path).json(body).send().await
    }

    /// Deletes `/api/v1/…`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.ask(Method::DELETE, path).send().await
    }

    /// An upload of these bytes under their hash.
    #[must_use]
    pub fn put(&self, bytes: &[u8]) -> Ask {
        let path = format!("blobs/{}", Digest::of(bytes));
        let ask = self.ask(Method::PUT, &path);
        ask.body("application/octet-stream", bytes)
    }

    /// Uploads bytes.
    pub async fn upload(&self, bytes: &[u8]) -> Digest {
        self.put(bytes).send().await.ok::<BlobStored>().sha256
    }

    /// Uploads and publishes a program.
    pub async fn publish(&self, program: &Program) -> ProgramView {
        self.upload(&program.module).await;
        let body = self.publication(program);
        self.post("programs", &body).await.ok()
    }

    /// Uploads a program that may not be published, and gives the reason.
    pub async fn is_refused(&self, program: &Program) -> Problem {
        self.upload(&program.module).await;
        let body = self.publication(program);
        self.post("programs", &body).await.problem()
    }

    /// The body that publishes a program.
    #[must_use]
    pub fn publication(&self, program: &Program) -> PublishProgram {
        let prog = program.prog(self.key()).sign(self.chain, self.secret());
        PublishProgram {
            prog: prog.expect("the publication keeps the rules"),
            manifest: program.manifest.clone(),
        }
    }

    /// Posts a job.
    pub async fn submit(&self, job: &JobBuilder) -> JobSubmitted {
        self.post("jobs", &job.body(self)).await.ok()
    }
}

/// A job that is being put together; the rules may be broken in any one way.
#[derive(Debug, Clone)]
pub struct JobBuilder {
    /// The job; the submitter and the nonce are set when it is signed.
    pub job: Job,
    /// The leaf list.
    pub leaves: Vec<u8>,
    /// The title.
    pub title: String,
}

impl JobBuilder {
    /// One task for each chunk.
    #[must_use]
    pub fn chunks(program: &Program, chunks: &[&[u8]]) -> Self {
        let leaf = |chunk: &&[u8]| Leaf::Chunk {
            sha256: Digest::of(chunk),
            len: chunk.len() as u64,
        };
        Self::of_leaves(program, &chunks.iter().map(leaf).collect::<Vec<_>>())
    }

    /// One task for each leaf.
    #[must_use]
    pub fn of_leaves(program: &Program, leaves: &[Leaf]) -> Self {
        let count = u32::try_from(leaves.len()).expect("a test has few leaves");
        let root = input_root(leaves.iter().copied());
        Self::new(program, Input::Chunks, count, root, encode_list(leaves))
    }

    /// A range of numbers.
    #[must_use]
    pub fn range(program: &Program, start: i64, end: i64, chunk: u64) -> Self {
        let range = RangeInput { start, end, chunk };
        let count = range.task_count().unwrap_or(1);
        let root = input_root(range.leaves().take(2_000_000));
        Self::new(program, Input::Range(range), count, root, Vec::new())
    }

    fn new(program: &Program, input: Input, count: u32, root: Digest, leaves: Vec<u8>) -> Self {
        let job = Job {
            nonce: JobNonce(random_bytes()),
            submitter_key: SubmitterKey([0; 32]),
            module_sha256: Digest::of(&program.running()),
            manifest_sha256: Digest::of(&program.manifest),
            argv_mode: ArgvMode::Staged,
            args: programs::DEFAULT_ARGS
                .map(|arg| arg.as_bytes().to_vec())
                .to_vec(),
            common_sha256: Digest::NONE,
            input,
            task_count: count,
            input_root: root,
            trust: 3,
            policy: Policy::Balanced,
            referee_allowed: false,
            limits: Limits::default(),
            seed: JobSeed(random_bytes()),
            deadline_ms: UnixMs(0),
        };
        Self {
            job,
            leaves,
            title: "a job of a test".to_owned(),
        }
    }

    /// Runs these tasks of this job again, as `user` who posted it.
    #[must_use]
    pub fn again(&self, user: &TestUser, tasks: &[u32]) -> Self {
        let (parent, nonce) = (self.sign(user).id(), JobNonce(random_bytes()));
        let leaves: Vec<Leaf> = subset::leaves(tasks).collect();
        Self {
            job: subset::again(&self.job, parent, tasks, self.job.limits, nonce),
            leaves: encode_list(&leaves),
            title: format!("{}, again", self.title),
        }
    }

    /// Changes the job before it is signed.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Job)) -> Self {
        change(&mut self.job);
        self
    }

    /// With this title.
    #[must_use]
    pub fn titled(mut self, title: &str) -> Self {
        title.clone_into(&mut self.title);
        self
    }

    /// With these args.
    #[must_use]
    pub fn args(self, args: &[&str]) -> Self {
        let args = args.iter().map(|arg| arg.as_bytes().to_vec()).collect();
        self.with(|job| job.args = args)
    }

    /// Signs it; only jobs that keep the rules can be.
    #[must_use]
    pub fn sign(&self, user: &TestUser) -> SignedJob {
        let mut job = self.job.clone();
        job.submitter_key = user.key();
        let signed = job.sign(user.chain(), user.secret());
        signed.expect("the job keeps the rules")
    }

    /// The signed bytes of a job that may break any rule.
    #[must_use]
    pub fn sign_unchecked(&self, user: &TestUser) -> Vec<u8> {
        use shared::codec::Canonical as _;
        let mut job = self.job.clone();
        job.submitter_key = user.key();
        let mut bytes = job.encode(user.chain());
        let signature = user.secret().sign(&bytes);
        bytes.extend_from_slice(&signature.0);
        bytes
    }

    /// The body that submits it.
    #[must_use]
    pub fn body(&self, user: &TestUser) -> SubmitJob {
        SubmitJob {
            job: self.sign_unchecked(user),
            leaves: self.leaves.clone(),
            title: self.title.clone(),
        }
    }
}
