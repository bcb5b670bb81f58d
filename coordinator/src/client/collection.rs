//! The decided tasks of one job as they come in: each is verified before anything is done with it, its output is kept on
//! disk.

use super::connection::ApiClient;
use super::error::ClientError;
use super::spool::{Piece, Spool};
use futures_util::{StreamExt as _, TryStreamExt as _};
use shared::api::jobs::TaskResult;
use shared::collected::{Collected, TaskFate, Votes};
use shared::outcome::Status;
use shared::verified_job::{Verdict, VerifiedJob, VerifyError, check_received, wants_output};
use std::path::Path;
use std::sync::Arc;

/// Large outputs fetched at once.
const FETCHES_AT_ONCE: usize = 6;

/// Why a collection cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The coordinator.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A rule is broken.
    #[error(transparent)]
    Verify(#[from] VerifyError),
}

/// A decided task with its output, where that came along.
#[derive(Debug)]
pub struct Received {
    /// What the coordinator says, and the entry that proves it.
    pub result: TaskResult,
    /// The output, as yet unchecked; `None` when it was not asked for.
    pub output: Option<Vec<u8>>,
}

/// Keeps verified tasks elsewhere too.
pub trait Recorder: std::fmt::Debug + Send {
    /// Takes a verified task with its output, where that was fetched.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn record(&mut self, result: &TaskResult, output: Option<&[u8]>) -> Result<(), ClientError>;
}

/// The tasks of one job, verified.
#[derive(Debug)]
pub struct Collection {
    job: Arc<VerifiedJob>,
    spool: Spool,
    collected: Collected<Piece>,
    recorder: Option<Box<dyn Recorder>>,
}

impl Collection {
    /// Nothing yet; outputs will lie in `directory`.
    ///
    /// # Errors
    /// When the directory cannot be written to.
    pub fn new(job: Arc<VerifiedJob>, directory: &Path) -> Result<Self, ClientError> {
        Ok(Self {
            collected: Collected::new(job.job().task_count),
            job,
            spool: Spool::new(directory)?,
            recorder: None,
        })
    }

    /// The job.
    #[must_use]
    pub const fn job(&self) -> &Arc<VerifiedJob> {
        &self.job
    }

    /// What came of each task, in task order.
    #[must_use]
    pub fn tasks(&self) -> &[TaskFate<Piece>] {
        self.collected.tasks()
    }

    /// How many tasks are decided and verified.
    #[must_use]
    pub const fn decided(&self) -> u32 {
        self.collected.decided()
    }

    /// Votes in the verified entries.
    #[must_use]
    pub const fn votes(&self) -> Votes {
        self.collected.votes()
    }

    /// From now on every verified task goes to `recorder` too.
    pub fn copy_to(&mut self, recorder: Box<dyn Recorder>) {
        self.recorder = Some(recorder);
    }

    /// Where the outputs are.
    pub const fn spool(&mut self) -> &mut Spool {
        &mut self.spool
    }

    /// Fetches, verifies and keeps everything that is decided and not here yet.
    ///
    /// # Errors
    /// When the coordinator cannot be reached for good, or a rule is broken.
    pub async fn fetch(&mut self, client: &ApiClient) -> Result<(), CollectError> {
        let mut after = self.collected.asked_after();
        loop {
            let page = client.results(self.job.id(), after).await?;
            let new: Vec<_> = page
                .results
                .into_iter()
                .filter(|result| self.collected.is_open(result.task))
                .collect();
            self.take_fetched(client, new).await?;
            if !page.more {
                return Ok(());
            }
            if page.last_task <= after {
                return Err(ClientError::NotUnderstood {
                    url: client.address().text(),
                    reason: "its pages of results do not go forward".into(),
                }
                .into());
            }
            after = page.last_task;
        }
    }

    async fn take_fetched(
        &mut self,
        client: &ApiClient,
        results: Vec<TaskResult>,
    ) -> Result<(), CollectError> {
        let verdicts = self.verify(results).await?;
        let outputs = futures_util::stream::iter(verdicts)
            .map(|(mut result, verdict)| async move {
                let output = match (result.output.take(), &verdict) {
                    (Some(output), _) => Some(output),
                    (None, Verdict::Accepted(cert)) if wants_output(cert) => {
                        let outcome = &cert.outcome;
                        let blob = client.blob(outcome.output_sha256, outcome.output_len);
                        Some(blob.await?.to_vec())
                    }
                    (None, _) => None,
                };
                Ok::<_, ClientError>((result, verdict, output))
            })
            .buffered(FETCHES_AT_ONCE);
        let mut outputs = std::pin::pin!(outputs);
        while let Some((result, verdict, output)) = outputs.try_next().await? {
            self.keep(&result, &verdict, output.as_deref())?;
        }
        Ok(())
    }

    /// Verifies and keeps decided tasks that lie here already.
    ///
    /// # Errors
    /// The rule that is broken.
    pub async fn take(&mut self, received: Vec<Received>) -> Result<(), CollectError> {
        let (results, outputs): (Vec<_>, Vec<_>) = received
            .into_iter()
            .map(|one| (one.result, one.output))
            .unzip();
        let verdicts = self.verify(results).await?;
        for ((result, verdict), output) in verdicts.into_iter().zip(outputs) {
            self.keep(&result, &verdict, output.as_deref())?;
        }
        Ok(())
    }

    async fn verify(
        &self,
        results: Vec<TaskResult>,
    ) -> Result<Vec<(TaskResult, Verdict)>, VerifyError> {
        let job = Arc::clone(&self.job);
        let checking = tokio::task::spawn_blocking(move || check_all(&job, results));
        checking
            .await
            .expect("checking a certificate does not panic")
    }

    fn keep(
        &mut self,
        result: &TaskResult,
        verdict: &Verdict,
        output: Option<&[u8]>,
    ) -> Result<(), CollectError> {
        if let Verdict::Accepted(cert) = verdict {
            check_received(cert, output)?;
        }
        if !self.collected.is_open(verdict.task()) {
            return Ok(());
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.record(result, output)?;
        }
        let piece = match verdict {
            Verdict::Accepted(cert) if cert.outcome.status == Status::Ok => {
                Some(self.spool.append(output.unwrap_or_default())?)
            }
            _ => None,
        };
        self.collected.keep(verdict, piece);
        Ok(())
    }
}

/// Checks every entry, on all cores.
fn check_all(
    job: &VerifiedJob,
    results: Vec<TaskResult>,
) -> Result<Vec<(TaskResult, Verdict)>, VerifyError> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = results.len().div_ceil(cores).max(1);
    let check = |share: &[TaskResult]| -> Result<Vec<Verdict>, VerifyError> {
        share.iter().map(|result| job.check(result)).collect()
    };
    let verdicts: Vec<Result<Vec<Verdict>, VerifyError>> = std::thread::scope(|scope| {
        let threads: Vec<_> = results
            .chunks(share)
            .map(|share| scope.spawn(move || check(share)))
            .collect();
        threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .expect("checking a certificate does not panic")
            })
            .collect()
    });
    let mut checked = Vec::with_capacity(results.len());
    for share in verdicts {
        checked.extend(share?);
    }
    Ok(results.into_iter().zip(checked).collect())
}
