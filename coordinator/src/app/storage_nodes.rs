//! The storage nodes of the ledger: inside this process, or elsewhere, as its policy says; those that found a new ledger
//! as the flags say.

use super::ServeConfig;
use super::identity::Identity;
use crate::clock::Clock;
use crate::data_dir::DataDir;
use crate::sealer::{Charter, Founder, Founding, LedgerKeys, Seat};
use crate::signatures::SignatureMemory;
use crate::storage::{Approvals, Link, NodeSettings, Reach, StorageNode};
use crate::store::{Lease, Store};
use anyhow::{Context as _, Result, bail};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Storage nodes inside the process when no others are given.
const EMBEDDED: [&str; 3] = ["s1", "s2", "s3"];
/// Folder of the embedded nodes in the data directory.
const FOLDER: &str = "storage";
/// Largest blob of an embedded node, bytes.
const MAX_BLOB_BYTES: u64 = 64 << 20;
/// How often an embedded node looks whether it has missed something.
const LOOK_EVERY: Duration = Duration::from_mins(1);
/// How often old outputs and unused blobs are cleaned away.
const CLEAN_EVERY: Duration = Duration::from_hours(1);
/// How often all records are compared with their hashes, and the rest after each record.
const SCRUB_EVERY: Duration = Duration::from_hours(24);
const SCRUB_PAUSE: Duration = Duration::from_millis(5);
/// Wait before a founder that did not answer is asked again.
const RETRY: Duration = Duration::from_secs(1);

/// What the storage nodes are opened with.
pub(super) struct Opening<'a> {
    pub(super) config: &'a ServeConfig,
    pub(super) data: &'a DataDir,
    pub(super) store: &'a Store,
    pub(super) lease: &'a Lease,
    pub(super) identity: &'a Identity,
    pub(super) keys: &'a LedgerKeys,
    pub(super) clock: &'a Clock,
    pub(super) signatures: &'a Arc<SignatureMemory>,
}

/// The ledger's storage nodes.
pub(super) struct StorageNodes {
    pub(super) founding: Founding,
    pub(super) links: Vec<Link>,
    /// The nodes inside this process.
    pub(super) embedded: Vec<Arc<StorageNode>>,
}

impl StorageNodes {
    /// Keeps the embedded nodes up to date, their records whole, and old outputs away, for ever.
    pub(super) async fn tend(&self, keep_days: u32) {
        let tended = self
            .embedded
            .iter()
            .map(|node| tend(node, others(&self.links, node), keep_days));
        futures_util::future::join_all(tended).await;
        // Where there are none, there is nothing to wait for.
        std::future::pending::<()>().await;
    }
}

/// The ways to the other nodes.
fn others(links: &[Link], node: &StorageNode) -> Vec<Link> {
    let others = links
        .iter()
        .filter(|link| link.ack_key() != Some(node.ack_key()));
    others.cloned().collect()
}

async fn tend(node: &StorageNode, others: Vec<Link>, keep_days: u32) {
    let mut look = tokio::time::interval(LOOK_EVERY);
    let mut clean_at = Instant::now();
    let mut scrub_at = Instant::now() + LOOK_EVERY;
    loop {
        look.tick().await;
        if let Err(error) = node.catch_up(&others).await {
            tracing::warn!(storage.node = node.name(), %error, "cannot catch up; trying again in a minute");
        }
        let now = Instant::now();
        if clean_at <= now {
            clean_at = now + CLEAN_EVERY;
            if let Err(error) = node.clean(keep_days).await {
                tracing::error!(storage.node = node.name(), %error, "cleaning failed; trying again in an hour");
            }
        }
        if scrub_at <= now {
            scrub_at = now + SCRUB_EVERY;
            match node.scrub(&others, SCRUB_PAUSE).await {
                Ok(scrubbed) => tracing::info!(
                    storage.node = node.name(),
                    ?scrubbed,
                    "compared all records"
                ),
                Err(error) => {
                    tracing::error!(storage.node = node.name(), %error, "comparing the records failed");
                }
            }
        }
    }
}

