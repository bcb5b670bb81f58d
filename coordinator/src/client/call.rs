//! One request: what is asked, as whom, and whether asking twice is the same as asking once.

use bytes::Bytes;
use reqwest::Method;
use serde::Serialize;

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
