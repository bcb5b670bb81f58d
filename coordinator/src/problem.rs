//! What a route answers when it refuses or fails: one `ApiError`, rendered as problem+json.

mod render;

pub(crate) use render::{answer, code_name, panicked};

use axum::response::{IntoResponse, Response};
use shared::api::problem::{FieldError, ProblemCode};
use shared::http_auth::HttpAuthError;
use std::sync::Arc;

/// Why a request is not answered with what it asked for.
#[derive(Debug, Clone)]
pub enum ApiError {
    /// The caller can act on it.
    Refused(Refusal),
    /// Our fault: logged once with the request's id, never shown.
    Internal(Arc<dyn std::error::Error + Send + Sync>),
}

/// A refusal that the caller can act on.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// For machines.
    pub code: ProblemCode,
    /// What, where, and what to do.
    pub detail: String,
    /// Single faults in the body.
    pub errors: Vec<FieldError>,
    /// When to try again, seconds.
    pub retry_after_seconds: Option<u64>,
}

impl ApiError {
    /// A refusal with its reason.
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self::Refused(Refusal {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after_seconds: None,
        })
    }

    /// A fault of one field of the body. `pointer` is a JSON pointer.
    pub fn field(code: ProblemCode, pointer: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self::Refused(Refusal {
            code,
            errors: vec![FieldError {
                pointer: pointer.to_owned(),
                detail: detail.clone(),
            }],
            detail,
            retry_after_seconds: None,
        })
    }

    /// A refusal that ends by itself.
    pub fn later(code: ProblemCode, seconds: u64, detail: impl Into<String>) -> Self {
        Self::Refused(Refusal {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after_seconds: Some(seconds),
        })
    }

    /// Nothing here that this caller may see; the same words whether it exists or not.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        let detail = format!("there is no such {what}, or it is not yours to see");
        Self::new(ProblemCode::NotFound, detail)
    }

    /// A failure of ours.
    pub fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Internal(Arc::new(error))
    }
}

impl From<HttpAuthError> for ApiError {
    fn from(error: HttpAuthError) -> Self {
        let code = match error {
            HttpAuthError::Stale { .. } => ProblemCode::StaleSignature,
            HttpAuthError::BadSignature => ProblemCode::BadSignature,
            HttpAuthError::Malformed | HttpAuthError::TooLong | HttpAuthError::WeakKey => {
                ProblemCode::BadCredentials
            }
        };
        Self::new(code, error.to_string())
    }
}

impl IntoResponse for ApiError {
    /// Only the status: `render` finds the error in the extensions and writes the body, since it knows the request's id.
    fn into_response(self) -> Response {
        let code = match &self {
            Self::Refused(refusal) => refusal.code,
            Self::Internal(_) => ProblemCode::Internal,
        };
        let mut response = render::status_of(code).into_response();
        response.extensions_mut().insert(self);
        response
    }
}
