//! What a job's page asks for.

use super::Desk;
use crate::submitter::follow::{OpenJob, follow};
use crate::submitter::rerun::rerun;
use shared::api::jobs::CancelJob;
use shared::codec::Canonical as _;
use shared::ids::JobId;
use shared::job::Cancel;
use shared::page::submit::{Asked, FromSubmitter, LimitsDraft, Trouble, TroubleCode};
use std::rc::Rc;

/// Wait before the coordinator is looked for again, ms; it doubles.
const FIRST_WAIT_MS: u32 = 2_000;
/// Longest such wait, ms.
const LONGEST_WAIT_MS: u32 = 15_000;

impl Desk {
    pub(super) async fn follow(&self, open: Rc<OpenJob>) {
        let mut wait_ms = FIRST_WAIT_MS;
        while !open.is_closed() {
            match self.api().await {
                Ok(api) => return follow(api, self.port.clone(), open).await,
                Err(trouble) => {
                    let what = Asked::Job;
                    let is_temporary = trouble.is_temporary();
                    self.port.post(&FromSubmitter::Failed { what, trouble });
                    if !is_temporary {
                        return;
                    }
                    open.bell.wait(Some(wait_ms)).await;
                    wait_ms = wait_ms.saturating_mul(2).min(LONGEST_WAIT_MS);
                }
            }
        }
    }

    pub(super) async fn cancel(&self) -> Result<(), Trouble> {
        let (job_id, api) = (self.open_id()?, self.api().await?);
        let cancel = Cancel {
            job_id,
            time_ms: api.now(),
        };
        let cancel = Some(api.signed(cancel.encode(api.chain())).await?);
        api.cancel(job_id, &CancelJob { cancel }).await?;
        self.with_open(|open| open.bell.ring());
        Ok(())
    }

    /// Runs the failed tasks of the open job again; whoever follows it sees the new job at once.
    pub(super) async fn rerun(&self, limits: &LimitsDraft) -> Result<(), Trouble> {
        let (id, api) = (self.open_id()?, self.api().await?);
        let mut failed = Rc::default();
        self.with_open(|open| failed = open.failed());
        rerun(&api, id, &failed, limits).await?;
        self.with_open(|open| open.bell.ring());
        Ok(())
    }

    pub(super) fn open_id(&self) -> Result<JobId, Trouble> {
        let open = self.open.borrow();
        let open = open.as_ref().map(|open| open.id);
        open.ok_or_else(|| Trouble::new(TroubleCode::NotFound, "no job is open"))
    }

    pub(super) fn with_open(&self, then: impl FnOnce(&OpenJob)) {
        if let Some(open) = &*self.open.borrow() {
            then(open);
        }
    }

    pub(super) fn close(&self) {
        if let Some(open) = self.open.take() {
            open.close();
        }
    }
}
