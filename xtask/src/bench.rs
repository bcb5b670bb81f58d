//! `cargo xtask bench`: measurements, built in release, against the targets of the project.

mod dispatch;

use anyhow::Result;
use clap::Subcommand;

/// What can be measured.
#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// Votes and certificates a second, the coordinator's CPU for each, latency, memory of idle connections.
    Dispatch(dispatch::DispatchArgs),
}

/// Measures and prints.
///
/// # Errors
/// What fails first.
pub(crate) fn run(bench: &Bench) -> Result<()> {
    match bench {
        Bench::Dispatch(args) => dispatch::run(args),
    }
}
