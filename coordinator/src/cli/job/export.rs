//! `job export`: a directory with everything that is needed to verify and reduce a job offline, and its way back.

use super::result::{add_subsets, verified_job};
use super::results::PATIENCE;
use crate::cli::coordinator_args::CoordinatorArgs;
use crate::cli::failure::usage;
use crate::cli::interrupt::Left;
use crate::client::collection::Collection;
use crate::client::exported::{ExportWriter, Exported};
use crate::client::program_of::JobProgram;
use anyhow::Result;
use clap::Args;
use serde_json::json;
use shared::ids::JobId;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) const EXAMPLES: &str = "Examples:\n  \
    manyhands job export JOB --output exported\n  \
    manyhands job results --from exported --output counts.tsv";

/// Which job, and where to.
#[derive(Debug, Args)]
pub(in crate::cli) struct ExportArgs {
    /// The job
    job: JobId,
    /// The new directory
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
    #[command(flatten)]
    coordinator: CoordinatorArgs,
}

impl ExportArgs {
    pub(super) async fn run(&self, left: &Left) -> Result<()> {
        let directory = self.output.display();
        if self.output.exists() {
            return Err(usage(format!(
                "{directory} exists already; an export is a new directory"
            )));
        }
        let session = self.coordinator.connect_patiently(PATIENCE, left).await?;
        let client = &session.client;
        let view = client.job(self.job).await?;
        let job = Arc::new(verified_job(client, &view).await?);
        let program = JobProgram::fetch(client, &view.program, job.job()).await?;
        let mut collection = Collection::new(Arc::clone(&job), &session.scratch)?;
        add_subsets(client, &view, &mut collection).await?;
        let origin = &client.status().origin;
        let jobs = collection.jobs().map(AsRef::as_ref);
        let writer = ExportWriter::begin(&self.output, job.id(), jobs, origin, &program)?;
        left.set(format!(
            "{directory} is not complete; remove it and export again."
        ));
        collection.copy_to(Box::new(writer));
        collection.fetch(client).await?;
        let (decided, tasks) = (collection.decided(job.id()), job.job().task_count);
        let summary = json!({
            "job_id": self.job,
            "directory": self.output,
            "task_count": tasks,
            "decided": decided,
            "complete": decided == tasks,
        });
        session.print.show(&summary, || {
            format!(
                "{decided} of {tasks} tasks of job {} written to {directory}, all verified",
                self.job
            )
        })
    }
}

/// Reads an export back and verifies it as if it came from a coordinator.
pub(super) async fn read_export(
    directory: &Path,
    job: Option<JobId>,
    scratch: &Path,
) -> Result<(Collection, JobProgram)> {
    let exported = Exported::open(directory)?;
    let verified = Arc::new(exported.job(job)?);
    let program = exported.program(verified.job())?;
    let mut collection = Collection::new(verified, scratch)?;
    exported.read_into(&mut collection).await?;
    Ok((collection, program))
}
