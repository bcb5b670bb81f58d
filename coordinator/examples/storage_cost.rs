//! What blocks of 500 certificates cost the three storage nodes inside a coordinator, and how long a node takes to start.
//! It measures wall-clock time: run it on an idle machine.
//!
//! `cargo run --release -p coordinator --example storage_cost [BLOCKS]`.

#![expect(clippy::print_stdout, reason = "a measurement prints what it measured")]

use anyhow::{Context as _, Result, ensure};
use coordinator::clock::Clock;
use coordinator::signatures::SignatureMemory;
use coordinator::storage::wire::{Append, Appended, CommitProof, Committed, Prepare};
use coordinator::storage::{Approvals, NodeSettings, StorageNode};
use shared::cert::{Cert, Relaxed, SeatVote};
use shared::codec::Canonical as _;
use shared::ids::{Digest, SeatNonce, Signature};
use shared::job::{Input, Job};
use shared::leaf::{RangeInput, input_root};
use shared::ledger::checkpoint::Checkpoint;
use shared::ledger::cut::Tip;
use shared::ledger::fixture::{self, BEGAN, ORIGIN};
use shared::ledger::note::{SignatureKind, VKey};
use shared::ledger::policy::{AckMember, PolicyEntry};
use shared::ledger::policy_text::{QuorumPolicy, Witness};
use shared::merkle::leaf_hash;
use shared::outcome::Outcome;
use shared::program::Prog;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const NODES: u8 = 3;
const CERTS: u32 = 500;

struct Ledger {
    nodes: Vec<Arc<StorageNode>>,
    policy: PolicyEntry,
    tip: Tip,
    clock: Clock,
    /// Time in APPEND and in COMMIT, all nodes together.
    spent: (Duration, Duration),
}

async fn open(
    folder: &Path,
    number: u8,
    signatures: &Arc<SignatureMemory>,
) -> Result<Arc<StorageNode>> {
    let settings = NodeSettings {
        directory: folder.join(format!("s{number}")),
        name: format!("s{number}"),
        approvals: Approvals::Automatic,
        max_blob_bytes: 1 << 26,
    };
    StorageNode::open(settings, Clock::manual(BEGAN), signatures.clone()).await
}

fn policy(nodes: &[Arc<StorageNode>]) -> Result<PolicyEntry> {
    let log = fixture::log_key().public_bytes();
    let log = VKey::new(ORIGIN, SignatureKind::Ed25519, log)?;
    let witnesses = nodes.iter().map(|node| {
        Ok(Witness {
            name: node.name().to_owned(),
            vkey: node.identity().vkey.parse()?,
            url: None,
        })
    });
    let witnesses = witnesses.collect::<Result<Vec<_>>>()?;
    let ack = nodes.iter().map(|node| AckMember {
        name: node.name().to_owned(),
        ack_key: node.ack_key(),
    });
    Ok(PolicyEntry {
        version: 0,
        leader_key: fixture::leader().leader_key(),
        referee_key: None,
        ack: ack.collect(),
        text: QuorumPolicy::new(log, witnesses, "storage", 2)?.to_string(),
    })
}

impl Ledger {
    async fn add(&mut self, entries: Vec<Vec<u8>>, blobs: Vec<Vec<u8>>) -> Result<()> {
        let chain = fixture::chain();
        let leader = fixture::leader();
        let policy = self.policy.sha256(chain);
        let now = self.clock.now();
        let cut = self.tip.cut(&entries, policy, leader.leader_key(), 1, now);
        let signed = cut.header.sign(chain, &leader);
        let hashes: Vec<Digest> = entries.iter().map(|entry| leaf_hash(entry)).collect();
        let tip = self.tip.after(chain, &cut.header, &signed, hashes);
        let append = Arc::new(Append {
            ballot: 1,
            header: signed,
            entries,
            blobs,
            leaf_lists: Vec::new(),
            previous: None,
            committed: None,
        });
        let began = Instant::now();
        let mut acks = Vec::new();
        for node in &self.nodes {
            match node.append(append.clone()).await? {
                Appended::Ack(ack) => acks.push(ack),
                other => anyhow::bail!("{other:?}"),
            }
        }
        self.spent.0 += began.elapsed();
        let head = tip.head.context("a block was added")?;
        let checkpoint = Checkpoint {
            origin: ORIGIN.to_owned(),
            size: head.size,
            root: tip.tree.root(),
        };
        let proof = CommitProof {
            height: head.height,
            header_hash: head.header_hash,
            acks,
            log_note: checkpoint.sign(&fixture::log_key())?.to_string(),
        };
        let began = Instant::now();
        for node in &self.nodes {
            let committed = node.commit(&proof).await?;
            ensure!(matches!(committed, Committed::Cosigned(_)), "{committed:?}");
        }
        self.spent.1 += began.elapsed();
        self.tip = tip;
        self.clock.advance(1);
        Ok(())
    }
}

