//! `serve`: a coordinator. Without flags it starts safely: loopback only, everything embedded.

use super::data_args::DataArgs;
use super::failure::usage;
use super::log::LogArgs;
use super::print::line;
use super::volunteer::until_asked_to_stop;
use crate::app::{Listening, ServeConfig, TlsFiles};
use crate::clock::Clock;
use crate::remote::address::Address;
use crate::scheduler::Diversity;
use crate::store::StoreTarget;
use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use shared::api::status::{ServerLimits, Submitters};
use shared::ids::from_hex;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::oneshot;
use url::Url;

pub(super) const EXAMPLES: &str = "Examples:\n  \
    manyhands serve\n  \
    manyhands serve --data ./data --listen 127.0.0.1:8080\n  \
    manyhands serve --listen 0.0.0.0:8443 --tls-cert cert.pem --tls-key key.pem";

/// How to serve.
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Name of the ledger; it can never change [default: made from the leader key]
    #[arg(long, value_name = "NAME")]
    origin: Option<String>,
    /// The database: sqlite:FILE or postgres://… [default: a SQLite file in the data directory]
    #[arg(long, value_name = "URL", value_parser = database)]
    database: Option<StoreTarget>,
    /// A storage node elsewhere that founds the ledger with others; give it for each [default: three inside this process]
    #[arg(long, value_name = "URL")]
    storage: Vec<Address>,
    /// Further certificates to trust when storage nodes are asked, in PEM
    #[arg(long, value_name = "FILE")]
    storage_ca: Option<PathBuf>,
    /// Milliseconds that an entry of the ledger waits for others before its block is cut
    #[arg(long, value_name = "MS", default_value = "250", value_parser = clap::value_parser!(u64).range(1..=60_000))]
    block_timeout: u64,
    /// The address that browsers use, when it is not the one listened on
    #[arg(long, value_name = "URL")]
    public_url: Option<Url>,
    /// Certificate chain in PEM, to serve https
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its private key in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Who may post jobs [default: open on loopback, otherwise approved]
    #[arg(long, value_name = "WHO")]
    submitters: Option<Posting>,
    /// Days that inputs and outputs are kept after a job's end
    #[arg(long, value_name = "DAYS", default_value = "30", value_parser = clap::value_parser!(u32).range(1..=3650))]
    keep_days: u32,
    /// How strict the rules about networks and new volunteers are
    #[arg(long, value_name = "HOW", default_value = "auto")]
    diversity: Strictness,
    /// Zero bits of the puzzle that unknown volunteers solve [default: 0 on loopback, otherwise 18]
    #[arg(long, value_name = "BITS", value_parser = clap::value_parser!(u8).range(0..=32))]
    join_work: Option<u8>,
    /// Seconds that a task stays with a volunteer that gives no sign of life
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u64).range(2..=600))]
    lease: u64,
    /// Most volunteers at once
    #[arg(long, value_name = "N", default_value = "20000")]
    max_nodes: usize,
    /// Largest input chunk, module or common file, in MiB
    #[arg(long, value_name = "MIB", default_value = "16", value_parser = clap::value_parser!(u64).range(1..=64))]
    max_chunk: u64,
    /// Largest output of a task, in MiB
    #[arg(long, value_name = "MIB", default_value = "16", value_parser = clap::value_parser!(u32).range(1..=64))]
    max_output: u32,
    #[command(flatten)]
    log: LogArgs,
    /// For tests: the draw of volunteers follows from this
    #[arg(long, value_name = "HEX", hide = true, value_parser = seed)]
    scheduler_seed: Option<[u8; 32]>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Posting {
    /// Any key, from this machine
    Open,
    /// Approved keys and tokens
    Approved,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Strictness {
    /// Tasks wait until the rules can be kept
    Strict,
    /// The rules are kept where possible, and what was relaxed is marked
    Auto,
    /// No such rules
    Off,
}

/// Reads `sqlite:FILE` or `postgres://…`.
fn database(text: &str) -> Result<StoreTarget, String> {
    if let Some(file) = text.strip_prefix("sqlite:") {
        let file = file.strip_prefix("//").unwrap_or(file);
        if file.is_empty() {
            return Err("sqlite: needs a file, such as sqlite:./data/manyhands.sqlite".into());
        }
        return Ok(StoreTarget::Sqlite(file.into()));
    }
    let url: Url = text
        .parse()
        .map_err(|_| "a database is sqlite:FILE or postgres://USER@HOST/DATABASE")?;
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return Err("a database is sqlite:FILE or postgres://USER@HOST/DATABASE".into());
    }
    if url.password().is_some() {
        // Everybody on the machine can read the command line of a process.
        return Err("a password must not stand on the command line; put it into ~/.pgpass or the file that PGPASSFILE names".into());
    }
    Ok(StoreTarget::Postgres(url))
}

