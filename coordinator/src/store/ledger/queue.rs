//! Putting entries into the queue, and waking whoever cuts blocks.

use super::EntryKind;
use crate::store::batch::Batch;
use crate::store::{Lease, Result, Store, StoreError, Tx};
use std::sync::LazyLock;

static ADD_DECISIONS: LazyLock<Batch> =
    LazyLock::new(|| Batch::new("INSERT INTO ledger_queue (kind, job, task)", 3, ""));
const ADD_OF_JOB: &str = "INSERT INTO ledger_queue (kind, job) VALUES ($1, $2)";
const ADD_PROGRAM: &str = "INSERT INTO ledger_queue (kind, name, version) VALUES ($1, $2, $3)";
const ADD: &str = "INSERT INTO ledger_queue (kind, body) VALUES ($1, $2)";

impl Store {
    /// Waits until something was queued since this last returned. One waiter at a time.
    pub async fn ledger_queue_grew(&self) {
        self.queue_grew.notified().await;
    }

    /// Queues an entry that is no job, decision, program or policy: a Withdraw, Ban, Evid or Void.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the lease is somebody else's now, and then nothing is written.
    pub async fn ledger_add(&self, lease: &Lease, kind: EntryKind, body: &[u8]) -> Result<()> {
        let mut tx = self.tx("ledger_add").await?;
        lease.check(&mut tx).await?;
        add(&mut tx, kind, body).await?;
        self.commit_queued(tx).await
    }

    /// Commits a transaction that may have queued entries.
    pub(in crate::store) async fn commit_queued(&self, tx: Tx) -> Result<(), StoreError> {
        tx.commit().await?;
        self.queue_grew.notify_one();
        Ok(())
    }
}

/// Queues an entry whose bytes no fact has.
pub(super) async fn add(tx: &mut Tx, kind: EntryKind, body: &[u8]) -> Result<()> {
    let add = sqlx::query(ADD).bind(kind.number()).bind(body);
    add.execute(tx.conn()).await?;
    Ok(())
}

/// Queues a Job or a Done.
pub(in crate::store) async fn add_of_job(tx: &mut Tx, kind: EntryKind, job: i64) -> Result<()> {
    let add = sqlx::query(ADD_OF_JOB).bind(kind.number()).bind(job);
    add.execute(tx.conn()).await?;
    Ok(())
}

/// Queues a Prog.
pub(in crate::store) async fn add_program(tx: &mut Tx, name: &str, version: &str) -> Result<()> {
    let add = sqlx::query(ADD_PROGRAM)
        .bind(EntryKind::Prog.number())
        .bind(name)
        .bind(version);
    add.execute(tx.conn()).await?;
    Ok(())
}

/// Queues Certs and Fails: what it is, the number of the job, and the task.
pub(in crate::store) async fn add_decisions(
    tx: &mut Tx,
    decisions: &[(EntryKind, i64, u32)],
) -> Result<()> {
    for (sql, rows) in ADD_DECISIONS.cut(tx.dialect, decisions) {
        let mut query = sqlx::query(sql);
        for (kind, job, task) in rows {
            query = query.bind(kind.number()).bind(*job).bind(i64::from(*task));
        }
        query.execute(tx.conn()).await?;
    }
    Ok(())
}
