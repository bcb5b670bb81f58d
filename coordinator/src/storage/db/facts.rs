//! Loads what the rules must know of the committed log before a block.

use super::batch::Batch;
use super::{Columns as _, Db};
use crate::storage::error::{Result, StorageError};
use shared::codec::Canonical as _;
use shared::ids::{ChainId, Digest, JobId, SubmitterKey, UnixMs};
use shared::job::{Input, Job, SignedJob};
use shared::ledger::ban::Ban;
use shared::ledger::entry::Entry;
use shared::ledger::facts::{self, Facts, JobFact, Needs, ProgramFact, TaskFact};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

const JOB: &str = "SELECT num, idx, deadline_ms, done_idx, accepted, failed FROM jobs WHERE id = ?";
const PROGRAM: &str = "SELECT idx, publisher_key, module_sha256, manifest_sha256, withdrawn FROM programs \
     WHERE name = ? AND version = ?";
const OWNER: &str = "SELECT publisher_key FROM programs WHERE name = ? LIMIT 1";
const OFFERED: &str = "SELECT COUNT(*) AS offered FROM programs \
     WHERE module_sha256 = ? AND manifest_sha256 = ? AND withdrawn = 0";
const BAN: &str = "SELECT entry FROM bans WHERE node_key = ?";
static TASKS: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        "WITH wanted (job, task) AS (",
        2,
        ") SELECT t.job, t.task, t.idx, t.accepted, t.void FROM wanted w \
         JOIN tasks t ON t.job = w.job AND t.task = w.task",
    )
});

/// Jobs whose entries were read lately.
#[derive(Debug, Clone, Default)]
pub(super) struct JobCache(Arc<Mutex<BTreeMap<JobId, Arc<Job>>>>);

/// Jobs that are remembered: some 600 bytes each, at most 32 KiB.
const MAX_CACHED_JOBS: usize = 1024;

impl JobCache {
    fn get(&self, id: JobId) -> Option<Arc<Job>> {
        let jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.get(&id).cloned()
    }

    fn put(&self, id: JobId, job: Arc<Job>) {
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if jobs.len() >= MAX_CACHED_JOBS {
            jobs.clear();
        }
        jobs.insert(id, job);
    }
}

impl Db {
    /// Fills `facts`, which know chain, tip and policy, with what the check of `entries` looks up. The leaf lists of the
    /// jobs in the block must have been noted.
    pub(in crate::storage) async fn load_facts(
        &self,
        facts: &mut Facts,
        entries: &[Entry],
    ) -> Result<Needs> {
        for index in facts::indexes(entries) {
            if let Some(entry) = self.entry_bytes(index).await? {
                facts.earlier.insert(index, entry);
            }
        }
        let needs = facts::needs(facts, entries);
        let mut nums = BTreeMap::new();
        for id in &needs.jobs {
            self.load_job(facts, *id, &mut nums).await?;
        }
        for id in facts.missing_parents() {
            self.load_job(facts, id, &mut nums).await?;
        }
        self.load_tasks(facts, &needs, &nums).await?;
        self.load_programs(facts, &needs).await?;
        for node in &needs.nodes {
            let query = sqlx::query(BAN).bind(&node.0[..]);
            if let Some(row) = query.fetch_optional(&self.reader).await? {
                let entry = row.bytes("entry")?;
                let (_, ban) = Ban::decode(&entry).map_err(|_| StorageError::Corrupt("bans"))?;
                facts.bans.insert(*node, ban);
            }
        }
        self.load_leaves(facts, &needs, entries).await?;
        Ok(needs)
    }

    /// An entry of the committed log; nothing is checked but that it is there.
    async fn entry_bytes(&self, index: u64) -> Result<Option<Vec<u8>>> {
        let Some(block) = self.block_of(index).await? else {
            return Ok(None);
        };
        let place = usize::try_from(index - block.first_index).unwrap_or(usize::MAX);
        let entries = self.entries(block.height).await?;
        Ok(entries.into_iter().nth(place))
    }

