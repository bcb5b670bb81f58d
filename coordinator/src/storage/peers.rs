//! The other storage nodes of a policy, as a storage node on its own reaches them: by the addresses in the policy's text.

use super::certify::Quorum;
use super::link::Link;
use super::node::StorageNode;
use super::remote::{RemoteNode, RemoteSettings};
use crate::remote::address::Address;
use shared::ids::ChainId;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How often a node looks whether it has missed something.
const LOOK_EVERY: Duration = Duration::from_mins(1);
/// How often all records are compared with their hashes.
const SCRUB_EVERY: Duration = Duration::from_hours(24);
/// Rest after each record.
const SCRUB_PAUSE: Duration = Duration::from_millis(5);

/// How the other nodes are reached.
#[derive(Debug)]
pub struct Peers {
    /// PEM file of further certificates to trust.
    ca: Option<PathBuf>,
    /// Those that were reached before, by their addresses.
    known: BTreeMap<String, Arc<RemoteNode>>,
}

impl Peers {
    /// Nobody is reached yet.
    #[must_use]
    pub const fn new(ca: Option<PathBuf>) -> Self {
        Self {
            ca,
            known: BTreeMap::new(),
        }
    }

    /// Keeps a node up to date and its records whole, for ever: it recovers when it was wiped and a leader has offered it
    /// Policy 0, catches up each minute, and scrubs each day.
    pub async fn tend(&mut self, node: &StorageNode) {
        let mut every = tokio::time::interval(LOOK_EVERY);
        let began = tokio::time::Instant::now();
        let mut scrub_at = began + LOOK_EVERY;
        loop {
            tokio::select! {
                _ = every.tick() => {}
                () = node.was_offered_a_policy() => {}
            }
            if let Err(error) = self.look(node).await {
                tracing::warn!(%error, "cannot catch up; trying again in a minute");
            }
            if tokio::time::Instant::now() >= scrub_at {
                let links = self.links(node);
                match node.scrub(&links, SCRUB_PAUSE).await {
                    Ok(scrubbed) => tracing::info!(?scrubbed, "compared all records"),
                    Err(error) => tracing::error!(%error, "comparing the records failed"),
                }
                scrub_at = tokio::time::Instant::now() + SCRUB_EVERY;
            }
        }
    }

    /// Catches up once, or recovers.
    pub(super) async fn look(&mut self, node: &StorageNode) -> Result<(), super::StorageError> {
        let view = node.view();
        if !view.wiped {
            if view.chain.is_some() {
                node.catch_up(&self.links(node)).await?;
            }
            return Ok(());
        }
        let Some(policy) = node.offered_policy() else {
            return Ok(());
        };
        node.begin_again(&policy).await?;
        // The members may have changed since Policy 0: each round may lead to newer ones.
        loop {
            let before = node.view().quorum.clone();
            let links = self.links(node);
            if node.recover(&links).await? {
                return Ok(());
            }
            let after = node.view().quorum.clone();
            if version(before) == version(after) {
                return Ok(());
            }
        }
    }

    /// The other members of the policy in force that have an address.
    pub(super) fn links(&mut self, node: &StorageNode) -> Vec<Link> {
        let view = node.view();
        let (Some(chain), Some(quorum)) = (view.chain, view.quorum.as_ref()) else {
            return Vec::new();
        };
        let members = quorum.policy.entry.ack.iter();
        let mut links = Vec::new();
        for (member, witness) in members.zip(quorum.text.witnesses()) {
            let url = witness
                .url
                .as_deref()
                .filter(|_| member.ack_key != node.ack_key());
            let Some(address) = url.and_then(|url| url.parse::<Address>().ok()) else {
                continue;
            };
            let name = format!("{address} {}", member.ack_key);
            let known = self.known.get(&name).cloned();
            let remote = known.or_else(|| self.reach(node, chain, address, member.ack_key));
            if let Some(remote) = remote {
                self.known.insert(name, remote.clone());
                links.push(Link::Remote(remote));
            }
        }
        links
    }

    fn reach(
        &self,
        node: &StorageNode,
        chain: ChainId,
        address: Address,
        ack_key: shared::ids::AckKey,
    ) -> Option<Arc<RemoteNode>> {
        let settings = RemoteSettings {
            address,
            ca: self.ca.clone(),
            chain,
            key: node.keys().ack.clone(),
            ack_key: Some(ack_key),
        };
        match RemoteNode::new(settings) {
            Ok(remote) => Some(Arc::new(remote)),
            Err(error) => {
                tracing::error!(%error, "cannot reach other storage nodes");
                None
            }
        }
    }
}

fn version(quorum: Option<Arc<Quorum>>) -> Option<u32> {
    quorum.map(|quorum| quorum.policy.entry.version)
}