fn cert(job: &Job, range: RangeInput, task: u32) -> Result<(Vec<u8>, Vec<u8>)> {
    let output = task.to_be_bytes().repeat(16);
    let leaf = range.leaf(task).context("a task of the job")?;
    let agree = (0..3).map(|seat| SeatVote {
        node_key: fixture::node(seat).node_key(),
        attempt: 1,
        seat,
        nonce: SeatNonce([seat; 16]),
        signature: Signature([0; 64]),
    });
    let mut cert = Cert {
        job_id: fixture::id_of(job),
        task,
        attempt: 1,
        chosen: 3,
        relaxed: Relaxed::NONE,
        input_sha256: leaf.input_sha256().context("a range has inputs")?,
        module_sha256: job.module_sha256,
        outcome: Outcome::ok(&output, 5),
        agree: agree.collect(),
        dissent: Vec::new(),
        referee: None,
    };
    cert.agree.sort_by_key(|vote| vote.node_key);
    let chain = fixture::chain();
    let mut votes = cert.agree.clone();
    for vote in &mut votes {
        let message = cert.vote(vote, cert.outcome).encode(chain);
        vote.signature = fixture::node(vote.seat).sign(&message);
    }
    cert.agree = votes;
    Ok((cert.encode(chain), output))
}

#[tokio::main]
async fn main() -> Result<()> {
    let blocks: u32 = std::env::args()
        .nth(1)
        .map_or(Ok(100), |text| text.parse())?;
    let folder =
        std::env::temp_dir().join(format!("manyhands-storage-cost-{}", std::process::id()));
    let signatures = Arc::new(SignatureMemory::default());
    let mut nodes = Vec::new();
    for number in 1..=NODES {
        nodes.push(open(&folder, number, &signatures).await?);
    }
    let policy = policy(&nodes)?;
    let chain = fixture::chain();
    for node in &nodes {
        let policy = Some(policy.encode(chain));
        node.prepare(Prepare { ballot: 1, policy }).await?;
    }
    let mut ledger = Ledger {
        nodes,
        policy: policy.clone(),
        tip: Tip::default(),
        clock: Clock::manual(BEGAN),
        spent: (Duration::ZERO, Duration::ZERO),
    };
    ledger.add(vec![policy.encode(chain)], Vec::new()).await?;
    let prog = Prog {
        module_sha256: Digest::of(b"original"),
        rewriter: 0,
        ..fixture::prog()
    };
    let blobs = vec![b"original".to_vec(), b"manifest".to_vec()];
    ledger.add(vec![fixture::prog_entry(&prog)], blobs).await?;
    let range = RangeInput {
        start: 0,
        end: i64::from(CERTS) * i64::from(blocks),
        chunk: 1,
    };
    let job = Job {
        module_sha256: prog.module_sha256,
        input: Input::Range(range),
        task_count: CERTS * blocks,
        input_root: input_root(range.leaves()),
        ..fixture::job()
    };
    ledger
        .add(vec![fixture::job_entry(&job)], Vec::new())
        .await?;
    for block in 0..blocks {
        if block % 20 == 0 {
            ledger.spent = (Duration::ZERO, Duration::ZERO);
        }
        let tasks = block * CERTS..(block + 1) * CERTS;
        let certs = tasks.map(|task| cert(&job, range, task));
        let (entries, outputs) = certs.collect::<Result<Vec<_>>>()?.into_iter().unzip();
        ledger.add(entries, outputs).await?;
        if block % 20 == 19 {
            println!(
                "{} entries: {:.1} ms in APPEND and {:.1} ms in COMMIT for a block, {NODES} nodes together",
                ledger.tip.size(),
                ledger.spent.0.as_secs_f64() * 50.0,
                ledger.spent.1.as_secs_f64() * 50.0
            );
        }
    }
    for node in ledger.nodes.drain(..) {
        node.close().await;
    }
    let began = Instant::now();
    let node = open(&folder, 1, &signatures).await?;
    println!(
        "{} entries: start in {:.1} ms",
        node.identity().place.size,
        began.elapsed().as_secs_f64() * 1000.0
    );
    node.close().await;
    let file = std::fs::metadata(folder.join("s1/storage.sqlite"))?;
    let each = file.len() / ledger.tip.size().max(1);
    println!("{each} bytes on disk for each entry with an output of 64 bytes");
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
