//! `--data`: where this user's keys, tokens and known servers are.

use crate::cli::failure::usage;
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;

/// Where the data is.
#[derive(Debug, Clone, Args)]
pub(super) struct DataArgs {
    /// Directory for keys and state [default: $XDG_DATA_HOME/manyhands or ~/.local/share/manyhands]
    #[arg(long, value_name = "DIR", env = "MANYHANDS_DATA", hide_env = true)]
    data: Option<PathBuf>,
    #[arg(long, env = "XDG_DATA_HOME", hide = true, hide_env = true)]
    xdg_data_home: Option<PathBuf>,
}

impl DataArgs {
    /// The directory, which need not exist.
    pub(super) fn directory(&self) -> Result<PathBuf> {
        if let Some(data) = &self.data {
            return Ok(data.clone());
        }
        // The XDG specification says that a relative path there is to be ignored.
        let xdg = self.xdg_data_home.clone().filter(|path| path.is_absolute());
        let base = xdg.or_else(|| std::env::home_dir().map(|home| home.join(".local/share")));
        let base = base.ok_or_else(|| {
            usage("this user has no home directory: say with --data where to keep keys and state")
        })?;
        Ok(base.join("manyhands"))
    }

    /// The directory when it was named, otherwise the folder `name` in the default one.
    pub(super) fn directory_or(&self, name: &str) -> Result<PathBuf> {
        let directory = self.directory()?;
        Ok(if self.data.is_some() {
            directory
        } else {
            directory.join(name)
        })
    }
}
