//! `program list`.

use crate::cli::coordinator_args::CoordinatorArgs;
use crate::cli::interrupt::Left;
use crate::cli::print::{plain, size, table, time};
use anyhow::Result;
use clap::Args;
use shared::api::programs::ProgramView;
use shared::manifest::Manifest;

/// Nothing but the coordinator.
#[derive(Debug, Args)]
pub(in crate::cli) struct ListArgs {
    #[command(flatten)]
    coordinator: CoordinatorArgs,
}

impl ListArgs {
    pub(super) async fn run(&self, left: &Left) -> Result<()> {
        let session = self.coordinator.connect(left).await?;
        let programs = session.client.programs().await?;
        session.print.show(&programs, || {
            let rows: Vec<_> = programs.iter().map(row).collect();
            table(&["PROGRAM", "SIZE", "PUBLISHED", "SUMMARY"], &rows)
        })
    }
}

fn row(program: &ProgramView) -> Vec<String> {
    let summary = Manifest::parse(&program.manifest).map_or_else(
        |error| format!("(its manifest is not valid: {error})"),
        |manifest| manifest.summary,
    );
    vec![
        plain(&format!("{}@{}", program.name, program.version)),
        size(program.module_bytes),
        time(program.created_at_ms),
        plain(&summary),
    ]
}
