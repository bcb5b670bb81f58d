//! From a job on a coordinator, or in a directory, to its verified result in a file or on stdout.

use super::list::state;
use super::progress::TaskBar;
use super::proof;
use crate::cli::coordinator_args::Session;
use crate::cli::failure::{Exit, usage, with_exit};
use crate::cli::interrupt::Left;
use crate::cli::print::{plain, size};
use crate::client::collection::Collection;
use crate::client::connection::ApiClient;
use crate::client::error::ClientError;
use crate::client::output_file::{Output, Written};
use crate::client::program_of::JobProgram;
use crate::client::reduction::{Reduced, Reduction};
use crate::client::waiting::Waiting;
use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::{Value, json};
use shared::api::jobs::{JobState, JobView};
use shared::collected::{Incomplete, incomplete};
use shared::ids::JobId;
use shared::leaf::Leaf;
use shared::subset::{Lacking, MAX_SUBSETS};
use shared::verified_job::{VerifiedJob, VerifyError};
use std::path::PathBuf;
use std::sync::Arc;

/// What becomes of the result.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Result")]
pub(in crate::cli) struct OutputArgs {
    /// Write the result here; without it, or with -, it goes to stdout (with --json it is only described)
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Reduce what there is although some tasks failed or are not done
    #[arg(long)]
    partial: bool,
    /// Also write the proof bundle here: with your pinned policy it shows offline, for ever, that the result is the
    /// ledger's (see: manyhands ledger verify --proof FILE)
    #[arg(long, value_name = "FILE")]
    pub(super) proof: Option<PathBuf>,
}

impl OutputArgs {
    /// Whether anything was said about the result.
    pub(super) const fn is_given(&self) -> bool {
        self.output.is_some() || self.partial || self.proof.is_some()
    }
}

/// A job whose verified outputs are being collected.
#[derive(Debug)]
pub(super) struct Collecting {
    pub(super) collection: Collection,
    reduction: Reduction,
    /// As the coordinator tells it.
    pub(super) view: Option<JobView>,
}

/// Fetches a job and checks that it is the one that was signed.
pub(super) async fn verified_job(client: &ApiClient, view: &JobView) -> Result<VerifiedJob> {
    let leaves = match view.leaves_sha256 {
        Some(sha256) => {
            let max = u64::from(view.task_count).saturating_mul(Leaf::CHUNK_LEN as u64);
            client.blob(sha256, max).await?
        }
        None => bytes::Bytes::new(),
    };
    let (chain, job_id, job) = (client.chain(), view.job_id, view.job.clone());
    // Hashing a million leaves takes a while.
    let checking =
        tokio::task::spawn_blocking(move || VerifiedJob::new(chain, job_id, &job, &leaves));
    match checking.await.expect("checking a job does not panic") {
        Err(VerifyError::Subset { parent }) => Err(usage(format!(
            "job {job_id} runs tasks of job {parent} again; its results are part of that one: manyhands job results {parent}"
        ))),
        checked => Ok(checked?),
    }
}

/// Counts the jobs that run tasks of the collection's job again, as far as `view` names them.
pub(super) async fn add_subsets(
    client: &ApiClient,
    view: &JobView,
    collection: &mut Collection,
) -> Result<()> {
    if view.subsets.len() > MAX_SUBSETS {
        let reason = format!("it names more than {MAX_SUBSETS} jobs that run tasks of one again");
        let url = client.address().text();
        return Err(ClientError::NotUnderstood { url, reason }.into());
    }
    for id in &view.subsets {
        if collection.counts(*id) {
            continue;
        }
        let view = client.job(*id).await?;
        let max = u64::from(view.task_count).saturating_mul(Leaf::SUBSET_LEN as u64);
        let leaves = match view.leaves_sha256 {
            Some(sha256) => client.blob(sha256, max).await?,
            None => bytes::Bytes::new(),
        };
        let parent = Arc::clone(collection.job());
        let id = *id;
        let checking = tokio::task::spawn_blocking(move || parent.subset(id, &view.job, &leaves));
        let subset = checking.await.expect("checking a job does not panic")?;
        collection.add_subset(Arc::new(subset));
    }
    Ok(())
}

impl Collecting {
    /// Begins with the job `id`.
    pub(super) async fn begin(session: &Session, id: JobId) -> Result<Self> {
        let client = &session.client;
        let view = client.job(id).await?;
        if view.job_id != id {
            let reason = format!("it gave job {} for {id}", view.job_id);
            let url = client.address().text();
            return Err(ClientError::NotUnderstood { url, reason }.into());
        }
        let job = Arc::new(verified_job(client, &view).await?);
        let program = JobProgram::fetch(client, &view.program, job.job()).await?;
        let reduction = program.reduction(job.job())?;
        let mut collection = Collection::new(job, &session.scratch)?;
        add_subsets(client, &view, &mut collection).await?;
        Ok(Self {
            collection,
            reduction,
            view: Some(view),
        })
    }

    /// Begins with a job that lies here already.
    pub(super) fn offline(collection: Collection, program: &JobProgram) -> Result<Self> {
        let reduction = program.reduction(collection.job().job())?;
        Ok(Self {
            collection,
            reduction,
            view: None,
        })
    }