impl Opening<'_> {
    /// Opens the storage nodes of the ledger, or founds it. `None` when `stop` was cancelled first.
    pub(super) async fn open(&self, stop: &CancellationToken) -> Result<Option<StorageNodes>> {
        let mut embedded = Vec::new();
        let known = Charter::known(self.store, self.identity.chain).await?;
        let charter = if let Some(charter) = known {
            if !self.config.storage.is_empty() {
                tracing::info!(
                    "the ledger has its storage nodes already: --storage is not looked at"
                );
            }
            charter
        } else {
            let Some(founders) = self.founders(&mut embedded, stop).await? else {
                return Ok(None);
            };
            let (chain, origin) = (self.identity.chain, &self.identity.origin);
            Charter::make(self.store, self.lease, self.keys, chain, origin, &founders).await?
        };
        tracing::info!(policy = %charter.sha256(), "the ledger's policy");
        let links = self.links(&charter, &mut embedded).await?;
        for node in embedded.iter().filter(|node| node.identity().wiped) {
            let others = others(&links, node);
            node.begin_again(charter.policy_zero()).await?;
            if !node.recover(&others).await? {
                tracing::error!(
                    storage.node = node.name(),
                    "the storage node was wiped, and too few others answer: it counts for nobody until they do"
                );
            }
        }
        Ok(Some(StorageNodes {
            founding: charter.with_links(links.clone()),
            links,
            embedded,
        }))
    }

    /// Goes on with the storage nodes of the policy that is in force now.
    pub(super) async fn open_again(&self, nodes: &mut StorageNodes) -> Result<()> {
        let known = Charter::known(self.store, self.identity.chain).await?;
        let charter = known.context("the ledger has a policy")?;
        tracing::info!(policy = %charter.sha256(), "the ledger's policy has changed");
        nodes.links = self.links(&charter, &mut nodes.embedded).await?;
        nodes.founding = charter.with_links(nodes.links.clone());
        Ok(())
    }

    /// The ways to the storage nodes of a policy, in its order.
    async fn links(
        &self,
        charter: &Charter,
        embedded: &mut Vec<Arc<StorageNode>>,
    ) -> Result<Vec<Link>> {
        let mut links = Vec::new();
        for seat in charter.seats() {
            links.push(self.link(&seat, embedded).await?);
        }
        Ok(links)
    }

    async fn link(&self, seat: &Seat, embedded: &mut Vec<Arc<StorageNode>>) -> Result<Link> {
        if let Some(url) = &seat.url {
            let address = url
                .parse()
                .with_context(|| format!("the address of storage node {}", seat.name))?;
            let node = self.reach().node(address, Some(seat.ack_key))?;
            return Ok(Link::Remote(node));
        }
        let open = embedded.iter().find(|node| node.name() == seat.name);
        let node = if let Some(node) = open {
            node.clone()
        } else {
            let node = self.open_embedded(&seat.name).await?;
            embedded.push(node.clone());
            node
        };
        if node.ack_key() != seat.ack_key {
            bail!(
                "the storage node {} of this ledger is not the one in {}: it lives in the data directory of the \
                 coordinator that founded the ledger; bring that directory here, or found ledgers for several \
                 coordinators with --storage",
                seat.name,
                self.data.join(FOLDER).display()
            );
        }
        Ok(Link::Embedded(node))
    }

    async fn open_embedded(&self, name: &str) -> Result<Arc<StorageNode>> {
        let settings = NodeSettings {
            directory: self.data.join(FOLDER).join(name),
            name: name.to_owned(),
            approvals: Approvals::Automatic,
            max_blob_bytes: MAX_BLOB_BYTES,
        };
        let opened = StorageNode::open(settings, self.clock.clone(), self.signatures.clone()).await;
        opened.with_context(|| format!("the storage node {name}"))
    }

    /// How storage nodes elsewhere are reached.
    pub(super) fn reach(&self) -> Reach {
        Reach {
            ca: self.config.storage_ca.clone(),
            chain: self.identity.chain,
            key: self.identity.leader.clone(),
        }
    }

    /// Who founds the ledger.
    async fn founders(
        &self,
        embedded: &mut Vec<Arc<StorageNode>>,
        stop: &CancellationToken,
    ) -> Result<Option<Vec<Founder>>> {
        let mut founders = Vec::new();
        if self.config.storage.is_empty() {
            for name in EMBEDDED {
                let node = self.open_embedded(name).await?;
                founders.push(Founder {
                    identity: node.identity(),
                    url: None,
                });
                embedded.push(node);
            }
            return Ok(Some(founders));
        }
        for address in &self.config.storage {
            let link = Link::Remote(self.reach().node(address.clone(), None)?);
            let Some(identity) = self.identity_of(&link, stop).await else {
                return Ok(None);
            };
            founders.push(Founder {
                identity,
                url: Some(address.text()),
            });
        }
        Ok(Some(founders))
    }

    async fn identity_of(
        &self,
        link: &Link,
        stop: &CancellationToken,
    ) -> Option<crate::storage::wire::Identity> {
        let mut said = false;
        loop {
            match link.identity().await {
                Ok(identity) => return Some(identity),
                Err(error) if !said => {
                    tracing::warn!(%error, "waiting for a storage node that founds the ledger");
                    said = true;
                }
                Err(_) => {}
            }
            tokio::select! {
                () = stop.cancelled() => return None,
                () = tokio::time::sleep(RETRY) => {}
            }
        }
    }
}
