//! The proof of a job's results: its bundle, verified under the pinned policy, and that the entries which the results are
//! made of stand in it.

use super::error::LedgerError;
use super::pinning::Pinned;
use super::reader;
use super::source::LogSource;
use crate::client::connection::ApiClient;
use shared::api::problem::ProblemCode;
use shared::ids::Digest;
use shared::job::Input;
use shared::ledger::bundle::{ProofBundle, UsedEntries, VerifiedBundle};
use shared::ledger::checkpoint::Checkpoint;
use shared::verified_job::VerifiedJob;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Tasks whose proof is in memory at once, some 8 KiB each, when the bundle is not to be kept.
const PAGE: u32 = 16_384;
/// Storage nodes hear of a block's certificate a second after it.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long the newest checkpoint may stay behind.
const PATIENCE: Duration = Duration::from_mins(2);
/// Time to wait in silence.
const SILENCE: Duration = Duration::from_secs(5);

/// What a result is compared with the ledger by.
#[derive(Debug)]
pub struct JobProof<'a> {
    /// The coordinator, which may read the job.
    pub client: &'a ApiClient,
    /// Where it serves the ledger.
    pub source: &'a LogSource,
    /// Whose signatures count.
    pub pinned: &'a Pinned,
    /// The job.
    pub job: &'a Arc<VerifiedJob>,
    /// What its result is made of.
    pub used: &'a Arc<UsedEntries>,
}

impl JobProof<'_> {
    /// Checks everything that was used, page by page. The answer is the smallest ledger under which that was so.
    ///
    /// # Errors
    /// The rule that is broken.
    pub async fn check(&self) -> Result<u64, LedgerError> {
        let task_count = self.job.job().task_count;
        let mut size = u64::MAX;
        let mut first = 0;
        while first < task_count {
            let end = first.saturating_add(PAGE).min(task_count);
            let (_, verified) = self.proven(first..end).await?;
            size = size.min(verified.checkpoint.checkpoint.size);
            first = end;
        }
        Ok(size)
    }

    /// The whole bundle, which shows everything that was used, with the list of the job's leaves.
    ///
    /// # Errors
    /// The rule that is broken.
    pub async fn bundle(&self) -> Result<(ProofBundle, VerifiedBundle), LedgerError> {
        self.proven(0..self.job.job().task_count).await
    }

    async fn proven(
        &self,
        tasks: Range<u32>,
    ) -> Result<(ProofBundle, VerifiedBundle), LedgerError> {
        let began = Instant::now();
        let mut said = false;
        loop {
            self.until_covered(began, &mut said).await?;
            match self.fetch(&tasks).await {
                Ok(bundle) => {
                    let head: Checkpoint = bundle.checkpoint_text().parse()?;
                    if self.is_covered(&head) {
                        return self.verify(bundle, tasks).await;
                    }
                }
                Err(LedgerError::Client(error))
                    if error.code() == Some(ProblemCode::NotFound)
                        && began.elapsed() < PATIENCE => {}
                Err(error) => return Err(error),
            }
            // Another storage node has answered, which has not come so far yet.
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    fn is_covered(&self, head: &Checkpoint) -> bool {
        self.used.newest().is_none_or(|newest| newest < head.size)
    }

    /// Waits until the newest checkpoint reaches all that was used.
    async fn until_covered(&self, began: Instant, said: &mut bool) -> Result<(), LedgerError> {
        loop {
            let (_, head) = reader::newest(self.source).await?;
            if self.is_covered(&head) {
                return Ok(());
            }
            if began.elapsed() > PATIENCE {
                let words = format!(
                    "the newest checkpoint has {} entries, and some that were used shall stand behind it",
                    head.size
                );
                return Err(LedgerError::broken("inclusion", words));
            }
            if began.elapsed() > SILENCE && !*said {
                self.client
                    .notice("Waiting for the storage nodes' newest checkpoint");
                *said = true;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn fetch(&self, tasks: &Range<u32>) -> Result<ProofBundle, LedgerError> {
        let policy = Digest::of(self.pinned.text.as_bytes());
        let is_whole = *tasks == (0..self.job.job().task_count);
        let page = (!is_whole).then(|| tasks.clone());
        let bytes = match self.client.proof(self.job.id(), policy, page).await {
            Ok(bytes) => bytes,
            Err(error) if error.code() == Some(ProblemCode::InvalidRequest) => {
                return Err(LedgerError::broken("policy_pinned", error));
            }
            Err(error) => return Err(error.into()),
        };
        let parsing = tokio::task::spawn_blocking(move || ProofBundle::parse(&bytes));
        let parsed = parsing.await.expect("reading a bundle does not panic");
        let mut bundle = parsed.map_err(|error| LedgerError::broken("bundle_text", error))?;
        if bundle.job_id() != self.job.id() {
            let words = format!("it is that of job {}", bundle.job_id());
            return Err(LedgerError::broken("bundle_job", words));
        }
        if self.job.job().input == Input::Chunks {
            bundle.add_leaves(self.job.id(), self.job.leaf_list());
        }
        Ok(bundle)
    }

    async fn verify(
        &self,
        bundle: ProofBundle,
        tasks: Range<u32>,
    ) -> Result<(ProofBundle, VerifiedBundle), LedgerError> {
        let (policy, used) = (self.pinned.policy.clone(), Arc::clone(self.used));
        let verifying = tokio::task::spawn_blocking(move || {
            let verified = bundle.verify(&policy, &BTreeMap::new())?;
            used.check(&tasks, &bundle, &verified)?;
            Ok((bundle, verified))
        });
        verifying.await.expect("verifying a bundle does not panic")
    }
}