    /// Fetches, verifies and folds until the job has ended, and those that run its tasks again.
    pub(super) async fn wait(&mut self, session: &Session) -> Result<()> {
        let own = Arc::clone(self.collection.job());
        self.view = Some(self.wait_for(session, &own).await?);
        let mut waited = vec![own.id()];
        loop {
            let mut jobs = self.collection.jobs();
            let next = jobs.find(|job| !waited.contains(&job.id())).cloned();
            drop(jobs);
            let Some(next) = next else { return Ok(()) };
            self.wait_for(session, &next).await?;
            waited.push(next.id());
        }
    }

    async fn wait_for(&mut self, session: &Session, job: &VerifiedJob) -> Result<JobView> {
        let (id, task_count) = (job.id(), job.job().task_count);
        let mut bar = TaskBar::new(&session.left, task_count);
        let mut waiting = Waiting::new(&session.client, id);
        loop {
            let view = waiting.next().await?;
            bar.show(&view);
            let tasks = &view.tasks;
            let stored = tasks.stored.saturating_add(tasks.failed);
            let new = stored.saturating_sub(self.collection.decided(id));
            if view.state.has_ended() {
                add_subsets(&session.client, &view, &mut self.collection).await?;
                bar.say("verifying");
                self.fetch(session).await?;
                bar.finish();
                return Ok(view);
            }
            // Each look reads again from the first open task on, so it must be worth it.
            if new >= (task_count / 16).max(8) {
                self.fetch(session).await?;
            }
        }
    }

    /// Fetches, verifies and folds what is decided.
    pub(super) async fn fetch(&mut self, session: &Session) -> Result<()> {
        self.collection.fetch(&session.client).await?;
        Ok(self.reduction.advance(&mut self.collection).await?)
    }

    fn why_incomplete(&self, without: &Incomplete) -> String {
        let id = self.collection.job().id();
        let hint = match self.view.as_ref().map(|view| view.state) {
            Some(JobState::Uploading | JobState::Running) => "--wait waits for the rest".to_owned(),
            Some(ended @ (JobState::Cancelled | JobState::Expired | JobState::Stopped)) => {
                format!("the job is {}", state(ended))
            }
            _ => {
                let lacking = Lacking::of(self.collection.tasks());
                let more = lacking.limits().map(|name| format!(" --limit {name}=MORE"));
                let mut more: String = more.collect();
                if more.is_empty() {
                    " --limit NAME=VALUE".clone_into(&mut more);
                }
                format!(
                    "see: manyhands job log {id} --task {}; run them again with other limits: manyhands job submit --rerun {id}{more}",
                    without.first
                )
            }
        };
        format!("job {id}: {without}; {hint}")
    }

    /// Compares the certificates with the ledger, unless there is no `session` to ask for it, reduces and writes the
    /// result, and says what came of the job.
    pub(super) async fn finish(
        mut self,
        args: &OutputArgs,
        session: Option<&Session>,
        json: bool,
        left: &Left,
    ) -> Result<Value> {
        let without = incomplete(self.collection.tasks());
        if let Some(without) = without.as_ref().filter(|_| !args.partial) {
            return Err(with_exit(Exit::Failed, self.why_incomplete(without)));
        }
        let on_ledger = match session {
            Some(session) => {
                Some(proof::compare(session, &self.collection, args.proof.as_deref()).await?)
            }
            None => None,
        };
        let reduced = self
            .reduction
            .finish(&mut self.collection, args.partial)
            .await?;
        let output = Output::of(args.output.as_deref(), json);
        let written = write(&mut self.collection, reduced, &output)
            .with_context(|| format!("cannot write the result to {output}"))?;
        let subsets: Vec<JobId> = self.collection.jobs().skip(1).map(|job| job.id()).collect();
        let job = self.collection.job();
        let votes = self.collection.votes();
        let tasks = job.job().task_count;
        let missing = without.map_or(0, |without| without.missing);
        let (verified, where_from) = match &on_ledger {
            Some(ledger) => {
                let (entries, origin) = (ledger.size, plain(&ledger.origin));
                ("Verified", format!(" on the {entries} entries of {origin}"))
            }
            None => ("Checked", ", not compared with the ledger".to_owned()),
        };
        left.say(&format!(
            "{verified} {} votes of {} tasks ({} outvoted){where_from}; result: {} to {output}",
            votes.counted,
            tasks.saturating_sub(missing),
            votes.outvoted,
            size(written.bytes)
        ));
        if missing > 0 {
            left.say(&format!(
                "The result is partial: {missing} of {tasks} tasks have no output in it."
            ));
        }
        Ok(json!({
            "job_id": job.id(),
            "subsets": subsets,
            "state": self.view.as_ref().map(|view| view.state),
            "task_count": tasks,
            "accepted": tasks.saturating_sub(missing),
            "missing": missing,
            "votes": votes.counted,
            "dissent": votes.outvoted,
            "partial": missing > 0,
            "verified": on_ledger.is_some(),
            "ledger_size": on_ledger.map(|ledger| ledger.size),
            "proof": args.proof,
            "output": args.output,
            "output_bytes": written.bytes,
            "output_sha256": written.sha256,
        }))
    }
}

fn write(collection: &mut Collection, reduced: Reduced, output: &Output) -> Result<Written> {
    let written = match reduced {
        Reduced::Bytes(bytes) => output.write(|out| out.write_all(&bytes)),
        Reduced::Pieces(pieces) => {
            let spool = collection.spool();
            output.write(|mut out| spool.copy(&pieces, &mut out))
        }
    };
    Ok(written?)
}
