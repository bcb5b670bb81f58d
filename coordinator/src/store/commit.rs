//! The hot path: hundreds of decisions with all that follows from them, in one transaction, before anyone is told.

use super::batch::Batch;
use super::column::{Columns as _, at, big, text};
use super::job_blob::{self, BlobRole};
use super::{Lease, NodeDelta, Result, Store, Tx, event, node};
use shared::api::events::JobEvent;
use shared::ids::{JobId, NodeKey, SubmitterKey, UnixMs};
use shared::outcome::Outcome;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What one transaction commits.
#[derive(Debug, Clone, Default)]
pub struct Commit {
    /// Tasks that are decided.
    pub decisions: Vec<NewDecision>,
    /// Events that no decision implies.
    pub events: Vec<NewEvent>,
    /// What became of votes and assignments, by node; one entry for a node.
    pub nodes: Vec<NodeDelta>,
}

/// A decided task.
#[derive(Debug, Clone)]
pub struct NewDecision {
    /// The job.
    pub job_id: JobId,
    /// The task.
    pub task: u32,
    /// The attempt that decided.
    pub attempt: u16,
    /// How.
    pub decided: Decided,
    /// Votes in the entry.
    pub votes: u32,
    /// Those of them that were outvoted.
    pub dissent: u32,
    /// What guests wrote to stderr.
    pub logs: Vec<TaskLogRecord>,
}

/// How a task was decided.
#[derive(Debug, Clone)]
pub enum Decided {
    /// By a certificate.
    Cert {
        /// The accepted outcome.
        outcome: Outcome,
        /// Bits of LEDGER.md's `relaxed`.
        relaxed: u8,
        /// LEDGER.md's Cert.
        cert: Vec<u8>,
        /// Where the output is.
        output: OutputPlace,
    },
    /// It failed, visibly.
    Fail {
        /// The number in LEDGER.md.
        reason: u8,
        /// In words.
        words: String,
        /// LEDGER.md's Fail.
        fail: Vec<u8>,
    },
}

/// Where an accepted output is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputPlace {
    /// Here: at most [`super::INLINE_BYTES`], nothing when the output is empty.
    Here(Vec<u8>),
    /// Stored as a blob already.
    Blob,
}

/// What one volunteer's guest wrote; unverified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskLogRecord {
    /// Whose vote.
    pub node_key: NodeKey,
    /// The attempt.
    pub attempt: u16,
    /// The seat.
    pub seat: u8,
    /// What it voted.
    pub outcome: Outcome,
    /// The tail of stderr.
    pub stderr: Vec<u8>,
}

/// An event that no decision implies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// The job; an event of an unknown job is dropped.
    pub job_id: JobId,
    /// What happened.
    pub event: JobEvent,
}

/// What became of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committed {
    /// It stands, under this event number.
    First {
        /// Number of its event within the job.
        seq: u64,
    },
    /// The task was decided before: the first decision stands.
    AlreadyDecided,
    /// The job has ended or is unknown.
    JobNotRunning,
    /// Its output was said to be a blob, but is not stored.
    OutputMissing,
}

static INSERT: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        "INSERT INTO decisions (job, task, seq, kind, attempt, status, code, fuel, relaxed, reason, failure, \
         output_len, output_sha256, decided_at_ms, entry, output)",
        16,
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
/// Takes event numbers, and locks the job so that its events become visible in their order.
const NUMBERS: &str = "UPDATE jobs SET last_seq = last_seq + $2 WHERE id = $1 \
     RETURNING num, last_seq, state, submitter_key";
const COUNT: &str = "UPDATE jobs SET accepted = accepted + $2, failed = failed + $3, votes = votes + $4, \
     dissent = dissent + $5 WHERE num = $1";
const SEQ_OF: &str = "SELECT seq FROM decisions WHERE job = $1 AND task = $2";
/// Locks the blob against the cleaning.
const TOUCH_BLOB: &str = "UPDATE blobs SET stored_at_ms = $2 WHERE sha256 = $1";

/// A decision under its number.
struct Row<'a> {
    /// Where in [`Commit::decisions`].
    index: usize,
    job: i64,
    seq: u64,
    new: &'a NewDecision,
}

/// A job whose row this transaction has locked.
struct LockedJob {
    num: i64,
    next_seq: u64,
    runs: bool,
    submitter: SubmitterKey,
}

/// What a commit adds to a job's counters.
#[derive(Default)]
struct Tally {
    accepted: i64,
    failed: i64,
    votes: i64,
    dissent: i64,
}

