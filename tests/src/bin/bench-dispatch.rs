//! Prints the figures of `cargo xtask bench dispatch` as one JSON object.

use anyhow::{Context as _, Result};
use clap::Parser;
use std::path::PathBuf;
use tests::bench::dispatch::{Options, run};

/// Measures what dispatch costs.
#[derive(Debug, Parser)]
struct Args {
    /// The program `manyhands`.
    #[arg(long)]
    manyhands: PathBuf,
    /// An empty folder for the coordinators' data.
    #[arg(long)]
    folder: PathBuf,
    /// Volunteers that work.
    #[arg(long, default_value_t = 64)]
    volunteers: u32,
    /// Tasks of the job.
    #[arg(long, default_value_t = 20_000)]
    tasks: u32,
    /// Volunteers for each task.
    #[arg(long, default_value_t = 3)]
    trust: u8,
    /// Connections that only wait.
    #[arg(long, default_value_t = 5_000)]
    idle: u32,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let options = Options {
        manyhands: args.manyhands,
        folder: args.folder,
        volunteers: args.volunteers,
        tasks: args.tasks,
        trust: args.trust,
        idle: args.idle,
    };
    // One thread: the other cores are the coordinator's.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let figures = runtime.block_on(run(&options))?;
    println!("{}", serde_json::to_string_pretty(&figures)?);
    Ok(())
}
