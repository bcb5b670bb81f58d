//! The policies of a bundle, from the pinned one to the one in force for the newest header.

use super::{BundleFault, BundlePlace, Certification, Record};
use crate::ids::ChainId;
use crate::ledger::entry::Entry;
use crate::ledger::header::Header;
use crate::ledger::policy::PolicyEntry;
use crate::ledger::policy_text::{Certified, QuorumPolicy};
use crate::ledger::rules;
use crate::merkle::{leaf_hash, node_hash, verify_inclusion};
use std::collections::BTreeMap;

/// Checks that a record is in the tree of a certified checkpoint.
pub(super) fn check_inclusion(
    place: BundlePlace,
    record: &Record,
    certified: &Certified,
) -> Result<(), BundleFault> {
    let (size, root) = (certified.checkpoint.size, certified.checkpoint.root);
    let leaf = leaf_hash(&record.entry);
    verify_inclusion(leaf, record.index, size, &record.path, root)
        .or_else(|error| place.broken("inclusion", error.to_string()))
}

/// The policies from the pinned one on.
pub(super) struct Policies {
    chain: ChainId,
    /// Certifies the next checkpoint.
    text: QuorumPolicy,
    /// The newest change.
    newest: Option<(u64, PolicyEntry)>,
    /// Every Policy entry that is proven to be in the log, by index.
    pub(super) known: BTreeMap<u64, PolicyEntry>,
}

impl Policies {
    pub(super) fn new(chain: ChainId, pinned: &QuorumPolicy) -> Self {
        Self {
            chain,
            text: pinned.clone(),
            newest: None,
            known: BTreeMap::new(),
        }
    }

    /// A Policy and the checkpoint of its block, certified by the policy before it.
    pub(super) fn change(&mut self, change: &Certification) -> Result<(), BundleFault> {
        let index = change.record.index;
        let place = BundlePlace::Policy(index);
        let certified = self.certify(place, change)?;
        check_inclusion(place, &change.record, &certified)?;
        // The Policy is alone in its block, behind it stands the header.
        if certified.checkpoint.size != index.saturating_add(2) {
            let size = certified.checkpoint.size;
            let words = format!("the checkpoint of size {size} is not that of the Policy's block");
            return place.broken("policy_block", words);
        }
        let entry = place.of(Entry::decode(self.chain, &change.record.entry))?;
        let Entry::Policy(policy) = entry else {
            return place.broken("policy_entry", format!("it is a {}", entry.kind()));
        };
        let version = self.newest.as_ref().map(|(_, policy)| policy.version);
        let follows = |version: u32| version.checked_add(1) == Some(policy.version);
        if policy.version == 0 || !version.is_none_or(follows) {
            let words = format!("version {} does not follow the one before", policy.version);
            return place.broken("policy_version", words);
        }
        self.text = place.of(rules::check_policy(self.chain, &policy))?;
        self.known.insert(index, policy.as_ref().clone());
        self.newest = Some((index, *policy));
        Ok(())
    }

    fn certify(&self, place: BundlePlace, part: &Certification) -> Result<Certified, BundleFault> {
        self.text
            .certify(&part.checkpoint)
            .or_else(|error| place.broken("certificate", error.to_string()))
    }

    /// The newest header is the last entry under the checkpoint, and says of it what is so.
    pub(super) fn head(&self, head: &Certification) -> Result<(Certified, Header), BundleFault> {
        let place = BundlePlace::Header;
        let certified = self.certify(place, head)?;
        check_inclusion(place, &head.record, &certified)?;
        let header = place.of(Header::decode_signed(self.chain, &head.record.entry))?;
        let (index, size) = (head.record.index, certified.checkpoint.size);
        if header.index() != index || header.size() != size {
            let words = format!(
                "it ends a log of {} entries, the checkpoint has {size} and it stands at {index}",
                header.size()
            );
            return place.broken("header", words);
        }
        // The path of the last leaf has the full subtrees left of it: together they are the tree before it.
        let before = head.record.path.iter().copied();
        let before = before.reduce(|right, left| node_hash(&left, &right));
        if before != Some(header.log_root) {
            let words = "its log_root is not the root of the log before it";
            return place.broken("log_root", words);
        }
        if let Some((policy, _)) = &self.newest
            && policy.saturating_add(1) >= index
        {
            let words = format!("the Policy at {policy} is not in force for its block");
            return place.broken("policy_block", words);
        }
        Ok((certified, header))
    }

    /// The Policy entry in force for the block of the header.
    pub(super) fn in_force(&self, header: &Header) -> Result<PolicyEntry, BundleFault> {
        let place = BundlePlace::Header;
        let named = |policy: &&PolicyEntry| policy.sha256(self.chain) == header.policy_sha256;
        let found = match &self.newest {
            Some((_, newest)) => Some(newest).filter(named),
            None => self.known.values().find(named),
        };
        let Some(policy) = found else {
            let words = format!(
                "the Policy with SHA-256 {} is not in the bundle or not in force",
                header.policy_sha256
            );
            return place.broken("policy_sha256", words);
        };
        if place.of(rules::check_policy(self.chain, policy))? != self.text {
            return place.broken("policy_text", "the Policy in force is not the pinned one");
        }
        if policy.leader_key != header.leader_key {
            let words = format!("the policy's leader is {}", policy.leader_key);
            return place.broken("leader_key", words);
        }
        Ok(policy.clone())
    }
}
