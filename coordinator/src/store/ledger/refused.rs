//! An entry that the storage nodes refuse for good: its fact is taken back, and what depends on it.

use super::EntryKind;
use crate::store::column::{Columns as _, at, text};
use crate::store::job::{moved, returning_moved};
use crate::store::{Lease, Result, Store, StoreError, Tx, event};
use shared::api::events::JobEvent;
use shared::api::jobs::AttemptReason;
use shared::ids::{JobId, UnixMs};
use sqlx::any::AnyRow;

/// What was taken back with a refused entry: the hub is told after the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dropped {
    /// The decision on a task: if its job still runs, the task runs again.
    Decision {
        /// The job.
        job: JobId,
        /// The task.
        task: u32,
    },
    /// These jobs were stopped, the one of the refused Job or Done first.
    Jobs(Vec<JobId>),
    /// A program is not offered any more, and jobs that wait to run it were stopped.
    Program {
        /// Its name.
        name: String,
        /// Its version.
        version: String,
        /// The jobs.
        stopped: Vec<JobId>,
    },
    /// Nothing but the entry.
    Entry(EntryKind),
}

const TAKE: &str = "DELETE FROM ledger_queue WHERE num = $1 AND height IS NULL \
     RETURNING kind, job, task, name, version";
const TAKE_OF_JOB: &str =
    "DELETE FROM ledger_queue WHERE job = $1 AND kind IN (0, 3) AND height IS NULL";
const TAKE_DONE: &str = "DELETE FROM ledger_queue WHERE job = $1 AND kind = 3 AND height IS NULL";
const DELETE_DECISION: &str = "DELETE FROM decisions WHERE job = $1 AND task = $2 \
     RETURNING kind, status, votes, dissent";
const DELETE_LOGS: &str = "DELETE FROM task_logs WHERE job = $1 AND task = $2";
const UNCOUNT: &str = "UPDATE jobs SET accepted = accepted - $2, failed = failed - $3, votes = votes - $4, \
     dissent = dissent - $5, last_seq = last_seq + 1 WHERE num = $1 RETURNING id, last_seq";
/// A job that was closed because every task was decided runs again; its Done, which is queued, is withdrawn.
const REOPEN: &str = "UPDATE jobs SET state = 'running', reason = NULL, end_reason = NULL \
     WHERE num = $1 AND state = 'closing' AND end_reason = 0 RETURNING num";
const STOP: &str = returning_moved!(
    "UPDATE jobs SET state = 'stopped', reason = $2, ended_at_ms = $3, waits_for = NULL, last_seq = last_seq + 1 \
     WHERE num = $1 AND state IN ('uploading', 'recording', 'closing')"
);
const SUBSETS: &str = "SELECT num FROM jobs WHERE parent = (SELECT id FROM jobs WHERE num = $1) \
     AND idx IS NULL AND state IN ('uploading', 'recording', 'closing') ORDER BY num";
const REFUSE_PROGRAM: &str = "UPDATE programs SET refused = $3 WHERE name = $1 AND version = $2";
/// Jobs that name what another program offers too need not stop: the storage nodes find that one.
const JOBS_OF_PROGRAM: &str = "SELECT j.num FROM jobs j JOIN programs p ON p.name = $1 AND p.version = $2 \
     WHERE j.program = $3 AND j.idx IS NULL AND j.state IN ('uploading', 'recording', 'closing') \
     AND NOT EXISTS (SELECT 1 FROM programs o \
     WHERE o.module_sha256 = p.module_sha256 AND o.manifest_sha256 = p.manifest_sha256 AND o.refused IS NULL) \
     ORDER BY j.num";

impl Store {
    /// Drops the entry `num` that storage nodes refuse, with its fact. `rule` says why, in words. `None` when it is not
    /// queued any more or stands in a block ([`Store::ledger_uncut_block`] takes it out).
    ///
    /// A decision is deleted: its task runs again, and a job that was complete with it runs again too. A job whose Job is
    /// refused is stopped, with the jobs that wait to run its tasks again; one whose Done is refused is stopped without. A program is withdrawn from offer.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the lease is somebody else's now; [`StoreError::NotQueued`] when the Done
    /// that follows from a refused decision stands in a block. Then nothing is written.
    pub async fn ledger_drop(
        &self,
        lease: &Lease,
        num: i64,
        rule: &str,
        now: UnixMs,
    ) -> Result<Option<Dropped>> {
        let mut tx = self.tx("ledger_drop").await?;
        lease.check(&mut tx).await?;
        let take = sqlx::query(TAKE).bind(num);
        let Some(row) = take.fetch_optional(tx.conn()).await? else {
            return Ok(None);
        };
        let kind = EntryKind::of_number(row.signed("kind")?);
        let kind = kind.ok_or(StoreError::Corrupt("ledger_queue.kind"))?;
        let dropped = match kind {
            EntryKind::Cert | EntryKind::Fail => drop_decision(&mut tx, &row, now).await?,
            EntryKind::Job | EntryKind::Done => {
                let mut nums = vec![row.signed("job")?];
                if kind == EntryKind::Job {
                    nums.extend(subsets(&mut tx, &row).await?);
                }
                Dropped::Jobs(stop(&mut tx, &nums, &refused(kind, rule), now).await?)
            }
            EntryKind::Prog => drop_program(&mut tx, &row, rule, now).await?,
            other => {
                if other == EntryKind::Policy {
                    super::policy::forget_proposal(&mut tx).await?;
                }
                Dropped::Entry(other)
            }
        };
        self.commit_queued(tx).await?;
        Ok(Some(dropped))
    }
}

