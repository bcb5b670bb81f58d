//! Who this coordinator is: the leader key, the ledger's origin, and the admin's first token.

use crate::data_dir::DataDir;
use crate::entropy::random_bytes;
use crate::store::{NewToken, Store};
use anyhow::{Result, bail};
use shared::api::tokens::Scope;
use shared::crypto::SecretKey;
use shared::ids::{ChainId, Digest, UnixMs, to_hex};
use shared::key_file::KeyRole;
use std::path::PathBuf;

/// File of the leader's key in the data directory.
const LEADER_KEY: &str = "keys/leader.key";
/// File of the admin's token in the data directory.
const ADMIN_TOKEN: &str = "admin.token";
/// Longest name of a ledger, bytes: it stands in every checkpoint.
const MAX_ORIGIN_BYTES: usize = 200;

/// A coordinator's identity; all coordinators of one ledger have the same.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) leader: SecretKey,
    pub(super) origin: String,
    pub(super) chain: ChainId,
}

impl Identity {
    /// Reads or makes the leader key, and holds the database to key and origin for ever.
    pub(super) async fn open(data: &DataDir, store: &Store, origin: Option<&str>) -> Result<Self> {
        let leader = data.key(LEADER_KEY, KeyRole::Leader)?;
        let key = leader.leader_key().to_string();
        let recorded = store.meta_claim("leader_key", &key).await?;
        if recorded != key {
            bail!(
                "this database belongs to the ledger of leader key {recorded}, but {} holds {key}; \
                 copy that ledger's key file there, or use another database",
                data.join(LEADER_KEY).display()
            );
        }
        if let Some(origin) = origin {
            check_origin(origin)?;
        }
        let wanted = origin.map_or_else(|| leader.leader_key().default_origin(), str::to_owned);
        let recorded = store.meta_claim("origin", &wanted).await?;
        if origin.is_some() && recorded != wanted {
            bail!(
                "this ledger's origin is {recorded} and can never change: leave --origin {wanted} out"
            );
        }
        let chain = ChainId::of_origin(&recorded);
        Ok(Self {
            leader,
            origin: recorded,
            chain,
        })
    }
}

/// A log's name as C2SP's tlog-checkpoint allows it: no spaces, no plus, no scheme.
fn check_origin(origin: &str) -> Result<()> {
    let fits = !origin.is_empty() && origin.len() <= MAX_ORIGIN_BYTES;
    let plain = |c: char| c.is_ascii_graphic() && c != '+';
    if !fits || !origin.chars().all(plain) || origin.contains("://") {
        bail!(
            "--origin {origin:?}: use a name such as example.org/manyhands, without spaces, + or ://, \
             at most {MAX_ORIGIN_BYTES} characters"
        );
    }
    Ok(())
}

/// The file that holds the admin's token, made and recorded on first use.
pub(super) async fn admin_token(data: &DataDir, store: &Store, now: UnixMs) -> Result<PathBuf> {
    let secret = data.secret(ADMIN_TOKEN, || {
        format!("mh_{}", to_hex(&random_bytes::<36>()))
    })?;
    let hash = Digest::of(secret.as_bytes());
    if store.token_by_hash(hash).await?.is_none() {
        let token = NewToken {
            // `mh_` and the first eight digits, as for every token.
            id: secret.chars().take(11).collect(),
            secret_sha256: hash,
            name: "admin of the data directory".to_owned(),
            scopes: vec![Scope::Admin],
            created_at_ms: now,
            expires_at_ms: None,
        };
        store.token_create(&token).await?;
    }
    Ok(data.join(ADMIN_TOKEN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_name_without_spaces_plus_or_scheme() {
        assert!(check_origin("example.org/manyhands").is_ok());
        for bad in ["", "a b", "a+b", "https://example.org", &"x".repeat(201)] {
            assert!(check_origin(bad).is_err(), "{bad}");
        }
    }
}
