//! Who asks: extractors, so that a handler without one is visibly public.
//!
//! `Bearer` is a token, `Admin` and `NodeAdmin` are tokens of a scope, `Reader` is a signed read or a token.

use super::Api;
use super::error::ApiError;
use super::origin;
use super::token;
use crate::nonces::Used;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use shared::api::problem::ProblemCode;
use shared::api::tokens::Scope;
use shared::http_auth::{Credentials, SCHEME};
use shared::ids::{ChainId, Digest, SubmitterKey, UnixMs};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// What a request's `Authorization` header holds, not checked yet.
#[derive(Debug, Clone)]
pub(super) enum Offered {
    /// A signature over the request.
    Signed(Credentials),
    /// A token, an admin's or a volunteer's.
    Bearer(String),
}

impl Offered {
    /// Reads the header.
    ///
    /// # Errors
    /// `Unauthenticated` without one, `BadCredentials` when it cannot be read.
    pub(super) fn of(parts: &Parts) -> Result<Self, ApiError> {
        let mut headers = parts.headers.get_all(AUTHORIZATION).iter();
        let Some(header) = headers.next() else {
            let detail = "sign the request with a submitter's key, or send Authorization: Bearer and a token";
            return Err(ApiError::new(ProblemCode::Unauthenticated, detail));
        };
        let unreadable = |detail: String| Err(ApiError::new(ProblemCode::BadCredentials, detail));
        if headers.next().is_some() {
            return unreadable("send one Authorization header".into());
        }
        let text = header.to_str().unwrap_or_default();
        let (scheme, rest) = text.split_once(' ').unwrap_or_default();
        if scheme.eq_ignore_ascii_case("bearer") {
            return Ok(Self::Bearer(rest.trim().to_owned()));
        }
        if scheme == SCHEME {
            return Ok(Self::Signed(Credentials::parse(text)?));
        }
        unreadable(format!(
            "Authorization must begin with {SCHEME} or Bearer, each followed by a space"
        ))
    }
}

/// Verifies a signature over the request with a body of this hash. The nonce is the caller's to use.
///
/// # Errors
/// `StaleSignature`, `BadSignature` or `BadCredentials`.
pub(super) fn verify(
    chain: ChainId,
    credentials: &Credentials,
    parts: &Parts,
    body: Digest,
    now: UnixMs,
) -> Result<SubmitterKey, ApiError> {
    credentials.check_time(now)?;
    let target = parts.uri.path_and_query();
    let target = target.map_or("/", |target| target.as_str());
    credentials.verify(chain, parts.method.as_str(), target, body)?;
    Ok(credentials.key)
}

/// The request was seen before.
pub(super) fn replayed() -> ApiError {
    let detail = "a request with this nonce was answered already; sign each request anew";
    ApiError::new(ProblemCode::ReplayedRequest, detail)
}

/// A token that exists, has not ended and was not revoked.
#[derive(Debug, Clone)]
pub(super) struct Bearer {
    /// Names the token, for the audit.
    pub(super) id: String,
    scopes: Vec<Scope>,
}

impl Bearer {
    /// The token of a request that must have one.
    ///
    /// # Errors
    /// `Unauthenticated` or `BadToken`.
    pub(super) async fn of(parts: &Parts, api: &Api) -> Result<Self, ApiError> {
        match Offered::of(parts)? {
            Offered::Bearer(secret) => Self::check(api, &secret).await,
            Offered::Signed(_) => {
                let detail = "this route wants a token: Authorization: Bearer and the token";
                Err(ApiError::new(ProblemCode::Unauthenticated, detail))
            }
        }
    }

    /// Looks a secret up by its hash.
    ///
    /// # Errors
    /// `BadToken`, in the same words for unknown, ended and revoked ones.
    pub(super) async fn check(api: &Api, secret: &str) -> Result<Self, ApiError> {
        let bad = || {
            let detail = "the token is unknown, has ended or was revoked; an admin makes one with `manyhands token create`";
            ApiError::new(ProblemCode::BadToken, detail)
        };
        if !secret.starts_with(token::PREFIX) {
            return Err(bad());
        }
        let now = api.clock.now();
        let found = api.store.token_by_hash(Digest::of(secret.as_bytes()));
        let found = found.await?.filter(|found| found.is_valid(now));
        let found = found.ok_or_else(bad)?;
        api.store.token_touch(&found, now).await?;
        Ok(Self {
            id: found.token.id,
            scopes: found.token.scopes,
        })
    }

