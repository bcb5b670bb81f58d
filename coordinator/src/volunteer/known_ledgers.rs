//! Which ledger each coordinator served when it was last joined, in a file of the data directory.

use crate::private_file;
use anyhow::{Context as _, Result};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The file: base URLs and origins.
#[derive(Debug)]
pub(super) struct KnownLedgers {
    path: PathBuf,
    origins: BTreeMap<String, String>,
}

impl KnownLedgers {
    /// Reads the file, which need not exist.
    ///
    /// # Errors
    /// When it cannot be read, or is damaged.
    pub(super) fn open(path: PathBuf) -> Result<Self> {
        let origins = match std::fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).with_context(|| {
                format!("{} is damaged; remove it to start anew", path.display())
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        Ok(Self { path, origins })
    }

    /// The origin of the ledger at this URL.
    pub(super) fn origin(&self, url: &str) -> Option<String> {
        self.origins.get(url).cloned()
    }

    /// Remembers it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn remember(&mut self, url: &str, origin: String) -> Result<()> {
        self.origins.insert(url.to_owned(), origin);
        let text = serde_json::to_string_pretty(&self.origins)
            .context("a map of texts always serialises")?;
        private_file::replace(&self.path, format!("{text}\n").as_bytes())
            .with_context(|| format!("cannot write {}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_remembered_for_its_url() {
        let name = format!("manyhands-ledgers-{}.json", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = std::fs::remove_file(&path);
        let mut ledgers = KnownLedgers::open(path.clone()).unwrap();
        assert_eq!(ledgers.origin("http://a"), None);
        ledgers.remember("http://a", "origin".into()).unwrap();
        let ledgers = KnownLedgers::open(path.clone()).unwrap();
        assert_eq!(ledgers.origin("http://a"), Some("origin".into()));
        std::fs::write(&path, "{").unwrap();
        assert!(KnownLedgers::open(path.clone()).is_err());
        std::fs::remove_file(path).unwrap();
    }
}
