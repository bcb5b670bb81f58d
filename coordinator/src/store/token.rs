//! Scoped tokens: only the hash of a secret is stored.

use super::column::{Columns as _, at, text};
use super::{Result, Store, StoreError};
use shared::api::tokens::Scope;
use shared::ids::{Digest, UnixMs};
use sqlx::any::AnyRow;

/// A token to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// SHA-256 of the secret.
    pub secret_sha256: Digest,
    /// Names the token; the visible beginning of its secret.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it is made.
    pub created_at_ms: UnixMs,
    /// When it ends; `None`: never.
    pub expires_at_ms: Option<UnixMs>,
}

/// A stored token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRecord {
    /// What was stored at the beginning.
    pub token: NewToken,
    /// When it was last used, to the minute.
    pub last_used_at_ms: Option<UnixMs>,
    /// When it was revoked.
    pub revoked_at_ms: Option<UnixMs>,
}

impl TokenRecord {
    /// Whether it opens anything now.
    #[must_use]
    pub fn is_valid(&self, now: UnixMs) -> bool {
        self.revoked_at_ms.is_none() && self.token.expires_at_ms.is_none_or(|end| now < end)
    }
}

/// A use is written down at most this often, ms: reading with a token must not cost a write each time.
const TOUCH_MS: u64 = 60_000;

const CREATE: &str = "INSERT INTO tokens (secret_sha256, id, name, scopes, created_at_ms, expires_at_ms) \
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
const BY_HASH: &str = "SELECT secret_sha256, id, name, scopes, created_at_ms, expires_at_ms, last_used_at_ms, \
     revoked_at_ms FROM tokens WHERE secret_sha256 = $1";
const LIST: &str = "SELECT secret_sha256, id, name, scopes, created_at_ms, expires_at_ms, last_used_at_ms, \
     revoked_at_ms FROM tokens ORDER BY created_at_ms, id";
const REVOKE: &str = "UPDATE tokens SET revoked_at_ms = $2 WHERE id = $1 AND revoked_at_ms IS NULL";
const TOUCH: &str = "UPDATE tokens SET last_used_at_ms = $2 \
     WHERE secret_sha256 = $1 AND (last_used_at_ms IS NULL OR last_used_at_ms <= $3)";

impl Store {
    /// Stores a token; `false` when its id or secret exists: draw another.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn token_create(&self, token: &NewToken) -> Result<bool> {
        let scopes: Vec<_> = token.scopes.iter().map(|scope| scope.as_str()).collect();
        let create = sqlx::query(CREATE)
            .bind(&token.secret_sha256.0[..])
            .bind(text(&token.id))
            .bind(text(&token.name))
            .bind(scopes.join(" "))
            .bind(at(token.created_at_ms))
            .bind(token.expires_at_ms.map(at));
        let done = create.execute(&self.writer).await?;
        Ok(done.rows_affected() == 1)
    }

    /// The token with this hash of its secret; see [`TokenRecord::is_valid`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn token_by_hash(&self, secret_sha256: Digest) -> Result<Option<TokenRecord>> {
        let query = sqlx::query(BY_HASH).bind(&secret_sha256.0[..]);
        let row = query.fetch_optional(&self.reader).await?;
        row.as_ref().map(record).transpose()
    }

    /// All tokens, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tokens(&self) -> Result<Vec<TokenRecord>> {
        let rows = sqlx::query(LIST).fetch_all(&self.reader).await?;
        rows.iter().map(record).collect()
    }

    /// Ends a token; `false` when there is none of this id that is not revoked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn token_revoke(&self, id: &str, now: UnixMs) -> Result<bool> {
        let revoke = sqlx::query(REVOKE).bind(text(id)).bind(at(now));
        Ok(revoke.execute(&self.writer).await?.rows_affected() == 1)
    }

    /// Writes down that a token was used, at most once a minute.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn token_touch(&self, token: &TokenRecord, now: UnixMs) -> Result<()> {
        let is_fresh = |used: UnixMs| now.since(used) < TOUCH_MS;
        if token.last_used_at_ms.is_some_and(is_fresh) {
            return Ok(());
        }
        let touch = sqlx::query(TOUCH)
            .bind(&token.token.secret_sha256.0[..])
            .bind(at(now))
            .bind(at(UnixMs(now.0.saturating_sub(TOUCH_MS))));
        touch.execute(&self.writer).await?;
        Ok(())
    }
}

fn record(row: &AnyRow) -> Result<TokenRecord> {
    let scopes = row.string("scopes")?;
    let scopes = scopes.split_whitespace().map(str::parse);
    Ok(TokenRecord {
        token: NewToken {
            secret_sha256: row.digest("secret_sha256")?,
            id: row.string("id")?,
            name: row.string("name")?,
            scopes: scopes
                .collect::<Result<_, _>>()
                .map_err(|_| StoreError::Corrupt("tokens.scopes"))?,
            created_at_ms: row.time("created_at_ms")?,
            expires_at_ms: row.time_or_null("expires_at_ms")?,
        },
        last_used_at_ms: row.time_or_null("last_used_at_ms")?,
        revoked_at_ms: row.time_or_null("revoked_at_ms")?,
    })
}
