//! `storage`: a storage node on its own, on another machine or of another organisation; and its operator's approval of
//! policies.

use super::data_args::DataArgs;
use super::failure::usage;
use super::log::LogArgs;
use super::print::Printer;
use super::volunteer::until_asked_to_stop;
use crate::app::{StorageConfig, StorageListening, TlsFiles, run_storage};
use crate::clock::Clock;
use crate::storage::approve;
use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::json;
use shared::ids::Digest;
use shared::ledger::note::is_key_name;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tokio::sync::oneshot;

pub(super) const EXAMPLES: &str = "Examples:\n  \
    manyhands storage --data ./s1 --listen 0.0.0.0:8081 --name s1\n  \
    manyhands storage --data ./s1 --accept-policy 1f2e…64 hex digits";

/// How to run a storage node.
#[derive(Debug, Args)]
pub(super) struct StorageArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Address to listen on; port 0 takes a free one. Without it only --accept-policy is done
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        required_unless_present = "accept_policy"
    )]
    listen: Option<SocketAddr>,
    /// Name in policies and cosignatures; always the same one
    #[arg(long, value_name = "NAME", default_value = "s1", value_parser = name)]
    name: String,
    /// Approve a policy by its SHA-256, for good; a running storage node hears it at once
    #[arg(long, value_name = "SHA256")]
    accept_policy: Option<Digest>,
    /// Certificate chain in PEM, to serve https
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its private key in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// PEM file of further certificates to trust when asking other storage nodes
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Days that outputs are kept after a job's end
    #[arg(long, value_name = "DAYS", default_value = "30", value_parser = clap::value_parser!(u32).range(1..=3650))]
    keep_days: u32,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    log: LogArgs,
}

/// A name of a key, as signed notes have it.
fn name(text: &str) -> Result<String, String> {
    if is_key_name(text) && text.len() <= 64 {
        return Ok(text.to_owned());
    }
    Err("a name has 1 to 64 characters, no spaces and no plus sign".to_owned())
}

impl StorageArgs {
    pub(super) async fn run(self) -> Result<()> {
        let directory = self.data.directory_or("storage")?;
        if let Some(policy) = self.accept_policy {
            accept(&directory, policy)?;
        }
        let Some(listen) = self.listen else {
            return Ok(());
        };
        self.log.start();
        let config = StorageConfig {
            data: directory,
            listen,
            name: self.name,
            tls: match (self.tls_cert, self.tls_key) {
                (Some(cert), Some(key)) => Some(TlsFiles { cert, key }),
                _ => None,
            },
            ca: self.ca,
            keep_days: self.keep_days,
        };
        let print = Printer::new(self.json);
        let (listening, told) = oneshot::channel();
        let stop = until_asked_to_stop()?;
        let serving = run_storage(config, Clock::System, listening, stop);
        let telling = async {
            match told.await {
                Ok(listening) => tell(print, &listening),
                // It did not come to that; the error says why.
                Err(_) => Ok(()),
            }
        };
        let (served, told) = tokio::join!(serving, telling);
        served?;
        told
    }
}

fn accept(directory: &Path, policy: Digest) -> Result<()> {
    if !directory.exists() {
        let words = format!(
            "there is no storage node in {}; start it once with --listen, or give its --data",
            directory.display()
        );
        return Err(usage(words));
    }
    approve(directory, policy)
        .with_context(|| format!("cannot record the approval in {}", directory.display()))?;
    eprintln!("The policy {policy} is approved.");
    Ok(())
}

fn tell(print: Printer, listening: &StorageListening) -> Result<()> {
    let identity = &listening.identity;
    let value = json!({
        "url": listening.url,
        "name": identity.name,
        "vkey": identity.vkey,
        "ack_key": identity.ack_key,
        "wiped": identity.wiped,
    });
    let text = || {
        format!(
            "{}\nvkey {}\nack key {}",
            listening.url, identity.vkey, identity.ack_key
        )
    };
    print
        .show(&value, text)
        .context("cannot say where the storage node listens")?;
    eprintln!(
        "Storage node {} listens on {}. Ctrl-C stops.",
        identity.name, listening.url
    );
    if identity.wiped {
        eprintln!(
            "Its database is gone but its keys are not: it may have forgotten promises, and takes part again when it \
             has recovered from the other storage nodes."
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_stand_in_a_policy() {
        assert_eq!(name("s1"), Ok("s1".to_owned()));
        for bad in ["", "a b", "a+b", &"x".repeat(65)] {
            assert!(name(bad).is_err(), "{bad}");
        }
    }
}
