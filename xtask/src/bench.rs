//! `cargo xtask bench`: measurements, built in release, against the targets of the project.

mod browser;
mod dispatch;
mod guests;
mod table;

use anyhow::{Context as _, Result, ensure};
use clap::Subcommand;
use serde_json::Value;
use std::process::{Command, Stdio};

/// What can be measured.
#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// Votes and certificates a second, the coordinator's CPU for each, latency, memory of idle connections.
    Dispatch(dispatch::DispatchArgs),
    /// A volunteer's Chromium: the guests' part of a core, time to the first verified vote, sizes of what is loaded.
    Browser(browser::BrowserArgs),
    /// What rewriting costs nine kernels in wasmi and in browsers, and how many bytes it adds.
    Guests(guests::GuestsArgs),
}

/// Measures and prints.
///
/// # Errors
/// What fails first.
pub(crate) fn run(bench: &Bench) -> Result<()> {
    match bench {
        Bench::Dispatch(args) => dispatch::run(args),
        Bench::Browser(args) => browser::run(args),
        Bench::Guests(args) => guests::run(args),
    }
}

/// Runs a measuring program and reads the one JSON object that it prints; `who` is its name in an error.
///
/// # Errors
/// When it cannot be started, fails, or prints something else.
fn figures_of(driver: &mut Command, who: &str) -> Result<Value> {
    let measured = driver
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {who}"))?;
    ensure!(
        measured.status.success(),
        "{who} ended with {}",
        measured.status
    );
    serde_json::from_slice(&measured.stdout).context("the figures are not JSON")
}
