//! One coordinator as this program speaks to it: where it is, as whom it is asked, and which ledger it serves.

use super::call::{Call, Caller};
use super::error::ClientError;
use super::known_servers::KnownServers;
use super::wire::{Wire, chain_of};
use crate::remote::address::{Address, AddressError};
use crate::remote::tls;
use bytes::Bytes;
use reqwest::Response;
use serde::de::DeserializeOwned;
use shared::api::status::Status;
use shared::crypto::SecretKey;
use shared::ids::{ChainId, SubmitterKey};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Silence after which a connection counts as dead. The coordinator sends a comment into quiet event streams.
const SILENCE_TIMEOUT: Duration = Duration::from_mins(1);

/// How to reach a coordinator and as whom.
pub struct Settings {
    /// Where it is.
    pub address: Address,
    /// PEM file of further certificates to trust.
    pub ca: Option<PathBuf>,
    /// Signs requests of a submitter.
    pub key: Option<SecretKey>,
    /// Authorises requests instead of the key.
    pub token: Option<String>,
    /// Whether a submitter's requests carry the token too; otherwise only an admin's do.
    pub token_for_all: bool,
    /// Where a token was looked for, to say so when one is missing.
    pub token_looked_in: PathBuf,
    /// Where known servers are remembered.
    pub known_servers: PathBuf,
    /// Whether a changed ledger is expected.
    pub accept_new_ledger: bool,
    /// How long a call is tried while nobody answers.
    pub patience: Duration,
    /// Told what the program waits for while it tries again.
    pub notice: Notice,
}

/// Tells a person what the program waits for.
pub type Notice = Arc<dyn Fn(&str) + Send + Sync>;

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// A coordinator that was reached and whose ledger is known.
#[derive(Debug)]
pub struct ApiClient {
    settings: Settings,
    http: reqwest::Client,
    chain: ChainId,
    status: Status,
}

impl ApiClient {
    /// Reaches the coordinator, learns which ledger it serves and compares that with what is remembered.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn connect(settings: Settings) -> Result<Self, ClientError> {
        let url = settings.address.text();
        let http = http_client(&settings.address, settings.ca.as_deref())?;
        let unknown = ChainId([0; 32]);
        let wire = Wire {
            settings: &settings,
            http: &http,
            chain: unknown,
        };
        let status: Status = wire.json(&Call::get(Caller::Anyone, "status")).await?;
        if ChainId::of_origin(&status.origin) != status.chain_id {
            return Err(ClientError::NotUnderstood {
                url,
                reason: "its chain_id is not the hash of its origin".into(),
            });
        }
        KnownServers::new(settings.known_servers.clone()).check(
            &url,
            &status.origin,
            status.chain_id,
            settings.accept_new_ledger,
        )?;
        Ok(Self {
            chain: status.chain_id,
            settings,
            http,
            status,
        })
    }

    /// The ledger's chain id.
    #[must_use]
    pub const fn chain(&self) -> ChainId {
        self.chain
    }

    /// What the coordinator said of itself when it was reached.
    #[must_use]
    pub const fn status(&self) -> &Status {
        &self.status
    }

    /// Where the coordinator is.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.settings.address
    }

    /// PEM file of further certificates to trust.
    #[must_use]
    pub fn ca(&self) -> Option<&Path> {
        self.settings.ca.as_deref()
    }

    /// The key that signs requests and jobs.
    #[must_use]
    pub const fn key(&self) -> Option<&SecretKey> {
        self.settings.key.as_ref()
    }

    /// The same as a public key.
    #[must_use]
    pub fn submitter_key(&self) -> Option<SubmitterKey> {
        self.key().map(SecretKey::submitter_key)
    }

    /// Whose uploads they are, where the request itself does not say so because a token stands in for the signature.
    pub(super) fn uploads_for(&self) -> Option<SubmitterKey> {
        self.submitter_key().filter(|_| self.settings.token_for_all)
    }

    /// Tells a person what is waited for.
    pub fn notice(&self, text: &str) {
        (self.settings.notice)(text);
    }

    /// How long a call is tried while nobody answers.
    #[must_use]
    pub const fn patience(&self) -> Duration {
        self.settings.patience
    }

    /// How long calls are tried from now on while nobody answers.
    pub const fn set_patience(&mut self, patience: Duration) {
        self.settings.patience = patience;
    }

    fn wire(&self) -> Wire<'_> {
        Wire {
            settings: &self.settings,
            http: &self.http,
            chain: self.chain,
        }
    }

    /// Makes a call and reads its JSON answer.
    pub(super) async fn json<T: DeserializeOwned>(&self, call: &Call) -> Result<T, ClientError> {
        self.wire().json(call).await
    }

    /// Makes a call and reads its answer of at most `max` bytes.
    pub(super) async fn bytes(&self, call: &Call, max: u64) -> Result<Bytes, ClientError> {
        self.wire().bytes(call, max).await
    }

    /// Makes a call once and gives its answer to be read as it comes; `headers` are added.
    pub(super) async fn open(
        &self,
        call: &Call,
        headers: &[(&'static str, String)],
    ) -> Result<Response, ClientError> {
        self.wire().send(call, headers).await
    }
}

/// Speaks HTTP to one server.
pub(super) fn http_client(
    address: &Address,
    ca: Option<&Path>,
) -> Result<reqwest::Client, ClientError> {
    let trusted = tls::client_config(ca)?;
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(trusted)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(SILENCE_TIMEOUT)
        .user_agent(concat!("manyhands/", env!("CARGO_PKG_VERSION")));
    if address.is_loopback() {
        builder = builder.no_proxy();
    }
    let client = builder.build().map_err(|error| AddressError {
        url: address.text(),
        reason: chain_of(&error),
    })?;
    Ok(client)
}
