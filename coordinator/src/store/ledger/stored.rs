//! A block has its storage quorum: its facts get their indexes, its jobs move on.

use super::{EntryKind, policy};
use crate::store::batch::Batch;
use crate::store::column::{Columns as _, at, big, text};
use crate::store::job::{JobStage, moved, returning_moved};
use crate::store::{Lease, Result, Store, StoreError, Tx, event};
use shared::api::events::JobEvent;
use shared::ids::{JobId, UnixMs};
use sqlx::any::AnyRow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What a stored block changed: the hub is told after the commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stored {
    /// Decided tasks, in the order of their jobs and numbers.
    pub tasks: Vec<StoredTask>,
    /// Jobs that run from now on.
    pub begun: Vec<JobId>,
    /// Jobs that have ended.
    pub ended: Vec<JobId>,
}

/// A task whose certificate or failure is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredTask {
    /// The job.
    pub job: JobId,
    /// The task.
    pub task: u32,
    /// Index of its entry on the ledger.
    pub index: u64,
    /// Whether it counts as failed: a Fail, or a certificate whose status is not 0.
    pub failed: bool,
}

const BLOCK: &str = "UPDATE ledger_blocks SET state = 1, certificate = $2 WHERE height = $1 AND state = 0 \
     RETURNING at_ms";
const CERTIFICATE: &str =
    "UPDATE ledger_blocks SET certificate = $2 WHERE height = $1 AND state = 1";
static DECISIONS: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        "WITH stored (num, idx) AS (",
        2,
        ") UPDATE decisions SET idx = stored.idx FROM stored, ledger_queue q \
         WHERE q.num = stored.num AND q.kind IN (1, 2) AND decisions.job = q.job AND decisions.task = q.task \
         RETURNING decisions.job AS job, decisions.task AS task, decisions.kind AS kind, \
         decisions.status AS status, decisions.idx AS idx",
    )
});
const COUNT: &str = "UPDATE jobs SET stored = stored + $2, last_seq = last_seq + 1 WHERE num = $1 \
     RETURNING id, last_seq";
const OTHERS: &str = "SELECT num, kind, job, name, version FROM ledger_queue \
     WHERE height = $1 AND kind IN (0, 3, 4, 8) ORDER BY num";
const JOB: &str = "UPDATE jobs SET idx = $2, state = CASE state WHEN 'recording' THEN 'running' ELSE state END, \
     deadline_ms = CASE WHEN lasts_ms IS NULL THEN deadline_ms ELSE $3 + lasts_ms END \
     WHERE num = $1 RETURNING id, state";
const DONE: &str = returning_moved!(
    "UPDATE jobs SET done_idx = $2, ended_at_ms = $3, last_seq = last_seq + 1, state = CASE end_reason \
     WHEN 0 THEN 'complete' WHEN 1 THEN 'cancelled' WHEN 2 THEN 'expired' ELSE 'stopped' END \
     WHERE num = $1 AND state = 'closing'"
);
const PROGRAM: &str = "UPDATE programs SET idx = $3 WHERE name = $1 AND version = $2";
const FORGET: &str = "DELETE FROM ledger_queue WHERE height = $1";

