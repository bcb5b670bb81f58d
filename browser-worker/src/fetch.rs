//! Fetches bytes over HTTP: limited in size, checked by hash, tried again when that can help.

use gloo_timers::callback::Timeout;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Reflect, Uint8Array};
use shared::ids::Digest;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, AbortSignal, ReadableStreamDefaultReader, Request, RequestCredentials,
    RequestInit, RequestRedirect, Response, WorkerGlobalScope,
};

/// How often a fetch is tried.
const TRIES: u32 = 3;
/// Wait before the second try, ms; it doubles.
const FIRST_WAIT_MS: u32 = 200;
/// Longest silence while connecting or reading, ms.
const SILENCE_MS: u32 = 30_000;

/// Why bytes cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The coordinator says no; asking again does not help.
    #[error("{url}: the coordinator answers {status}")]
    Refused {
        /// What was asked for.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// No whole answer came: the network, or an extension of the browser that blocks it.
    #[error("{url}: {why}")]
    Broken {
        /// What was asked for.
        url: String,
        /// Why, in the browser's words.
        why: String,
    },
    /// The answer is longer than it may be.
    #[error("{url} is longer than {limit} bytes")]
    TooLong {
        /// What was asked for.
        url: String,
        /// The limit.
        limit: u64,
    },
    /// The bytes are not those that were asked for.
    #[error("{url} does not have the hash in its name")]
    WrongHash {
        /// What was asked for.
        url: String,
    },
}

/// The bytes with this hash, at most `limit` of them.
///
/// # Errors
/// See [`FetchError`].
pub async fn checked(
    url: &str,
    token: Option<&str>,
    expected: Digest,
    limit: u64,
) -> Result<Vec<u8>, FetchError> {
    patiently(url, token, Some(expected), limit).await
}

/// A file of this site, at most `limit` bytes.
///
/// # Errors
/// See [`FetchError`].
pub async fn file(url: &str, limit: u64) -> Result<Vec<u8>, FetchError> {
    patiently(url, None, None, limit).await
}

async fn patiently(
    url: &str,
    token: Option<&str>,
    expected: Option<Digest>,
    limit: u64,
) -> Result<Vec<u8>, FetchError> {
    let mut wait_ms = FIRST_WAIT_MS;
    let mut left = TRIES;
    loop {
        let is_right = |bytes: &[u8]| expected.is_none_or(|hash| Digest::of(bytes) == hash);
        let error = match once(url, token, limit).await {
            Ok(bytes) if is_right(&bytes) => return Ok(bytes),
            Ok(_) => FetchError::WrongHash { url: url.into() },
            Err(error) => error,
        };
        let may_pass = match error {
            FetchError::Refused { status, .. } => status == 429 || status >= 500,
            FetchError::TooLong { .. } => false,
            FetchError::Broken { .. } | FetchError::WrongHash { .. } => true,
        };
        left = left.saturating_sub(1);
        if left == 0 || !may_pass {
            return Err(error);
        }
        TimeoutFuture::new(wait_ms).await;
        wait_ms = wait_ms.saturating_mul(2);
    }
}

/// What this address serves, in one try.
async fn once(url: &str, token: Option<&str>, limit: u64) -> Result<Vec<u8>, FetchError> {
    match read(url, token, limit).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => Err(error),
        Err(error) => Err(FetchError::Broken {
            url: url.into(),
            why: words(&error),
        }),
    }
}

/// The message of an error of the browser.
#[must_use]
pub fn words(error: &JsValue) -> String {
    let message = Reflect::get(error, &"message".into()).ok();
    message
        .and_then(|message| message.as_string())
        .unwrap_or_else(|| format!("{error:?}"))
}

async fn read(
    url: &str,
    token: Option<&str>,
    limit: u64,
) -> Result<Result<Vec<u8>, FetchError>, JsValue> {
    let watch = Watch::new()?;
    let init = RequestInit::new();
    init.set_redirect(RequestRedirect::Error);
    init.set_credentials(RequestCredentials::Omit);
    init.set_signal(Some(&watch.controller.signal()));
    let request = Request::new_with_str_and_init(url, &init)?;
    if let Some(token) = token {
        request
            .headers()
            .set("authorization", &format!("Bearer {token}"))?;
    }
    let scope: WorkerGlobalScope = js_sys::global().dyn_into()?;
    watch.restart();
    let response: Response = JsFuture::from(scope.fetch_with_request(&request))
        .await?
        .dyn_into()?;
    if !response.ok() {
        watch.controller.abort();
        return Ok(Err(FetchError::Refused {
            url: url.into(),
            status: response.status(),
        }));
    }
    let bytes = body(&response, &watch, limit).await?;
    Ok(bytes.ok_or_else(|| FetchError::TooLong {
        url: url.into(),
        limit,
    }))
}

/// The body of an answer; `None` when it is longer than `limit` bytes.
///
/// # Errors
/// When it does not come to its end.
pub async fn body(
    response: &Response,
    watch: &Watch,
    limit: u64,
) -> Result<Option<Vec<u8>>, JsValue> {
    let mut bytes = Vec::new();
    let mut body = Body::of(response)?;
    while let Some(piece) = body.next(watch).await? {
        let will_have = (piece.len() as u64).saturating_add(bytes.len() as u64);
        if will_have > limit {
            watch.controller.abort();
            return Ok(None);
        }
        bytes.extend(piece);
    }
    Ok(Some(bytes))
}

/// The body of an answer as it comes.
#[derive(Debug)]
pub struct Body(Option<ReadableStreamDefaultReader>);

impl Body {
    /// Begins to read.
    ///
    /// # Errors
    /// When somebody else reads it.
    pub fn of(response: &Response) -> Result<Self, JsValue> {
        let body = response.body();
        let reader = body.map(|body| ReadableStreamDefaultReader::new(&body));
        reader.transpose().map(Self)
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// When the connection breaks or is silent for too long.
    pub async fn next(&mut self, watch: &Watch) -> Result<Option<Vec<u8>>, JsValue> {
        let Some(reader) = &self.0 else {
            return Ok(None);
        };
        watch.restart();
        let piece = JsFuture::from(reader.read()).await?;
        if Reflect::get(&piece, &"done".into())?.is_truthy() {
            return Ok(None);
        }
        let piece: Uint8Array = Reflect::get(&piece, &"value".into())?.dyn_into()?;
        Ok(Some(piece.to_vec()))
    }
}

/// Ends a request that is silent for too long, or is not wanted any more.
#[derive(Debug, Clone)]
pub struct Watch {
    controller: AbortController,
    timer: Rc<RefCell<Option<Timeout>>>,
}

impl Watch {
    /// Of one request.
    ///
    /// # Errors
    /// When this browser cannot end requests.
    pub fn new() -> Result<Self, JsValue> {
        Ok(Self {
            controller: AbortController::new()?,
            timer: Rc::default(),
        })
    }

    /// What the request is to be made with.
    #[must_use]
    pub fn signal(&self) -> AbortSignal {
        self.controller.signal()
    }

    /// Ends the request.
    pub fn abort(&self) {
        self.controller.abort();
    }

    /// Something was heard.
    pub fn restart(&self) {
        let controller = self.controller.clone();
        let timer = Timeout::new(SILENCE_MS, move || controller.abort());
        self.timer.replace(Some(timer));
    }
}
