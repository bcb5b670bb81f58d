//! Where a ledger is read: the paths below `/api/v1/ledger` of a server, or the same paths as files.

use super::error::LedgerError;
use crate::client::call::{Call, Caller};
use crate::client::connection::{Notice, Settings, http_client};
use crate::client::error::ClientError;
use crate::client::wire::Wire;
use crate::remote::address::Address;
use bytes::Bytes;
use shared::ids::ChainId;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a server that does not answer is tried.
const PATIENCE: Duration = Duration::from_secs(2);

/// A place where a ledger is read.
#[derive(Debug)]
pub enum LogSource {
    /// A coordinator or storage node.
    Server(Box<ServerLog>),
    /// A folder with the same paths.
    Folder(PathBuf),
}

/// A server that is asked without credentials.
#[derive(Debug)]
pub struct ServerLog {
    settings: Settings,
    http: reqwest::Client,
}

impl LogSource {
    /// The ledger of a server; `ca` names further certificates to trust.
    ///
    /// # Errors
    /// When the TLS settings cannot be made.
    pub fn server(
        address: Address,
        ca: Option<PathBuf>,
        notice: Notice,
    ) -> Result<Self, ClientError> {
        let http = http_client(&address, ca.as_deref())?;
        let settings = Settings {
            address,
            ca,
            key: None,
            token: None,
            token_for_all: false,
            token_looked_in: PathBuf::new(),
            known_servers: PathBuf::new(),
            accept_new_ledger: false,
            patience: PATIENCE,
            notice,
        };
        Ok(Self::Server(Box::new(ServerLog { settings, http })))
    }

    /// Its address or folder, for people.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Server(server) => server.settings.address.text(),
            Self::Folder(folder) => folder.display().to_string(),
        }
    }

    /// The content of a path, at most `max` bytes; `None` when it is not there.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn read(&self, path: &str, max: u64) -> Result<Option<Bytes>, ClientError> {
        match self {
            Self::Server(server) => server.read(path, max).await,
            Self::Folder(folder) => read_file(&folder.join(path), max),
        }
    }

    /// The same for what every ledger has.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub async fn expect(&self, path: &str, max: u64) -> Result<Bytes, LedgerError> {
        let found = self.read(path, max).await?;
        found.ok_or_else(|| LedgerError::Missing {
            at: self.name(),
            path: path.to_owned(),
        })
    }
}

impl ServerLog {
    async fn read(&self, path: &str, max: u64) -> Result<Option<Bytes>, ClientError> {
        let wire = Wire {
            settings: &self.settings,
            http: &self.http,
            chain: ChainId([0; 32]),
        };
        let call = Call::get(Caller::Anyone, &format!("ledger/{path}"));
        match wire.bytes(&call, max).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(ClientError::Refused(problem)) if problem.status == 404 => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A file of at most `max` bytes.
///
/// # Errors
/// When it is longer or cannot be read.
pub fn read_file(path: &Path, max: u64) -> Result<Option<Bytes>, ClientError> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(ClientError::file(path, error)),
    };
    let mut bytes = Vec::new();
    let read = file.take(max.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| ClientError::file(path, error))?;
    if bytes.len() as u64 > max {
        let reason = format!("more than the {max} bytes that may stand here");
        return Err(ClientError::file(path, reason));
    }
    Ok(Some(bytes.into()))
}
