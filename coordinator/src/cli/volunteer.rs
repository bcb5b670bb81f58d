//! `volunteer`: lends this machine's cores to the jobs of others.

use super::data_args::DataArgs;
use super::failure::usage;
use crate::client::key_store;

use crate::remote::address::Address;
use crate::volunteer::{MAX_SLOTS, Misbehaviour, VolunteerConfig};
use anyhow::Result;
use clap::Args;
use shared::job::MAX_MEMORY_PAGES;
use std::net::IpAddr;
use std::path::PathBuf;
use tokio_util::sync::CancellationToken;

pub(super) const EXAMPLES: &str = "Examples:\n  \
    manyhands volunteer --url https://hands.example.org --slots 4\n  \
    manyhands volunteer --url http://127.0.0.1:8080 --data ./vol1 --slots 2 --bind 127.0.2.1\n  \
    manyhands volunteer --data ./liar --misbehave wrong-output:7@100";

/// How to volunteer.
#[derive(Debug, Args)]
pub(super) struct VolunteerArgs {
    /// Address of the coordinator
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://127.0.0.1:8080",
        env = "MANYHANDS_URL",
        hide_env = true
    )]
    url: Address,
    #[command(flatten)]
    data: DataArgs,
    /// Tasks to run at once [default: the number of cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_SLOTS)))]
    slots: Option<u16>,
    /// Local address to connect from
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<IpAddr>,
    /// A submitter's key of yours: this node then takes no tasks of its jobs; several times for several
    #[arg(long = "owner-key", value_name = "FILE")]
    owner_keys: Vec<PathBuf>,
    /// PEM file of further certificates to trust for https
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Most memory of a task, in MiB
    #[arg(long, value_name = "MIB", default_value = "1024", value_parser = clap::value_parser!(u32).range(1..=1024))]
    memory: u32,
    /// For demonstrations and tests: cheat. KIND is wrong-output, wrong-fuel, wrong-status, silent, late, double, replay, bad-signature or copy
    #[arg(long, value_name = "KIND[:SEED][@PERCENT]")]
    misbehave: Option<Misbehaviour>,
    /// Print JSON lines
    #[arg(long)]
    json: bool,
}

impl VolunteerArgs {
    pub(super) async fn run(self) -> Result<()> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let cores = u16::try_from(cores).unwrap_or(MAX_SLOTS).min(MAX_SLOTS);
        let owner_keys = self
            .owner_keys
            .iter()
            .map(|path| key_store::read(path))
            .collect::<Result<_, _>>()?;
        let config = VolunteerConfig {
            data: self.data.directory_or("volunteer")?,
            url: self.url,
            slots: self.slots.unwrap_or(cores),
            bind: self.bind,
            misbehave: self.misbehave,
            owner_keys,
            ca: self.ca,
            memory_pages: self.memory.saturating_mul(16).min(MAX_MEMORY_PAGES),
            json: self.json,
        };
        crate::volunteer::run(config, until_asked_to_stop()?).await
    }
}

/// Cancelled by the first Ctrl-C or SIGTERM; a second one ends the process at once.
pub(super) fn until_asked_to_stop() -> Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let stop = CancellationToken::new();
    let told = stop.clone();
    let no_signals = |error| usage(format!("this system gives no signals: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(no_signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(no_signals)?;
    tokio::spawn(async move {
        for last in [false, true] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if last {
                eprintln!("Stopped at once.");
                std::process::exit(super::interrupt::INTERRUPTED);
            }
            eprintln!("Stopping; once more stops at once.");
            told.cancel();
        }
    });
    Ok(stop)
}
