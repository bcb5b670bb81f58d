//! What `manyhands serve` is told.

use crate::remote::address::Address;
use crate::scheduler::Diversity;
use crate::store::StoreTarget;
use shared::api::status::{ServerLimits, Submitters};
use shared::protocol::LEASE_MS;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// Settings of a coordinator. [`ServeConfig::new`] has the defaults of DESIGN.md section 7.
#[derive(Debug, Clone)]
pub struct ServeConfig {
    /// Where keys, the SQLite file and the admin token file are. Whoever reads it can lead the ledger.
    pub data: PathBuf,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The database; the data directory's SQLite file when not given.
    pub database: Option<StoreTarget>,
    /// Storage nodes elsewhere that found the ledger; three inside the process when there are none. Only asked when the
    /// ledger begins: after that its policy says which they are.
    pub storage: Vec<Address>,
    /// PEM file of further certificates to trust when storage nodes are asked.
    pub storage_ca: Option<PathBuf>,
    /// How long an entry waits for others before its block is cut.
    pub block_timeout: Duration,
    /// Name of the ledger; made from the leader key when not given. It can never change.
    pub origin: Option<String>,
    /// The address that browsers use, when it is not `listen`.
    pub public_url: Option<Url>,
    /// Serve TLS itself.
    pub tls: Option<TlsFiles>,
    /// Who may post; decided by [`ServeConfig::submitters`] when not given.
    pub submitters: Option<Submitters>,
    /// What is taken at most.
    pub limits: ServerLimits,
    /// How strict the network and newcomer rules are.
    pub diversity: Diversity,
    /// Zero bits of the Work puzzle for unknown nodes; 0 on loopback and 18 elsewhere when not given.
    pub join_work: Option<u8>,
    /// How long an assignment stays with a volunteer that gives no sign of life.
    pub lease: Duration,
    /// Connected nodes at most; more are told that the coordinator is busy.
    pub max_nodes: usize,
    /// Seed of the draw of volunteers. For tests: who knows it can foresee every draw.
    pub scheduler_seed: Option<[u8; 32]>,
}

/// PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificate chain.
    pub cert: PathBuf,
    /// Private key.
    pub key: PathBuf,
}

impl ServeConfig {
    /// Defaults: everything embedded, listening on 127.0.0.1:8080.
    #[must_use]
    pub fn new(data: PathBuf) -> Self {
        Self {
            data,
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            database: None,
            storage: Vec::new(),
            storage_ca: None,
            block_timeout: Duration::from_millis(250),
            origin: None,
            public_url: None,
            tls: None,
            submitters: None,
            limits: ServerLimits::default(),
            diversity: Diversity::Auto,
            join_work: None,
            lease: Duration::from_millis(LEASE_MS),
            max_nodes: 20_000,
            scheduler_seed: None,
        }
    }

    /// Who may post: `open` is the default only while listening on loopback without a public URL (DESIGN.md section 6).
    #[must_use]
    pub fn submitters(&self) -> Submitters {
        self.submitters.unwrap_or(if self.is_private() {
            Submitters::Open
        } else {
            Submitters::Approved
        })
    }

    /// Zero bits of the Work puzzle.
    #[must_use]
    pub fn join_work(&self) -> u8 {
        self.join_work.unwrap_or(if self.listen.ip().is_loopback() {
            0
        } else {
            18
        })
    }

    /// Whether only this machine can reach the coordinator.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.listen.ip().is_loopback() && self.public_url.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn posting_is_open_only_on_loopback_without_a_public_address() {
        let mut config = ServeConfig::new("data".into());
        assert_eq!(config.submitters(), Submitters::Open);
        config.public_url = Some("https://example.org".parse().unwrap());
        assert_eq!(config.submitters(), Submitters::Approved);
        config.public_url = None;
        config.listen = SocketAddr::from(([0, 0, 0, 0], 8080));
        assert_eq!(config.submitters(), Submitters::Approved);
        assert_eq!(config.join_work(), 18);
    }
}
