//! The rows of decisions and of their logs, and the tie between a job and outputs that are blobs.

use super::super::batch::Batch;
use super::super::column::{Columns as _, at, big, text};
use super::super::job_blob::{self, BlobRole};
use super::super::{Result, Tx};
use super::locked_job::LockedJob;
use super::{Commit, Decided, NewDecision, OutputPlace};
use shared::ids::{Digest, JobId, UnixMs};
use shared::outcome::{Outcome, Status};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// A decision under its number.
pub(super) struct Row<'a> {
    /// Where in [`Commit::decisions`].
    pub(super) index: usize,
    pub(super) job: i64,
    pub(super) seq: u64,
    pub(super) new: &'a NewDecision,
}

static INSERT: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        "INSERT INTO decisions (job, task, seq, kind, attempt, status, code, fuel, relaxed, reason, failure, \
         output_len, output_sha256, decided_at_ms, votes, dissent, entry, output)",
        18,
        "ON CONFLICT (job, task) DO NOTHING",
    )
});
static INSERT_LOG: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        "INSERT INTO task_logs (job, task, node_key, attempt, seat, outcome, stderr)",
        7,
        "ON CONFLICT (job, task, node_key) DO NOTHING",
    )
});
const SEQ_OF: &str = "SELECT seq FROM decisions WHERE job = $1 AND task = $2";
/// Locks the blob against the cleaning.
const TOUCH_BLOB: &str = "UPDATE blobs SET stored_at_ms = $2 WHERE sha256 = $1";

/// Ties the outputs that are blobs to their jobs; the answer is those that are not there. In the order of the digests,
/// as the cleaning goes: the two never wait for each other.
pub(super) async fn keep_outputs(
    tx: &mut Tx,
    commit: &Commit,
    jobs: &BTreeMap<JobId, LockedJob>,
    now: UnixMs,
) -> Result<BTreeSet<Digest>> {
    let mut wanted: BTreeSet<(Digest, JobId)> = BTreeSet::new();
    for new in &commit.decisions {
        wanted.extend(output_blob(&new.decided).map(|digest| (digest, new.job_id)));
    }
    let mut missing = BTreeSet::new();
    for (digest, id) in wanted {
        let Some(job) = jobs.get(&id).filter(|job| job.runs) else {
            continue;
        };
        let touch = sqlx::query(TOUCH_BLOB).bind(&digest.0[..]).bind(at(now));
        if touch.execute(tx.conn()).await?.rows_affected() == 0 {
            missing.insert(digest);
            continue;
        }
        job_blob::add(tx, job.num, job.submitter, BlobRole::Output, &[digest]).await?;
    }
    Ok(missing)
}

/// The output, where it is a blob.
pub(super) fn output_blob(decided: &Decided) -> Option<Digest> {
    match decided {
        Decided::Cert {
            outcome,
            output: OutputPlace::Blob,
            ..
        } => Some(outcome.output_sha256),
        _ => None,
    }
}

/// Inserts what is not decided yet; the answer is the rows that came too late.
pub(super) async fn insert(tx: &mut Tx, rows: &[Row<'_>], now: UnixMs) -> Result<BTreeSet<usize>> {
    let mut late = BTreeSet::new();
    for (sql, chunk) in INSERT.cut(tx.dialect, rows) {
        let mut query = sqlx::query(sql);
        for row in chunk {
            query = bind(query, row, now);
        }
        let inserted = query.execute(tx.conn()).await?.rows_affected();
        if inserted == chunk.len() as u64 {
            continue;
        }
        for row in chunk {
            let query = sqlx::query(SEQ_OF).bind(row.job);
            let query = query.bind(i64::from(row.new.task));
            let stands: u64 = query.fetch_one(tx.conn()).await?.number("seq")?;
            if stands != row.seq {
                late.insert(row.index);
            }
        }
    }
    Ok(late)
}

type Query = sqlx::query::Query<'static, sqlx::Any, sqlx::any::AnyArguments>;

fn bind(query: Query, row: &Row<'_>, now: UnixMs) -> Query {
    let none = Outcome::failed(Status::Trap, 0);
    let new = row.new;
    let (kind, outcome, relaxed, reason, failure, entry, output) = match &new.decided {
        Decided::Cert {
            outcome,
            relaxed,
            cert,
            output,
        } => {
            let here = match output {
                OutputPlace::Here(bytes) if !bytes.is_empty() => Some(bytes.as_slice()),
                _ => None,
            };
            (0_i64, outcome, *relaxed, 0, None, cert, here)
        }
        Decided::Fail {
            reason,
            words,
            fail,
        } => (1, &none, 0, *reason, Some(text(words)), fail, None),
    };
    query
        .bind(row.job)
        .bind(i64::from(new.task))
        .bind(big(row.seq))
        .bind(kind)
        .bind(i64::from(new.attempt))
        .bind(i64::from(outcome.status.number()))
        .bind(i64::from(outcome.code))
        .bind(big(outcome.fuel))
        .bind(i64::from(relaxed))
        .bind(i64::from(reason))
        .bind(failure)
        .bind(big(outcome.output_len))
        .bind(&outcome.output_sha256.0[..])
        .bind(at(now))
        .bind(i64::from(new.votes))
        .bind(i64::from(new.dissent))
        .bind(entry.as_slice())
        .bind(output)
}

/// Writes what guests wrote to stderr.
pub(super) async fn insert_logs(tx: &mut Tx, rows: &[Row<'_>]) -> Result<()> {
    let logs = rows
        .iter()
        .flat_map(|row| row.new.logs.iter().map(move |log| (row, log)));
    let logs: Vec<_> = logs.collect();
    for (sql, chunk) in INSERT_LOG.cut(tx.dialect, &logs) {
        let mut query = sqlx::query(sql);
        for (row, log) in chunk {
            let mut outcome = Vec::with_capacity(Outcome::ENCODED_LEN);
            log.outcome.encode(&mut outcome);
            query = query
                .bind(row.job)
                .bind(i64::from(row.new.task))
                .bind(&log.node_key.0[..])
                .bind(i64::from(log.attempt))
                .bind(i64::from(log.seat))
                .bind(outcome)
                .bind(log.stderr.as_slice());
        }
        query.execute(tx.conn()).await?;
    }
    Ok(())
}
