//! The client of a storage node's HTTP protocol: signs what it asks, and takes only answers that the node has signed.

use super::http::{BLOBS, CHAIN_HEADER, MEDIA_TYPE, PROTOCOL};
use super::link::LinkError;
use super::reads::PublicRead;
use super::wire::{self, Identity, MAX_MESSAGE_BYTES, Refusal};
use crate::clock::Clock;
use crate::entropy::random_bytes;
use crate::remote::address::Address;
use crate::remote::tls::{self, TlsError};
use bytes::{Bytes, BytesMut};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Method, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::api::problem::Problem;
use shared::crypto::SecretKey;
use shared::http_answer::{Answer, HEADER};
use shared::http_auth::{Credentials, Http};
use shared::ids::{AckKey, ChainId, Digest, RequestNonce};
use shared::job::MAX_OUTPUT_BYTES;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Silence after which a node counts as unreachable: checking a block takes seconds at most.
const SILENCE_TIMEOUT: Duration = Duration::from_mins(1);
const MAX_PROBLEM_BYTES: usize = 64 * 1024;
/// Modules, outputs and inputs have at most this many bytes, leaf lists fewer.
const MAX_BLOB_BYTES: usize = MAX_OUTPUT_BYTES as usize;

/// How to reach a storage node and as whom.
#[derive(Debug, Clone)]
pub struct RemoteSettings {
    /// Where it is.
    pub address: Address,
    /// PEM file of further certificates to trust.
    pub ca: Option<PathBuf>,
    /// The ledger.
    pub chain: ChainId,
    /// Signs the requests: the leader's key, or a storage node's ack key.
    pub key: SecretKey,
    /// The key that the node must answer with, as the policy names it. `None` before there is a policy: then that of its
    /// first answer is kept to.
    pub ack_key: Option<AckKey>,
}

/// A storage node elsewhere.
#[derive(Debug)]
pub struct RemoteNode {
    settings: RemoteSettings,
    label: String,
    http: reqwest::Client,
    ack_key: OnceLock<AckKey>,
}

/// Why a remote node cannot be spoken to at all.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The TLS settings cannot be made.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The client cannot be made.
    #[error("cannot make a client for storage nodes: {0}")]
    Client(#[from] reqwest::Error),
}

/// One request, ready to be signed.
struct Call {
    method: Method,
    target: String,
    body: Bytes,
}

type Result<T, E = LinkError> = std::result::Result<T, E>;

impl RemoteNode {
    /// A node that is not spoken to yet.
    ///
    /// # Errors
    /// When the CA file cannot be used.
    pub fn new(settings: RemoteSettings) -> Result<Self, RemoteError> {
        let trusted = tls::client_config(settings.ca.as_deref())?;
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(trusted)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(SILENCE_TIMEOUT)
            .user_agent(concat!("manyhands/", env!("CARGO_PKG_VERSION")));
        if settings.address.is_loopback() {
            builder = builder.no_proxy();
        }
        let ack_key = OnceLock::new();
        if let Some(key) = settings.ack_key {
            ack_key.get_or_init(|| key);
        }
        Ok(Self {
            label: settings.address.text(),
            http: builder.build()?,
            ack_key,
            settings,
        })
    }

    /// What to call the node: its address.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The key that its answers are signed with, when it is known.
    #[must_use]
    pub fn ack_key(&self) -> Option<AckKey> {
        self.ack_key.get().copied()
    }

