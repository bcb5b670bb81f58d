//! A small ledger in memory, for tests: its keys, a program, a job of three tasks over a range, votes.

mod served;

use super::cut::Tip;
use super::entry::Entry;
use super::facts::Facts;
use super::note::{SignatureKind, VKey};
use super::policy::{AckMember, PolicyEntry};
use super::policy_text::{QuorumPolicy, Witness};
use super::rules::{self, Block, Refusal};
use crate::cert::{Cert, Relaxed};
use crate::codec::Canonical as _;
use crate::counted::{Decided, Dissent, SeatVote, chosen_seats};
use crate::crypto::{SecretKey, Strict};
use crate::fail::{Fail, FailReason};
use crate::ids::{AckKey, ChainId, Digest, JobId, JobNonce, JobSeed, SeatNonce, UnixMs};
use crate::job::{ArgvMode, Input, Job, Limits, Policy};
use crate::leaf::{RangeInput, input_root};
use crate::outcome::Outcome;
use crate::program::Prog;

/// The ledger's name.
pub const ORIGIN: &str = "test.example/ledger";
/// Time of block 0; each block is a second later.
pub const BEGAN: UnixMs = UnixMs(1_800_000_000_000);
/// The job's range: tasks 0 to 2.
pub const RANGE: RangeInput = RangeInput {
    start: 0,
    end: 10,
    chunk: 4,
};

/// The ledger's id.
#[must_use]
pub fn chain() -> ChainId {
    ChainId::of_origin(ORIGIN)
}

/// A key that depends on its role and number only.
#[must_use]
pub fn key(role: u8, number: u8) -> SecretKey {
    let mut seed = [role; 32];
    seed[0] = number;
    SecretKey::from_seed(&seed)
}

/// Signs headers.
#[must_use]
pub fn leader() -> SecretKey {
    key(1, 0)
}

/// Signs checkpoints.
#[must_use]
pub fn log_key() -> SecretKey {
    key(2, 0)
}

/// Settles disputes.
#[must_use]
pub fn referee() -> SecretKey {
    key(3, 0)
}

/// Submits and publishes.
#[must_use]
pub fn submitter() -> SecretKey {
    key(4, 0)
}

/// Votes.
#[must_use]
pub fn node(number: u8) -> SecretKey {
    key(5, number)
}

/// Storage node `s<number>`'s key for acknowledging.
#[must_use]
pub fn ack_key(number: u8) -> SecretKey {
    key(6, number)
}

/// Storage node `s<number>`'s key for cosigning.
#[must_use]
pub fn cosign_key(number: u8) -> SecretKey {
    key(7, number)
}

/// A policy of three storage nodes, s1 to s3, two of which are a quorum.
#[must_use]
pub fn policy(version: u32) -> PolicyEntry {
    PolicyEntry {
        version,
        leader_key: leader().leader_key(),
        referee_key: Some(referee().node_key()),
        ack: (1..=3)
            .map(|number| AckMember {
                name: format!("s{number}"),
                ack_key: AckKey(ack_key(number).public_bytes()),
            })
            .collect(),
        text: quorum_policy().to_string(),
    }
}

/// The text of that policy.
///
/// # Panics
/// When the text breaks a rule.
#[must_use]
pub fn quorum_policy() -> QuorumPolicy {
    let log = VKey::new(ORIGIN, SignatureKind::Ed25519, log_key().public_bytes());
    let witnesses = (1..=3).map(|number| {
        let name = format!("s{number}");
        let key = cosign_key(number).public_bytes();
        let vkey = VKey::new(&format!("{ORIGIN}/{name}"), SignatureKind::Cosignature, key);
        Witness {
            name,
            vkey: vkey.expect("the name is a key name"),
            url: None,
        }
    });
    let log = log.expect("the origin is a key name");
    QuorumPolicy::new(log, witnesses.collect(), "storage", 2).expect("the policy is valid")
}

/// A program of the submitter.
#[must_use]
pub fn prog() -> Prog {
    Prog {
        name: "count".to_owned(),
        version: "1.0.0".to_owned(),
        publisher_key: submitter().submitter_key(),
        original_sha256: Digest::of(b"original"),
        module_sha256: Digest::of(b"module"),
        manifest_sha256: Digest::of(b"manifest"),
        rewriter: 1,
    }
}

