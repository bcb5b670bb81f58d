//! The decided tasks of one job and of its subset jobs as they come in: each is verified before anything is done with it,
//! its output is kept on disk.

use super::connection::ApiClient;
use super::error::ClientError;
use super::spool::{Piece, Spool};
use futures_util::{StreamExt as _, TryStreamExt as _};
use shared::api::jobs::TaskResult;
use shared::collected::{Collected, TaskFate, Votes};
use shared::ids::JobId;
use shared::ledger::bundle::UsedEntries;
use shared::outcome::Status;
use shared::subset::merge_by_leaf;
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
    /// Takes a verified task of `job` with its output, where that was fetched.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn record(
        &mut self,
        job: JobId,
        result: &TaskResult,
        output: Option<&[u8]>,
    ) -> Result<(), ClientError>;
}

/// The tasks of one job, verified, together with those of the jobs that run its tasks again.
#[derive(Debug)]
pub struct Collection {
    /// The job itself, then its subset jobs, oldest first.
    parts: Vec<Part>,
    /// What the parts come to, when there are several.
    merged: Vec<TaskFate<Piece>>,
    spool: Spool,
    recorder: Option<Box<dyn Recorder>>,
}

#[derive(Debug)]
struct Part {
    job: Arc<VerifiedJob>,
    collected: Collected<Piece>,
    /// The entries that the result is made of.
    used: UsedEntries,
}

impl Part {
    fn new(job: Arc<VerifiedJob>) -> Self {
        let collected = Collected::new(job.job().task_count);
        Self {
            job,
            collected,
            used: UsedEntries::default(),
        }
    }

    /// The task of the collection's job that a task of this part is.
    fn task_of(&self, task: u32) -> u32 {
        let at = usize::try_from(task).ok();
        let of_parent = at.and_then(|at| self.job.parent_tasks().get(at));
        of_parent.copied().unwrap_or(task)
    }

    fn is_complete(&self) -> bool {
        self.collected.decided() == self.job.job().task_count
    }
}

impl Collection {
    /// Nothing yet; outputs will lie in `directory`.
    ///
    /// # Errors
    /// When the directory cannot be written to.
    pub fn new(job: Arc<VerifiedJob>, directory: &Path) -> Result<Self, ClientError> {
        Ok(Self {
            parts: vec![Part::new(job)],
            merged: Vec::new(),
            spool: Spool::new(directory)?,
            recorder: None,
        })
    }

    /// Counts a subset job too, which is newer than those that are counted already. One that is counted stays as it is.
    pub fn add_subset(&mut self, job: Arc<VerifiedJob>) {
        if !self.counts(job.id()) {
            self.parts.push(Part::new(job));
            self.merge();
        }
    }

    /// Whether the tasks of this job are counted.
    #[must_use]
    pub fn counts(&self, id: JobId) -> bool {
        self.parts.iter().any(|part| part.job.id() == id)
    }

    /// The job, and those that run its tasks again, oldest first.
    pub fn jobs(&self) -> impl Iterator<Item = &Arc<VerifiedJob>> {
        self.parts.iter().map(|part| &part.job)
    }

    /// The job.
    #[must_use]
    pub fn job(&self) -> &Arc<VerifiedJob> {
        &self.own().job
    }

    fn own(&self) -> &Part {
        self.parts
            .first()
            .expect("the job itself is the first part")
    }

    /// What came of each task, in task order: the newest good answer of the job and of its subset jobs.
    #[must_use]
    pub fn tasks(&self) -> &[TaskFate<Piece>] {
        match self.parts.as_slice() {
            [own] => own.collected.tasks(),
            _ => &self.merged,
        }
    }

    /// Brings [`tasks`](Self::tasks) up to date with what was taken.
    pub fn merge(&mut self) {
        let Some((own, subsets)) = self
            .parts
            .split_first()
            .filter(|(_, rest)| !rest.is_empty())
        else {
            return;
        };
        let subsets = subsets
            .iter()
            .map(|part| (part.job.parent_tasks(), part.collected.tasks()));
        self.merged = merge_by_leaf(own.collected.tasks(), subsets);
    }

