//! Path, query and JSON body as handlers take them: axum's, with our errors, limits and content-type rule.

use super::Api;
use super::error::ApiError;
use axum::body::{Body, Bytes};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use shared::api::problem::ProblemCode;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Parameters of the path.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(ApiError))]
pub(super) struct Path<T>(pub(super) T);

/// Parameters of the query.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(ApiError))]
pub(super) struct Query<T>(pub(super) T);

impl From<PathRejection> for ApiError {
    fn from(rejection: PathRejection) -> Self {
        Self::new(ProblemCode::InvalidRequest, rejection.body_text())
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(ProblemCode::InvalidRequest, rejection.body_text())
    }
}

/// A JSON body of a route that needs no signature over it; at most 64 KiB.
#[derive(Debug)]
pub(super) struct Json<T>(pub(super) T);

const SMALL_BODY_BYTES: usize = 64 * 1024;
/// A body whose next piece does not come in this time is given up.
const PIECE_TIME: Duration = Duration::from_secs(30);
/// A whole JSON body may take this long.
const WHOLE_TIME: Duration = Duration::from_mins(1);
/// From this size on a body is large: a job of more than some 20,000 tasks.
const LARGE_BYTES: usize = 1 << 20;
/// Large bodies that are in memory at once, at most 57 MiB each.
pub(super) const MAX_LARGE_BODIES: usize = 8;

impl<T: DeserializeOwned> FromRequest<Arc<Api>> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, api: &Arc<Api>) -> Result<Self, ApiError> {
        require_type(request.headers(), "application/json")?;
        let body = read_body(request.into_body(), SMALL_BODY_BYTES, &api.large_bodies).await?;
        decode_json(&body.bytes).map(Self)
    }
}

/// Checks the content type, whose parameters do not matter.
///
/// # Errors
/// `UnsupportedMediaType`.
pub(super) fn require_type(headers: &HeaderMap, wanted: &str) -> Result<(), ApiError> {
    let found = headers.get(CONTENT_TYPE);
    let found = found.and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = found.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(wanted) {
        return Ok(());
    }
    let detail = format!("this route takes Content-Type {wanted}, not {found:?}");
    Err(ApiError::new(ProblemCode::UnsupportedMediaType, detail))
}

/// The next piece of a body; `None` at its end.
///
/// # Errors
/// `InvalidRequest` when the body breaks off or stalls.
pub(super) async fn next_piece(
    pieces: &mut axum::body::BodyDataStream,
) -> Result<Option<Bytes>, ApiError> {
    let broken = |detail: String| ApiError::new(ProblemCode::InvalidRequest, detail);
    match tokio::time::timeout(PIECE_TIME, pieces.next()).await {
        Ok(Some(Ok(piece))) => Ok(Some(piece)),
        Ok(None) => Ok(None),
        Ok(Some(Err(error))) => Err(broken(format!("the body broke off: {error}"))),
        Err(_) => Err(broken("the body stalled for 30 seconds".into())),
    }
}

/// A whole body. Large ones hold a permit until they are dropped, so that few of them are in memory at once.
#[derive(Debug)]
pub(super) struct WholeBody {
    pub(super) bytes: Vec<u8>,
    permit: Option<OwnedSemaphorePermit>,
}

/// Reads a whole body of at most `limit` bytes.
///
/// # Errors
/// `BodyTooLarge`, `Busy` when too many large bodies are being read, or `InvalidRequest` when it breaks off or takes
/// longer than a minute.
pub(super) async fn read_body(
    body: Body,
    limit: usize,
    large_bodies: &Arc<Semaphore>,
) -> Result<WholeBody, ApiError> {
    let reading = tokio::time::timeout(WHOLE_TIME, read_pieces(body, limit, large_bodies));
    reading.await.unwrap_or_else(|_| {
        let detail = "the body took longer than a minute";
        Err(ApiError::new(ProblemCode::InvalidRequest, detail))
    })
}