/// A job of that program: trust 3, three tasks, a referee allowed.
#[must_use]
pub fn job() -> Job {
    Job {
        nonce: JobNonce([2; 16]),
        submitter_key: submitter().submitter_key(),
        module_sha256: prog().module_sha256,
        manifest_sha256: prog().manifest_sha256,
        argv_mode: ArgvMode::Staged,
        args: Vec::new(),
        common_sha256: Digest::NONE,
        input: Input::Range(RANGE),
        task_count: 3,
        input_root: input_root(RANGE.leaves()),
        trust: 3,
        policy: Policy::Balanced,
        referee_allowed: true,
        limits: Limits::default(),
        seed: JobSeed([4; 32]),
        deadline_ms: UnixMs(0),
    }
}

/// The job's id.
///
/// # Panics
/// When the job is not valid.
#[must_use]
pub fn id_of(job: &Job) -> JobId {
    let signed = job.clone().sign(chain(), &submitter());
    signed.expect("the test's job is valid").id()
}

/// The entry of a job.
///
/// # Panics
/// When the job is not valid.
#[must_use]
pub fn job_entry(job: &Job) -> Vec<u8> {
    let signed = job.clone().sign(chain(), &submitter());
    signed.expect("the test's job is valid").encode()
}

/// The entry of a program.
///
/// # Panics
/// When the program is not valid.
#[must_use]
pub fn prog_entry(prog: &Prog) -> Vec<u8> {
    prog.sign(chain(), &submitter())
        .expect("the test's program is valid")
}

/// Outcome number `kind`.
#[must_use]
pub fn outcome(kind: u8) -> Outcome {
    Outcome::ok(&[kind], 5)
}

/// `leaf` is the task of the range that is run: of a subset job the parent's.
fn decided(job: &Job, task: u32, leaf: u32, attempt: u16) -> Decided {
    let leaf = RANGE.leaf(leaf);
    let input = leaf.and_then(|leaf| leaf.input_sha256());
    Decided {
        job_id: id_of(job),
        task,
        attempt,
        input_sha256: input.unwrap_or(Digest::NONE),
        module_sha256: job.module_sha256,
    }
}

/// Votes of attempt 1 on a task: node and seat `i` gave outcome `kinds[i]`. Sorted by node key.
#[must_use]
pub fn votes(job: &Job, task: u32, attempt: u16, kinds: &[u8]) -> Vec<Dissent> {
    votes_on(&decided(job, task, task, attempt), kinds)
}

fn votes_on(decided: &Decided, kinds: &[u8]) -> Vec<Dissent> {
    let mut votes: Vec<Dissent> = (0..)
        .zip(kinds)
        .map(|(seat, kind)| {
            let signer = node(seat);
            let mut vote = SeatVote {
                node_key: signer.node_key(),
                attempt: 1,
                seat,
                nonce: SeatNonce([seat; 16]),
                signature: signer.sign(b""),
            };
            let outcome = outcome(*kind);
            vote.signature = signer.sign(&decided.vote(&vote, outcome).encode(chain()));
            Dissent { vote, outcome }
        })
        .collect();
    votes.sort_by_key(|one| one.vote.node_key);
    votes
}

/// A certificate for outcome 0 of a task of the range job, in attempt 1.
#[must_use]
pub fn cert(job: &Job, task: u32, kinds: &[u8]) -> Cert {
    cert_of(job, task, task, kinds)
}

/// The same for a task of a subset job, which runs the task `leaf` of the range job again.
#[must_use]
pub fn cert_of(job: &Job, task: u32, leaf: u32, kinds: &[u8]) -> Cert {
    let task_of = decided(job, task, leaf, 1);
    let (agree, dissent): (Vec<_>, Vec<_>) = votes_on(&task_of, kinds)
        .into_iter()
        .partition(|one| one.outcome == outcome(0));
    Cert {
        job_id: task_of.job_id,
        task,
        attempt: 1,
        chosen: chosen_seats(job.trust, 1).unwrap_or(0),
        relaxed: Relaxed::NONE,
        input_sha256: task_of.input_sha256,
        module_sha256: task_of.module_sha256,
        outcome: outcome(0),
        agree: agree.into_iter().map(|one| one.vote).collect(),
        dissent,
        referee: None,
    }
}

