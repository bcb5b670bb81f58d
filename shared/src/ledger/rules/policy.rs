//! The policy of a block, and when it may change.

use super::{LedgerRule, broken};
use crate::crypto::PublicKey as _;
use crate::ids::ChainId;
use crate::ledger::entry::Entry;
use crate::ledger::facts::{Facts, PolicyInForce};
use crate::ledger::header::Header;
use crate::ledger::policy::PolicyEntry;
use crate::ledger::policy_text::QuorumPolicy;
use std::collections::BTreeSet;

/// The policy under which the block stands: the one in force, or in block 0 the one that it holds. A new policy in the
/// block keeps the rules.
pub(super) fn of_block(
    facts: &Facts,
    header: &Header,
    entries: &[Entry],
) -> Result<PolicyInForce, LedgerRule> {
    let new = entries.iter().find_map(|entry| match entry {
        Entry::Policy(policy) => Some(policy.as_ref()),
        _ => None,
    });
    if new.is_some() && entries.len() != 1 {
        return broken(
            "policy_alone",
            "a Policy is alone in its block, apart from the header",
        );
    }
    match (&facts.policy, new) {
        (Some(in_force), None) => Ok(in_force.clone()),
        (Some(in_force), Some(new)) => {
            let next = in_force.entry.version.checked_add(1);
            if next != Some(new.version) {
                let old = in_force.entry.version;
                let words = format!("after version {old} comes no version {}", new.version);
                return broken("policy_version", words);
            }
            check(facts.chain, new)?;
            Ok(in_force.clone())
        }
        (None, Some(first)) => {
            if header.height == 0 && first.version != 0 {
                let words = format!("block 0 holds version 0, not {}", first.version);
                return broken("policy_version", words);
            }
            check(facts.chain, first)?;
            Ok(in_force(facts.chain, first))
        }
        (None, None) => broken("policy_first", "block 0 holds Policy 0 and nothing else"),
    }
}

/// The policy of the next block.
pub(super) fn after(chain: ChainId, before: PolicyInForce, entries: &[Entry]) -> PolicyInForce {
    match entries {
        [Entry::Policy(policy)] => in_force(chain, policy),
        _ => before,
    }
}

fn in_force(chain: ChainId, entry: &PolicyEntry) -> PolicyInForce {
    PolicyInForce {
        sha256: entry.sha256(chain),
        entry: entry.clone(),
    }
}

/// The rules that need nothing but the policy itself and the ledger's name.
///
/// # Errors
/// The rule that is broken.
pub fn check(chain: ChainId, policy: &PolicyEntry) -> Result<QuorumPolicy, LedgerRule> {
    let text = match QuorumPolicy::parse(&policy.text) {
        Ok(text) => text,
        Err(error) => return broken("policy_text", error.to_string()),
    };
    let origin = text.origin();
    if ChainId::of_origin(origin) != chain {
        return broken(
            "policy_log",
            format!("the log {origin} is another ledger's"),
        );
    }
    let of_text = text.witnesses().iter().map(|witness| witness.name.as_str());
    let of_acks = policy.ack.iter().map(|member| member.name.as_str());
    if !of_text.eq(of_acks) {
        return broken(
            "policy_ack",
            "the ack names are not the text's witnesses in their order",
        );
    }
    let leader = policy.leader_key;
    let mut keys = vec![leader.0, *text.log().key_bytes()];
    keys.extend(policy.referee_key.map(|key| key.0));
    keys.extend(policy.ack.iter().map(|member| member.ack_key.0));
    keys.extend(
        text.witnesses()
            .iter()
            .map(|witness| *witness.vkey.key_bytes()),
    );
    let mut seen = BTreeSet::new();
    for key in keys {
        if !crate::ids::LeaderKey(key).is_acceptable() {
            let words = format!(
                "the key {} is weak or not an Ed25519 public key",
                crate::ids::to_hex(&key)
            );
            return broken("weak_key", words);
        }
        if !seen.insert(key) {
            let words = format!("the key {} has two roles", crate::ids::to_hex(&key));
            return broken("policy_keys", words);
        }
    }
    Ok(text)
}
