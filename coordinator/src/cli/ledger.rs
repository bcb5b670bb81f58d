//! `ledger verify|show|export|policy`: checking the ledger, or a part of it, without trusting who keeps it.

mod export;
mod place;
mod policy;
mod progress;
mod proof;
mod show;
mod storage_nodes;
mod verify;

use super::interrupt::Left;
use anyhow::Result;
use clap::Subcommand;

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum LedgerCommand {
    /// Check every rule of the ledger, or of a proof, yourself
    #[command(before_help = verify::EXAMPLES)]
    Verify(verify::VerifyArgs),
    /// Show the newest block, a block, an entry, or where a hash stands
    #[command(before_help = show::EXAMPLES)]
    Show(show::ShowArgs),
    /// Write the ledger as files that can be verified offline
    #[command(
        before_help = "Examples:\n  manyhands ledger export ./ledger\n  manyhands ledger verify --folder ./ledger"
    )]
    Export(export::ExportArgs),
    /// Print the policy in force, whose signatures make a block count; change who keeps the ledger
    #[command(
        before_help = "Examples:\n  manyhands ledger policy > policy.txt\n  manyhands ledger policy add https://s4.example.org:8081"
    )]
    Policy(policy::PolicyArgs),
}

impl LedgerCommand {
    pub(super) async fn run(&self, left: &Left) -> Result<()> {
        match self {
            Self::Verify(args) => args.run(left).await,
            Self::Show(args) => args.run(left).await,
            Self::Export(args) => args.run(left).await,
            Self::Policy(args) => args.run(left).await,
        }
    }
}