    /// Whether it may do what `scope` stands for; the scope admin may do everything.
    pub(super) fn has(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope) || self.scopes.contains(&Scope::Admin)
    }

    /// Asks for a scope.
    ///
    /// # Errors
    /// `MissingScope`.
    pub(super) fn require(&self, scope: Scope) -> Result<(), ApiError> {
        self.require_one_of(&[scope])
    }

    /// Asks for any of these scopes.
    ///
    /// # Errors
    /// `MissingScope`.
    pub(super) fn require_one_of(&self, scopes: &[Scope]) -> Result<(), ApiError> {
        if scopes.iter().any(|scope| self.has(*scope)) {
            return Ok(());
        }
        let names: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
        let detail = format!("this needs a token with the scope {}", names.join(" or "));
        Err(ApiError::new(ProblemCode::MissingScope, detail))
    }
}

/// A token with the scope `admin`.
#[derive(Debug)]
pub(super) struct Admin(pub(super) Bearer);

impl FromRequestParts<Arc<Api>> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, ApiError> {
        let token = Bearer::of(parts, api).await?;
        token.require(Scope::Admin)?;
        Ok(Self(token))
    }
}

/// A token with the scope `nodes:write`.
#[derive(Debug)]
pub(super) struct NodeAdmin(pub(super) Bearer);

impl FromRequestParts<Arc<Api>> for NodeAdmin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, ApiError> {
        let token = Bearer::of(parts, api).await?;
        token.require(Scope::NodesWrite)?;
        Ok(Self(token))
    }
}

/// Who a request is made by.
#[derive(Debug, Clone)]
pub(super) enum Caller {
    /// The holder of a key, who signed it.
    Key(SubmitterKey),
    /// The holder of a token.
    Token(Bearer),
}

impl Caller {
    /// Whether the caller may see the jobs of `submitter`.
    pub(super) fn may_see(&self, submitter: SubmitterKey) -> bool {
        match self {
            Self::Key(key) => *key == submitter,
            Self::Token(token) => token.has(Scope::JobsRead),
        }
    }

    /// For the audit.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Key(key) => format!("key {key}"),
            Self::Token(token) => format!("token {}", token.id),
        }
    }
}

/// A read that was signed, or made with a token of the scope `jobs:read`.
#[derive(Debug)]
pub(super) struct Reader(pub(super) Caller);

impl FromRequestParts<Arc<Api>> for Reader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, ApiError> {
        match Offered::of(parts)? {
            Offered::Signed(credentials) => {
                signed_read(api, &credentials, parts).map(|key| Self(Caller::Key(key)))
            }
            Offered::Bearer(secret) => {
                let token = Bearer::check(api, &secret).await?;
                token.require(Scope::JobsRead)?;
                Ok(Self(Caller::Token(token)))
            }
        }
    }
}

/// Verifies a signed request without a body and uses its nonce.
///
/// # Errors
/// As [`verify`], and `ReplayedRequest` or `Busy`.
pub(super) fn signed_read(
    api: &Api,
    credentials: &Credentials,
    parts: &Parts,
) -> Result<SubmitterKey, ApiError> {
    let now = api.clock.now();
    let key = verify(api.chain, credentials, parts, Digest::of(&[]), now)?;
    match api.nonces.use_once(&key.0, credentials.nonce, now) {
        Used::First => Ok(key),
        Used::Again => Err(replayed()),
        Used::Full => {
            let detail = "too many signed reads in the last 5 minutes; try again later";
            Err(ApiError::later(ProblemCode::Busy, 30, detail))
        }
    }
}

/// The address that the connection comes from.
pub(super) fn peer_of(parts: &Parts) -> Option<IpAddr> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map(|ConnectInfo(address)| address.ip())
}

/// Whether the request comes from this machine and through no proxy.
pub(super) fn is_from_this_machine(parts: &Parts) -> bool {
    let peer = peer_of(parts);
    peer.is_some() && origin::check_local(peer, &parts.uri, &parts.headers).is_ok()
}
