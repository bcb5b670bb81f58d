//! `ledger export`: the ledger as files.

use super::place::{PlaceArgs, pinned};
use super::progress::{EntryBar, as_json, as_text};
use crate::cli::failure::usage;
use crate::cli::interrupt::Left;
use crate::client::ledger::export::export;
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;

/// Where to.
#[derive(Debug, Args)]
pub(in crate::cli) struct ExportArgs {
    /// A new or empty folder
    dir: PathBuf,
    /// The policy that you trust, as `ledger policy` prints it
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    #[command(flatten)]
    place: PlaceArgs,
}

impl ExportArgs {
    pub(super) async fn run(&self, left: &Left) -> Result<()> {
        let is_used = std::fs::read_dir(&self.dir).is_ok_and(|mut dir| dir.next().is_some());
        if is_used {
            let dir = self.dir.display();
            return Err(usage(format!("{dir} is not empty: name a new folder")));
        }
        let pinned = pinned(self.policy.as_deref())?;
        let source = self.place.source(left)?;
        left.set("The folder is not whole: it has no checkpoint.");
        let mut bar = EntryBar::new(left);
        let verified = export(&source, pinned.as_ref(), &self.dir, &mut bar).await?;
        drop(bar);
        self.place
            .print()
            .show(&as_json(&verified), || as_text(&verified))
    }
}
