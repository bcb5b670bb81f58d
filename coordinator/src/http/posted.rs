//! Changing requests of submitters: signed over their body, or with a token, and allowed to post here.

use super::Api;
use super::auth::{Bearer, Caller, Offered, peer_of, replayed, verify};
use super::error::ApiError;
use super::extract::{decode_json, read_body, require_type};
use super::origin;
use axum::extract::{FromRequest, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use shared::api::problem::ProblemCode;
use shared::api::status::Submitters;
use shared::api::tokens::Scope;
use shared::http_auth::Credentials;
use shared::ids::{Digest, SubmitterKey};
use std::sync::Arc;

/// A JSON body that a submitter may post.
pub(super) trait PostedBody: DeserializeOwned + Send + 'static {
    /// What a token must be allowed.
    const SCOPE: Scope;
    /// Largest body, bytes.
    const MAX_BYTES: usize;
    /// Whether the rule for who may post applies, beside the caller's credentials.
    const IS_POSTING: bool;
}

/// The JSON body of a submitter's request.
#[derive(Debug)]
pub(super) struct Posted<T> {
    /// Who posts it.
    pub(super) caller: Caller,
    /// What.
    pub(super) body: T,
}

impl<T: PostedBody> FromRequest<Arc<Api>> for Posted<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, api: &Arc<Api>) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        require_type(&parts.headers, "application/json")?;
        let claim = Claim::of(&parts, api, &[T::SCOPE]).await?;
        if T::IS_POSTING {
            claim.check_may_post(&parts, api).await?;
        }
        let body = read_body(body, T::MAX_BYTES, &api.large_bodies).await?;
        let (body, sha256) = body.aside(Digest::of).await?;
        let caller = claim.prove(&parts, api, sha256).await?;
        let (_, decoded) = body.aside(decode_json).await?;
        let body = decoded?;
        Ok(Self { caller, body })
    }
}

/// Who a changing request claims to be from; a key has still to prove it with a signature over the body.
#[derive(Debug)]
pub(super) enum Claim {
    /// A key.
    Key(Credentials),
    /// A token, checked already.
    Token(Bearer),
}

impl Claim {
    /// Reads the credentials and checks what can be checked without a body; a token has one of `scopes`.
    ///
    /// # Errors
    /// `Unauthenticated`, `BadCredentials`, `StaleSignature`, `BadToken` or `MissingScope`.
    pub(super) async fn of(parts: &Parts, api: &Api, scopes: &[Scope]) -> Result<Self, ApiError> {
        match Offered::of(parts)? {
            Offered::Signed(credentials) => {
                credentials.check_time(api.clock.now())?;
                Ok(Self::Key(credentials))
            }
            Offered::Bearer(secret) => {
                let token = Bearer::check(api, &secret).await?;
                token.require_one_of(scopes)?;
                Ok(Self::Token(token))
            }
        }
    }

    /// The rule of DESIGN.md section 6: from this machine while posting is open, otherwise a token or an approved key.
    ///
    /// # Errors
    /// `ForeignOrigin` or `NotApproved`.
    pub(super) async fn check_may_post(&self, parts: &Parts, api: &Api) -> Result<(), ApiError> {
        let Self::Key(credentials) = self else {
            return Ok(());
        };
        let elsewhere = match api.config.submitters {
            Submitters::Open => {
                match origin::check_local(peer_of(parts), &parts.uri, &parts.headers) {
                    Ok(()) => return Ok(()),
                    Err(elsewhere) => Some(elsewhere),
                }
            }
            Submitters::Approved => None,
        };
        let key = credentials.key;
        if api.store.key_is_approved(key).await? {
            return Ok(());
        }
        Err(match elsewhere {
            Some(elsewhere) => ApiError::new(
                ProblemCode::ForeignOrigin,
                format!(
                    "posting is open to this machine only, and {elsewhere}; post from this machine, or have an admin run `manyhands key approve {key}`"
                ),
            ),
            None => ApiError::new(
                ProblemCode::NotApproved,
                format!(
                    "the key {key} may not post here; an admin allows it with `manyhands key approve {key}`"
                ),
            ),
        })
    }

    /// Verifies the signature over the request with a body of this hash and uses its nonce, for good.
    ///
    /// # Errors
    /// `BadSignature`, `BadCredentials`, `StaleSignature` or `ReplayedRequest`.
    pub(super) async fn prove(
        self,
        parts: &Parts,
        api: &Api,
        body: Digest,
    ) -> Result<Caller, ApiError> {
        match self {
            Self::Token(token) => Ok(Caller::Token(token)),
            Self::Key(credentials) => {
                let key = prove_key(&credentials, parts, api, body).await?;
                Ok(Caller::Key(key))
            }
        }
    }
}

async fn prove_key(
    credentials: &Credentials,
    parts: &Parts,
    api: &Api,
    body: Digest,
) -> Result<SubmitterKey, ApiError> {
    let now = api.clock.now();
    let key = verify(api.chain, credentials, parts, body, now)?;
    let is_new = api
        .store
        .http_nonce_use(key, credentials.nonce, now)
        .await?;
    if is_new { Ok(key) } else { Err(replayed()) }
}
