//! `ledger verify`: the whole ledger of a server or folder, or a proof in a file.

use super::place::{PlaceArgs, pinned};
use super::progress::{EntryBar, as_json, as_text};
use super::proof;
use crate::cli::interrupt::Left;
use crate::client::ledger::verifying::{since_last_time, whole};
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;

pub(super) const EXAMPLES: &str = "Examples:\n  \
    manyhands ledger verify --url http://127.0.0.1:8080\n  \
    manyhands ledger verify --folder ./ledger --policy policy.txt\n  \
    manyhands ledger verify --proof job.bundle --policy policy.txt";

/// What is verified, and against what.
#[derive(Debug, Args)]
pub(in crate::cli) struct VerifyArgs {
    /// Verify a proof bundle of a job or a .tlog-proof instead; no network
    #[arg(long, value_name = "FILE", conflicts_with = "folder")]
    proof: Option<PathBuf>,
    /// The entry of a .tlog-proof that does not hold it itself
    #[arg(long, value_name = "FILE", requires = "proof")]
    entry: Option<PathBuf>,
    /// The policy that you trust, as `ledger policy` prints it [default: that of your first visit]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    #[command(flatten)]
    place: PlaceArgs,
}

impl VerifyArgs {
    pub(super) async fn run(&self, left: &Left) -> Result<()> {
        let pinned = pinned(self.policy.as_deref())?;
        if let Some(file) = &self.proof {
            return proof::verify(file, self.entry.as_deref(), pinned, &self.place);
        }
        let source = self.place.source(left)?;
        let mut bar = EntryBar::new(left);
        let verified = if self.place.folder.is_some() {
            whole(&source, pinned.as_ref(), &mut bar).await?
        } else {
            left.set("Nothing of this run was kept.");
            let known = self.place.known()?;
            since_last_time(&source, &known, pinned.as_ref(), &mut bar).await?
        };
        drop(bar);
        let print = self.place.print();
        print.show(&as_json(&verified), || as_text(&verified))
    }
}
