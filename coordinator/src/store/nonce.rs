//! Nonces of signed requests that change something: each is good for one request, also across a restart.

use super::column::at;
use super::{Result, Store};
use shared::ids::{RequestNonce, SubmitterKey, UnixMs};

const USE: &str = "INSERT INTO http_nonces (submitter_key, nonce, used_at_ms) VALUES ($1, $2, $3) \
     ON CONFLICT (submitter_key, nonce) DO NOTHING";

impl Store {
    /// Uses up a nonce of `key`; `false` when it was used before. [`Store::gc`] forgets it after five minutes, when its
    /// time is too old anyway.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn http_nonce_use(
        &self,
        key: SubmitterKey,
        nonce: RequestNonce,
        now: UnixMs,
    ) -> Result<bool> {
        let query = sqlx::query(USE)
            .bind(&key.0[..])
            .bind(&nonce.0[..])
            .bind(at(now));
        Ok(query.execute(&self.writer).await?.rows_affected() == 1)
    }
}
