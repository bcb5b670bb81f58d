//! Fetches modules and inputs by hash over HTTP: limited in size, checked, tried again when that can help.

use super::socket::Route;
use anyhow::{Context as _, Result};
use shared::ids::{Digest, JobId};
use std::time::Duration;

/// How often a fetch is tried.
const TRIES: u32 = 3;
/// Wait before the second try; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// Longest silence while connecting or reading.
const SILENCE: Duration = Duration::from_secs(30);

/// Gets bytes from the coordinator.
#[derive(Debug, Clone)]
pub(super) struct Fetcher {
    client: reqwest::Client,
    route: Route,
}

/// Why bytes cannot be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    /// The coordinator says no; asking again does not help.
    #[error("{url}: the coordinator answers {status}")]
    Refused { url: String, status: u16 },
    /// No whole answer came.
    #[error("{url}: {why}")]
    Broken { url: String, why: String },
    /// The answer is longer than it may be.
    #[error("{url} is longer than {limit} bytes")]
    TooLong { url: String, limit: u64 },
    /// The bytes are not those that were asked for.
    #[error("{url} does not have the hash in its name")]
    WrongHash { url: String },
}

impl Fetcher {
    /// A fetcher that connects as the route says.
    ///
    /// # Errors
    /// When no client can be made.
    pub(super) fn new(route: Route) -> Result<Self> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(route.tls.as_ref().clone())
            .local_address(route.bind)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(SILENCE)
            .read_timeout(SILENCE)
            .build()
            .context("cannot make an HTTP client")?;
        Ok(Self { client, route })
    }

    /// The module with this hash, at most `limit` bytes.
    ///
    /// # Errors
    /// See [`FetchError`].
    pub(super) async fn module(&self, module: Digest, limit: u64) -> Result<Vec<u8>, FetchError> {
        self.checked(
            &self.at(&format!("programs/{module}.wasm")),
            None,
            module,
            limit,
        )
        .await
    }

    /// The assigned blob with this hash, at most `limit` bytes.
    ///
    /// # Errors
    /// See [`FetchError`].
    pub(super) async fn blob(
        &self,
        blob: Digest,
        blob_token: &str,
        limit: u64,
    ) -> Result<Vec<u8>, FetchError> {
        let url = self.at(&format!("blobs/{blob}"));
        self.checked(&url, Some(blob_token), blob, limit).await
    }

    /// What the coordinator tells anyone about a task: nothing, when it is well.
    pub(super) async fn peek_at_task(&self, job: JobId, task: u32) -> Option<Vec<u8>> {
        let url = self.at(&format!("jobs/{job}/tasks/{task}"));
        self.once(&url, None, 64 * 1024).await.ok()
    }

    /// URL of something in the API.
    fn at(&self, path: &str) -> String {
        let root = shared::api::ROOT;
        self.route.address.join(&format!("{root}/{path}"))
    }

    async fn checked(
        &self,
        url: &str,
        token: Option<&str>,
        expected: Digest,
        limit: u64,
    ) -> Result<Vec<u8>, FetchError> {
        let mut wait = FIRST_WAIT;
        for left in (0..TRIES).rev() {
            let result = self.once(url, token, limit).await;
            let error = match result {
                Ok(bytes) if Digest::of(&bytes) == expected => return Ok(bytes),
                Ok(_) => FetchError::WrongHash { url: url.into() },
                Err(error) => error,
            };
            let may_pass = match error {
                FetchError::Refused { status, .. } => status == 429 || status >= 500,
                FetchError::TooLong { .. } => false,
                FetchError::Broken { .. } | FetchError::WrongHash { .. } => true,
            };
            if left == 0 || !may_pass {
                return Err(error);
            }
            tracing::debug!(%error, "fetch is tried again");
            tokio::time::sleep(wait).await;
            wait = wait.saturating_mul(2);
        }
        unreachable!("the last try returns")
    }

    async fn once(
        &self,
        url: &str,
        token: Option<&str>,
        limit: u64,
    ) -> Result<Vec<u8>, FetchError> {
        let broken = |error: reqwest::Error| FetchError::Broken {
            url: url.into(),
            why: error.without_url().to_string(),
        };
        let mut request = self.client.get(url);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let mut response = request.send().await.map_err(broken)?;
        if !response.status().is_success() {
            return Err(FetchError::Refused {
                url: url.into(),
                status: response.status().as_u16(),
            });
        }
        let too_long = || FetchError::TooLong {
            url: url.into(),
            limit,
        };
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            let len = bytes.len().saturating_add(chunk.len());
            if len as u64 > limit {
                return Err(too_long());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}
