//! A small ledger with storage nodes in a folder of its own, and the leader's side of it by hand.

use crate::clock::Clock;
use crate::entropy::random_bytes;
use crate::signatures::SignatureMemory;
use crate::storage::wire::{Append, Appended, CommitProof, Committed, LeafList, Prepare, Prepared};
use crate::storage::{Approvals, NodeSettings, StorageNode};
use shared::codec::Canonical as _;
use shared::crypto::SecretKey;
use shared::ids::{ChainId, Digest, UnixMs, to_hex};
use shared::job::{Input, Job};
use shared::ledger::ack::Ack;
use shared::ledger::checkpoint::Checkpoint;
use shared::ledger::cut::Tip;
use shared::ledger::fixture::{self, BEGAN, ORIGIN};
use shared::ledger::header::Header;
use shared::ledger::note::{SignatureKind, VKey};
use shared::ledger::policy::{AckMember, PolicyEntry};
use shared::ledger::policy_text::{QuorumPolicy, Witness};
use shared::merkle::leaf_hash;
use shared::program::Prog;
use std::path::PathBuf;
use std::sync::Arc;

/// A folder that goes with its owner.
#[derive(Debug)]
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(super) fn new() -> Self {
        let name = format!("manyhands-storage-{}", to_hex(&random_bytes::<8>()));
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A block as the leader made it.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) header: Vec<u8>,
    pub(super) entries: Vec<Vec<u8>>,
    /// Where the log ends with it.
    pub(super) tip: Tip,
}

/// Some storage nodes and the leader's view of their ledger.
#[derive(Debug)]
pub(super) struct World {
    pub(super) folder: Folder,
    pub(super) clock: Clock,
    pub(super) nodes: Vec<Arc<StorageNode>>,
    pub(super) policy: PolicyEntry,
    /// The committed log.
    pub(super) tip: Tip,
    pub(super) blobs: Vec<Vec<u8>>,
    pub(super) leaf_lists: Vec<LeafList>,
}

pub(super) fn settings(folder: &Folder, number: usize) -> NodeSettings {
    NodeSettings {
        directory: folder.0.join(format!("s{number}")),
        name: format!("s{number}"),
        approvals: Approvals::Automatic,
        max_blob_bytes: 1 << 20,
    }
}

pub(super) async fn open(settings: NodeSettings, clock: &Clock) -> Arc<StorageNode> {
    let signatures = Arc::new(SignatureMemory::default());
    let opened = StorageNode::open(settings, clock.clone(), signatures);
    opened.await.expect("the node opens")
}

pub(super) fn chain() -> ChainId {
    fixture::chain()
}

/// Policy `version` of these nodes: a quorum is more than half.
pub(super) fn policy_of(nodes: &[Arc<StorageNode>], version: u32) -> PolicyEntry {
    let log = VKey::new(
        ORIGIN,
        SignatureKind::Ed25519,
        fixture::log_key().public_bytes(),
    );
    let witnesses = nodes.iter().map(|node| Witness {
        name: node.name().to_owned(),
        vkey: node.identity().vkey.parse().unwrap(),
        url: None,
    });
    let threshold = nodes.len() / 2 + 1;
    let text = QuorumPolicy::new(log.unwrap(), witnesses.collect(), "storage", threshold);
    let ack = nodes.iter().map(|node| AckMember {
        name: node.name().to_owned(),
        ack_key: node.ack_key(),
    });
    PolicyEntry {
        version,
        leader_key: fixture::leader().leader_key(),
        referee_key: None,
        ack: ack.collect(),
        text: text.unwrap().to_string(),
    }
}

impl World {
    /// New nodes that know nothing.
    pub(super) async fn new(count: usize) -> Self {
        let folder = Folder::new();
        let clock = Clock::manual(BEGAN);
        let mut nodes = Vec::new();
        for number in 1..=count {
            nodes.push(open(settings(&folder, number), &clock).await);
        }
        Self {
            policy: policy_of(&nodes, 0),
            folder,
            clock,
            nodes,
            tip: Tip::default(),
            blobs: Vec::new(),
            leaf_lists: Vec::new(),
        }
    }

    /// With block 0 committed at ballot 1.
    pub(super) async fn begun(count: usize) -> Self {
        let mut world = Self::new(count).await;
        world.prepare_all(1).await;
        let policy = world.policy.encode(chain());
        world.add(1, &[policy]).await;
        world
    }

    /// With a program in block 1.
    pub(super) async fn with_program(count: usize) -> Self {
        let mut world = Self::begun(count).await;
        world.blobs = vec![b"original".to_vec(), b"manifest".to_vec()];
        world.add(1, &[fixture::prog_entry(&prog())]).await;
        world
    }

    /// With a job of three tasks in block 2.
    pub(super) async fn with_job(count: usize) -> Self {
        let mut world = Self::with_program(count).await;
        world.add(1, &[fixture::job_entry(&job())]).await;
        world.blobs = vec![vec![0]];
        world
    }

    pub(super) fn first(&self) -> &StorageNode {
        &self.nodes[0]
    }

    pub(super) async fn prepare(&self, node: usize, ballot: u64) -> Prepared {
        let policy = Some(self.policy.encode(chain()));
        let prepare = Prepare { ballot, policy };
        self.nodes[node].prepare(prepare).await.unwrap()
    }

    pub(super) async fn prepare_all(&self, ballot: u64) {
        for node in 0..self.nodes.len() {
            assert_eq!(self.prepare(node, ballot).await.promised, ballot);
        }
    }

    /// The next block of these entries, made in `epoch`.
    pub(super) fn make(&self, epoch: u64, entries: &[Vec<u8>]) -> Made {
        self.make_with(epoch, entries, |_| {})
    }

