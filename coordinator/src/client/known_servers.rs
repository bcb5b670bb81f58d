//! Which ledger stood behind which address: remembered at the first meeting, so that a change is noticed
//! (LEDGER.md section 1: clients refuse a server whose chain_id changed).

use super::error::{ClientError, OtherLedger};
use crate::private_file;
use serde::{Deserialize, Serialize};
use shared::ids::ChainId;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The file of known servers.
#[derive(Debug, Clone)]
pub struct KnownServers {
    path: PathBuf,
}

/// What is remembered of one address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    origin: String,
    chain_id: ChainId,
}

impl KnownServers {
    /// The servers remembered in `path`, which need not exist yet.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    fn read(&self) -> Result<BTreeMap<String, Known>, ClientError> {
        match std::fs::read(&self.path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| {
                let reason = format!("damaged ({error}); remove it to meet every server anew");
                ClientError::file(&self.path, reason)
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(error) => Err(ClientError::file(&self.path, error)),
        }
    }

    /// Compares the ledger at `url` with the one that was there before, and remembers it at the first meeting, or
    /// when `accept_new` says that the change is expected.
    ///
    /// # Errors
    /// [`ClientError::OtherLedger`] when it changed, [`ClientError::File`] when the file cannot be read or written.
    pub fn check(
        &self,
        url: &str,
        origin: &str,
        chain_id: ChainId,
        accept_new: bool,
    ) -> Result<(), ClientError> {
        let mut servers = self.read()?;
        match servers.get(url) {
            Some(known) if known.chain_id == chain_id => return Ok(()),
            Some(known) if !accept_new => {
                return Err(ClientError::from(Box::new(OtherLedger {
                    url: url.to_owned(),
                    known_origin: known.origin.clone(),
                    known: known.chain_id,
                    found_origin: origin.to_owned(),
                    found: chain_id,
                })));
            }
            _ => {}
        }
        let known = Known {
            origin: origin.to_owned(),
            chain_id,
        };
        servers.insert(url.to_owned(), known);
        let text = serde_json::to_vec_pretty(&servers).expect("a map of plain fields serialises");
        private_file::replace(&self.path, &text)
            .map_err(|error| ClientError::file(&self.path, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::random_bytes;
    use shared::ids::to_hex;

    fn fresh() -> KnownServers {
        let name = format!("manyhands-known-{}", to_hex(&random_bytes::<8>()));
        KnownServers::new(std::env::temp_dir().join(name).join("known_servers.json"))
    }

    const URL: &str = "http://127.0.0.1:8080";

    #[test]
    fn a_server_whose_ledger_changed_is_refused_until_the_change_is_accepted() {
        let servers = fresh();
        let [first, second] = ["one", "two"].map(ChainId::of_origin);
        servers.check(URL, "one", first, false).unwrap();
        servers.check(URL, "one", first, false).unwrap();
        let refused = servers.check(URL, "two", second, false).unwrap_err();
        assert!(matches!(refused, ClientError::OtherLedger(_)));
        servers
            .check("http://127.0.0.1:8081", "two", second, false)
            .unwrap();
        servers.check(URL, "two", second, true).unwrap();
        servers.check(URL, "two", second, false).unwrap();
        std::fs::remove_dir_all(servers.path.parent().unwrap()).unwrap();
    }

    #[test]
    fn a_damaged_file_is_named() {
        let servers = fresh();
        private_file::replace(&servers.path, b"{").unwrap();
        let error = servers.check(URL, "one", ChainId([1; 32]), false);
        assert!(error.unwrap_err().to_string().contains("known_servers"));
        std::fs::remove_dir_all(servers.path.parent().unwrap()).unwrap();
    }
}
