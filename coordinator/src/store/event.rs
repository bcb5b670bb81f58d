//! What happened to a job, numbered without repeats, for streams that are taken up again.
//!
//! A decision is an event by itself: it has a number of the same series and no second row.

use super::batch::Batch;
use super::column::{Columns as _, at, big};
use super::{Result, Store, StoreError, Tx};
use shared::api::events::JobEvent;
use shared::ids::{JobId, UnixMs};
use sqlx::any::AnyRow;
use std::sync::LazyLock;

/// One event of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRecord {
    /// Grows within the job; some numbers may be missing.
    pub seq: u64,
    /// When.
    pub at_ms: UnixMs,
    /// What.
    pub event: JobEvent,
}

static INSERT: LazyLock<Batch> =
    LazyLock::new(|| Batch::new("INSERT INTO events (job, seq, at_ms, body)", 4, ""));
/// One statement, so that both tables are read as of the same commit: no event is ever skipped.
const AFTER: &str = "SELECT seq, at_ms, body, 0 AS task, 0 AS kind, NULL AS failure, NULL AS entry FROM events \
     WHERE job = (SELECT num FROM jobs WHERE id = $1) AND seq > $2 \
     UNION ALL SELECT seq, decided_at_ms AS at_ms, NULL AS body, task, kind, failure, entry FROM decisions \
     WHERE job = (SELECT num FROM jobs WHERE id = $1) AND seq > $2 ORDER BY seq LIMIT $3";
const LAST: &str = "SELECT last_seq FROM jobs WHERE id = $1";

impl Store {
    /// The first `limit` events of a job after number `seq` (0: from the beginning).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn events_after(&self, job: JobId, seq: u64, limit: u32) -> Result<Vec<EventRecord>> {
        let query = sqlx::query(AFTER)
            .bind(&job.0[..])
            .bind(big(seq))
            .bind(i64::from(limit));
        let rows = query.fetch_all(&self.reader).await?;
        rows.iter().map(record).collect()
    }

    /// Number of the job's newest event; 0 when the job is unknown.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn job_last_seq(&self, job: JobId) -> Result<u64> {
        let query = sqlx::query(LAST).bind(&job.0[..]);
        let row = query.fetch_optional(&self.reader).await?;
        row.map_or(Ok(0), |row| row.number("last_seq"))
    }
}

fn record(row: &AnyRow) -> Result<EventRecord> {
    let event = match (row.string_or_null("body")?, row.flag("kind")?) {
        (Some(body), _) => {
            serde_json::from_str(&body).map_err(|_| StoreError::Corrupt("events.body"))?
        }
        (None, false) => JobEvent::TaskAccepted {
            task: row.number("task")?,
            cert: row.bytes("entry")?,
        },
        (None, true) => JobEvent::TaskFailed {
            task: row.number("task")?,
            reason: row.string_or_null("failure")?.unwrap_or_default(),
        },
    };
    Ok(EventRecord {
        seq: row.number("seq")?,
        at_ms: row.time("at_ms")?,
        event,
    })
}

/// Writes events under numbers that the caller has taken from the job's `last_seq`.
pub(super) async fn insert(
    tx: &mut Tx,
    events: &[(i64, u64, &JobEvent)],
    now: UnixMs,
) -> Result<()> {
    for (sql, rows) in INSERT.cut(tx.dialect, events) {
        let mut query = sqlx::query(sql);
        for (job, seq, event) in rows {
            let body = serde_json::to_string(event).expect("events have no map keys or floats");
            query = query.bind(*job).bind(big(*seq)).bind(at(now)).bind(body);
        }
        query.execute(tx.conn()).await?;
    }
    Ok(())
}
