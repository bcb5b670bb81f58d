//! The native volunteer, `manyhands volunteer`: the state machine of `shared::volunteer` with sockets, files and threads.
//!
//! `shell` is the loop; `socket`, `fetch`, `prepare`, `run`, `outputs` and `proof` are its hands; `liar` is what
//! `--misbehave` changes.

use crate::clock::Clock;
use crate::data_dir::DataDir;
use crate::guest::ENGINE_NAME;
use anyhow::{Result, ensure};
use shared::crypto::SecretKey;
use shared::key_file::KeyRole;
use shared::protocol::{Capabilities, MAX_OWNERS};
use shared::volunteer::{Settings, Volunteer};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

mod cache;
mod console;
mod fetch;
mod known_ledgers;
mod liar;
mod misbehaviour;
mod outputs;
mod prepare;
mod proof;
mod run;
mod shell;
mod socket;
#[cfg(test)]
mod tests;

pub use misbehaviour::{Kind, Misbehaviour};

use crate::remote::address::Address;
use crate::remote::tls;
use console::Console;
use fetch::Fetcher;
use known_ledgers::KnownLedgers;
use liar::Liar;
use outputs::Outputs;
use shell::{Parts, Shell};
use socket::Route;

/// How many times slower than the reference engine wasmi is: the same wordcount ran at 32 MiB/s in V8 and 6 in wasmi
/// (GUEST.md section 4). A job's wall-clock limit is stretched by it until the node has measured itself.
pub const WASMI_WALL_FACTOR: u32 = 6;
/// Most slots of one process.
pub const MAX_SLOTS: u16 = 256;

/// What a native volunteer is told.
#[derive(Debug, Clone)]
pub struct VolunteerConfig {
    /// The coordinator.
    pub url: Address,
    /// Data directory: the node's key, its lock, outputs of votes that are not settled.
    pub data: PathBuf,
    /// Guests that run at once, 1 to [`MAX_SLOTS`].
    pub slots: u16,
    /// Local address to connect from.
    pub bind: Option<IpAddr>,
    /// How to misbehave, for demonstrations and tests.
    pub misbehave: Option<Misbehaviour>,
    /// Submitter keys of the same owner: the node gets no tasks of their jobs. At most [`MAX_OWNERS`].
    pub owner_keys: Vec<SecretKey>,
    /// PEM file of further root certificates for https.
    pub ca: Option<PathBuf>,
    /// Most memory a task may use, pages of 64 KiB; tasks that want more go to others.
    pub memory_pages: u32,
    /// Write JSON objects to stdout instead of sentences to stderr.
    pub json: bool,
}

/// Volunteers until `shutdown` is cancelled: then the node says goodbye, returns its seats and this returns `Ok`.
///
/// # Errors
/// When the settings or the data directory are unusable, or the coordinator refuses the node for good.
pub async fn run(config: VolunteerConfig, shutdown: CancellationToken) -> Result<()> {
    ensure!(
        (1..=MAX_SLOTS).contains(&config.slots),
        "the number of slots must be 1 to {MAX_SLOTS}, not {}",
        config.slots
    );
    ensure!(
        config.owner_keys.len() <= MAX_OWNERS,
        "at most {MAX_OWNERS} owner keys, not {}",
        config.owner_keys.len()
    );
    let data = DataDir::open(&config.data)?;
    let key = data.key("node.key", KeyRole::Node)?;
    let ledgers = KnownLedgers::open(data.join("ledgers.json"))?;
    let outputs = Outputs::open(data.join("outputs"))?;
    let route = Route {
        address: config.url.clone(),
        bind: config.bind,
        tls: Arc::new(tls::client_config(config.ca.as_deref())?),
    };
    let fetcher = Fetcher::new(route.clone())?;
    let console = Console::new(config.json, config.misbehave.map(|liar| liar.to_string()));
    console.starts(key.node_key(), &config.url.to_string(), config.slots);
    let volunteer = Volunteer::new(Settings {
        node_key: key.node_key(),
        capabilities: Capabilities {
            slots: config.slots,
            engine: ENGINE_NAME.into(),
            agent: concat!("manyhands ", env!("CARGO_PKG_VERSION")).into(),
            memory_pages: config.memory_pages,
        },
        first_wall_factor: WASMI_WALL_FACTOR,
        known_origin: ledgers.origin(&config.url.to_string()),
    });
    let parts = Parts {
        volunteer,
        clock: Clock::System,
        liar: config.misbehave.map(|how| Liar::new(how, key.clone())),
        key,
        owners: config.owner_keys,
        route,
        fetcher,
        outputs,
        ledgers,
        console,
    };
    Shell::run(parts, shutdown).await
}
