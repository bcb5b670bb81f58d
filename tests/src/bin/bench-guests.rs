//! Prints the figures of `cargo xtask bench guests` as one JSON object.

use anyhow::Result;
use clap::Parser;
use std::path::PathBuf;
use tests::bench::guests::{Options, run};
use tests::browser::Engine;

/// Measures what rewriting costs, in wasmi and in the browsers that `MANYHANDS_ENGINES` names.
#[derive(Debug, Parser)]
struct Args {
    /// The folder with the kernels' modules.
    #[arg(long)]
    kernels: PathBuf,
    /// The folder with the programs' folders.
    #[arg(long)]
    programs: PathBuf,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let figures = run(&Options {
        kernels: args.kernels,
        programs: args.programs,
        engines: Engine::wanted(),
    });
    println!("{}", serde_json::to_string_pretty(&figures)?);
    Ok(())
}
