//! Writes down what the entries of a committed block say, so that the rules need not read them again.

use super::batch::Batch;
use super::{Columns as _, Tx, big};
use crate::storage::error::{Result, StorageError};
use shared::cert::Cert;
use shared::codec::Canonical as _;
use shared::ids::{ChainId, Digest, JobId, NodeKey};
use shared::job::Input;
use shared::ledger::entry::Entry;
use shared::ledger::evidence::EvidenceKind;
use shared::ledger::facts::{Facts, JobFact, Needs};
use shared::ledger::rules::Block;
use shared::vote::Vote;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

const JOB: &str = "INSERT INTO jobs (id, idx, deadline_ms, done_idx, done_at_ms, accepted, failed, parent) \
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET done_idx = excluded.done_idx, \
     done_at_ms = COALESCE(done_at_ms, excluded.done_at_ms), accepted = excluded.accepted, failed = excluded.failed \
     RETURNING num";
const PROGRAM: &str = "INSERT INTO programs \
     (name, version, idx, publisher_key, module_sha256, manifest_sha256, withdrawn) VALUES (?, ?, ?, ?, ?, ?, ?) \
     ON CONFLICT (name, version) DO UPDATE SET withdrawn = excluded.withdrawn";
const BAN: &str = "INSERT INTO bans (node_key, entry) VALUES (?, ?) \
     ON CONFLICT (node_key) DO UPDATE SET entry = excluded.entry";
const VOID: &str = "INSERT INTO voids (idx, job, task, cert_idx) VALUES (?, ?, ?, ?)";
static TASKS: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        "INSERT INTO tasks (job, task, idx, accepted, void)",
        5,
        "ON CONFLICT (job, task) DO UPDATE SET idx = excluded.idx, accepted = excluded.accepted, void = excluded.void",
    )
});
static NODES: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        "INSERT INTO nodes (node_key)",
        1,
        "ON CONFLICT (node_key) DO UPDATE SET node_key = excluded.node_key RETURNING num, node_key",
    )
});
static NODE_ENTRIES: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        "INSERT INTO node_entries (node, idx)",
        2,
        "ON CONFLICT (node, idx) DO NOTHING",
    )
});

impl Tx {
    /// Records a committed block: `facts` are those after it, `needs` names those that it may have changed.
    pub(in crate::storage) async fn record(
        &mut self,
        facts: &Facts,
        needs: &Needs,
        block: &Block,
        leaf_lists: &BTreeMap<Digest, Digest>,
    ) -> Result<()> {
        let nums = self.record_jobs(facts, needs, block).await?;
        self.record_tasks(facts, needs, &nums).await?;
        self.record_voids(facts, block, &nums).await?;
        for version in &needs.programs {
            let Some(program) = facts.programs.get(version) else {
                continue;
            };
            let insert = sqlx::query(PROGRAM)
                .bind(&version.0)
                .bind(&version.1)
                .bind(big(program.index))
                .bind(&program.publisher_key.0[..])
                .bind(&program.module_sha256.0[..])
                .bind(&program.manifest_sha256.0[..])
                .bind(i64::from(program.withdrawn));
            insert.execute(self.conn()).await?;
        }
        for (index, entry) in (block.header.first_index..).zip(&block.entries) {
            if let Entry::Policy(policy) = entry {
                let bytes = policy.encode(facts.chain);
                self.put_policy(policy.version, block.header.height, index, &bytes)
                    .await?;
            }
        }
        self.record_nodes(facts.chain, block).await?;
        self.use_blobs(&uses(block, leaf_lists)).await
    }

    async fn record_jobs(
        &mut self,
        facts: &Facts,
        needs: &Needs,
        block: &Block,
    ) -> Result<BTreeMap<JobId, i64>> {
        let mut nums = BTreeMap::new();
        for id in &needs.jobs {
            let Some(fact) = facts.jobs.get(id) else {
                continue;
            };
            let done_at = fact.done.map(|_| big(block.header.time_ms.0));
            let upsert = sqlx::query(JOB)
                .bind(&id.0[..])
                .bind(big(fact.index))
                .bind(big(fact.deadline_ms.0))
                .bind(fact.done.map(big))
                .bind(done_at)
                .bind(i64::from(fact.accepted))
                .bind(i64::from(fact.failed))
                .bind(parent_of(fact).map(|parent| parent.0.to_vec()));
            let row = upsert.fetch_one(self.conn()).await?;
            nums.insert(*id, row.signed("num")?);
        }
        Ok(nums)
    }

