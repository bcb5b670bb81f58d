//! A job whose inputs are all there is recorded on the ledger.

use super::{moved, returning_moved};
use crate::store::column::{Columns as _, at};
use crate::store::ledger::{self, EntryKind};
use crate::store::{Lease, Result, Store};
use shared::ids::{JobId, UnixMs};

const BEGIN: &str = returning_moved!(
    "UPDATE jobs SET state = 'recording', waits_for = NULL, last_seq = last_seq + 1 \
     WHERE id = $1 AND state = 'uploading' AND deadline_ms > $2"
);
/// No storage node takes a Job whose deadline has passed.
const TOO_LATE: &str = returning_moved!(
    "UPDATE jobs SET state = 'expired', reason = 'its deadline passed before its inputs were there', \
     ended_at_ms = $2, waits_for = NULL, last_seq = last_seq + 1 WHERE id = $1 AND state = 'uploading'"
);

impl Store {
    /// Queues the Job of an uploading job whose inputs are all there, and writes its `job.state` event, whose number is
    /// the answer. It runs once the Job is stored; when its deadline has passed it ends instead. `None` when the job is
    /// not uploading any more or does not exist.
    ///
    /// # Errors
    /// [`crate::store::StoreError::Fenced`] when the lease is somebody else's now, and then nothing is written.
    pub async fn job_begin(&self, lease: &Lease, id: JobId, now: UnixMs) -> Result<Option<u64>> {
        let mut tx = self.tx("job_begin").await?;
        lease.check(&mut tx).await?;
        let begin = sqlx::query(BEGIN).bind(&id.0[..]).bind(at(now));
        let seq = if let Some(row) = begin.fetch_optional(tx.conn()).await? {
            ledger::queue::add_of_job(&mut tx, EntryKind::Job, row.signed("num")?).await?;
            moved(&mut tx, &row, now).await?
        } else {
            let late = sqlx::query(TOO_LATE).bind(&id.0[..]).bind(at(now));
            let Some(row) = late.fetch_optional(tx.conn()).await? else {
                return Ok(None);
            };
            moved(&mut tx, &row, now).await?
        };
        self.commit_queued(tx).await?;
        Ok(Some(seq))
    }
}