impl Store {
    /// The block of this height has its storage quorum. `entries`: number in the queue and index on the ledger, of all
    /// that were cut into it. Decisions, jobs and programs get their indexes, jobs whose Job is in it run, jobs whose
    /// Done is in it have ended, with their events; the entries leave the queue. For a block that was stored before only
    /// the certificate is written, which may have newer lines.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the lease is somebody else's now; [`StoreError::NotQueued`] when `entries` are not
    /// those that were cut; [`StoreError::NotCut`] when there is no such block. Then nothing is written.
    pub async fn ledger_stored(
        &self,
        lease: &Lease,
        height: u64,
        entries: &[(i64, u64)],
        certificate: &str,
        now: UnixMs,
    ) -> Result<Stored> {
        let mut tx = self.tx("ledger_stored").await?;
        lease.check(&mut tx).await?;
        let block = sqlx::query(BLOCK).bind(big(height)).bind(text(certificate));
        let Some(block) = block.fetch_optional(tx.conn()).await? else {
            let again = sqlx::query(CERTIFICATE);
            let again = again.bind(big(height)).bind(text(certificate));
            if again.execute(tx.conn()).await?.rows_affected() == 0 {
                return Err(StoreError::NotCut(height));
            }
            tx.commit().await?;
            return Ok(Stored::default());
        };
        let cut_at: i64 = block.signed("at_ms")?;
        let mut stored = Stored {
            tasks: decisions(&mut tx, entries, now).await?,
            ..Stored::default()
        };
        let index_of: BTreeMap<i64, u64> = entries.iter().copied().collect();
        let others = sqlx::query(OTHERS).bind(big(height));
        for row in others.fetch_all(tx.conn()).await? {
            let index = index_of.get(&row.signed("num")?);
            let index = big(*index.ok_or(StoreError::NotQueued)?);
            other(&mut tx, &row, index, cut_at, now, &mut stored).await?;
        }
        let forget = sqlx::query(FORGET).bind(big(height));
        let forgotten = forget.execute(tx.conn()).await?.rows_affected();
        if forgotten != entries.len() as u64 {
            return Err(StoreError::NotQueued);
        }
        tx.commit().await?;
        Ok(stored)
    }
}

/// What is stored of one job.
#[derive(Default)]
struct OfJob {
    accepted: i64,
    /// Task, index, and whether it failed.
    tasks: Vec<(u32, u64, bool)>,
}

/// Gives decisions their indexes; one event for each job.
async fn decisions(tx: &mut Tx, entries: &[(i64, u64)], now: UnixMs) -> Result<Vec<StoredTask>> {
    let mut jobs: BTreeMap<i64, OfJob> = BTreeMap::new();
    for (sql, rows) in DECISIONS.cut(tx.dialect, entries) {
        let mut query = sqlx::query(sql);
        for (num, index) in rows {
            query = query.bind(*num).bind(big(*index));
        }
        for row in query.fetch_all(tx.conn()).await? {
            let failed = row.flag("kind")? || row.signed("status")? != 0;
            let job = jobs.entry(row.signed("job")?).or_default();
            job.accepted = job.accepted.saturating_add(i64::from(!failed));
            job.tasks
                .push((row.number("task")?, row.number("idx")?, failed));
        }
    }
    let mut all = Vec::with_capacity(entries.len());
    for (num, mut of_job) in jobs {
        of_job.tasks.sort_unstable();
        let count = sqlx::query(COUNT).bind(num).bind(of_job.accepted);
        let row = count.fetch_one(tx.conn()).await?;
        let (job, seq) = (row.job_id("id")?, row.number("last_seq")?);
        let tasks = of_job.tasks.iter().map(|(task, ..)| *task).collect();
        event::insert(tx, &[(num, seq, &JobEvent::TaskStored { tasks })], now).await?;
        let of_job = of_job.tasks.into_iter();
        all.extend(of_job.map(|(task, index, failed)| StoredTask {
            job,
            task,
            index,
            failed,
        }));
    }
    Ok(all)
}

/// A Job, a Done, a Prog or a Policy.
async fn other(
    tx: &mut Tx,
    row: &AnyRow,
    index: i64,
    cut_at: i64,
    now: UnixMs,
    stored: &mut Stored,
) -> Result<()> {
    match EntryKind::of_number(row.signed("kind")?) {
        Some(EntryKind::Job) => {
            let job = sqlx::query(JOB).bind(row.signed("job")?);
            let job = job.bind(index).bind(cut_at).fetch_one(tx.conn()).await?;
            if job.string("state")? == JobStage::Running.word() {
                stored.begun.push(job.job_id("id")?);
            }
        }
        Some(EntryKind::Done) => {
            let job = sqlx::query(DONE).bind(row.signed("job")?);
            let job = job.bind(index).bind(at(now));
            if let Some(job) = job.fetch_optional(tx.conn()).await? {
                moved(tx, &job, now).await?;
                stored.ended.push(job.job_id("id")?);
            }
        }
        Some(EntryKind::Policy) => policy::stored(tx, index).await?,
        _ => {
            let program = sqlx::query(PROGRAM)
                .bind(row.string("name")?)
                .bind(row.string("version")?)
                .bind(index);
            program.execute(tx.conn()).await?;
        }
    }
    Ok(())
}
