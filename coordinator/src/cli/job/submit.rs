//! `job submit`: split, hash, sign, submit, upload; with `--wait` also wait, verify, reduce and write.

use super::progress::UploadBars;
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
use shared::ids::{Digest, JobSeed};
use shared::job::Policy;
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
    manyhands job submit --program ./tool.wasm --input data.txt -- --verbose -n 3";

/// The job.
#[derive(Debug, Args)]
pub(in crate::cli) struct SubmitArgs {
    /// The program: NAME, NAME@VERSION, or a .wasm file, which is published ad hoc first
    #[arg(long, value_name = "NAME[@VERSION] | FILE.wasm")]
    program: String,
    #[command(flatten)]
    input: InputArgs,
    /// A file that every task can read as /common
    #[arg(long, help_heading = "Input", value_name = "FILE")]
    common: Option<PathBuf>,
    #[command(flatten)]
    tool: ToolArgs,
    /// Volunteers asked for each task: odd, 3 to 15; more than half must give the same answer
    #[arg(long, help_heading = "Job", value_name = "K", default_value = "3", value_parser = wish::trust)]
    trust: u8,
    /// How volunteers are chosen: balanced, random, fast, proven, diverse or pool:NAME
    #[arg(long, help_heading = "Job", default_value = "balanced")]
    policy: Policy,
    /// Limits of each task: fuel=N, memory=SIZE, output=SIZE, wall=SECONDS [default: the program's]
    #[arg(long = "limit", help_heading = "Job", value_name = "NAME=VALUE")]
    limits: Vec<LimitArg>,
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
    title: String,
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
        let local = is_module_path(&self.program)
            .then(|| read_module(Path::new(&self.program), None))
            .transpose()?;
        let mut session = self.coordinator.connect_as_submitter(left).await?;
        session.be_patient(PATIENCE);
        let program = self.find_program(&session, local.as_ref()).await?;
        let submission = self.submission(&session, &program)?;
        let prepared = self.hand_over(&session, submission).await?;
        let id = prepared.id();
        if !self.wait {
            let summary = json!({ "job_id": id, "task_count": prepared.task_count(), "program": name(&program) });
            return session.print.show(&summary, || id.to_string());
        }
        let mut collecting = Collecting::begin(&session, id).await?;
        collecting.wait(&session).await?;
        let summary = collecting
            .finish(&self.output, session.print.is_json(), left)
            .await?;
        if session.print.is_json() {
            return session.print.show(&summary, String::new);
        }
        Ok(())
    }

    /// What can be said without the coordinator.
    fn check(&self) -> Result<()> {
        self.input.check()?;
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
                "--output and --partial need --wait; or read the result later with: manyhands job results",
            ));
        }
        Ok(())
    }

    async fn find_program(
        &self,
        session: &Session,
        local: Option<&LocalProgram>,
    ) -> Result<ProgramView> {
        let Some(local) = local else {
            return Ok(session.client.program(&self.program).await?);
        };
        let view = publish(local, &session.client, true).await?;
        session
            .left
            .say(&format!("Published {} as {}", self.program, name(&view)));
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
            trust: self.trust,
            policy: self.policy.clone(),
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
