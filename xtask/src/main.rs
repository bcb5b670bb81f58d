//! The tasks of the project: `cargo xtask build | web | test | demo | bench`.
//!
//! It calls cargo and the built programs as processes and links none of them.

mod axe;
mod bench;
mod build;
mod cargo;
mod demo;
mod json;
mod programs;
mod step;
mod test;
mod tools;
mod web;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Builds, tests and shows Manyhands.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Build the guest programs and the web part, then `manyhands` in release.
    Build,
    /// Build only the web part, which the coordinator embeds: the pages and the browser's workers.
    Web,
    /// Check everything: format, lints, guest programs, all tests.
    Test(test::TestArgs),
    /// Build everything, run a word count on four volunteers of whom one lies, and show the verified result.
    Demo(demo::DemoArgs),
    /// Measure, in release.
    #[command(subcommand)]
    Bench(bench::Bench),
}

fn main() -> ExitCode {
    let done = match Args::parse().task {
        Task::Build => build::release(),
        Task::Web => build::web_part(),
        Task::Test(args) => test::everything(&args),
        Task::Demo(args) => demo::run(&args),
        Task::Bench(bench) => bench::run(&bench),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
