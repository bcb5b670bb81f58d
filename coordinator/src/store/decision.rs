//! Decided tasks as they are read back: results, restarts, logs.

use super::column::Columns as _;
use super::commit::TaskLogRecord;
use super::page::{Page, one_more};
use super::{Result, Store, StoreError};
use futures_util::TryStreamExt as _;
use shared::codec::Reader;
use shared::ids::{JobId, UnixMs};
use shared::outcome::{Outcome, Status};
use sqlx::any::AnyRow;

/// A decided task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRecord {
    /// The task.
    pub task: u32,
    /// Number of its event within the job.
    pub seq: u64,
    /// The attempt that decided.
    pub attempt: u16,
    /// The accepted outcome; `None` when the task failed.
    pub outcome: Option<Outcome>,
    /// Bits of LEDGER.md's `relaxed`.
    pub relaxed: u8,
    /// Why it failed, in words.
    pub failure: Option<String>,
    /// When it was committed.
    pub decided_at_ms: UnixMs,
    /// Index of its entry on the ledger, once it is stored.
    pub index: Option<u64>,
    /// LEDGER.md's Cert, or Fail when there is no outcome.
    pub entry: Vec<u8>,
    /// The output where it is small, was asked for, and is still kept; otherwise it is a blob. Empty outputs are
    /// `Some` too.
    pub output: Option<Vec<u8>>,
}

/// A page ends once it holds this much.
const PAGE_BYTES: usize = 4 << 20;

macro_rules! select_decisions {
    ($output:literal, $tail:literal) => {
        concat!(
            "SELECT task, seq, kind, attempt, status, code, fuel, relaxed, failure, output_len, output_sha256, \
             decided_at_ms, idx, entry, ",
            $output,
            " FROM decisions WHERE job = (SELECT num FROM jobs WHERE id = $1) ",
            $tail
        )
    };
}
const PAGE: &str = select_decisions!("NULL AS output", "AND task > $2 ORDER BY task LIMIT $3");
const PAGE_WITH_OUTPUT: &str = select_decisions!("output", "AND task > $2 ORDER BY task LIMIT $3");
const GET: &str = select_decisions!("output", "AND task = $2");
const FAILED: &str = select_decisions!(
    "NULL AS output",
    "AND task > $2 AND (kind = 1 OR status <> 0) ORDER BY task LIMIT $3"
);
const DECIDED: &str =
    "SELECT task FROM decisions WHERE job = (SELECT num FROM jobs WHERE id = $1) ORDER BY task";
const LOGS: &str = "SELECT node_key, attempt, seat, outcome, stderr FROM task_logs \
     WHERE job = (SELECT num FROM jobs WHERE id = $1) AND task = $2 ORDER BY attempt, seat";

impl Store {
    /// Decided tasks after `after` (`None`: from the first), in task order, with or without their small outputs. A page
    /// is cut before `limit` when its entries and outputs come to 4 MiB.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decisions_after(
        &self,
        job: JobId,
        after: Option<u32>,
        limit: u32,
        with_output: bool,
    ) -> Result<Page<DecisionRecord, u32>> {
        let sql = if with_output { PAGE_WITH_OUTPUT } else { PAGE };
        self.decisions(sql, job, after, limit).await
    }

    /// Failed tasks after `after`: those without a certificate and those whose outcome is not status 0.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn failures_after(
        &self,
        job: JobId,
        after: Option<u32>,
        limit: u32,
    ) -> Result<Page<DecisionRecord, u32>> {
        self.decisions(FAILED, job, after, limit).await
    }

    async fn decisions(
        &self,
        sql: &'static str,
        job: JobId,
        after: Option<u32>,
        limit: u32,
    ) -> Result<Page<DecisionRecord, u32>> {
        let query = sqlx::query(sql)
            .bind(&job.0[..])
            .bind(after.map_or(-1, i64::from))
            .bind(one_more(limit));
        let mut rows = query.fetch(&self.reader);
        let mut records = Vec::new();
        let mut room = PAGE_BYTES;
        let mut full = false;
        while let Some(row) = rows.try_next().await? {
            full = room == 0;
            if full {
                break;
            }
            let record = record(&row)?;
            let output = record.output.as_ref().map_or(0, Vec::len);
            room = room.saturating_sub(record.entry.len() + output);
            records.push(record);
        }
        let mut page = Page::cut(records, limit, |last: &DecisionRecord| last.task);
        if full {
            page.next = page.items.last().map(|last| last.task);
        }
        Ok(page)
    }

    /// How one task was decided, with its small output.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decision_get(&self, job: JobId, task: u32) -> Result<Option<DecisionRecord>> {
        let query = sqlx::query(GET).bind(&job.0[..]).bind(i64::from(task));
        let row = query.fetch_optional(&self.reader).await?;
        row.as_ref().map(record).transpose()
    }

    /// Indexes of all decided tasks, ascending, for a restart.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decided_tasks(&self, job: JobId) -> Result<Vec<u32>> {
        let query = sqlx::query(DECIDED).bind(&job.0[..]);
        let rows = query.fetch(&self.reader).map_err(StoreError::from);
        let tasks = rows.and_then(async |row| row.number::<u32>("task"));
        tasks.try_collect().await
    }

    /// What guests wrote to stderr in one task, by attempt and seat.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn task_logs(&self, job: JobId, task: u32) -> Result<Vec<TaskLogRecord>> {
        let query = sqlx::query(LOGS).bind(&job.0[..]).bind(i64::from(task));
        let rows = query.fetch_all(&self.reader).await?;
        rows.iter().map(log).collect()
    }
}

fn record(row: &AnyRow) -> Result<DecisionRecord> {
    let failed = row.flag("kind")?;
    let outcome = Outcome {
        status: Status::from_number(row.number("status")?)
            .ok_or(StoreError::Corrupt("decisions.status"))?,
        code: row.number("code")?,
        fuel: row.number("fuel")?,
        output_len: row.number("output_len")?,
        output_sha256: row.digest("output_sha256")?,
    };
    let is_empty = !failed && outcome.output_len == 0;
    let output = row.bytes_or_null("output")?;
    Ok(DecisionRecord {
        task: row.number("task")?,
        seq: row.number("seq")?,
        attempt: row.number("attempt")?,
        outcome: (!failed).then_some(outcome),
        relaxed: row.number("relaxed")?,
        failure: row.string_or_null("failure")?,
        decided_at_ms: row.time("decided_at_ms")?,
        index: row.number_or_null("idx")?,
        entry: row.bytes("entry")?,
        output: output.or(is_empty.then(Vec::new)),
    })
}

fn log(row: &AnyRow) -> Result<TaskLogRecord> {
    let outcome = row.bytes("outcome")?;
    Ok(TaskLogRecord {
        node_key: row.node_key("node_key")?,
        attempt: row.number("attempt")?,
        seat: row.number("seat")?,
        outcome: Outcome::decode(&mut Reader::new(&outcome))
            .map_err(|_| StoreError::Corrupt("task_logs.outcome"))?,
        stderr: row.bytes("stderr")?,
    })
}
