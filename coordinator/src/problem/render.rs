//! What every answer has: a request id, the headers of UX.md section 2.6, and problem+json when it is an error.

use super::{ApiError, Refusal};
use crate::entropy::random_bytes;
use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use shared::api::problem::{MEDIA_TYPE, Problem, ProblemCode};
use shared::ids::to_hex;
use std::any::Any;

/// Header with the request's id; problems name it as `instance`.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const API_CSP: &str = "default-src 'none'; frame-ancestors 'none'";

/// Answers a request with what every answer has.
pub(crate) async fn answer(request: Request, next: Next) -> Response {
    let id = to_hex(&random_bytes::<8>());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(error) = error_of(&mut response) {
        log_internal(&error, &id, method.as_str(), route.as_ref());
        response = render(error, &id, response.headers());
    }
    set_headers(response.headers_mut(), &id);
    response
}

/// The status of a code.
pub(super) fn status_of(code: ProblemCode) -> StatusCode {
    StatusCode::from_u16(code.status()).expect("every code's status is a literal from 400 to 503")
}

/// The problem of an answer that is an error: ours, or one that axum or a layer made without a body of our shape.
fn error_of(response: &mut Response) -> Option<ApiError> {
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        return Some(error);
    }
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    // A signed answer is the answer, whatever its status.
    if response.headers().contains_key(shared::http_answer::HEADER) {
        return None;
    }
    // A page for people that says what is wrong is whole as it is.
    let media_type = response.headers().get(CONTENT_TYPE);
    if media_type.is_some_and(|found| found.as_bytes().starts_with(b"text/html")) {
        return None;
    }
    Some(match status {
        StatusCode::NOT_FOUND => ApiError::new(
            ProblemCode::NotFound,
            "there is no such route; /docs lists them all",
        ),
        StatusCode::METHOD_NOT_ALLOWED => ApiError::new(
            ProblemCode::MethodNotAllowed,
            "this route has other methods; the Allow header names them",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(
            ProblemCode::BodyTooLarge,
            "the body is larger than this route takes",
        ),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ApiError::new(
            ProblemCode::UnsupportedMediaType,
            "send application/json, or application/octet-stream to blobs",
        ),
        status if status.is_client_error() => {
            ApiError::new(ProblemCode::InvalidRequest, "the request cannot be read")
        }
        status => ApiError::internal(std::io::Error::other(format!("a layer answered {status}"))),
    })
}

fn log_internal(error: &ApiError, id: &str, method: &str, route: Option<&MatchedPath>) {
    if let ApiError::Internal(source) = error {
        let route = route.map_or("other", MatchedPath::as_str);
        let mut text = source.to_string();
        let mut cause = source.source();
        while let Some(inner) = cause {
            text = format!("{text}: {inner}");
            cause = inner.source();
        }
        tracing::error!(
            request.id = id,
            method,
            route,
            "request {id} failed: {text}"
        );
    }
}

fn render(error: ApiError, id: &str, old_headers: &HeaderMap) -> Response {
    let Refusal {
        code,
        detail,
        errors,
        retry_after_seconds,
    } = match error {
        ApiError::Refused(refusal) => refusal,
        ApiError::Internal(_) => Refusal {
            code: ProblemCode::Internal,
            detail: format!("something failed here; tell an admin the request id {id}"),
            errors: Vec::new(),
            retry_after_seconds: None,
        },
    };
    let problem = Problem {
        r#type: format!("/docs/problems#{}", code_name(code)),
        title: code.title().to_owned(),
        status: code.status(),
        detail,
        instance: id.to_owned(),
        code,
        errors,
        retry_after_seconds,
    };
    let body = serde_json::to_vec(&problem).expect("strings and numbers always serialise");
    let mut response = (status_of(code), Body::from(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    if let Some(seconds) = retry_after_seconds {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if code.status() == 401 {
        let schemes = HeaderValue::from_static("Manyhands, Bearer");
        headers.insert(WWW_AUTHENTICATE, schemes);
    }
    if let Some(allow) = old_headers.get(axum::http::header::ALLOW) {
        headers.insert(axum::http::header::ALLOW, allow.clone());
    }
    response
}

/// The code as it stands in JSON.
pub(crate) fn code_name(code: ProblemCode) -> String {
    match serde_json::to_value(code) {
        Ok(serde_json::Value::String(name)) => name,
        _ => unreachable!("a unit variant serialises as its name"),
    }
}

/// Sets what the answer has not set itself.
fn set_headers(headers: &mut HeaderMap, id: &str) {
    let id = HeaderValue::from_str(id).expect("hex digits are a header value");
    headers.insert(REQUEST_ID, id);
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (CONTENT_SECURITY_POLICY, API_CSP),
        (CACHE_CONTROL, "no-store"),
    ] {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
}

/// Turns a panic in a handler into an internal error.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the catch-panic layer hands the panic over by value"
)]
pub(crate) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    ApiError::internal(std::io::Error::other(format!("a handler panicked: {text}"))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_internal_error_whose_words_stay_here() {
        let mut response = panicked(Box::new("secret".to_owned()));
        let error = error_of(&mut response).expect("a panic is an error");
        assert!(
            matches!(&error, ApiError::Internal(source) if source.to_string().contains("secret"))
        );
        let response = render(error, "0123", &HeaderMap::new());
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()[CONTENT_TYPE], MEDIA_TYPE);
    }

    #[test]
    fn an_error_that_a_layer_made_is_a_problem_too() {
        for status in [400, 404, 405, 408, 413, 415, 417, 500, 502] {
            let status = StatusCode::from_u16(status).expect("a status");
            let mut response = status.into_response();
            assert!(error_of(&mut response).is_some(), "{status}");
        }
        assert!(error_of(&mut StatusCode::NOT_MODIFIED.into_response()).is_none());
    }
}
