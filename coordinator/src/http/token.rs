//! How a token is made: `mh_`, 8 hex digits that name it, 64 that are secret. Only the hash of all is stored.

use crate::entropy::random_bytes;
use crate::store::{NewToken, Store, StoreError, TokenRecord};
use shared::api::tokens::{CreateToken, TokenCreated, TokenView};
use shared::ids::{Digest, UnixMs, to_hex};

/// The beginning of every token's secret.
pub(super) const PREFIX: &str = "mh_";
const DAY_MS: u64 = 24 * 3600 * 1000;

/// Makes a token and stores its hash; also for the first admin token of a new data directory.
///
/// # Errors
/// When the store fails.
pub async fn mint(
    store: &Store,
    wish: &CreateToken,
    now: UnixMs,
) -> Result<TokenCreated, StoreError> {
    loop {
        let id = format!("{PREFIX}{}", to_hex(&random_bytes::<4>()));
        let secret = format!("{id}{}", to_hex(&random_bytes::<32>()));
        let expires = wish.expires_in_days.map(u64::from);
        let token = NewToken {
            secret_sha256: Digest::of(secret.as_bytes()),
            id,
            name: wish.name.clone(),
            scopes: wish.scopes.clone(),
            created_at_ms: now,
            expires_at_ms: expires.map(|days| now.plus(days.saturating_mul(DAY_MS))),
        };
        // Another token may have the same eight digits already.
        if store.token_create(&token).await? {
            let token = view(TokenRecord {
                token,
                last_used_at_ms: None,
                revoked_at_ms: None,
            });
            return Ok(TokenCreated { token, secret });
        }
    }
}

/// A token without its secret.
pub(super) fn view(record: TokenRecord) -> TokenView {
    let token = record.token;
    TokenView {
        id: token.id,
        name: token.name,
        scopes: token.scopes,
        created_at_ms: token.created_at_ms,
        expires_at_ms: token.expires_at_ms,
        last_used_at_ms: record.last_used_at_ms,
        revoked_at_ms: record.revoked_at_ms,
    }
}
