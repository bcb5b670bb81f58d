//! One request as a test makes it, well signed or wrong in exactly one way, and its answer.

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::api::problem::{MEDIA_TYPE, Problem, ProblemCode};
use shared::crypto::SecretKey;
use shared::http_auth::{Credentials, Http};
use shared::ids::{ChainId, Digest, RequestNonce, UnixMs};

/// As whom a request is made.
#[derive(Debug, Clone)]
pub enum Who {
    /// Without credentials.
    Anyone,
    /// Signed with this key.
    Key(SecretKey),
    /// With this token.
    Bearer(String),
}

/// A request that is being put together.
#[derive(Debug)]
pub struct Ask {
    pub(crate) http: reqwest::Client,
    pub(crate) url: String,
    pub(crate) chain: ChainId,
    pub(crate) who: Who,
    pub(crate) time: UnixMs,
    pub(crate) nonce: RequestNonce,
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) signed_body: Option<Vec<u8>>,
}

impl Ask {
    /// With a JSON body.
    #[must_use]
    pub fn json(self, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).expect("the API's types always serialise");
        self.body("application/json", body)
    }

    /// With a body of any kind.
    #[must_use]
    pub fn body(mut self, media_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", media_type)
    }

    /// With another header, or the same with another value.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_str(value).expect("a test gives header values");
        self.headers.insert(HeaderName::from_static(name), value);
        self
    }

    /// Signed as of another time.
    #[must_use]
    pub fn signed_at(mut self, time: UnixMs) -> Self {
        self.time = time;
        self
    }

    /// Signed with this nonce.
    #[must_use]
    pub fn with_nonce(mut self, nonce: RequestNonce) -> Self {
        self.nonce = nonce;
        self
    }

    /// Signed over another body than is sent.
    #[must_use]
    pub fn signed_over(mut self, body: &[u8]) -> Self {
        self.signed_body = Some(body.to_vec());
        self
    }

    /// The header that will be sent.
    #[must_use]
    pub fn authorization(&self) -> Option<String> {
        match &self.who {
            Who::Anyone => None,
            Who::Bearer(token) => Some(format!("Bearer {token}")),
            Who::Key(key) => {
                let request = Http {
                    method: self.method.as_str().to_owned(),
                    target: self.target.clone(),
                    body_sha256: Digest::of(self.signed_body.as_ref().unwrap_or(&self.body)),
                    time_ms: self.time,
                    nonce: self.nonce,
                };
                Some(Credentials::sign(self.chain, key, &request).header())
            }
        }
    }

    /// Sends it and reads the head of the answer only, for streams.
    ///
    /// # Panics
    /// When the server cannot be reached.
    pub async fn begin(self) -> reqwest::Response {
        let authorization = self.authorization();
        let mut request = self.http.request(self.method, self.url + &self.target);
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        // What the test sets itself comes last.
        request = request.headers(self.headers).body(self.body);
        request.send().await.expect("the server answers")
    }

    /// Sends it and reads the answer.
    ///
    /// # Panics
    /// When the server cannot be reached.
    pub async fn send(self) -> Answer {
        let response = self.begin().await;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.bytes().await.expect("the whole answer comes");
        Answer {
            status,
            headers,
            body: body.to_vec(),
        }
    }
}

/// What the server answered.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header's text, empty when it is absent.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().expect("our headers are ASCII"))
    }

    /// The body of a good answer.
    ///
    /// # Panics
    /// When the answer is an error, which is then shown.
    #[must_use]
    #[track_caller]
    pub fn ok<T: DeserializeOwned>(&self) -> T {
        let text = String::from_utf8_lossy(&self.body);
        assert!((200..300).contains(&self.status), "{} {text}", self.status);
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// The problem of an error, after checking that it is a whole one.
    ///
    /// # Panics
    /// When the answer is good, or an error of another shape.
    #[must_use]
    #[track_caller]
    pub fn problem(&self) -> Problem {
        let text = String::from_utf8_lossy(&self.body);
        assert!(self.status >= 400, "{} {text}", self.status);
        assert_eq!(self.header(CONTENT_TYPE.as_str()), MEDIA_TYPE, "{text}");
        let problem: Problem =
            serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(problem.status, self.status);
        assert_eq!(problem.status, problem.code.status());
        assert_eq!(problem.instance, self.header("x-request-id"));
        assert!(!problem.instance.is_empty() && !problem.detail.is_empty());
        problem
    }

    /// The code of the problem.
    ///
    /// # Panics
    /// As [`Self::problem`].
    #[must_use]
    #[track_caller]
    pub fn code(&self) -> ProblemCode {
        self.problem().code
    }
}
