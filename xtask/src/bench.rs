//! `cargo xtask bench`: measurements, built in release, against the targets of the project.

mod browser;
mod dispatch;
mod guests;
mod table;

use anyhow::Result;
use clap::Subcommand;

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
