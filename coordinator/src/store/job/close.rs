//! The end of a job: its Done is queued for the ledger, and it has ended once that is stored.

use super::{JobStage, moved, returning_moved};
use crate::store::column::{Columns as _, at, text};
use crate::store::ledger::{self, EntryKind};
use crate::store::{Lease, Result, Store, StoreError, Tx};
use shared::ids::{JobId, UnixMs};
use shared::ledger::done::DoneReason;

/// How a job ends: the reasons of LEDGER.md's Done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobEnd {
    /// Every task is decided.
    Complete,
    /// By the submitter.
    Cancelled {
        /// LEDGER.md's cancel with its signature.
        cancel: Vec<u8>,
    },
    /// The deadline passed.
    Expired,
    /// By the operator.
    Stopped,
}

/// Where a job stands after [`Store::job_close`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobClosed {
    /// Its Done is queued.
    Closing,
    /// It has ended: nothing of it was on the ledger. This is the number of its `job.state` event.
    Ended(u64),
}

impl JobEnd {
    /// What the Done says.
    #[must_use]
    pub const fn reason(&self) -> DoneReason {
        match self {
            Self::Complete => DoneReason::Complete,
            Self::Cancelled { .. } => DoneReason::Cancelled,
            Self::Expired => DoneReason::Expired,
            Self::Stopped => DoneReason::Stopped,
        }
    }

    /// The stage of a job that ended so.
    #[must_use]
    pub const fn stage(&self) -> JobStage {
        match self {
            Self::Complete => JobStage::Complete,
            Self::Cancelled { .. } => JobStage::Cancelled,
            Self::Expired => JobStage::Expired,
            Self::Stopped => JobStage::Stopped,
        }
    }

    /// The signed cancel; empty unless the submitter ends it.
    #[must_use]
    pub fn cancel(&self) -> &[u8] {
        match self {
            Self::Cancelled { cancel } => cancel,
            _ => &[],
        }
    }

    pub(in crate::store) fn from_columns(reason: u8, cancel: Option<Vec<u8>>) -> Result<Self> {
        match (DoneReason::from_number(reason), cancel) {
            (Some(DoneReason::Complete), None) => Ok(Self::Complete),
            (Some(DoneReason::Cancelled), Some(cancel)) => Ok(Self::Cancelled { cancel }),
            (Some(DoneReason::Expired), None) => Ok(Self::Expired),
            (Some(DoneReason::Stopped), None) => Ok(Self::Stopped),
            _ => Err(StoreError::Corrupt("jobs.end_reason")),
        }
    }
}

const CLOSE: &str = "UPDATE jobs SET state = 'closing', reason = $2, end_reason = $3, cancel = $4 \
     WHERE id = $1 AND state IN ('recording', 'running') RETURNING num";
const END: &str = returning_moved!(
    "UPDATE jobs SET state = $2, reason = $3, ended_at_ms = $4, waits_for = NULL, last_seq = last_seq + 1 \
     WHERE id = $1 AND state = 'uploading'"
);

impl Store {
    /// Queues the Done of a job: no decision on its tasks is committed any more. A job that is not on its way to the
    /// ledger yet ends at once. `None` when it ends or has ended already, or does not exist: the first end stands.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the lease is somebody else's now, and then nothing is written.
    pub async fn job_close(
        &self,
        lease: &Lease,
        id: JobId,
        end: &JobEnd,
        reason: Option<&str>,
        now: UnixMs,
    ) -> Result<Option<JobClosed>> {
        let mut tx = self.tx("job_close").await?;
        lease.check(&mut tx).await?;
        let cancel = Some(end.cancel()).filter(|cancel| !cancel.is_empty());
        let close = sqlx::query(CLOSE)
            .bind(&id.0[..])
            .bind(reason.map(text))
            .bind(i64::from(end.reason().number()))
            .bind(cancel);
        if let Some(row) = close.fetch_optional(tx.conn()).await? {
            ledger::queue::add_of_job(&mut tx, EntryKind::Done, row.signed("num")?).await?;
            self.commit_queued(tx).await?;
            return Ok(Some(JobClosed::Closing));
        }
        let closed = end_unrecorded(&mut tx, id, end, reason, now).await?;
        tx.commit().await?;
        Ok(closed.map(JobClosed::Ended))
    }
}

/// Ends a job of which nothing is queued for the ledger.
async fn end_unrecorded(
    tx: &mut Tx,
    id: JobId,
    end: &JobEnd,
    reason: Option<&str>,
    now: UnixMs,
) -> Result<Option<u64>> {
    let query = sqlx::query(END)
        .bind(&id.0[..])
        .bind(end.stage().word())
        .bind(reason.map(text))
        .bind(at(now));
    match query.fetch_optional(tx.conn()).await? {
        Some(row) => Ok(Some(moved(tx, &row, now).await?)),
        None => Ok(None),
    }
}
