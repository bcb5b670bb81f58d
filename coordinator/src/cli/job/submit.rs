//! `job submit`: split, hash, sign, submit, upload; with `--wait` also wait, verify, reduce and write.

use super::progress::UploadBars;
use super::rerun::{RerunArgs, summary};
use super::result::{Collecting, OutputArgs};
use super::results::PATIENCE;
use crate::cli::coordinator_args::{CoordinatorArgs, Session};
use crate::cli::failure::{unreadable, usage};
use crate::cli::interrupt::Left;
use crate::cli::module_file::{is_module_path, read_module};
use crate::cli::program_input::{InputArgs, ProgramInput, ToolArgs};
use crate::client::publication::publish;
use crate::client::submission::{PreparedJob, Progress, Submission, SubmissionInput};
use anyhow::{Context as _, Result};
use bytes::Bytes;
use clap::Args;
use serde_json::json;
use shared::api::jobs::MAX_TITLE_CHARS;
use shared::api::programs::ProgramView;
use shared::ids::{Digest, JobId, JobSeed};
use shared::job::{MIN_TRUST, Policy};
use shared::local_program::LocalProgram;
use shared::manifest::Manifest;
use shared::wish::{self, LimitArg, Wish};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) const EXAMPLES: &str = "Examples:
  \
    manyhands job submit --program wordcount --input book.txt --wait --output counts.tsv
  \
    manyhands job submit --program wordcount --input book.txt --split lines:64KiB --trust 5
  \
    manyhands job submit --program mandelbrot --range 0..256 --chunk 4 --arg width=1024
  \
    manyhands job submit --program align --input db.fa --split fasta:64KiB --common query.fa
  \
    manyhands job submit --program ./tool.wasm --input data.txt -- --verbose -n 3
  \
    manyhands job submit --rerun JOB --tasks failed --limit memory=512MiB --wait --output all.tsv";

/// The job.
#[derive(Debug, Args)]
pub(in crate::cli) struct SubmitArgs {
    /// The program: NAME, NAME@VERSION, or a .wasm file, which is published ad hoc first
    #[arg(
        long,
        value_name = "NAME[@VERSION] | FILE.wasm",
        required_unless_present = "rerun"
    )]
    program: Option<String>,
    /// The manifest of a file [default: the module's custom section `manyhands`]
    #[arg(long, value_name = "FILE", requires = "program")]
    manifest: Option<PathBuf>,
    #[command(flatten)]
    input: InputArgs,
    /// A file that every task can read as /common
    #[arg(long, help_heading = "Input", value_name = "FILE")]
    common: Option<PathBuf>,
    #[command(flatten)]
    tool: ToolArgs,
    #[command(flatten)]
    rerun: RerunArgs,
    /// Volunteers asked for each task: odd, 3 to 15; more than half must give the same answer [default: 3, or as the job
    /// that is rerun]
    #[arg(long, help_heading = "Job", value_name = "K", value_parser = wish::trust)]
    pub(super) trust: Option<u8>,
    /// How volunteers are chosen: balanced, random, fast, proven, diverse or pool:NAME [default: balanced, or as the job
    /// that is rerun]
    #[arg(long, help_heading = "Job")]
    pub(super) policy: Option<Policy>,
    /// Limits of each task: fuel=N, memory=SIZE, output=SIZE, wall=SECONDS [default: the program's, or those of the job
    /// that is rerun]
    #[arg(long = "limit", help_heading = "Job", value_name = "NAME=VALUE")]
    pub(super) limits: Vec<LimitArg>,
    /// Seed of the random numbers that the program sees: a number or 64 hex digits
    #[arg(long, help_heading = "Job", default_value = "0", value_parser = wish::seed)]
    seed: JobSeed,
    /// A title in plain text; volunteers see it
    #[arg(
        long,
        help_heading = "Job",
        default_value = "",
        hide_default_value = true
    )]
    pub(super) title: String,
    /// Wait until the job has ended, then verify, reduce and write the result
    #[arg(long, help_heading = "Result")]
    wait: bool,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    coordinator: CoordinatorArgs,
}

impl SubmitArgs {
    pub(super) async fn run(&self, left: &Left) -> Result<()> {
        self.check()?;
        match (self.rerun.job(), &self.program) {
            (Some(job), _) => self.run_again(job, left).await,
            (None, Some(program)) => self.run_new(program, left).await,
            (None, None) => Err(usage("give a --program, or --rerun JOB")),
        }
    }

    async fn run_again(&self, job: JobId, left: &Left) -> Result<()> {
        let mut session = self.coordinator.connect_as_submitter(left).await?;
        session.be_patient(PATIENCE);
        let (collecting, posted) = self.rerun.post(&session, job, self).await?;
        if !self.wait {
            let summary = summary(&posted, job);
            return session.print.show(&summary, || posted.id().to_string());
        }
        self.take_result(&session, collecting, left).await
    }

