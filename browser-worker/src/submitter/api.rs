//! One coordinator as the submitter speaks to it: requests that are signed, limited and tried again.

use crate::clock;
use crate::entropy::random_bytes;
use crate::fetch::{self, Watch};
use crate::keys::ProfileKey;
use gloo_timers::future::TimeoutFuture;
use js_sys::Uint8Array;
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::api::problem::Problem;
use shared::api::status::Status;
use shared::codec::Canonical as _;
use shared::http_auth::{Credentials, Http};
use shared::ids::{ChainId, Digest, RequestNonce, SubmitterKey, UnixMs};
use shared::page::submit::{Trouble, TroubleCode};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Request, RequestCache, RequestCredentials, RequestInit, RequestRedirect, Response,
    WorkerGlobalScope,
};

/// Largest JSON answer, bytes.
const MAX_JSON_BYTES: u64 = 64 << 20;
const MAX_PROBLEM_BYTES: u64 = 1 << 20;
/// How often a request is tried.
const TRIES: u32 = 5;
/// Wait before the second try, ms; it doubles.
const FIRST_WAIT_MS: u32 = 200;
/// Differences of clocks below this are none, ms.
const SMALL_SKEW_MS: u64 = 10_000;

/// One request.
#[derive(Debug, Clone)]
pub(super) struct Call {
    method: &'static str,
    target: String,
    body: Vec<u8>,
    media_type: Option<&'static str>,
    is_signed: bool,
}

impl Call {
    /// Reads what anyone may know; `path` is below the root of the API.
    pub(super) fn public(path: &str) -> Self {
        Self {
            method: "GET",
            target: format!("{}/{path}", shared::api::ROOT),
            body: Vec::new(),
            media_type: None,
            is_signed: false,
        }
    }

    /// Reads what the submitter may know.
    pub(super) fn get(path: &str) -> Self {
        Self {
            is_signed: true,
            ..Self::public(path)
        }
    }

    /// Posts JSON. Every such route answers the same when it is asked twice.
    pub(super) fn post(path: &str, body: &impl Serialize) -> Result<Self, Trouble> {
        let body = serde_json::to_vec(body)
            .map_err(|error| Trouble::new(TroubleCode::Browser, error.to_string()))?;
        Ok(Self {
            method: "POST",
            body,
            media_type: Some("application/json"),
            ..Self::get(path)
        })
    }

    /// Uploads bytes.
    pub(super) fn put(path: &str, body: Vec<u8>) -> Self {
        Self {
            method: "PUT",
            body,
            media_type: Some("application/octet-stream"),
            ..Self::get(path)
        }
    }
}

/// A coordinator whose ledger is known.
#[derive(Debug)]
pub(super) struct Api {
    key: Option<ProfileKey>,
    status: Status,
    /// What to add to this machine's clock, ms.
    skew_ms: i64,
}

impl Api {
    /// Learns which ledger is served.
    pub(super) async fn connect(key: Option<ProfileKey>) -> Result<Self, Trouble> {
        let body = request(&Call::public("status"), None, MAX_JSON_BYTES).await?;
        let status: Status = parse(&body, "status")?;
        if ChainId::of_origin(&status.origin) != status.chain_id {
            let detail = "its chain_id is not the hash of its origin";
            return Err(Trouble::new(TroubleCode::NotUnderstood, detail));
        }
        let (here, there) = (clock::now().0, status.server_time_ms.0);
        let skew_ms = if here.abs_diff(there) < SMALL_SKEW_MS {
            0
        } else {
            i64::try_from(i128::from(there) - i128::from(here)).unwrap_or(0)
        };
        Ok(Self {
            key,
            status,
            skew_ms,
        })
    }

    /// What the coordinator said of itself.
    pub(super) const fn status(&self) -> &Status {
        &self.status
    }

    /// The ledger.
    pub(super) const fn chain(&self) -> ChainId {
        self.status.chain_id
    }

    /// The key that signs.
    pub(super) fn key(&self) -> Result<&ProfileKey, Trouble> {
        self.key
            .as_ref()
            .ok_or_else(|| Trouble::new(TroubleCode::NoKey, "there is no submitter key"))
    }

    /// The same as a public key.
    pub(super) fn submitter_key(&self) -> Result<SubmitterKey, Trouble> {
        Ok(SubmitterKey(self.key()?.public))
    }

    /// Signs bytes with the submitter's key and appends the signature.
    pub(super) async fn signed(&self, mut bytes: Vec<u8>) -> Result<Vec<u8>, Trouble> {
        let signature = self.key()?.sign(bytes.clone()).await;
        let signature =
            signature.map_err(|error| Trouble::new(TroubleCode::Key, error.to_string()))?;
        bytes.extend_from_slice(&signature.0);
        Ok(bytes)
    }

    /// The time as the coordinator has it.
    pub(super) fn now(&self) -> UnixMs {
        UnixMs(clock::now().0.saturating_add_signed(self.skew_ms))
    }

    /// Makes a call and reads its JSON answer.
    pub(super) async fn json<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Trouble> {
        let body = self.bytes(call, MAX_JSON_BYTES).await?;
        parse(&body, &call.target)
    }

