//! One coordinator as this program speaks to it: signs or authorises each request, tries again when that is safe, and
//! turns every failure into a [`ClientError`].

use super::address::Address;
use super::error::ClientError;
use super::known_servers::KnownServers;
use crate::clock::Clock;
use crate::entropy::random_bytes;
use bytes::{Bytes, BytesMut};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Method, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::api::problem::Problem;
use shared::api::status::Status;
use shared::crypto::SecretKey;
use shared::http_auth::{Credentials, Http};
use shared::ids::{ChainId, Digest, RequestNonce, SubmitterKey};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Silence after which a connection counts as dead. The coordinator sends a comment into quiet event streams.
const SILENCE_TIMEOUT: Duration = Duration::from_mins(1);
/// Largest JSON answer, bytes: guards this program's memory against a hostile server.
const MAX_JSON_BYTES: u64 = 128 << 20;
const MAX_PROBLEM_BYTES: u64 = 1 << 20;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Time to try in silence: a hiccup is not worth a word.
const SILENT_TRIES: Duration = Duration::from_secs(2);

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

/// As whom a request is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    /// Anyone: no credentials.
    Anyone,
    /// A submitter: signed.
    Submitter,
    /// An admin: by token.
    Admin,
}

/// One request.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    /// Path and query.
    pub(super) target: String,
    pub(super) body: Option<(&'static str, Bytes)>,
    pub(super) caller: Caller,
    /// Whether doing it twice is the same as doing it once.
    pub(super) repeatable: bool,
}

impl Call {
    pub(super) fn get(caller: Caller, path: &str) -> Self {
        Self {
            method: Method::GET,
            target: format!("{}/{path}", shared::api::ROOT),
            body: None,
            caller,
            repeatable: true,
        }
    }

    pub(super) fn with_json(
        method: Method,
        caller: Caller,
        path: &str,
        body: &impl Serialize,
    ) -> Self {
        let body = serde_json::to_vec(body).expect("the API's types always serialise");
        Self {
            method,
            body: Some(("application/json", body.into())),
            ..Self::get(caller, path)
        }
    }

    /// Doing it twice would do it twice.
    pub(super) fn once(self) -> Self {
        Self {
            repeatable: false,
            ..self
        }
    }
}

impl ApiClient {
    /// Reaches the coordinator, learns which ledger it serves and compares that with what is remembered.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn connect(settings: Settings) -> Result<Self, ClientError> {
        let tls = super::tls::client_config(settings.ca.as_deref())?;
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(SILENCE_TIMEOUT)
            .user_agent(concat!("manyhands/", env!("CARGO_PKG_VERSION")));
        if settings.address.is_loopback() {
            builder = builder.no_proxy();
        }
        let url = settings.address.text();
        let http = builder.build().map_err(|error| ClientError::BadUrl {
            url: url.clone(),
            reason: chain_of(&error),
        })?;
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

/// What a request needs; also before the ledger is known.
struct Wire<'a> {
    settings: &'a Settings,
    http: &'a reqwest::Client,
    chain: ChainId,
}