impl Store {
    /// Commits decisions and what goes with them, all or nothing; the answer is in the order of `commit.decisions`. Of
    /// two decisions on one task the first one committed stands; the second is no error.
    ///
    /// # Errors
    /// [`super::StoreError::Fenced`] when the lease is somebody else's now, and then nothing is written.
    pub async fn commit_decisions(
        &self,
        lease: &Lease,
        commit: &Commit,
        now: UnixMs,
    ) -> Result<Vec<Committed>> {
        let mut tx = self.tx("commit_decisions").await?;
        lease.check(&mut tx).await?;
        let mut jobs = lock_jobs(&mut tx, commit).await?;
        let mut answers = vec![Committed::JobNotRunning; commit.decisions.len()];
        let mut rows = Vec::with_capacity(commit.decisions.len());
        for (index, (new, answer)) in commit.decisions.iter().zip(&mut answers).enumerate() {
            let Some(job) = jobs.get_mut(&new.job_id).filter(|job| job.runs) else {
                continue;
            };
            if !keep_output(&mut tx, job, &new.decided, now).await? {
                *answer = Committed::OutputMissing;
                continue;
            }
            let seq = job.take_seq();
            *answer = Committed::First { seq };
            let job = job.num;
            rows.push(Row {
                index,
                job,
                seq,
                new,
            });
        }
        rows.sort_unstable_by_key(|row| (row.job, row.new.task, row.seq));
        insert_decisions(&mut tx, &mut rows, &mut answers, now).await?;
        count(&mut tx, &rows).await?;
        insert_logs(&mut tx, &rows).await?;
        let mut events = Vec::with_capacity(commit.events.len());
        for new in &commit.events {
            if let Some(job) = jobs.get_mut(&new.job_id) {
                events.push((job.num, job.take_seq(), &new.event));
            }
        }
        event::insert(&mut tx, &events, now).await?;
        node::apply(&mut tx, &commit.nodes, now).await?;
        tx.commit().await?;
        Ok(answers)
    }
}

impl LockedJob {
    fn take_seq(&mut self) -> u64 {
        let seq = self.next_seq;
        self.next_seq = seq.saturating_add(1);
        seq
    }
}

/// Locks all jobs in the order of their ids, so that two transactions never wait for each other.
async fn lock_jobs(tx: &mut Tx, commit: &Commit) -> Result<BTreeMap<JobId, LockedJob>> {
    let mut wanted: BTreeMap<JobId, u64> = BTreeMap::new();
    let decided = commit.decisions.iter().map(|one| one.job_id);
    for job in decided.chain(commit.events.iter().map(|one| one.job_id)) {
        *wanted.entry(job).or_default() += 1;
    }
    let mut jobs = BTreeMap::new();
    for (id, numbers) in wanted {
        let query = sqlx::query(NUMBERS).bind(&id.0[..]).bind(big(numbers));
        if let Some(row) = query.fetch_optional(tx.conn()).await? {
            let last: u64 = row.number("last_seq")?;
            let job = LockedJob {
                num: row.signed("num")?,
                next_seq: last.saturating_sub(numbers).saturating_add(1),
                runs: row.string("state")? == "running",
                submitter: row.submitter_key("submitter_key")?,
            };
            jobs.insert(id, job);
        }
    }
    Ok(jobs)
}

/// Ties an output that is a blob to its job; `false` when the blob is not there.
async fn keep_output(tx: &mut Tx, job: &LockedJob, decided: &Decided, now: UnixMs) -> Result<bool> {
    let Decided::Cert {
        outcome,
        output: OutputPlace::Blob,
        ..
    } = decided
    else {
        return Ok(true);
    };
    let digest = outcome.output_sha256;
    let touch = sqlx::query(TOUCH_BLOB).bind(&digest.0[..]).bind(at(now));
    if touch.execute(tx.conn()).await?.rows_affected() == 0 {
        return Ok(false);
    }
    job_blob::add(tx, job.num, job.submitter, BlobRole::Output, &[digest]).await?;
    Ok(true)
}

/// Inserts what is not decided yet; other rows are taken out of `rows`, and their answer says so.
async fn insert_decisions(
    tx: &mut Tx,
    rows: &mut Vec<Row<'_>>,
    answers: &mut [Committed],
    now: UnixMs,
) -> Result<()> {
    let mut refused = Vec::new();
    for (sql, chunk) in INSERT.cut(rows) {
        let mut query = sqlx::query(sql);
        for row in chunk {
            query = bind_decision(query, row, now);
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
                refused.push(row.seq);
                if let Some(answer) = answers.get_mut(row.index) {
                    *answer = Committed::AlreadyDecided;
                }
            }
        }
    }
    if !refused.is_empty() {
        rows.retain(|row| answers.get(row.index) != Some(&Committed::AlreadyDecided));
    }
    Ok(())
}

type Query = sqlx::query::Query<'static, sqlx::Any, sqlx::any::AnyArguments>;

fn bind_decision(query: Query, row: &Row<'_>, now: UnixMs) -> Query {
    let nothing = Outcome::failed(shared::outcome::Status::Trap, 0);
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
        } => (1, &nothing, 0, *reason, Some(text(words)), fail, None),
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
        .bind(entry.as_slice())
        .bind(output)
}

async fn count(tx: &mut Tx, rows: &[Row<'_>]) -> Result<()> {
    let mut tallies: BTreeMap<i64, Tally> = BTreeMap::new();
    for row in rows {
        let tally = tallies.entry(row.job).or_default();
        match &row.new.decided {
            Decided::Cert { outcome, .. } if outcome.status == shared::outcome::Status::Ok => {
                tally.accepted += 1;
            }
            _ => tally.failed += 1,
        }
        tally.votes += i64::from(row.new.votes);
        tally.dissent += i64::from(row.new.dissent);
    }
    for (job, tally) in tallies {
        let query = sqlx::query(COUNT)
            .bind(job)
            .bind(tally.accepted)
            .bind(tally.failed)
            .bind(tally.votes)
            .bind(tally.dissent);
        query.execute(tx.conn()).await?;
    }
    Ok(())
}

async fn insert_logs(tx: &mut Tx, rows: &[Row<'_>]) -> Result<()> {
    let logs = rows
        .iter()
        .flat_map(|row| row.new.logs.iter().map(move |log| (row, log)));
    let logs: Vec<_> = logs.collect();
    for (sql, chunk) in INSERT_LOG.cut(&logs) {
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
