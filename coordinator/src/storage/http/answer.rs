//! A question with its signature checked, and an answer that is signed.

use super::super::error::StorageError;
use super::super::wire::{self, Refusal};
use super::caller::{Caller, Claim, Who};
use super::{MEDIA_TYPE, StorageApi};
use crate::problem::ApiError;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::api::problem::ProblemCode;
use shared::http_answer::{Answer, HEADER};
use shared::ids::{ChainId, Digest};
use std::time::Duration;
use tokio::sync::SemaphorePermit;

/// A whole body may take this long.
const BODY_TIME: Duration = Duration::from_mins(1);

/// Reads a question of somebody who may ask it.
pub(super) async fn question<Q: DeserializeOwned>(
    api: &StorageApi,
    request: Request,
    who: Who,
) -> Result<(Caller, Q), ApiError> {
    let (parts, body) = request.into_parts();
    let claim = Claim::of(&parts, api, who)?;
    let bad = |detail: String| ApiError::new(ProblemCode::InvalidRequest, detail);
    let reading = read(api, body, claim.max_body_bytes(api));
    let reading = tokio::time::timeout(BODY_TIME, reading);
    let reading = reading.await;
    let (body, _memory) =
        reading.map_err(|_| bad("the body took longer than a minute".into()))??;
    let caller = claim.prove(&parts, api, Digest::of(&body))?;
    let question = wire::decode(&body).map_err(|error| bad(error.to_string()))?;
    Ok((caller, question))
}

/// Reads a whole body. Each piece takes its share of the memory for bodies before it is kept, so that only who sends much
/// takes much.
async fn read(
    api: &StorageApi,
    body: Body,
    max: usize,
) -> Result<(Vec<u8>, Vec<SemaphorePermit<'_>>), ApiError> {
    let (mut bytes, mut memory) = (Vec::new(), Vec::new());
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| {
            let detail = format!("the body broke off: {error}");
            ApiError::new(ProblemCode::InvalidRequest, detail)
        })?;
        if bytes.len() + piece.len() > max {
            let detail = format!("the body of this route is at most {max} bytes");
            return Err(ApiError::new(ProblemCode::BodyTooLarge, detail));
        }
        let share = u32::try_from(piece.len().div_ceil(1024)).unwrap_or(u32::MAX);
        let share = api.body_kib.try_acquire_many(share).map_err(|_| {
            let detail = "too many large requests are being read; try again";
            ApiError::later(ProblemCode::Busy, 2, detail)
        })?;
        memory.push(share);
        bytes.extend_from_slice(&piece);
    }
    Ok((bytes, memory))
}

/// Whether the node keeps the ledger that it is asked about.
pub(super) fn check_chain(api: &StorageApi, chain: ChainId) -> Result<(), Refusal> {
    match api.node.view().chain {
        Some(own) if own == chain => Ok(()),
        Some(own) => Err(Refusal::OtherLedger(own)),
        None => Err(Refusal::NoLedger),
    }
}

/// Signs an answer; refusals have the status 409.
pub(super) fn signed<A: Serialize>(
    api: &StorageApi,
    caller: &Caller,
    answer: Result<A, StorageError>,
    status: impl Fn(&A) -> StatusCode,
) -> Result<Response, ApiError> {
    let (status, answer) = match answer {
        Ok(answer) => (status(&answer), Ok(answer)),
        Err(StorageError::Refused(refusal)) => (StatusCode::CONFLICT, Err(refusal)),
        Err(error) => return Err(ApiError::internal(error)),
    };
    let body = wire::encode(&answer);
    let hash = Digest::of(&body);
    Ok(with_signature(api, caller, status, hash, body.into()))
}

/// An answer whose body has this hash.
pub(super) fn with_signature(
    api: &StorageApi,
    caller: &Caller,
    status: StatusCode,
    body_sha256: Digest,
    body: Body,
) -> Response {
    let answer = Answer {
        request_nonce: caller.nonce,
        status: status.as_u16(),
        body_sha256,
    };
    let signature = answer.sign(caller.chain, &api.node.keys().ack);
    let headers = [
        (CONTENT_TYPE.as_str(), MEDIA_TYPE.to_owned()),
        (CACHE_CONTROL.as_str(), "no-store".to_owned()),
        (HEADER, signature),
    ];
    (status, headers, body).into_response()
}