    /// Where it is.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.settings.address
    }

    /// Who the node is. The first answer of a node whose key is not known yet is taken at its word.
    pub(super) async fn identity(&self) -> Result<Identity> {
        let call = Call::ask("identity", &());
        let (answer, signature, body) = self.send(&call).await?;
        let identity = self.decode::<Identity>(&body);
        let key = match (self.ack_key.get(), &identity) {
            (Some(key), _) => *key,
            (None, Ok(identity)) => identity.ack_key,
            (None, Err(_)) => return identity,
        };
        self.check(&answer, key, &signature)?;
        Ok(Identity {
            ack_key: *self.ack_key.get_or_init(|| key),
            ..identity?
        })
    }

    /// Asks and reads the signed answer.
    pub(super) async fn ask<Q: Serialize, A: DeserializeOwned>(
        &self,
        verb: &str,
        question: &Q,
    ) -> Result<A> {
        let key = self.key().await?;
        let (answer, signature, body) = self.send(&Call::ask(verb, question)).await?;
        self.check(&answer, key, &signature)?;
        self.decode(&body)
    }

    /// Sends a blob.
    pub(super) async fn put_blob(&self, sha256: Digest, bytes: Bytes) -> Result<()> {
        let key = self.key().await?;
        let call = Call {
            method: Method::PUT,
            target: format!("{BLOBS}{sha256}"),
            body: bytes,
        };
        let (answer, signature, body) = self.send(&call).await?;
        self.check(&answer, key, &signature)?;
        self.decode(&body)
    }

    /// Fetches a blob.
    pub(super) async fn read_blob(&self, sha256: Digest) -> Result<Option<Vec<u8>>> {
        let key = self.key().await?;
        let call = Call {
            method: Method::GET,
            target: format!("{BLOBS}{sha256}"),
            body: Bytes::new(),
        };
        let (answer, signature, body) = self.send(&call).await?;
        self.check(&answer, key, &signature)?;
        if answer.status == 404 {
            return Ok(None);
        }
        if answer.status != 200 {
            return self.decode(&body);
        }
        if answer.body_sha256 != sha256 {
            return Err(self.bad_answer("these are not the bytes that were asked for".to_owned()));
        }
        Ok(Some(body.to_vec()))
    }

    /// Reads a public route; nothing is signed.
    pub(super) async fn read_public(&self, target: &str) -> Result<PublicRead> {
        let response = self.open_public(target).await?;
        self.read_opened(response).await
    }

    /// The same, its body not read yet.
    pub(super) async fn open_public(&self, target: &str) -> Result<Response> {
        let reading = self.http.get(self.settings.address.join(target)).send();
        reading.await.map_err(|error| self.unreachable(&error))
    }

    /// Reads what was opened.
    pub(super) async fn read_opened(&self, response: Response) -> Result<PublicRead> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = self.read(response, MAX_MESSAGE_BYTES).await?;
        Ok(PublicRead {
            status,
            headers,
            body,
        })
    }

    async fn key(&self) -> Result<AckKey> {
        match self.ack_key.get() {
            Some(key) => Ok(*key),
            None => Ok(self.identity().await?.ack_key),
        }
    }

    /// The answer as the node should have signed it, its signature, and its body.
    async fn send(&self, call: &Call) -> Result<(Answer, String, Bytes)> {
        let settings = &self.settings;
        let request = Http {
            method: call.method.as_str().to_owned(),
            target: call.target.clone(),
            body_sha256: Digest::of(&call.body),
            time_ms: Clock::System.now(),
            nonce: RequestNonce(random_bytes()),
        };
        let credentials = Credentials::sign(settings.chain, &settings.key, &request);
        let sending = self
            .http
            .request(call.method.clone(), settings.address.join(&call.target))
            .header(AUTHORIZATION, credentials.header())
            .header(CHAIN_HEADER, settings.chain.to_string())
            .header(CONTENT_TYPE, MEDIA_TYPE)
            .body(call.body.clone());
        let response = sending.send().await;
        let response = response.map_err(|error| self.unreachable(&error))?;
        let status = response.status().as_u16();
        let signature = response.headers().get(HEADER);
        let signature = signature.and_then(|value| value.to_str().ok());
        let Some(signature) = signature.map(str::to_owned) else {
            return Err(self.problem(response).await);
        };
        let max = MAX_MESSAGE_BYTES.max(MAX_BLOB_BYTES);
        let body = self.read(response, max).await?;
        let answer = Answer {
            request_nonce: request.nonce,
            status,
            body_sha256: Digest::of(&body),
        };
        Ok((answer, signature, body))
    }

    fn check(&self, answer: &Answer, key: AckKey, signature: &str) -> Result<()> {
        answer
            .verify(self.settings.chain, &key, signature)
            .map_err(|error| self.bad_answer(error.to_string()))
    }

    fn decode<A: DeserializeOwned>(&self, body: &[u8]) -> Result<A> {
        let answer: std::result::Result<A, Refusal> =
            wire::decode(body).map_err(|error| self.bad_answer(error.to_string()))?;
        answer.map_err(|refusal| LinkError::Refused {
            node: self.label.clone(),
            refusal,
        })
    }

    async fn read(&self, mut response: Response, max: usize) -> Result<Bytes> {
        let mut body = BytesMut::new();
        loop {
            let piece = response.chunk().await;
            let Some(piece) = piece.map_err(|error| self.unreachable(&error))? else {
                return Ok(body.freeze());
            };
            if body.len() + piece.len() > max {
                return Err(self.bad_answer(format!("it has more than {max} bytes")));
            }
            body.extend_from_slice(&piece);
        }
    }

    async fn problem(&self, response: Response) -> LinkError {
        let status = response.status();
        let body = match self.read(response, MAX_PROBLEM_BYTES).await {
            Ok(body) => body,
            Err(error) => return error,
        };
        match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) => LinkError::Problem {
                node: self.label.clone(),
                problem: Box::new(problem),
            },
            Err(_) => self.bad_answer(format!("it is not signed and has the status {status}")),
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> LinkError {
        let mut innermost: &dyn std::error::Error = error;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        LinkError::Unreachable {
            node: self.label.clone(),
            reason: innermost.to_string(),
        }
    }

    fn bad_answer(&self, reason: String) -> LinkError {
        LinkError::BadAnswer {
            node: self.label.clone(),
            reason,
        }
    }
}

impl Call {
    fn ask<Q: Serialize>(verb: &str, question: &Q) -> Self {
        Self {
            method: Method::POST,
            target: format!("{PROTOCOL}{verb}"),
            body: wire::encode(question).into(),
        }
    }
}
