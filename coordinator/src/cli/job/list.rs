//! `job list`.

use crate::cli::coordinator_args::CoordinatorArgs;
use crate::cli::interrupt::Left;
use crate::cli::print::{plain, table, time};
use anyhow::Result;
use clap::Args;
use shared::api::jobs::{JobState, JobView};

/// Nothing but the coordinator.
#[derive(Debug, Args)]
pub(in crate::cli) struct ListArgs {
    #[command(flatten)]
    coordinator: CoordinatorArgs,
}

impl ListArgs {
    pub(super) async fn run(&self, left: &Left) -> Result<()> {
        let session = self.coordinator.connect_as_submitter(left).await?;
        let jobs = session.client.jobs().await?;
        session.print.show(&jobs, || {
            let rows: Vec<_> = jobs.iter().map(row).collect();
            table(
                &[
                    "JOB", "STATE", "DONE", "FAILED", "PROGRAM", "MADE", "RERUN OF", "TITLE",
                ],
                &rows,
            )
        })
    }
}

pub(super) const fn state(state: JobState) -> &'static str {
    match state {
        JobState::Uploading => "uploading",
        JobState::Running => "running",
        JobState::Complete => "complete",
        JobState::Cancelled => "cancelled",
        JobState::Expired => "expired",
        JobState::Stopped => "stopped",
    }
}

fn row(job: &JobView) -> Vec<String> {
    let done = job.tasks.stored;
    vec![
        job.job_id.to_string(),
        state(job.state).to_owned(),
        format!("{done}/{}", job.task_count),
        job.tasks.failed.to_string(),
        plain(&job.program),
        time(job.created_at_ms),
        job.parent
            .map(|parent| parent.to_string())
            .unwrap_or_default(),
        plain(&job.title),
    ]
}
