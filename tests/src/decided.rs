//! Tasks decided as volunteers would decide them: certificates with real signatures, committed without a socket.

use crate::server::TestServer;
use coordinator::entropy::random_bytes;
use coordinator::store::{Commit, Committed, Decided, NewDecision, OutputPlace, TaskLogRecord};
use shared::cert::{Cert, Dissent, Relaxed, SeatVote};
use shared::codec::Canonical as _;
use shared::crypto::SecretKey;
use shared::fail::{Fail, FailReason};
use shared::ids::{ChainId, Digest, NodeKey, SeatNonce, Signature};
use shared::job::SignedJob;
use shared::outcome::Outcome;
use shared::vote::Vote;

/// Three volunteers that decide tasks of one job.
#[derive(Debug)]
pub struct Voters<'a> {
    server: &'a TestServer,
    job: SignedJob,
    nodes: [SecretKey; 3],
}

impl<'a> Voters<'a> {
    /// For a job whose inputs are all there. Their decisions are stored before anything else happens.
    ///
    /// # Panics
    /// When the store fails.
    pub async fn of(server: &'a TestServer, job: SignedJob) -> Self {
        server.until_stored().await;
        let mut nodes = [(); 3].map(|()| SecretKey::from_seed(&random_bytes()));
        nodes.sort_by_key(SecretKey::node_key);
        Self { server, job, nodes }
    }

    /// The volunteers in the order of their keys.
    #[must_use]
    pub fn keys(&self) -> [NodeKey; 3] {
        self.nodes.each_ref().map(SecretKey::node_key)
    }

    /// The first two say `output`, the third says `lie` if there is one.
    pub async fn accept(&self, task: u32, input: &[u8], output: &[u8], lie: Option<&[u8]>) {
        let outcome = Outcome::ok(output, 0);
        let [first, second, third] = &self.nodes;
        let seat = |node, seat, outcome| self.seat(task, input, node, seat, outcome);
        let dissent = lie.map(|lie| {
            let outcome = Outcome::ok(lie, 0);
            let vote = seat(third, 2, outcome);
            Dissent { vote, outcome }
        });
        let cert = Cert {
            job_id: self.job.id(),
            task,
            attempt: 1,
            chosen: 3,
            relaxed: Relaxed::UNPROVEN,
            input_sha256: Digest::of(input),
            module_sha256: self.job.job().module_sha256,
            outcome,
            agree: vec![seat(first, 0, outcome), seat(second, 1, outcome)],
            dissent: dissent.into_iter().collect(),
            referee: None,
        };
        let place = if output.len() > coordinator::store::INLINE_BYTES {
            let put = self.server.store.blob_put(output, self.server.clock.now());
            put.await.expect("the store works");
            OutputPlace::Blob
        } else {
            OutputPlace::Here(output.to_vec())
        };
        let decided = Decided::Cert {
            outcome,
            relaxed: cert.relaxed.bits(),
            cert: cert.encode(self.chain()),
            output: place,
        };
        let log = TaskLogRecord {
            node_key: first.node_key(),
            attempt: 1,
            seat: 0,
            outcome,
            stderr: b"said on \xff stderr".to_vec(),
        };
        let votes = u32::try_from(cert.votes().count()).expect("three at most");
        let dissent = u32::try_from(cert.dissent.len()).expect("one at most");
        self.commit(NewDecision {
            job_id: self.job.id(),
            task,
            attempt: 1,
            decided,
            votes,
            dissent,
            logs: vec![log],
        })
        .await;
    }

    /// Nobody was able to run it.
    pub async fn fail(&self, task: u32, input: &[u8]) {
        let fail = Fail {
            job_id: self.job.id(),
            task,
            attempt: 1,
            reason: FailReason::Unable,
            input_sha256: Digest::of(input),
            module_sha256: self.job.job().module_sha256,
            votes: Vec::new(),
        };
        self.commit(NewDecision {
            job_id: self.job.id(),
            task,
            attempt: 1,
            decided: Decided::Fail {
                reason: fail.reason.number(),
                words: "nobody was able to run it".to_owned(),
                fail: fail.encode(self.chain()),
            },
            votes: 0,
            dissent: 0,
            logs: Vec::new(),
        })
        .await;
    }

    fn chain(&self) -> ChainId {
        self.server.chain
    }

    fn seat(
        &self,
        task: u32,
        input: &[u8],
        node: &SecretKey,
        seat: u8,
        outcome: Outcome,
    ) -> SeatVote {
        let mut seat = SeatVote {
            node_key: node.node_key(),
            attempt: 1,
            seat,
            nonce: SeatNonce(random_bytes()),
            signature: Signature([0; 64]),
        };
        let vote = Vote {
            job_id: self.job.id(),
            task,
            attempt: 1,
            seat: seat.seat,
            nonce: seat.nonce,
            input_sha256: Digest::of(input),
            module_sha256: self.job.job().module_sha256,
            outcome,
            node_key: seat.node_key,
        };
        seat.signature = node.sign(&vote.encode(self.chain()));
        seat
    }

    async fn commit(&self, decision: NewDecision) {
        let commit = Commit {
            decisions: vec![decision],
            ..Commit::default()
        };
        let now = self.server.clock.now();
        let committed = self
            .server
            .store
            .commit_decisions(&self.server.lease, &commit, now);
        let committed = committed.await.expect("the store works");
        assert!(
            matches!(committed[..], [Committed::First { .. }]),
            "{committed:?}"
        );
        self.server.until_stored().await;
    }
}