async fn read_pieces(
    body: Body,
    limit: usize,
    large_bodies: &Arc<Semaphore>,
) -> Result<WholeBody, ApiError> {
    let mut pieces = body.into_data_stream();
    let (mut bytes, mut permit) = (Vec::new(), None);
    while let Some(piece) = next_piece(&mut pieces).await? {
        if bytes.len().saturating_add(piece.len()) > limit {
            return Err(too_large(limit));
        }
        bytes.extend_from_slice(&piece);
        if bytes.len() > LARGE_BYTES && permit.is_none() {
            permit = Some(large_bodies.clone().try_acquire_owned().map_err(|_| {
                let detail = "too many large requests are being read; try again";
                ApiError::later(ProblemCode::Busy, 2, detail)
            })?);
        }
    }
    Ok(WholeBody { bytes, permit })
}

impl WholeBody {
    /// Works on the body: a large one on a thread where that keeps nobody waiting.
    ///
    /// # Errors
    /// When the work panics.
    pub(super) async fn aside<T: Send + 'static>(
        self,
        work: impl FnOnce(&[u8]) -> T + Send + 'static,
    ) -> Result<(Self, T), ApiError> {
        if self.permit.is_none() {
            let done = work(&self.bytes);
            return Ok((self, done));
        }
        let working = tokio::task::spawn_blocking(move || {
            let done = work(&self.bytes);
            (self, done)
        });
        working.await.map_err(ApiError::internal)
    }
}

/// The body is over `limit` bytes.
pub(super) fn too_large(limit: usize) -> ApiError {
    let detail = format!("the body of this route is at most {limit} bytes");
    ApiError::new(ProblemCode::BodyTooLarge, detail)
}

/// Reads JSON; a fault is named by its JSON pointer.
///
/// # Errors
/// `InvalidRequest`.
pub(super) fn decode_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let decoded = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let pointer = pointer(error.path());
        let reason = error.into_inner();
        ApiError::field(ProblemCode::InvalidRequest, &pointer, reason.to_string())
    });
    let value = decoded?;
    reader
        .end()
        .map_err(|error| ApiError::new(ProblemCode::InvalidRequest, error.to_string()))?;
    Ok(value)
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => write!(pointer, "/{index}"),
            Segment::Map { key } | Segment::Enum { variant: key } => {
                write!(pointer, "/{}", key.replace('~', "~0").replace('/', "~1"))
            }
            Segment::Unknown => Ok(()),
        }
        .expect("writing to a String cannot fail");
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::api::keys::ApproveKey;

    #[test]
    fn a_fault_in_json_is_named_by_its_pointer() {
        let ApiError::Refused(refusal) =
            decode_json::<ApproveKey>(br#"{"key": "zz", "note": ""}"#).unwrap_err()
        else {
            panic!("a refusal");
        };
        assert_eq!(refusal.errors[0].pointer, "/key");
        assert!(
            refusal.detail.contains("64 hexadecimal digits"),
            "{refusal:?}"
        );
    }

    async fn read(len: usize, permits: usize) -> Result<WholeBody, ApiError> {
        let large_bodies = Arc::new(Semaphore::new(permits));
        read_body(Body::from(vec![0; len]), 4 << 20, &large_bodies).await
    }

    #[tokio::test]
    async fn too_many_large_bodies_at_once_are_told_to_come_back_and_small_ones_never_are() {
        assert!(read(LARGE_BYTES, 0).await.is_ok());
        assert!(read(LARGE_BYTES + 1, 1).await.is_ok());
        let ApiError::Refused(refusal) = read(LARGE_BYTES + 1, 0).await.unwrap_err() else {
            panic!("a refusal");
        };
        assert_eq!(refusal.code, ProblemCode::Busy);
        assert!(refusal.retry_after_seconds.is_some());
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused() {
        let Err(ApiError::Refused(refusal)) = read((4 << 20) + 1, 9).await else {
            panic!("a refusal");
        };
        assert_eq!(refusal.code, ProblemCode::BodyTooLarge);
    }

    #[test]
    fn nothing_may_follow_the_json() {
        let key = "11".repeat(32);
        let body = format!("{{\"key\":\"{key}\"}} x");
        assert!(decode_json::<ApproveKey>(body.as_bytes()).is_err());
    }
}
