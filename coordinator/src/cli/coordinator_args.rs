//! How a command reaches its coordinator, and as whom.

use super::data_args::DataArgs;
use super::failure::unreadable;
use super::interrupt::Left;
use super::print::Printer;
use crate::client::connection::{ApiClient, Settings};
use crate::client::key_store;
use crate::client::ledger::known::KnownLedgers;
use crate::remote::address::Address;
use anyhow::Result;
use clap::Args;
use shared::crypto::SecretKey;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// File of the admin's token in a coordinator's data directory.
const ADMIN_TOKEN: &str = "admin.token";
/// File of the submitter's key in the data directory.
const SUBMITTER_KEY: &str = "submitter.key";
const KNOWN_SERVERS: &str = "known_servers.json";
/// How long a command that somebody waits for tries to reach a coordinator.
const SHORT_PATIENCE: Duration = Duration::from_secs(2);

/// The options of every command that speaks to a coordinator.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Coordinator")]
pub(super) struct CoordinatorArgs {
    /// Address of the coordinator
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://127.0.0.1:8080",
        env = "MANYHANDS_URL",
        hide_env = true
    )]
    url: Address,
    /// PEM file of further certificates to trust for https
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Your submitter key; made on first use [default: submitter.key in the data directory]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// File with a token; on the coordinator's machine its admin.token in the data directory is used
    #[arg(
        long,
        value_name = "FILE",
        env = "MANYHANDS_TOKEN_FILE",
        hide_env = true
    )]
    token_file: Option<PathBuf>,
    /// Accept that this address serves another ledger than before
    #[arg(long)]
    accept_new_ledger: bool,
    #[command(flatten)]
    data: DataArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What a command works with.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) client: Arc<ApiClient>,
    pub(super) print: Printer,
    pub(super) left: Left,
    /// For files of a moment.
    pub(super) scratch: PathBuf,
    /// The ledgers whose policies are pinned.
    pub(super) known: KnownLedgers,
}

impl Session {
    /// From now on calls outlive restarts of the coordinator.
    pub(super) fn be_patient(&mut self, patience: Duration) {
        if let Some(client) = Arc::get_mut(&mut self.client) {
            client.set_patience(patience);
        }
    }
}

impl CoordinatorArgs {
    /// Whether JSON is wished for.
    pub(super) const fn print(&self) -> Printer {
        Printer::new(self.json)
    }

    /// Whether a token stands in for the key.
    pub(super) const fn has_token_file(&self) -> bool {
        self.token_file.is_some()
    }

    /// Where the submitter's key is.
    pub(super) fn key_path(&self) -> Result<PathBuf> {
        match &self.key {
            Some(path) => Ok(path.clone()),
            None => Ok(self.data.directory()?.join(SUBMITTER_KEY)),
        }
    }

    /// The submitter's key, made on first use.
    pub(super) fn own_key(&self) -> Result<SecretKey> {
        let path = self.key_path()?;
        let (key, is_new) = key_store::read_or_make(&path)?;
        if is_new {
            eprintln!(
                "Made a new submitter key in {}. Keep it: only it can read the results of its jobs.",
                path.display()
            );
        }
        Ok(key)
    }

    /// Where files of a moment may lie.
    pub(super) fn scratch(&self) -> Result<PathBuf> {
        Ok(self.data.directory()?.join("spool"))
    }

    /// Reaches the coordinator without the submitter's key.
    pub(super) async fn connect(&self, left: &Left) -> Result<Session> {
        self.connect_with(None, SHORT_PATIENCE, left).await
    }

    /// Reaches the coordinator with the submitter's key, made on first use.
    pub(super) async fn connect_as_submitter(&self, left: &Left) -> Result<Session> {
        self.connect_with(Some(self.own_key()?), SHORT_PATIENCE, left)
            .await
    }

    /// As [`connect_as_submitter`](Self::connect_as_submitter), for work that outlives restarts of the coordinator.
    pub(super) async fn connect_patiently(
        &self,
        patience: Duration,
        left: &Left,
    ) -> Result<Session> {
        self.connect_with(Some(self.own_key()?), patience, left)
            .await
    }

    async fn connect_with(
        &self,
        key: Option<SecretKey>,
        patience: Duration,
        left: &Left,
    ) -> Result<Session> {
        let address = self.url.clone();
        let data = self.data.directory()?;
        let admin_token = data.join(ADMIN_TOKEN);
        let token_file = self
            .token_file
            .as_ref()
            .or_else(|| (address.is_loopback() && admin_token.exists()).then_some(&admin_token));
        let token = match token_file {
            Some(path) => {
                let text =
                    std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
                Some(text.trim().to_owned())
            }
            None => None,
        };
        let settings = Settings {
            address,
            ca: self.ca.clone(),
            key,
            token,
            token_for_all: self.token_file.is_some(),
            token_looked_in: admin_token,
            known_servers: data.join(KNOWN_SERVERS),
            accept_new_ledger: self.accept_new_ledger,
            patience,
            notice: left.notice(),
        };
        Ok(Session {
            client: Arc::new(ApiClient::connect(settings).await?),
            print: self.print(),
            left: left.clone(),
            scratch: self.scratch()?,
            known: KnownLedgers::new(data),
        })
    }
}
