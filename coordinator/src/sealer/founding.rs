//! The policy in force, and Policy 0 of a new ledger.

use super::{LedgerKeys, Member, Policy, SealerError};
use crate::storage::Link;
use crate::storage::wire::Identity;
use crate::store::{Lease, Store};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use shared::codec::Canonical as _;
use shared::ids::{AckKey, ChainId, Digest};
use shared::ledger::note::VKey;
use shared::ledger::policy::{AckMember, PolicyEntry};
use shared::ledger::policy_text::{QuorumPolicy, Witness};
use std::sync::Arc;

/// Key of the Policy entry in force in the store's table of facts.
const POLICY: &str = "ledger_policy";
/// Name of the group of all storage nodes in the policy's text.
const GROUP: &str = "storage";

/// The policy in force and how its storage nodes are reached.
#[derive(Debug)]
pub struct Founding {
    pub(super) policy: Policy,
    /// Policy 0, the entry's bytes.
    pub(super) policy_zero: Vec<u8>,
    pub(super) members: Vec<Arc<Member>>,
}

/// A storage node of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// Its name.
    pub name: String,
    /// The key of its acks and answers.
    pub ack_key: AckKey,
    /// Where it is reached; `None` for one inside the coordinator.
    pub url: Option<String>,
}

/// A storage node that takes part in the founding.
#[derive(Debug, Clone)]
pub struct Founder {
    /// Who it says it is.
    pub identity: Identity,
    /// Where it is reached; `None` for one inside the coordinator.
    pub url: Option<String>,
}

/// A policy before its storage nodes are reached.
#[derive(Debug)]
pub struct Charter {
    policy: Policy,
    bytes: Vec<u8>,
}

impl Charter {
    /// The policy that the store knows.
    ///
    /// # Errors
    /// When it is damaged or another ledger's.
    pub async fn known(store: &Store, chain: ChainId) -> Result<Option<Self>, SealerError> {
        let recorded = store.meta_get(POLICY).await?;
        recorded.map(|text| read(&text, chain)).transpose()
    }

    /// Makes Policy 0 of these storage nodes, more than half of which are a quorum, and queues it.
    ///
    /// # Errors
    /// When the storage nodes' names or keys do not make a policy, or the store fails.
    pub async fn make(
        store: &Store,
        lease: &Lease,
        keys: &LedgerKeys,
        chain: ChainId,
        origin: &str,
        founders: &[Founder],
    ) -> Result<Self, SealerError> {
        let bytes = policy_zero(keys, origin, founders)?.encode(chain);
        let recorded = BASE64.encode(&bytes);
        let charter = read(&recorded, chain)?;
        store.ledger_found(lease, POLICY, &recorded, &bytes).await?;
        Ok(charter)
    }

    /// Policy 0, the entry's bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the Policy: what the operators of storage nodes approve.
    #[must_use]
    pub fn sha256(&self) -> Digest {
        self.policy.sha256
    }

    /// The storage nodes, in the policy's order.
    #[must_use]
    pub fn seats(&self) -> Vec<Seat> {
        let witnesses = self.policy.text.witnesses().iter();
        let members = self.policy.entry.ack.iter().zip(witnesses);
        let seats = members.map(|(member, witness)| Seat {
            name: member.name.clone(),
            ack_key: member.ack_key,
            url: witness.url.clone(),
        });
        seats.collect()
    }

    /// With the way to each of its storage nodes, in their order.
    #[must_use]
    pub fn with_links(self, links: Vec<Link>) -> Founding {
        let members = self.policy.entry.ack.iter().zip(links);
        let members = members.map(|(member, link)| {
            Arc::new(Member {
                name: member.name.clone(),
                ack_key: member.ack_key,
                link,
            })
        });
        Founding {
            members: members.collect(),
            policy_zero: self.bytes,
            policy: self.policy,
        }
    }
}

fn read(recorded: &str, chain: ChainId) -> Result<Charter, SealerError> {
    let bytes = BASE64
        .decode(recorded)
        .map_err(|error| damaged(&error.to_string()))?;
    let (_, entry) = PolicyEntry::decode(&bytes).map_err(|error| damaged(&error.to_string()))?;
    let text = shared::ledger::rules::check_policy(chain, &entry)
        .map_err(|error| SealerError::Setup(error.to_string()))?;
    let sha256 = entry.sha256(chain);
    let policy = Policy {
        entry,
        sha256,
        text,
    };
    Ok(Charter { policy, bytes })
}

fn damaged(why: &str) -> SealerError {
    SealerError::Setup(format!("the policy in the database is damaged: {why}"))
}

fn policy_zero(
    keys: &LedgerKeys,
    origin: &str,
    founders: &[Founder],
) -> Result<PolicyEntry, SealerError> {
    let mut witnesses = Vec::with_capacity(founders.len());
    let mut ack = Vec::with_capacity(founders.len());
    for Founder { identity, url } in founders {
        let name = &identity.name;
        let vkey: VKey = identity.vkey.parse().map_err(|error| {
            SealerError::Setup(format!("the key of storage node {name}: {error}"))
        })?;
        witnesses.push(Witness {
            name: name.clone(),
            vkey,
            url: url.clone(),
        });
        ack.push(AckMember {
            name: name.clone(),
            ack_key: identity.ack_key,
        });
    }
    let threshold = founders.len() / 2 + 1;
    let text = QuorumPolicy::new(keys.log_vkey(origin)?, witnesses, GROUP, threshold);
    let text = text.map_err(|error| SealerError::Setup(error.to_string()))?;
    Ok(PolicyEntry {
        version: 0,
        leader_key: keys.leader.leader_key(),
        referee_key: Some(keys.referee.node_key()),
        ack,
        text: text.to_string(),
    })
}
