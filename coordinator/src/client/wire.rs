//! Sends a request: signs or authorises it, tries again when that is safe, and turns every failure into a [`ClientError`].

use super::call::{Call, Caller};
use super::connection::Settings;
use super::error::ClientError;
use crate::clock::Clock;
use crate::entropy::random_bytes;
use bytes::{Bytes, BytesMut};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;
use shared::api::problem::{Problem, ProblemCode};
use shared::http_auth::{Credentials, Http};
use shared::ids::{ChainId, Digest, RequestNonce};
use std::time::Duration;
use tokio::time::Instant;

/// In the paths of a ledger's files.
const LEDGER: &str = "/api/v1/ledger/";
/// Largest JSON answer, bytes: guards this program's memory against a hostile server.
const MAX_JSON_BYTES: u64 = 128 << 20;
const MAX_PROBLEM_BYTES: u64 = 1 << 20;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Time to try in silence: a hiccup is not worth a word.
const SILENT_TRIES: Duration = Duration::from_secs(2);

/// What a request needs; also before the ledger is known.
pub(super) struct Wire<'a> {
    pub(super) settings: &'a Settings,
    pub(super) http: &'a reqwest::Client,
    pub(super) chain: ChainId,
}

impl Wire<'_> {
    pub(super) async fn json<T: DeserializeOwned>(&self, call: &Call) -> Result<T, ClientError> {
        let body = self.bytes(call, MAX_JSON_BYTES).await?;
        serde_json::from_slice(&body)
            .map_err(|error| self.not_understood(format!("{}: {error}", call.target)))
    }

    pub(super) async fn bytes(&self, call: &Call, max: u64) -> Result<Bytes, ClientError> {
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

    pub(super) async fn send(
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
        let of_ledger = response.url().path().contains(LEDGER);
        let body = match self.read(response, MAX_PROBLEM_BYTES).await {
            Ok(body) => body,
            Err(error) => return error,
        };
        match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) => ClientError::Refused(Box::new(problem)),
            // A plain file server can have the paths of a ledger, and knows no problems.
            Err(_) if of_ledger && status == StatusCode::NOT_FOUND => not_found(),
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

fn not_found() -> ClientError {
    let code = ProblemCode::NotFound;
    let title = code.title().into();
    ClientError::Refused(Box::new(Problem {
        r#type: String::new(),
        title,
        status: code.status(),
        detail: String::new(),
        instance: String::new(),
        code,
        errors: Vec::new(),
        retry_after_seconds: None,
    }))
}

/// The innermost reason of an error, which is the one that says something ("Connection refused").
pub(super) fn chain_of(error: &dyn std::error::Error) -> String {
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