    async fn load_job(
        &self,
        facts: &mut Facts,
        id: JobId,
        nums: &mut BTreeMap<i64, JobId>,
    ) -> Result<()> {
        let query = sqlx::query(JOB).bind(&id.0[..]);
        let Some(row) = query.fetch_optional(&self.reader).await? else {
            return Ok(());
        };
        let index = row.number("idx")?;
        let job = self.job(facts.chain, id, index).await?;
        let fact = JobFact {
            index,
            job: job.as_ref().clone(),
            deadline_ms: UnixMs(row.number("deadline_ms")?),
            done: row.number_or_null("done_idx")?,
            accepted: row.number("accepted")?,
            failed: row.number("failed")?,
        };
        facts.jobs.insert(id, fact);
        nums.insert(row.signed("num")?, id);
        Ok(())
    }

    /// A recorded job, whose entry has this index.
    pub(in crate::storage) async fn job(
        &self,
        chain: ChainId,
        id: JobId,
        index: u64,
    ) -> Result<Arc<Job>> {
        if let Some(job) = self.jobs.get(id) {
            return Ok(job);
        }
        let damaged = || StorageError::Damaged {
            what: format!("entry {index}, job {id}"),
        };
        let entry = self.entry_bytes(index).await?.ok_or_else(damaged)?;
        let signed = SignedJob::decode(chain, &entry).map_err(|_| damaged())?;
        if signed.id() != id {
            return Err(damaged());
        }
        let job = Arc::new(signed.job().clone());
        self.jobs.put(id, job.clone());
        Ok(job)
    }

    async fn load_tasks(
        &self,
        facts: &mut Facts,
        needs: &Needs,
        jobs: &BTreeMap<i64, JobId>,
    ) -> Result<()> {
        let nums: BTreeMap<JobId, i64> = jobs.iter().map(|(num, id)| (*id, *num)).collect();
        let wanted = needs.tasks.iter();
        let wanted: Vec<(i64, u32)> = wanted
            .filter_map(|(job, task)| Some((*nums.get(job)?, *task)))
            .collect();
        for (sql, wanted) in TASKS.cut(&wanted) {
            let mut query = sqlx::query(sql);
            for (job, task) in wanted {
                query = query.bind(job).bind(i64::from(*task));
            }
            for row in query.fetch_all(&self.reader).await? {
                let job = jobs.get(&row.signed("job")?);
                let job = *job.ok_or(StorageError::Corrupt("tasks"))?;
                let fact = TaskFact {
                    index: row.number("idx")?,
                    accepted: row.flag("accepted")?,
                    void: row.flag("void")?,
                };
                facts.tasks.insert((job, row.number("task")?), fact);
            }
        }
        Ok(())
    }

    async fn load_programs(&self, facts: &mut Facts, needs: &Needs) -> Result<()> {
        for (name, version) in &needs.programs {
            let owner = sqlx::query(OWNER).bind(name);
            if let Some(row) = owner.fetch_optional(&self.reader).await? {
                let owner = SubmitterKey(row.array("publisher_key")?);
                facts.names.insert(name.clone(), owner);
            }
            let query = sqlx::query(PROGRAM).bind(name).bind(version);
            let Some(row) = query.fetch_optional(&self.reader).await? else {
                continue;
            };
            let program = ProgramFact {
                index: row.number("idx")?,
                publisher_key: SubmitterKey(row.array("publisher_key")?),
                module_sha256: row.digest("module_sha256")?,
                manifest_sha256: row.digest("manifest_sha256")?,
                withdrawn: row.flag("withdrawn")?,
            };
            let offered = (program.module_sha256, program.manifest_sha256);
            self.load_offered(facts, offered).await?;
            facts
                .programs
                .insert((name.clone(), version.clone()), program);
        }
        for offered in &needs.offered {
            self.load_offered(facts, *offered).await?;
        }
        Ok(())
    }

    async fn load_offered(&self, facts: &mut Facts, offered: (Digest, Digest)) -> Result<()> {
        let query = sqlx::query(OFFERED)
            .bind(&offered.0.0[..])
            .bind(&offered.1.0[..]);
        let row = query.fetch_one(&self.reader).await?;
        facts.offered.insert(offered, row.number("offered")?);
        Ok(())
    }
}

/// What a job's list of leaves is made of; `None` for a range, whose leaves follow from it.
pub(in crate::storage) fn leaf_bytes(job: &Job) -> Option<usize> {
    match job.input {
        Input::Chunks => Some(shared::leaf::Leaf::CHUNK_LEN),
        Input::Subset { .. } => Some(shared::leaf::Leaf::SUBSET_LEN),
        Input::Range(_) => None,
    }
}
