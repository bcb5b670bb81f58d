//! `job log`: what the guests of a task wrote to stderr. Unverified: each line is only what a volunteer tells.

use crate::cli::coordinator_args::CoordinatorArgs;
use crate::cli::interrupt::Left;
use crate::cli::print::plain_lines;
use anyhow::Result;
use clap::Args;
use shared::api::jobs::TaskLog;
use shared::fuel_words::instructions;
use shared::ids::JobId;

/// Which task.
#[derive(Debug, Args)]
pub(in crate::cli) struct LogArgs {
    /// The job
    job: JobId,
    /// The task, from 0
    #[arg(long, default_value_t = 0)]
    task: u32,
    #[command(flatten)]
    coordinator: CoordinatorArgs,
}

impl LogArgs {
    pub(super) async fn run(&self, left: &Left) -> Result<()> {
        let session = self.coordinator.connect_as_submitter(left).await?;
        let log = session.client.task_log(self.job, self.task).await?;
        if log.entries.is_empty() && !session.print.is_json() {
            left.say(&format!(
                "No volunteer has sent a log for task {}.",
                self.task
            ));
            return Ok(());
        }
        session.print.show(&log, || text(&log))
    }
}

fn text(log: &TaskLog) -> String {
    let entry = |entry: &shared::api::jobs::TaskLogEntry| {
        format!(
            "--- node {}, attempt {}, seat {}: {}, {}\n{}",
            entry.node_key,
            entry.attempt,
            entry.seat,
            entry.outcome.words(),
            instructions(entry.outcome.fuel),
            plain_lines(&entry.stderr)
        )
    };
    let entries: Vec<_> = log.entries.iter().map(entry).collect();
    entries.join("\n")
}
