//! A question with its signature checked, and an answer that is signed.

use super::super::error::StorageError;
use super::super::wire::{self, MAX_MESSAGE_BYTES, Refusal};
use super::caller::{Caller, Claim, Who};
use super::{MEDIA_TYPE, StorageApi};
use crate::problem::ApiError;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::api::problem::ProblemCode;
use shared::http_answer::{Answer, HEADER};
use shared::ids::{ChainId, Digest};
use std::time::Duration;

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
    let _place = api.requests.acquire().await.map_err(ApiError::internal)?;
    let bad = |detail: String| ApiError::new(ProblemCode::InvalidRequest, detail);
    let reading = tokio::time::timeout(BODY_TIME, to_bytes(body, MAX_MESSAGE_BYTES));
    let body = reading
        .await
        .map_err(|_| bad("the body took longer than a minute".to_owned()))?;
    let body = body.map_err(|error| {
        let detail = format!("the body broke off or has more than {MAX_MESSAGE_BYTES} bytes");
        ApiError::new(ProblemCode::BodyTooLarge, format!("{detail}: {error}"))
    })?;
    let caller = claim.prove(&parts, api, Digest::of(&body))?;
    let question = wire::decode(&body).map_err(|error| bad(error.to_string()))?;
    Ok((caller, question))
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
