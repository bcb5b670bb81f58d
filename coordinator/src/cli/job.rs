//! `job submit|list|watch|results|log|export|cancel`: from a program and an input to a verified result.

mod cancel;
mod export;
mod list;
mod log;
mod progress;
mod proof;
mod rerun;
mod result;
mod results;
mod submit;
mod watch;

use super::interrupt::Left;
use anyhow::Result;
use clap::Subcommand;

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum JobCommand {
    /// Submit a job: split the input, sign, upload; with --wait also verify and reduce the results
    #[command(before_help = submit::EXAMPLES)]
    Submit(Box<submit::SubmitArgs>),
    /// List your jobs
    #[command(before_help = "Examples:\n  manyhands job list\n  manyhands job list --json")]
    List(list::ListArgs),
    /// Follow what happens to a job until it has ended
    #[command(
        before_help = "Examples:\n  manyhands job watch JOB\n  manyhands job watch JOB --json"
    )]
    Watch(watch::WatchArgs),
    /// Verify the results of a job, reduce them and write them
    #[command(before_help = results::EXAMPLES)]
    Results(results::ResultsArgs),
    /// Show what the guests of a task wrote to stderr, as their volunteers tell it
    #[command(before_help = "Examples:\n  manyhands job log JOB --task 7")]
    Log(log::LogArgs),
    /// Write everything to a directory that is needed to verify and reduce a job later, offline
    #[command(before_help = export::EXAMPLES)]
    Export(export::ExportArgs),
    /// Cancel a job; tasks that are accepted stay
    #[command(before_help = "Examples:\n  manyhands job cancel JOB")]
    Cancel(cancel::CancelArgs),
}

impl JobCommand {
    pub(super) async fn run(&self, left: &Left) -> Result<()> {
        match self {
            Self::Submit(args) => args.run(left).await,
            Self::List(args) => args.run(left).await,
            Self::Watch(args) => args.run(left).await,
            Self::Results(args) => args.run(left).await,
            Self::Log(args) => args.run(left).await,
            Self::Export(args) => args.run(left).await,
            Self::Cancel(args) => args.run(left).await,
        }
    }
}
