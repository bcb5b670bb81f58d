//! `job results`: verify, reduce, write; from a coordinator or, offline, from an exported directory.

use super::export::read_export;
use super::result::{Collecting, OutputArgs};
use crate::cli::coordinator_args::{CoordinatorArgs, Session};
use crate::cli::failure::usage;
use crate::cli::interrupt::Left;
use anyhow::Result;
use clap::Args;
use shared::ids::JobId;
use std::path::PathBuf;
use std::time::Duration;

pub(super) const EXAMPLES: &str = "Examples:\n  \
    manyhands job results JOB --wait --output counts.tsv\n  \
    manyhands job results JOB --output counts.tsv --proof counts.bundle\n  \
    manyhands job results JOB --partial > so-far.tsv\n  \
    manyhands job results --from exported --output counts.tsv";

/// How long the coordinator may be away while somebody waits.
pub(super) const PATIENCE: Duration = Duration::from_mins(10);

/// Which job, and what becomes of its result.
#[derive(Debug, Args)]
pub(in crate::cli) struct ResultsArgs {
    /// The job
    #[arg(required_unless_present = "from")]
    job: Option<JobId>,
    /// Wait until the job has ended
    #[arg(long, help_heading = "Result", conflicts_with = "from")]
    wait: bool,
    /// Read everything from a directory that `job export` has written; no network
    #[arg(long, help_heading = "Result", value_name = "DIR")]
    from: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    coordinator: CoordinatorArgs,
}

impl ResultsArgs {
    pub(super) async fn run(&self, left: &Left) -> Result<()> {
        let print = self.coordinator.print();
        let (collecting, session) = match (&self.from, self.job) {
            (Some(_), _) if self.output.proof.is_some() => {
                return Err(usage(
                    "--proof asks a coordinator for the bundle; leave out --from",
                ));
            }
            (Some(directory), job) => {
                let scratch = self.coordinator.scratch()?;
                let (collection, program) = read_export(directory, job, &scratch).await?;
                (Collecting::offline(collection, &program)?, None)
            }
            (None, Some(job)) => {
                let (collecting, session) = self.fetch(job, left).await?;
                (collecting, Some(session))
            }
            (None, None) => return Err(usage("give a JOB, or --from DIR")),
        };
        let summary = collecting
            .finish(&self.output, session.as_ref(), print.is_json(), left)
            .await?;
        if print.is_json() {
            return print.show(&summary, String::new);
        }
        Ok(())
    }

    async fn fetch(&self, job: JobId, left: &Left) -> Result<(Collecting, Session)> {
        let session = if self.wait {
            self.coordinator.connect_patiently(PATIENCE, left).await?
        } else {
            self.coordinator.connect_as_submitter(left).await?
        };
        left.set(format!(
            "Job {job} goes on without this program; the same command takes it up again."
        ));
        let mut collecting = Collecting::begin(&session, job).await?;
        if self.wait {
            collecting.wait(&session).await?;
        } else {
            collecting.fetch(&session).await?;
        }
        Ok((collecting, session))
    }
}
