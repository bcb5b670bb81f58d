//! `job watch`: one line for each thing that happens to a job, until it has ended.

use super::list::state;
use crate::cli::coordinator_args::CoordinatorArgs;
use crate::cli::interrupt::Left;
use crate::cli::print::{line, plain};
use crate::client::waiting::follow;
use anyhow::Result;
use clap::Args;
use shared::api::events::JobEvent;
use shared::api::jobs::AttemptReason;
use shared::cert::Cert;
use shared::codec::Canonical as _;
use shared::ids::JobId;
use shared::outcome::Status;
use std::time::Duration;
use tokio::sync::mpsc;

/// How long the coordinator may be away.
const PATIENCE: Duration = Duration::from_mins(10);
const QUEUE: usize = 256;

/// Which job.
#[derive(Debug, Args)]
pub(in crate::cli) struct WatchArgs {
    /// The job
    job: JobId,
    #[command(flatten)]
    coordinator: CoordinatorArgs,
}

impl WatchArgs {
    pub(super) async fn run(&self, left: &Left) -> Result<()> {
        let session = self.coordinator.connect_patiently(PATIENCE, left).await?;
        left.set(format!("Job {} goes on without this program.", self.job));
        // An unknown job is said at once, not after the patience of a broken stream.
        session.client.job(self.job).await?;
        let (sender, mut events) = mpsc::channel(QUEUE);
        let printing = async {
            while let Some(event) = events.recv().await {
                if session.print.is_json() {
                    line(&serde_json::to_string(&event)?)?;
                } else {
                    line(&words(&event))?;
                }
            }
            anyhow::Ok(())
        };
        let (followed, printed) = tokio::join!(follow(&session.client, self.job, sender), printing);
        printed?;
        Ok(followed?)
    }
}

fn words(event: &JobEvent) -> String {
    match event {
        JobEvent::JobState {
            state: now,
            tasks,
            reason,
        } => {
            let mut text = format!(
                "{}: {} stored, {} accepted, {} running, {} waiting, {} failed",
                state(*now),
                tasks.stored,
                tasks.accepted,
                tasks.running.saturating_add(tasks.voted),
                tasks.waiting,
                tasks.failed
            );
            if let Some(reason) = reason {
                text.push_str(" - ");
                text.push_str(&plain(reason));
            }
            text
        }
        JobEvent::JobWaiting {
            reason: Some(reason),
        } => reason.to_string(),
        JobEvent::JobWaiting { reason: None } => "goes on".to_owned(),
        JobEvent::TaskAttempt {
            task,
            attempt,
            reason,
        } => {
            let why = match reason {
                AttemptReason::NoMajority => {
                    "no majority is possible, two more volunteers are asked".to_owned()
                }
                AttemptReason::VotesDiffer => {
                    "the first votes differ, more volunteers are asked".to_owned()
                }
                AttemptReason::Unable { reason } => {
                    format!("a volunteer was unable to run it ({reason:?})")
                }
                AttemptReason::Returned => "a volunteer left or fell silent".to_owned(),
                AttemptReason::Refused => {
                    "the storage nodes refused its certificate: it runs again".to_owned()
                }
            };
            format!("task {task}, attempt {attempt}: {why}")
        }
        JobEvent::TaskAccepted { task, cert } => match Cert::decode(cert) {
            Ok((_, cert)) if cert.outcome.status != Status::Ok => {
                format!("task {task}: accepted, it {}", cert.outcome.words())
            }
            _ => format!("task {task}: accepted"),
        },
        JobEvent::TaskStored { tasks } => match tasks.as_slice() {
            [task] => format!("task {task}: stored"),
            [first, .., last] => {
                format!("{} tasks from {first} to {last}: stored", tasks.len())
            }
            [] => "nothing stored".to_owned(),
        },
        JobEvent::TaskDissent { task, nodes } => {
            let nodes: Vec<_> = nodes.iter().map(ToString::to_string).collect();
            format!("task {task}: outvoted {}", nodes.join(", "))
        }
        JobEvent::TaskFailed { task, reason } => format!("task {task}: failed, {}", plain(reason)),
    }
}
