//! Where a command reads the ledger: a server or a folder.

use crate::cli::data_args::DataArgs;
use crate::cli::failure::usage;
use crate::cli::interrupt::Left;
use crate::cli::print::Printer;
use crate::client::error::ClientError;
use crate::client::ledger::known::KnownLedgers;
use crate::client::ledger::source::{LogSource, read_file};
use crate::remote::address::Address;
use anyhow::{Context as _, Result};
use clap::Args;
use shared::ledger::policy::MAX_TEXT_BYTES;
use shared::ledger::policy_text::QuorumPolicy;
use std::path::{Path, PathBuf};

/// Where the ledger is.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Ledger")]
pub(super) struct PlaceArgs {
    /// Address of a coordinator or storage node
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://127.0.0.1:8080",
        env = "MANYHANDS_URL",
        hide_env = true
    )]
    url: Address,
    /// Read files instead, as `ledger export` writes them
    #[arg(long, value_name = "DIR")]
    pub(super) folder: Option<PathBuf>,
    /// PEM file of further certificates to trust for https
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    #[command(flatten)]
    data: DataArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl PlaceArgs {
    pub(super) const fn print(&self) -> Printer {
        Printer::new(self.json)
    }

    pub(super) fn source(&self, left: &Left) -> Result<LogSource> {
        match &self.folder {
            Some(folder) => Ok(LogSource::Folder(folder.clone())),
            None => Ok(LogSource::server(
                self.url.clone(),
                self.ca.clone(),
                left.notice(),
            )?),
        }
    }

    pub(super) fn known(&self) -> Result<KnownLedgers> {
        Ok(KnownLedgers::new(self.data.directory()?))
    }
}

/// The policy of a file.
pub(super) fn pinned(file: Option<&Path>) -> Result<Option<QuorumPolicy>> {
    let Some(path) = file else {
        return Ok(None);
    };
    let bytes = expect_file(path, MAX_TEXT_BYTES as u64)?;
    let text = String::from_utf8_lossy(&bytes);
    let policy = QuorumPolicy::parse(&text)
        .map_err(|error| usage(format!("it is no policy: {error}")))
        .with_context(|| path.display().to_string())?;
    Ok(Some(policy))
}

/// The bytes of a file that must be there.
pub(super) fn expect_file(path: &Path, max: u64) -> Result<bytes::Bytes> {
    match read_file(path, max) {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => {
            let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
            Err(crate::cli::failure::unreadable(path, &missing))
        }
        Err(ClientError::File { path, reason }) => {
            Err(anyhow::anyhow!("{}: {reason}", path.display()))
        }
        Err(error) => Err(error.into()),
    }
}
