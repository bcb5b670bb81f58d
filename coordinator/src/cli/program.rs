//! `program add|list|inspect|run`: what jobs are made of.

mod add;
mod inspect;
mod list;
mod run;

use super::interrupt::Left;
use anyhow::Result;
use clap::Subcommand;

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum ProgramCommand {
    /// Publish a program
    #[command(before_help = add::EXAMPLES)]
    Add(add::AddArgs),
    /// List published programs
    #[command(before_help = "Examples:\n  manyhands program list\n  manyhands program list --json")]
    List(list::ListArgs),
    /// Show what a module imports, needs and is, and whether it can be a program; no network for files
    #[command(before_help = inspect::EXAMPLES)]
    Inspect(inspect::InspectArgs),
    /// Run a program on this machine alone: split, map and reduce like a job
    #[command(before_help = run::EXAMPLES)]
    Run(Box<run::RunArgs>),
}

impl ProgramCommand {
    pub(super) async fn run(self, left: &Left) -> Result<()> {
        match self {
            Self::Add(args) => args.run(left).await,
            Self::List(args) => args.run(left).await,
            Self::Inspect(args) => args.run(left).await,
            Self::Run(args) => args.run(left).await,
        }
    }
}
