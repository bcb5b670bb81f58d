//! Which ledgers this user has verified: their pinned policies, their newest certificates, and which server has which.

use super::error::LedgerError;
use crate::client::error::ClientError;
use crate::private_file;
use serde::{Deserialize, Serialize};
use shared::ids::ChainId;
use shared::ledger::note::Note;
use shared::ledger::verify::Contradiction;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const FILE: &str = "known_ledgers.json";
const FOLDER: &str = "ledgers";

/// The user's memory of ledgers, in the data directory.
#[derive(Debug, Clone)]
pub struct KnownLedgers {
    data: PathBuf,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct File {
    /// Which ledger an address had.
    servers: BTreeMap<String, ChainId>,
    ledgers: BTreeMap<ChainId, KnownLedger>,
}

/// A ledger that was verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownLedger {
    /// Its name.
    pub origin: String,
    /// The text of the policy that certified it at the first visit.
    pub policy: String,
    /// The newest checkpoint that was verified, with its signatures.
    pub certificate: String,
}

impl KnownLedgers {
    /// What is remembered in a data directory, which need not exist.
    #[must_use]
    pub const fn new(data: PathBuf) -> Self {
        Self { data }
    }

    fn path(&self) -> PathBuf {
        self.data.join(FILE)
    }

    fn read(&self) -> Result<File, ClientError> {
        let path = self.path();
        match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| {
                let reason = format!("damaged ({error}); remove it to meet every ledger anew");
                ClientError::file(&path, reason)
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(File::default()),
            Err(error) => Err(ClientError::file(&path, error)),
        }
    }

    /// The ledger of this id.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn ledger(&self, chain: ChainId) -> Result<Option<KnownLedger>, ClientError> {
        Ok(self.read()?.ledgers.remove(&chain))
    }

    /// The name of the other ledger that this address had before, if it had another.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn other_at(&self, server: &str, chain: ChainId) -> Result<Option<String>, ClientError> {
        let file = self.read()?;
        let before = file.servers.get(server).filter(|before| **before != chain);
        Ok(before.map(|before| {
            let known = file.ledgers.get(before);
            known.map_or_else(|| before.to_string(), |known| known.origin.clone())
        }))
    }

    /// Remembers a verified ledger, what the verifier must know of it, and that this server has it.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn remember(
        &self,
        server: Option<&str>,
        chain: ChainId,
        ledger: KnownLedger,
        state: &[u8],
    ) -> Result<(), ClientError> {
        let mut file = self.read()?;
        let state_file = self.state_file(chain);
        private_file::replace(&state_file, state)
            .map_err(|error| ClientError::file(&state_file, error))?;
        file.ledgers.insert(chain, ledger);
        if let Some(server) = server {
            file.servers.insert(server.to_owned(), chain);
        }
        self.write(&file)
    }

    /// Remembers a ledger at the first visit, when only its newest certificate was verified, and that this server has it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn pin(
        &self,
        server: &str,
        chain: ChainId,
        ledger: KnownLedger,
    ) -> Result<(), ClientError> {
        let mut file = self.read()?;
        file.ledgers.insert(chain, ledger);
        file.servers.insert(server.to_owned(), chain);
        self.write(&file)
    }

    fn write(&self, file: &File) -> Result<(), ClientError> {
        let text = serde_json::to_vec_pretty(file).expect("a map of plain fields serialises");
        let path = self.path();
        private_file::replace(&path, &text).map_err(|error| ClientError::file(&path, error))
    }

    fn state_file(&self, chain: ChainId) -> PathBuf {
        self.data.join(FOLDER).join(format!("{chain}.state"))
    }

    /// What the verifier knew of a ledger when it was last verified; `None` when that is gone.
    #[must_use]
    pub fn state(&self, chain: ChainId) -> Option<Vec<u8>> {
        std::fs::read(self.state_file(chain)).ok()
    }

    /// Keeps both checkpoints of a contradiction.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn keep_evidence(
        &self,
        chain: ChainId,
        contradiction: Box<Contradiction>,
    ) -> Result<LedgerError, ClientError> {
        let name = format!("{chain}.{}", contradiction.kind.name());
        let evidence = self.data.join(FOLDER).join(name);
        for (name, note) in [
            ("kept.checkpoint", &contradiction.kept),
            ("found.checkpoint", &contradiction.found),
        ] {
            write_note(&evidence.join(name), note)?;
        }
        Ok(LedgerError::Contradiction {
            contradiction,
            evidence,
        })
    }
}

fn write_note(path: &Path, note: &Note) -> Result<(), ClientError> {
    private_file::replace(path, note.to_string().as_bytes())
        .map_err(|error| ClientError::file(path, error))
}
