//! `job submit --rerun`: tasks of an earlier job, run again with other limits.

use super::result::Collecting;
use super::submit::SubmitArgs;
use crate::cli::coordinator_args::Session;
use crate::cli::failure::{Exit, usage, with_exit};
use crate::client::rerun::{Otherwise, rerun};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use shared::ids::JobId;
use shared::subset;
use shared::verified_job::VerifiedJob;
use shared::wish::{self, TasksArg};
use std::sync::Arc;

/// Which tasks of which job.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rerun")]
pub(super) struct RerunArgs {
    /// Run tasks of this job again, otherwise limited; what comes of them counts in its result
    #[arg(
        long,
        value_name = "JOB",
        conflicts_with_all = ["program", "manifest", "input", "split", "range", "chunk", "common", "named", "seed", "plain"]
    )]
    rerun: Option<JobId>,
    /// Which: failed, or numbers such as 0,4,7-9 [default: failed]
    #[arg(long, value_name = "TASKS", requires = "rerun")]
    tasks: Option<TasksArg>,
}

impl RerunArgs {
    /// The job whose tasks are to run again.
    pub(super) const fn job(&self) -> Option<JobId> {
        self.rerun
    }

    /// Posts the job; answers with the earlier job, its results and those of the new job being collected.
    pub(super) async fn post(
        &self,
        session: &Session,
        job: JobId,
        args: &SubmitArgs,
    ) -> Result<(Collecting, Arc<VerifiedJob>)> {
        let mut collecting = Collecting::begin(session, job).await?;
        let tasks = match &self.tasks {
            Some(TasksArg::Listed(tasks)) => tasks.clone(),
            Some(TasksArg::Failed) | None => failed(&mut collecting, session).await?,
        };
        let parent = collecting.collection.job();
        let signed = parent.job();
        if let Some(beyond) = tasks.iter().find(|task| **task >= signed.task_count) {
            let last = signed.task_count.saturating_sub(1);
            return Err(usage(format!(
                "job {job} has no task {beyond}; its tasks are 0 to {last}"
            )));
        }
        let title = match (args.title.as_str(), &collecting.view) {
            ("", Some(view)) => view.title.clone(),
            (title, _) => title.to_owned(),
        };
        let otherwise = Otherwise {
            limits: wish::limits(signed.limits, &args.limits),
            trust: args.trust.unwrap_or(signed.trust),
            policy: args.policy.clone().unwrap_or_else(|| signed.policy.clone()),
            title,
        };
        let posted = rerun(&session.client, parent, &tasks, otherwise).await?;
        collecting.collection.add_subset(Arc::clone(&posted));
        let id = posted.id();
        session.left.set(format!(
            "Job {id} goes on without this program; take the result later with: manyhands job results {job} --wait"
        ));
        session.left.say(&format!(
            "Job {id}: runs {} tasks of job {job} again",
            tasks.len()
        ));
        Ok((collecting, posted))
    }
}

/// The tasks that are decided and have no output, as verified here.
async fn failed(collecting: &mut Collecting, session: &Session) -> Result<Vec<u32>> {
    collecting.fetch(session).await?;
    let failed = subset::failed(collecting.collection.tasks());
    if failed.is_empty() {
        let id = collecting.collection.job().id();
        return Err(with_exit(
            Exit::Failed,
            format!("no task of job {id} has failed; name the tasks: --tasks 0,4,7-9"),
        ));
    }
    Ok(failed)
}

/// What is printed of a posted job.
pub(super) fn summary(job: &VerifiedJob, parent: JobId) -> serde_json::Value {
    json!({
        "job_id": job.id(),
        "parent": parent,
        "tasks": job.parent_tasks(),
        "task_count": job.job().task_count,
    })
}