fn seed(text: &str) -> Result<[u8; 32], String> {
    from_hex(text).ok_or_else(|| "a scheduler seed has 64 hexadecimal digits".to_owned())
}

impl ServeArgs {
    pub(super) async fn run(self) -> Result<()> {
        self.log.start();
        let config = self.config()?;
        let (listening, told) = oneshot::channel();
        let stop = until_asked_to_stop()?;
        let serving = crate::app::run(config, Clock::System, listening, stop);
        let telling = async {
            match told.await {
                Ok(listening) => tell(&listening),
                // It did not come to that; the error says why.
                Err(_) => Ok(()),
            }
        };
        let (served, told) = tokio::join!(serving, telling);
        served?;
        told
    }

    fn config(self) -> Result<ServeConfig> {
        let mut config = ServeConfig::new(self.data.directory()?);
        config.listen = self.listen;
        config.origin = self.origin;
        config.database = self.database;
        config.storage = self.storage;
        config.storage_ca = self.storage_ca;
        config.block_timeout = Duration::from_millis(self.block_timeout);
        config.public_url = self.public_url;
        config.tls = match (self.tls_cert, self.tls_key) {
            (Some(cert), Some(key)) => Some(TlsFiles { cert, key }),
            _ => None,
        };
        config.submitters = self.submitters.map(|who| match who {
            Posting::Open => Submitters::Open,
            Posting::Approved => Submitters::Approved,
        });
        config.diversity = match self.diversity {
            Strictness::Strict => Diversity::Strict,
            Strictness::Auto => Diversity::Auto,
            Strictness::Off => Diversity::Off,
        };
        config.join_work = self.join_work;
        config.lease = Duration::from_secs(self.lease);
        config.max_nodes = self.max_nodes;
        config.scheduler_seed = self.scheduler_seed;
        config.limits = ServerLimits {
            module_bytes: self.max_chunk << 20,
            chunk_bytes: self.max_chunk << 20,
            output_bytes: self.max_output << 20,
            keep_days: self.keep_days,
            ..ServerLimits::default()
        };
        if config.origin.as_deref().is_some_and(str::is_empty) {
            return Err(usage("the name of a ledger must not be empty"));
        }
        Ok(config)
    }
}

fn tell(listening: &Listening) -> Result<()> {
    line(&listening.url).context("cannot say where the coordinator listens")?;
    eprintln!(
        "Listening on {}. The admin's token is in {}. Ctrl-C stops.",
        listening.url,
        listening.admin_token_file.display()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_a_file_or_a_url_without_a_password() {
        assert_eq!(
            database("sqlite:a/b"),
            Ok(StoreTarget::Sqlite("a/b".into()))
        );
        assert_eq!(
            database("sqlite:///a/b"),
            Ok(StoreTarget::Sqlite("/a/b".into()))
        );
        assert!(matches!(
            database("postgres://u@h/d"),
            Ok(StoreTarget::Postgres(_))
        ));
        for bad in ["", "sqlite:", "mysql://h/d", "data", "postgres://u:p@h/d"] {
            assert!(database(bad).is_err(), "{bad}");
        }
    }
}