fn refused(kind: EntryKind, rule: &str) -> String {
    let what = match kind {
        EntryKind::Prog => "its program",
        EntryKind::Done => "its end",
        _ => "the job",
    };
    text(&format!("the storage nodes refused {what}: {rule}"))
}

async fn drop_decision(tx: &mut Tx, row: &AnyRow, now: UnixMs) -> Result<Dropped> {
    let (job, task) = (row.signed("job")?, row.number::<u32>("task")?);
    let delete = sqlx::query(DELETE_DECISION).bind(job).bind(i64::from(task));
    let decision = delete.fetch_one(tx.conn()).await?;
    let logs = sqlx::query(DELETE_LOGS).bind(job).bind(i64::from(task));
    logs.execute(tx.conn()).await?;
    let failed = i64::from(decision.flag("kind")? || decision.signed("status")? != 0);
    let uncount = sqlx::query(UNCOUNT)
        .bind(job)
        .bind(1 - failed)
        .bind(failed)
        .bind(decision.signed("votes")?)
        .bind(decision.signed("dissent")?);
    let counted = uncount.fetch_one(tx.conn()).await?;
    let again = JobEvent::TaskAttempt {
        task,
        attempt: 1,
        reason: AttemptReason::Refused,
    };
    let seq = counted.number("last_seq")?;
    event::insert(tx, &[(job, seq, &again)], now).await?;
    let reopen = sqlx::query(REOPEN).bind(job);
    if reopen.fetch_optional(tx.conn()).await?.is_some() {
        let take = sqlx::query(TAKE_DONE).bind(job);
        if take.execute(tx.conn()).await?.rows_affected() != 1 {
            return Err(StoreError::NotQueued);
        }
    }
    let job = counted.job_id("id")?;
    Ok(Dropped::Decision { job, task })
}

/// The jobs that wait to run tasks of the refused one again.
async fn subsets(tx: &mut Tx, row: &AnyRow) -> Result<Vec<i64>> {
    let subsets = sqlx::query(SUBSETS).bind(row.signed("job")?);
    let subsets = subsets.fetch_all(tx.conn()).await?;
    subsets.iter().map(|row| row.signed("num")).collect()
}

/// Stops jobs that are not on the ledger, or whose end is not.
async fn stop(tx: &mut Tx, nums: &[i64], reason: &str, now: UnixMs) -> Result<Vec<JobId>> {
    let mut stopped = Vec::with_capacity(nums.len());
    for num in nums {
        let take = sqlx::query(TAKE_OF_JOB).bind(*num);
        take.execute(tx.conn()).await?;
        let stop = sqlx::query(STOP).bind(*num).bind(reason).bind(at(now));
        if let Some(row) = stop.fetch_optional(tx.conn()).await? {
            moved(tx, &row, now).await?;
            stopped.push(row.job_id("id")?);
        }
    }
    Ok(stopped)
}

async fn drop_program(tx: &mut Tx, row: &AnyRow, rule: &str, now: UnixMs) -> Result<Dropped> {
    let (name, version) = (row.string("name")?, row.string("version")?);
    let refuse = sqlx::query(REFUSE_PROGRAM)
        .bind(name.as_str())
        .bind(version.as_str())
        .bind(text(rule));
    refuse.execute(tx.conn()).await?;
    let jobs = sqlx::query(JOBS_OF_PROGRAM)
        .bind(name.as_str())
        .bind(version.as_str())
        .bind(format!("{name}@{version}"));
    let jobs = jobs.fetch_all(tx.conn()).await?;
    let nums = jobs.iter().map(|row| row.signed("num"));
    let nums: Vec<i64> = nums.collect::<Result<_>>()?;
    let stopped = stop(tx, &nums, &refused(EntryKind::Prog, rule), now).await?;
    Ok(Dropped::Program {
        name,
        version,
        stopped,
    })
}