impl Wire<'_> {
    async fn json<T: DeserializeOwned>(&self, call: &Call) -> Result<T, ClientError> {
        let body = self.bytes(call, MAX_JSON_BYTES).await?;
        serde_json::from_slice(&body)
            .map_err(|error| self.not_understood(format!("{}: {error}", call.target)))
    }

    async fn bytes(&self, call: &Call, max: u64) -> Result<Bytes, ClientError> {
        let give_up_at = Instant::now() + self.settings.patience;
        let speak_at = Instant::now() + SILENT_TRIES;
        let mut pause = FIRST_PAUSE;
        loop {
            let result = match self.send(call, &[]).await {
                Ok(response) => self.read(response, max).await,
                Err(error) => Err(error),
            };
            let error = match result {
                Ok(bytes) => return Ok(bytes),
                Err(error) if error.is_temporary() => error,
                Err(error) => return Err(error),
            };
            let may_have_been_done = matches!(
                error,
                ClientError::Unreachable {
                    connected: true,
                    ..
                }
            );
            if may_have_been_done && !call.repeatable {
                return Err(error);
            }
            let asked = match &error {
                ClientError::Refused(problem) => problem.retry_after_seconds,
                _ => None,
            };
            let wait = asked.map_or_else(|| jittered(pause), Duration::from_secs);
            if Instant::now() + wait > give_up_at {
                return Err(error);
            }
            if Instant::now() >= speak_at {
                (self.settings.notice)(&format!("{error} (trying again)"));
            }
            tokio::time::sleep(wait).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn send(
        &self,
        call: &Call,
        headers: &[(&'static str, String)],
    ) -> Result<Response, ClientError> {
        let url = self.settings.address.join(&call.target);
        let mut request = self.http.request(call.method.clone(), url);
        if let Some(authorization) = self.authorization(call)? {
            request = request.header(AUTHORIZATION, authorization);
        }
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        if let Some((media_type, body)) = &call.body {
            request = request.header(CONTENT_TYPE, *media_type).body(body.clone());
        }
        let response = request
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(self.problem(response).await)
    }

    fn authorization(&self, call: &Call) -> Result<Option<String>, ClientError> {
        let by_token = match call.caller {
            Caller::Anyone => return Ok(None),
            Caller::Submitter => self.settings.token_for_all,
            Caller::Admin => true,
        };
        if by_token {
            let token = self.settings.token.as_ref();
            let token = token.ok_or_else(|| ClientError::NoToken {
                looked_in: self.settings.token_looked_in.clone(),
            })?;
            if self.settings.address.is_exposed() {
                let url = self.settings.address.text();
                return Err(ClientError::PlainToken { url });
            }
            return Ok(Some(format!("Bearer {token}")));
        }
        let Some(key) = &self.settings.key else {
            return Ok(None);
        };
        let body = call.body.as_ref().map_or(&[][..], |(_, body)| body);
        let request = Http {
            method: call.method.as_str().to_owned(),
            target: call.target.clone(),
            body_sha256: Digest::of(body),
            time_ms: Clock::System.now(),
            nonce: RequestNonce(random_bytes()),
        };
        Ok(Some(Credentials::sign(self.chain, key, &request).header()))
    }

    async fn read(&self, mut response: Response, max: u64) -> Result<Bytes, ClientError> {
        let mut body = BytesMut::new();
        while let Some(piece) = response
            .chunk()
            .await
            .map_err(|error| self.unreachable(&error))?
        {
            if (body.len() + piece.len()) as u64 > max {
                let reason = format!("more than the {max} bytes that may come here");
                return Err(self.not_understood(reason));
            }
            body.extend_from_slice(&piece);
        }
        Ok(body.freeze())
    }

    async fn problem(&self, response: Response) -> ClientError {
        let status = response.status();
        let body = match self.read(response, MAX_PROBLEM_BYTES).await {
            Ok(body) => body,
            Err(error) => return error,
        };
        match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) => ClientError::Refused(Box::new(problem)),
            Err(_) => self.not_understood(format!("status {status}")),
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> ClientError {
        ClientError::Unreachable {
            url: self.settings.address.text(),
            reason: chain_of(error),
            connected: !error.is_connect(),
        }
    }

    fn not_understood(&self, reason: String) -> ClientError {
        ClientError::NotUnderstood {
            url: self.settings.address.text(),
            reason,
        }
    }
}

/// The innermost reason of an error, which is the one that says something ("Connection refused").
fn chain_of(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// Between half and all of `pause`, so that many clients do not come back at once.
fn jittered(pause: Duration) -> Duration {
    let [byte] = random_bytes::<1>();
    pause / 2 + pause * u32::from(byte) / 512
}
