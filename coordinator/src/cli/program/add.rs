//! `program add`: checks a module here, then publishes it.

use crate::cli::coordinator_args::CoordinatorArgs;
use crate::cli::failure::usage;
use crate::cli::interrupt::Left;
use crate::cli::module_file::read_module;
use crate::cli::print::plain;
use crate::client::publication::publish;
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;

pub(super) const EXAMPLES: &str = "Examples:\n  \
    manyhands program add wordcount.wasm --manifest wordcount.json\n  \
    manyhands program add tool.wasm --ad-hoc";

/// What to publish.
#[derive(Debug, Args)]
pub(in crate::cli) struct AddArgs {
    /// The module, built for wasm32-wasip1
    module: PathBuf,
    /// Its program manifest [default: the module's custom section `manyhands`]
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// Publish it as x-<8 hex> instead of under the manifest's name; without any manifest it is a plain tool
    #[arg(long)]
    ad_hoc: bool,
    #[command(flatten)]
    coordinator: CoordinatorArgs,
}

impl AddArgs {
    pub(super) async fn run(&self, left: &Left) -> Result<()> {
        let program = read_module(&self.module, self.manifest.as_deref())?;
        if program.is_plain_tool && !self.ad_hoc {
            let module = self.module.display();
            return Err(usage(format!(
                "{module} carries no program manifest: give one with --manifest FILE, or publish it as a plain tool with --ad-hoc"
            )));
        }
        let session = self.coordinator.connect_as_submitter(left).await?;
        let view = publish(&program, &session.client, self.ad_hoc).await?;
        session
            .print
            .show(&view, || plain(&format!("{}@{}", view.name, view.version)))
    }
}