    async fn record_tasks(
        &mut self,
        facts: &Facts,
        needs: &Needs,
        nums: &BTreeMap<JobId, i64>,
    ) -> Result<()> {
        let decided = needs.tasks.iter().filter_map(|at| {
            let fact = facts.tasks.get(at)?;
            Some((*nums.get(&at.0)?, at.1, fact))
        });
        let decided: Vec<_> = decided.collect();
        for (sql, decided) in TASKS.cut(&decided) {
            let mut upsert = sqlx::query(sql);
            for (job, task, fact) in decided {
                upsert = upsert
                    .bind(*job)
                    .bind(i64::from(*task))
                    .bind(big(fact.index))
                    .bind(i64::from(fact.accepted))
                    .bind(i64::from(fact.void));
            }
            upsert.execute(self.conn()).await?;
        }
        Ok(())
    }

    async fn record_voids(
        &mut self,
        facts: &Facts,
        block: &Block,
        nums: &BTreeMap<JobId, i64>,
    ) -> Result<()> {
        for (index, entry) in (block.header.first_index..).zip(&block.entries) {
            let Entry::Void(void) = entry else { continue };
            let cert = facts.earlier.get(&void.cert_index);
            let cert = cert.and_then(|bytes| Cert::decode(bytes).ok());
            let (_, cert) = cert.ok_or(StorageError::Corrupt("voids"))?;
            let num = nums.get(&cert.job_id).copied();
            let insert = sqlx::query(VOID)
                .bind(big(index))
                .bind(num.ok_or(StorageError::Corrupt("voids"))?)
                .bind(i64::from(cert.task))
                .bind(big(void.cert_index));
            insert.execute(self.conn()).await?;
        }
        Ok(())
    }

    async fn record_nodes(&mut self, chain: ChainId, block: &Block) -> Result<()> {
        let mut places: BTreeSet<(NodeKey, u64)> = BTreeSet::new();
        for (index, entry) in (block.header.first_index..).zip(&block.entries) {
            places.extend(nodes_of(entry).into_iter().map(|node| (node, index)));
            if let Entry::Ban(ban) = entry {
                let upsert = sqlx::query(BAN)
                    .bind(&ban.node_key.0[..])
                    .bind(ban.encode(chain));
                upsert.execute(self.conn()).await?;
            }
        }
        let nodes: BTreeSet<NodeKey> = places.iter().map(|(node, _)| *node).collect();
        let nodes: Vec<NodeKey> = nodes.into_iter().collect();
        let mut nums = BTreeMap::new();
        for (sql, nodes) in NODES.cut(&nodes) {
            let mut insert = sqlx::query(sql);
            for node in nodes {
                insert = insert.bind(&node.0[..]);
            }
            for row in insert.fetch_all(self.conn()).await? {
                nums.insert(NodeKey(row.array("node_key")?), row.signed("num")?);
            }
        }
        let places = places.into_iter().map(|(node, index)| {
            let num = nums.get(&node).copied();
            let num = num.ok_or(StorageError::Corrupt("nodes"))?;
            Ok((num, index))
        });
        let places: Vec<(i64, u64)> = places.collect::<Result<_>>()?;
        for (sql, places) in NODE_ENTRIES.cut(&places) {
            let mut insert = sqlx::query(sql);
            for (node, index) in places {
                insert = insert.bind(*node).bind(big(*index));
            }
            insert.execute(self.conn()).await?;
        }
        Ok(())
    }
}

/// The job of which a subset job runs tasks again.
fn parent_of(fact: &JobFact) -> Option<JobId> {
    match fact.job.input {
        Input::Subset { parent } => Some(parent),
        Input::Chunks | Input::Range(_) => None,
    }
}

/// The nodes that an entry is about.
fn nodes_of(entry: &Entry) -> Vec<NodeKey> {
    match entry {
        Entry::Cert(cert) => cert.votes().map(|(vote, _)| vote.node_key).collect(),
        Entry::Fail(fail) => fail.votes.iter().map(|one| one.vote.node_key).collect(),
        Entry::Void(void) => void.votes.iter().map(|one| one.vote.node_key).collect(),
        Entry::Ban(ban) => vec![ban.node_key],
        Entry::Evidence(evidence) => match evidence.kind {
            EvidenceKind::DoubleVote | EvidenceKind::RefutedVote => {
                let vote = evidence.first.split_last_chunk::<64>();
                let vote = vote.and_then(|(body, _)| Vote::decode(body).ok());
                vote.map(|(_, vote)| vote.node_key).into_iter().collect()
            }
            EvidenceKind::DoubleHeader | EvidenceKind::DoubleCheckpoint => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// The blobs that the promise covers from this block on, and by how many of its entries.
fn uses(block: &Block, leaf_lists: &BTreeMap<Digest, Digest>) -> BTreeMap<Digest, u64> {
    let mut uses: BTreeMap<Digest, u64> = BTreeMap::new();
    for entry in &block.entries {
        for sha256 in crate::storage::check::blobs_of(entry, leaf_lists) {
            *uses.entry(sha256).or_default() += 1;
        }
    }
    uses
}
