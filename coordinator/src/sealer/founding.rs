//! The policy in force, Policy 0 of a new ledger, and the policies that may follow one.

use super::{LedgerKeys, Member, Policy, SealerError};
use crate::storage::Link;
use crate::storage::wire::Identity;
use crate::store::{Lease, PolicyRecord, Store};
use shared::codec::Canonical as _;
use shared::ids::{AckKey, ChainId, Digest};
use shared::ledger::note::VKey;
use shared::ledger::policy::{AckMember, PolicyEntry};
use shared::ledger::policy_text::{QuorumPolicy, Witness};
use std::sync::Arc;

/// Name of the group of all storage nodes in the policy's text.
const GROUP: &str = "storage";

/// The policy in force and how its storage nodes are reached.
#[derive(Debug, Clone)]
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
    /// Policy 0, the entry's bytes.
    policy_zero: Vec<u8>,
}

/// A change of the storage nodes.
#[derive(Debug, Clone)]
pub enum Change {
    /// One more.
    Add(Founder),
    /// The one of this name leaves.
    Remove(String),
}

impl Charter {
    /// The policy in force as the store knows it: the newest one that is stored; Policy 0 before that is.
    ///
    /// # Errors
    /// When it is damaged or another ledger's.
    pub async fn known(store: &Store, chain: ChainId) -> Result<Option<Self>, SealerError> {
        let records = store.ledger_policies().await?;
        let Some(zero) = records.first() else {
            return Ok(None);
        };
        let stored = records.iter().rev().find(|one| one.index.is_some());
        Ok(Some(Self {
            policy: read(stored.unwrap_or(zero), chain)?,
            policy_zero: zero.body.clone(),
        }))
    }

    /// The policy that is proposed, if there is one.
    ///
    /// # Errors
    /// When it is damaged or another ledger's.
    pub async fn proposed(store: &Store, chain: ChainId) -> Result<Option<Self>, SealerError> {
        let records = store.ledger_policies().await?;
        let (Some(zero), Some(last)) = (records.first(), records.last()) else {
            return Ok(None);
        };
        if last.version == 0 || last.index.is_some() {
            return Ok(None);
        }
        Ok(Some(Self {
            policy: read(last, chain)?,
            policy_zero: zero.body.clone(),
        }))
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
        let body = policy_zero(keys, origin, founders)?.encode(chain);
        let record = PolicyRecord {
            version: 0,
            body,
            index: None,
        };
        let policy = read(&record, chain)?;
        store.ledger_propose(lease, 0, &record.body).await?;
        Ok(Self {
            policy,
            policy_zero: record.body,
        })
    }

    /// The policy after this one with the changed storage nodes, more than half of which are the quorum.
    ///
    /// # Errors
    /// When there is no such storage node, it is there already, or the policy would break a rule.
    pub fn changed(&self, chain: ChainId, change: Change) -> Result<PolicyEntry, SealerError> {
        let mut witnesses = self.policy.text.witnesses().to_vec();
        let mut ack = self.policy.entry.ack.clone();
        match change {
            Change::Add(founder) => {
                let (witness, member) = seat_of(&founder)?;
                witnesses.push(witness);
                ack.push(member);
            }
            Change::Remove(name) => {
                let Some(place) = ack.iter().position(|member| member.name == name) else {
                    let words = format!("the policy has no storage node {name}");
                    return Err(SealerError::Setup(words));
                };
                witnesses.remove(place);
                ack.remove(place);
            }
        }
        let log = self.policy.text.log().clone();
        let entry = PolicyEntry {
            version: self.policy.entry.version.saturating_add(1),
            ack,
            text: text_of(log, witnesses)?,
            ..self.policy.entry.clone()
        };
        shared::ledger::rules::check_policy(chain, &entry)
            .map_err(|error| SealerError::Setup(error.to_string()))?;
        Ok(entry)
    }

    /// Policy 0, the entry's bytes.
    #[must_use]
    pub fn policy_zero(&self) -> &[u8] {
        &self.policy_zero
    }

    /// How many policies there were before this one.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.policy.entry.version
    }

    /// Its text: a tlog-policy file.
    #[must_use]
    pub fn text(&self) -> String {
        self.policy.entry.text.clone()
    }

    /// How many storage nodes are a quorum.
    #[must_use]
    pub fn threshold(&self) -> usize {
        self.policy.text.threshold()
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
            policy_zero: self.policy_zero,
            policy: self.policy,
        }
    }
}

fn read(record: &PolicyRecord, chain: ChainId) -> Result<Policy, SealerError> {
    let (_, entry) = PolicyEntry::decode(&record.body).map_err(|error| {
        let version = record.version;
        SealerError::Setup(format!(
            "policy {version} in the database is damaged: {error}"
        ))
    })?;
    let text = shared::ledger::rules::check_policy(chain, &entry)
        .map_err(|error| SealerError::Setup(error.to_string()))?;
    let sha256 = entry.sha256(chain);
    Ok(Policy {
        entry,
        sha256,
        text,
    })
}

fn policy_zero(
    keys: &LedgerKeys,
    origin: &str,
    founders: &[Founder],
) -> Result<PolicyEntry, SealerError> {
    let mut witnesses = Vec::with_capacity(founders.len());
    let mut ack = Vec::with_capacity(founders.len());
    for founder in founders {
        let (witness, member) = seat_of(founder)?;
        witnesses.push(witness);
        ack.push(member);
    }
    Ok(PolicyEntry {
        version: 0,
        leader_key: keys.leader.leader_key(),
        referee_key: Some(keys.referee.node_key()),
        ack,
        text: text_of(keys.log_vkey(origin)?, witnesses)?,
    })
}

fn seat_of(founder: &Founder) -> Result<(Witness, AckMember), SealerError> {
    let Founder { identity, url } = founder;
    let name = &identity.name;
    let vkey: VKey = identity
        .vkey
        .parse()
        .map_err(|error| SealerError::Setup(format!("the key of storage node {name}: {error}")))?;
    let witness = Witness {
        name: name.clone(),
        vkey,
        url: url.clone(),
    };
    let member = AckMember {
        name: name.clone(),
        ack_key: identity.ack_key,
    };
    Ok((witness, member))
}

fn text_of(log: VKey, witnesses: Vec<Witness>) -> Result<String, SealerError> {
    let threshold = witnesses.len() / 2 + 1;
    let text = QuorumPolicy::new(log, witnesses, GROUP, threshold);
    let text = text.map_err(|error| SealerError::Setup(error.to_string()))?;
    Ok(text.to_string())
}