    async fn run_new(&self, program: &str, left: &Left) -> Result<()> {
        let local = self.local_program(program)?;
        let mut session = self.coordinator.connect_as_submitter(left).await?;
        session.be_patient(PATIENCE);
        let program = self.find_program(program, &session, local.as_ref()).await?;
        let submission = self.submission(&session, &program)?;
        let prepared = self.hand_over(&session, submission).await?;
        let id = prepared.id();
        if !self.wait {
            let summary = json!({ "job_id": id, "task_count": prepared.task_count(), "program": name(&program) });
            return session.print.show(&summary, || id.to_string());
        }
        let collecting = Collecting::begin(&session, id).await?;
        self.take_result(&session, collecting, left).await
    }

    /// The program, when it is a file.
    fn local_program(&self, program: &str) -> Result<Option<LocalProgram>> {
        if is_module_path(program) {
            return read_module(Path::new(program), self.manifest.as_deref()).map(Some);
        }
        if self.manifest.is_some() {
            return Err(usage(format!(
                "--manifest goes with a .wasm file; {program} is a published program, which has its own"
            )));
        }
        Ok(None)
    }

    async fn take_result(
        &self,
        session: &Session,
        mut collecting: Collecting,
        left: &Left,
    ) -> Result<()> {
        collecting.wait(session).await?;
        let summary = collecting
            .finish(&self.output, Some(session), session.print.is_json(), left)
            .await?;
        if session.print.is_json() {
            return session.print.show(&summary, String::new);
        }
        Ok(())
    }

    /// What can be said without the coordinator.
    fn check(&self) -> Result<()> {
        if self.rerun.job().is_none() {
            self.input.check()?;
        }
        if let Some(common) = &self.common {
            std::fs::metadata(common).map_err(|error| unreadable(common, &error))?;
        }
        if self.title.chars().count() > MAX_TITLE_CHARS {
            return Err(usage(format!(
                "the title has more than {MAX_TITLE_CHARS} characters"
            )));
        }
        if !self.wait && self.output.is_given() {
            return Err(usage(
                "--output, --partial and --proof need --wait; or read the result later with: manyhands job results",
            ));
        }
        Ok(())
    }

    async fn find_program(
        &self,
        program: &str,
        session: &Session,
        local: Option<&LocalProgram>,
    ) -> Result<ProgramView> {
        let Some(local) = local else {
            return Ok(session.client.program(program).await?);
        };
        let view = publish(local, &session.client, true).await?;
        session
            .left
            .say(&format!("Published {program} as {}", name(&view)));
        Ok(view)
    }

    fn submission(&self, session: &Session, program: &ProgramView) -> Result<Submission> {
        let manifest = Manifest::parse(&program.manifest)
            .with_context(|| format!("the program {} cannot be used", name(program)))?;
        let server = &session.client.status().limits;
        let input = match self
            .input
            .open(&manifest, server.chunk_bytes, server.tasks)?
        {
            ProgramInput::Files(files) => SubmissionInput::Files(Arc::new(files)),
            ProgramInput::Range(range) => SubmissionInput::Range(range),
        };
        let common = self.read_common(server.chunk_bytes)?;
        let wish = Wish {
            module_sha256: program.module_sha256,
            manifest_sha256: Digest::of(&program.manifest),
            argv_mode: manifest.argv_mode,
            args: self.tool.args_for(&manifest)?,
            common_sha256: common
                .as_ref()
                .map_or(Digest::NONE, |bytes| Digest::of(bytes)),
            trust: self.trust.unwrap_or(MIN_TRUST),
            policy: self.policy.clone().unwrap_or(Policy::Balanced),
            limits: wish::limits(manifest.limits, &self.limits),
            seed: self.seed,
        };
        Ok(Submission {
            wish,
            common,
            input,
            title: self.title.clone(),
        })
    }

    fn read_common(&self, max: u64) -> Result<Option<Bytes>> {
        let Some(path) = &self.common else {
            return Ok(None);
        };
        let size = std::fs::metadata(path)
            .map_err(|error| unreadable(path, &error))?
            .len();
        if size > max {
            let path = path.display();
            return Err(usage(format!(
                "the common file {path} has {size} bytes; this coordinator takes at most {max}"
            )));
        }
        let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
        Ok(Some(bytes.into()))
    }

    /// Signs the job, records it on the coordinator and uploads what is missing there.
    async fn hand_over(&self, session: &Session, submission: Submission) -> Result<PreparedJob> {
        let client = &session.client;
        let total = match &submission.input {
            SubmissionInput::Files(files) => files.total_bytes(),
            SubmissionInput::Range(_) => 0,
        };
        let bars = Arc::new(UploadBars::new(&session.left, total));
        let progress = || Arc::clone(&bars) as Arc<dyn Progress>;
        session.left.set("Nothing was submitted yet.");
        let prepared = PreparedJob::sign(client, submission, progress()).await?;
        let submitted = prepared.submit(client).await?;
        let id = prepared.id();
        session.left.set(format!(
            "Job {id} is recorded but its inputs are not all uploaded: cancel it with manyhands job cancel {id}"
        ));
        prepared.upload(client, submitted, progress()).await?;
        bars.finish();
        session.left.set(format!(
            "Job {id} goes on without this program; take its result later with: manyhands job results {id} --wait"
        ));
        session
            .left
            .say(&format!("Job {id}: {} tasks", prepared.task_count()));
        Ok(prepared)
    }
}

fn name(program: &ProgramView) -> String {
    crate::cli::print::plain(&format!("{}@{}", program.name, program.version))
}