    /// How many tasks of a job that is counted are decided and verified.
    #[must_use]
    pub fn decided(&self, id: JobId) -> u32 {
        let part = self.parts.iter().find(|part| part.job.id() == id);
        part.map_or(0, |part| part.collected.decided())
    }

    /// Votes in the verified entries of all parts.
    #[must_use]
    pub fn votes(&self) -> Votes {
        let mut sum = Votes::default();
        for part in &self.parts {
            let votes = part.collected.votes();
            sum.counted += votes.counted;
            sum.outvoted += votes.outvoted;
        }
        sum
    }

    /// The entries that the result is made of, which must be on the ledger.
    #[must_use]
    pub fn used(&self) -> UsedEntries {
        let mut all = UsedEntries::default();
        for part in &self.parts {
            all.extend(&part.used);
        }
        all
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
        for at in 0..self.parts.len() {
            self.fetch_part(client, at).await?;
        }
        self.merge();
        Ok(())
    }

    async fn fetch_part(&mut self, client: &ApiClient, at: usize) -> Result<(), CollectError> {
        let Some(part) = self.parts.get(at).filter(|part| !part.is_complete()) else {
            return Ok(());
        };
        let id = part.job.id();
        let mut after = part.collected.asked_after();
        loop {
            let page = client.results(id, after).await?;
            self.take_fetched(client, at, page.results).await?;
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
        at: usize,
        mut results: Vec<TaskResult>,
    ) -> Result<(), CollectError> {
        let Some(part) = self.parts.get(at) else {
            return Ok(());
        };
        // What is not stored may still be refused and decided anew.
        results.retain(|result| result.index.is_some() && part.collected.is_open(result.task));
        let verdicts = verify(&part.job, results).await?;
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
            self.keep(at, &result, &verdict, output.as_deref())?;
        }
        Ok(())
    }

    /// Verifies and keeps decided tasks of a job that is counted, which lie here already. After all of them,
    /// [`merge`](Self::merge).
    ///
    /// # Errors
    /// The rule that is broken.
    pub async fn take(&mut self, id: JobId, received: Vec<Received>) -> Result<(), CollectError> {
        let found = self.parts.iter().position(|part| part.job.id() == id);
        let Some((at, part)) = found.and_then(|at| Some((at, self.parts.get(at)?))) else {
            return Ok(());
        };
        let (results, outputs): (Vec<_>, Vec<_>) = received
            .into_iter()
            .map(|one| (one.result, one.output))
            .unzip();
        let verdicts = verify(&part.job, results).await?;
        for ((result, verdict), output) in verdicts.into_iter().zip(outputs) {
            self.keep(at, &result, &verdict, output.as_deref())?;
        }
        Ok(())
    }

    fn keep(
        &mut self,
        at: usize,
        result: &TaskResult,
        verdict: &Verdict,
        output: Option<&[u8]>,
    ) -> Result<(), CollectError> {
        if let Verdict::Accepted(cert) = verdict {
            check_received(cert, output)?;
        }
        let part = self.parts.get_mut(at);
        let Some(part) = part.filter(|part| part.collected.is_open(verdict.task())) else {
            return Ok(());
        };
        if let Some(recorder) = &mut self.recorder {
            recorder.record(part.job.id(), result, output)?;
        }
        let piece = match verdict {
            Verdict::Accepted(cert) if cert.outcome.status == Status::Ok => {
                Some(self.spool.append(output.unwrap_or_default())?)
            }
            _ => None,
        };
        // What an output came from, and whatever the job itself says of a task.
        if let Some(index) = result.index
            && (piece.is_some() || at == 0)
        {
            let task = part.task_of(verdict.task());
            part.used.note(task, &result.entry, index);
        }
        part.collected.keep(verdict, piece);
        Ok(())
    }
}

async fn verify(
    job: &Arc<VerifiedJob>,
    results: Vec<TaskResult>,
) -> Result<Vec<(TaskResult, Verdict)>, VerifyError> {
    let job = Arc::clone(job);
    let checking = tokio::task::spawn_blocking(move || check_all(&job, results));
    checking
        .await
        .expect("checking a certificate does not panic")
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
