//! `job cancel`: the submitter's signed wish, or an admin's by token.

use super::list::state;
use crate::cli::coordinator_args::CoordinatorArgs;
use crate::cli::interrupt::Left;
use crate::clock::Clock;
use anyhow::Result;
use clap::Args;
use shared::api::jobs::{CancelJob, JobState};
use shared::ids::JobId;
use shared::job::Cancel;

/// Which job.
#[derive(Debug, Args)]
pub(in crate::cli) struct CancelArgs {
    /// The job
    job: JobId,
    #[command(flatten)]
    coordinator: CoordinatorArgs,
}

impl CancelArgs {
    pub(super) async fn run(&self, left: &Left) -> Result<()> {
        let session = self.coordinator.connect_as_submitter(left).await?;
        let client = &session.client;
        let wish = Cancel {
            job_id: self.job,
            time_ms: Clock::System.now(),
        };
        // With a token it is an admin who cancels, and the job is somebody else's.
        let key = client.key().filter(|_| !self.coordinator.has_token_file());
        let cancel = key.map(|key| wish.sign(client.chain(), key));
        let job = client.cancel(self.job, &CancelJob { cancel }).await?;
        session.print.show(&job, || {
            let done = job.tasks.accepted.saturating_add(job.tasks.stored);
            let now = match job.state {
                JobState::Running => "ends as soon as that is stored".to_owned(),
                ended => format!("is {}", state(ended)),
            };
            format!(
                "job {} {now}: {done} of {} tasks were accepted and can still be read with job results --partial",
                job.job_id, job.task_count
            )
        })
    }
}