/// A failure of a task of the range job: too many nodes were unable.
#[must_use]
pub fn fail(job: &Job, task: u32) -> Fail {
    let task_of = decided(job, task, task, 1);
    Fail {
        job_id: task_of.job_id,
        task,
        attempt: 1,
        reason: FailReason::Unable,
        input_sha256: task_of.input_sha256,
        module_sha256: task_of.module_sha256,
        votes: Vec::new(),
    }
}

/// A ledger in memory.
#[derive(Debug, Clone)]
pub struct Book {
    /// All that is known of it.
    pub facts: Facts,
    /// Every entry, headers too, in the order of the log.
    pub log: Vec<Vec<u8>>,
}

impl Book {
    /// Block 0 with Policy 0.
    ///
    /// # Panics
    /// When the rules refuse it.
    #[must_use]
    pub fn new() -> Self {
        let mut book = Self {
            facts: Facts::new(chain(), true),
            log: Vec::new(),
        };
        book.add(&[policy(0).encode(chain())]);
        book
    }

    /// Block 0, and block 1 with the program and the job.
    ///
    /// # Panics
    /// When the rules refuse it.
    #[must_use]
    pub fn with_job() -> Self {
        let mut book = Self::new();
        book.add(&[prog_entry(&prog()), job_entry(&job())]);
        book
    }

    /// The time of the next block.
    #[must_use]
    pub fn now(&self) -> UnixMs {
        let head = self.facts.tip.head;
        head.map_or(BEGAN, |head| head.time_ms.plus(1000))
    }

    /// SHA-256 of the policy of the next block.
    #[must_use]
    pub fn policy_sha256(&self) -> Digest {
        let policy = self.facts.policy.as_ref();
        policy.map_or_else(policy_zero, |policy| policy.sha256)
    }

    /// The signed header of the next block of these entries.
    #[must_use]
    pub fn header(&self, entries: &[Vec<u8>]) -> Vec<u8> {
        let tip: &Tip = &self.facts.tip;
        let leader = leader();
        let cut = tip.cut(
            entries,
            self.policy_sha256(),
            leader.leader_key(),
            1,
            self.now(),
        );
        cut.header.sign(chain(), &leader)
    }

    /// The next block of these entries, if the rules allow it; the book stays as it is.
    ///
    /// # Errors
    /// The [`Refusal`].
    pub fn check(&self, header: &[u8], entries: &[Vec<u8>]) -> Result<(Facts, Block), Refusal> {
        let mut facts = self.facts.clone();
        let decoded = rules::decode(&facts, entries)?;
        for index in super::facts::indexes(&decoded) {
            let entry = usize::try_from(index).ok().and_then(|at| self.log.get(at));
            if let Some(entry) = entry {
                facts.earlier.insert(index, entry.clone());
            }
        }
        let block = rules::check_block(&mut facts, header, entries, decoded, &Strict)?;
        Ok((facts, block))
    }

    /// What the rules say to a block of these entries.
    ///
    /// # Errors
    /// The [`Refusal`].
    pub fn try_add(&mut self, entries: &[Vec<u8>]) -> Result<Block, Refusal> {
        let header = self.header(entries);
        let (facts, block) = self.check(&header, entries)?;
        self.facts = facts;
        self.log.extend_from_slice(entries);
        self.log.push(header);
        Ok(block)
    }

    /// Adds a block of these entries.
    ///
    /// # Panics
    /// When the rules refuse it.
    pub fn add(&mut self, entries: &[Vec<u8>]) -> Block {
        self.try_add(entries).expect("the test's block is valid")
    }

    /// The rule that refuses a block of these entries.
    ///
    /// # Panics
    /// When the block is valid.
    #[must_use]
    pub fn refuses(&self, entries: &[Vec<u8>]) -> String {
        let refused = self.check(&self.header(entries), entries);
        refused.expect_err("the block is refused").rule.name()
    }

    /// The entries of the log, decoded.
    ///
    /// # Panics
    /// When one is not an entry.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let decoded = self.log.iter().map(|bytes| Entry::decode(chain(), bytes));
        decoded.map(|entry| entry.expect("it was added")).collect()
    }
}

impl Default for Book {
    fn default() -> Self {
        Self::new()
    }
}

fn policy_zero() -> Digest {
    policy(0).sha256(chain())
}
