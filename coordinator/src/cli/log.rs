//! The log of a server on stderr.

use clap::{Args, ValueEnum};
use tracing_subscriber::filter::{EnvFilter, LevelFilter};

/// How to log.
#[derive(Debug, Clone, Args)]
pub(super) struct LogArgs {
    /// Form of the log on stderr
    #[arg(long, value_name = "FORM", default_value = "text")]
    log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogFormat {
    /// Lines for people
    Text,
    /// A JSON object a line
    Json,
}

impl LogArgs {
    /// Logs from now on.
    pub(super) fn start(&self) {
        let filter = EnvFilter::builder()
            .with_default_directive(LevelFilter::INFO.into())
            .from_env_lossy();
        let log = tracing_subscriber::fmt()
            .with_writer(std::io::stderr)
            .with_env_filter(filter);
        match self.log_format {
            LogFormat::Text => log.with_ansi(false).init(),
            LogFormat::Json => log.json().init(),
        }
    }
}