    /// The same with a header that is changed before it is signed.
    pub(super) fn make_with(
        &self,
        epoch: u64,
        entries: &[Vec<u8>],
        change: impl FnOnce(&mut Header),
    ) -> Made {
        let leader = fixture::leader();
        let policy = self.policy.sha256(chain());
        let mut header = self
            .tip
            .cut(
                entries,
                policy,
                leader.leader_key(),
                epoch,
                self.clock.now(),
            )
            .header;
        change(&mut header);
        let signed = header.sign(chain(), &leader);
        let hashes = entries.iter().map(|entry| leaf_hash(entry));
        let tip = self.tip.after(chain(), &header, &signed, hashes);
        Made {
            header: signed,
            entries: entries.to_vec(),
            tip,
        }
    }

    pub(super) fn message(&self, ballot: u64, made: &Made) -> Append {
        Append {
            ballot,
            header: made.header.clone(),
            entries: made.entries.clone(),
            blobs: self.blobs.clone(),
            leaf_lists: self.leaf_lists.clone(),
            previous: None,
            committed: None,
        }
    }

    pub(super) async fn append(&self, node: usize, ballot: u64, made: &Made) -> Appended {
        let append = Arc::new(self.message(ballot, made));
        self.nodes[node].append(append).await.unwrap()
    }

    /// The acks of these nodes, which must acknowledge.
    pub(super) async fn acks(&self, nodes: &[usize], ballot: u64, made: &Made) -> Vec<Vec<u8>> {
        let mut acks = Vec::new();
        for node in nodes {
            match self.append(*node, ballot, made).await {
                Appended::Ack(ack) => acks.push(ack),
                other => panic!("s{} answers {other:?}", node + 1),
            }
        }
        acks
    }

    pub(super) async fn commit(&self, node: usize, proof: &CommitProof) -> Committed {
        self.nodes[node].commit(proof).await.unwrap()
    }

    /// Cuts, appends and commits a block everywhere.
    pub(super) async fn add(&mut self, ballot: u64, entries: &[Vec<u8>]) -> CommitProof {
        let made = self.make(ballot, entries);
        let all: Vec<usize> = (0..self.nodes.len()).collect();
        let acks = self.acks(&all, ballot, &made).await;
        let proof = proof_of(&made, acks);
        for node in all {
            let committed = self.commit(node, &proof).await;
            assert!(matches!(committed, Committed::Cosigned(_)), "{committed:?}");
        }
        self.go_on(&made);
        proof
    }

    /// The block is committed: the next one follows on it.
    pub(super) fn go_on(&mut self, made: &Made) {
        self.tip = made.tip.clone();
        self.clock.advance(1000);
    }

    /// Closes a node and opens its files again, as after a crash: nothing is left in memory.
    pub(super) async fn restart(&mut self, node: usize) {
        let settings = settings(&self.folder, node + 1);
        self.nodes[node].close().await;
        let others: Vec<_> = self.nodes.drain(..).collect();
        let count = others.len();
        let mut kept = others.into_iter().enumerate();
        let mut nodes: Vec<Option<Arc<StorageNode>>> = Vec::new();
        for (at, open) in kept.by_ref() {
            nodes.push((at != node).then_some(open));
        }
        let again = open(settings, &self.clock).await;
        self.nodes = nodes
            .into_iter()
            .map(|open| open.unwrap_or_else(|| again.clone()))
            .collect();
        assert_eq!(self.nodes.len(), count);
    }
}

/// What commits a block, with these acks.
pub(super) fn proof_of(made: &Made, acks: Vec<Vec<u8>>) -> CommitProof {
    let head = made.tip.head.unwrap();
    let checkpoint = Checkpoint {
        origin: ORIGIN.to_owned(),
        size: head.size,
        root: made.tip.tree.root(),
    };
    CommitProof {
        height: head.height,
        header_hash: head.header_hash,
        acks,
        log_note: checkpoint.sign(&fixture::log_key()).unwrap().to_string(),
    }
}

/// A program without rewriting, so that its module is any bytes.
pub(super) fn prog() -> Prog {
    Prog {
        module_sha256: Digest::of(b"original"),
        rewriter: 0,
        ..fixture::prog()
    }
}

/// A job of it: three tasks over a range.
pub(super) fn job() -> Job {
    Job {
        module_sha256: prog().module_sha256,
        ..fixture::job()
    }
}

/// A job of it over three chunks, and its list of leaves.
pub(super) fn chunk_job() -> (Job, Vec<u8>) {
    let leaves = [b"one".as_slice(), b"two", b"three"].map(|chunk| shared::leaf::Leaf::Chunk {
        sha256: Digest::of(chunk),
        len: chunk.len() as u64,
    });
    let list = shared::leaf::encode_list(&leaves);
    let job = Job {
        input: Input::Chunks,
        input_root: shared::leaf::input_root(leaves),
        ..job()
    };
    (job, list)
}

/// The certificate of a task of the range job.
pub(super) fn cert(task: u32) -> Vec<u8> {
    fixture::cert(&job(), task, &[0, 0, 0]).encode(chain())
}

/// An ack as a storage node with this key would sign it.
pub(super) fn ack_by(key: &SecretKey, ballot: u64, made: &Made) -> Vec<u8> {
    let head = made.tip.head.unwrap();
    let ack = Ack {
        ballot,
        height: head.height,
        header_hash: head.header_hash,
        ack_key: key.ack_key(),
    };
    ack.sign(chain(), key)
}

/// A time far from now.
pub(super) fn later(ms: u64) -> UnixMs {
    BEGAN.plus(ms)
}