    /// Makes a call and reads its answer of at most `max` bytes.
    pub(super) async fn bytes(&self, call: &Call, max: u64) -> Result<Vec<u8>, Trouble> {
        let mut wait_ms = FIRST_WAIT_MS;
        let mut left = TRIES;
        loop {
            let authorization = self.authorization(call).await?;
            let trouble = match request(call, authorization.as_deref(), max).await {
                Ok(bytes) => return Ok(bytes),
                Err(trouble) => trouble,
            };
            left = left.saturating_sub(1);
            if left == 0 || !trouble.is_temporary() {
                return Err(trouble);
            }
            TimeoutFuture::new(wait_ms).await;
            wait_ms = wait_ms.saturating_mul(2);
        }
    }

    /// Opens an answer to be read as it comes, once.
    pub(super) async fn open(
        &self,
        call: &Call,
        headers: &[(&str, &str)],
    ) -> Result<(Response, Watch), Trouble> {
        let authorization = self.authorization(call).await?;
        send(call, authorization.as_deref(), headers).await
    }

    async fn authorization(&self, call: &Call) -> Result<Option<String>, Trouble> {
        if !call.is_signed {
            return Ok(None);
        }
        let key = self.key()?;
        let nonce = random_bytes()
            .ok_or_else(|| Trouble::new(TroubleCode::Browser, "there is no randomness"))?;
        let signed = Http {
            method: call.method.to_owned(),
            target: call.target.clone(),
            body_sha256: Digest::of(&call.body),
            time_ms: self.now(),
            nonce: RequestNonce(nonce),
        };
        let signature = key.sign(signed.encode(self.chain())).await;
        let signature =
            signature.map_err(|error| Trouble::new(TroubleCode::Key, error.to_string()))?;
        let credentials = Credentials {
            key: SubmitterKey(key.public),
            time_ms: signed.time_ms,
            nonce: signed.nonce,
            signature,
        };
        Ok(Some(credentials.header()))
    }
}

fn parse<T: DeserializeOwned>(body: &[u8], target: &str) -> Result<T, Trouble> {
    serde_json::from_slice(body).map_err(|error| {
        let detail = format!("{target}: {error}");
        Trouble::new(TroubleCode::NotUnderstood, detail)
    })
}

async fn request(call: &Call, authorization: Option<&str>, max: u64) -> Result<Vec<u8>, Trouble> {
    let (response, watch) = send(call, authorization, &[]).await?;
    read(&response, &watch, max, &call.target).await
}

/// Sends a request; an answer that is not a success is a trouble.
async fn send(
    call: &Call,
    authorization: Option<&str>,
    headers: &[(&str, &str)],
) -> Result<(Response, Watch), Trouble> {
    let broken = |error: &JsValue| Trouble::new(TroubleCode::Unreachable, fetch::words(error));
    let watch = Watch::new().map_err(|error| broken(&error))?;
    let sent = attempt(call, authorization, headers, &watch).await;
    let response = sent.map_err(|error| broken(&error))?;
    if response.ok() {
        return Ok((response, watch));
    }
    let body = read(&response, &watch, MAX_PROBLEM_BYTES, &call.target).await?;
    Err(serde_json::from_slice::<Problem>(&body).map_or_else(
        |_| {
            let status = response.status();
            // What stands before a coordinator that is just started again.
            let code = match status {
                502..=504 => TroubleCode::Unreachable,
                _ => TroubleCode::NotUnderstood,
            };
            Trouble::new(code, format!("{}: status {status}", call.target))
        },
        |problem| Trouble::of_problem(&problem),
    ))
}

async fn attempt(
    call: &Call,
    authorization: Option<&str>,
    headers: &[(&str, &str)],
    watch: &Watch,
) -> Result<Response, JsValue> {
    let init = RequestInit::new();
    init.set_method(call.method);
    init.set_redirect(RequestRedirect::Error);
    init.set_credentials(RequestCredentials::Omit);
    if call.is_signed {
        init.set_cache(RequestCache::NoStore);
    }
    init.set_signal(Some(&watch.signal()));
    if call.media_type.is_some() {
        init.set_body(&Uint8Array::from(call.body.as_slice()).into());
    }
    let request = Request::new_with_str_and_init(&call.target, &init)?;
    let given = authorization.map(|value| ("authorization", value));
    let typed = call.media_type.map(|value| ("content-type", value));
    for (name, value) in given.into_iter().chain(typed) {
        request.headers().set(name, value)?;
    }
    for (name, value) in headers {
        request.headers().set(name, value)?;
    }
    let scope: WorkerGlobalScope = js_sys::global().dyn_into()?;
    watch.restart();
    JsFuture::from(scope.fetch_with_request(&request))
        .await?
        .dyn_into()
}

async fn read(
    response: &Response,
    watch: &Watch,
    max: u64,
    target: &str,
) -> Result<Vec<u8>, Trouble> {
    match fetch::body(response, watch, max).await {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => {
            let detail = format!("{target}: more than the {max} bytes that may come here");
            Err(Trouble::new(TroubleCode::NotUnderstood, detail))
        }
        Err(error) => Err(Trouble::new(TroubleCode::Unreachable, fetch::words(&error))),
    }
}
