//! From the pinned policy to the newer ones: each counts only with a checkpoint of its block that the one before certifies.

use super::fetch;
use super::head::{certifier, certify};
use super::kept::{Kept, KeptPolicy};
use super::tiles::Tiles;
use super::trouble::{Fault, NotFetched, Trouble, broken};
use shared::api::ledger::BlockView;
use shared::ids::{ChainId, Digest};
use shared::ledger::bundle::MAX_CHANGES;
use shared::ledger::entry::Entry;
use shared::ledger::note::Note;
use shared::ledger::policy::PolicyEntry;
use shared::ledger::rules::check_policy;
use shared::merkle::leaf_hash;

/// Follows the policies up to a head of `size` entries. Where the server says of no newer one how it came, the old ones
/// stay in force.
pub(super) async fn follow(kept: &mut Kept, size: u64) -> Result<(), Trouble> {
    for _ in 0..MAX_CHANGES {
        let newest = fetch::blocks(None, 1).await?.blocks.into_iter().next();
        let Some(newest) = newest else {
            return Ok(());
        };
        let changed = match kept.newest {
            Some(from) => last_block_under(from, &newest).await?,
            None => newest.height,
        };
        let certificate = match fetch::text(&format!("certificates/{changed}")).await {
            Ok(certificate) => certificate,
            Err(NotFetched::NotFound) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let (policy, sha256) = change(kept, &certificate).await?;
        let is_behind = policy.above < size;
        kept.policies.push(policy);
        kept.newest = Some((changed.saturating_add(1), sha256));
        if !is_behind || changed == newest.height {
            return Ok(());
        }
    }
    broken(
        "policy_version",
        format!("more than {MAX_CHANGES} policies"),
    )
}

/// The last block that names the same policy as the block `from`: the one that holds the next policy, if there is one.
async fn last_block_under(
    (height, sha256): (u64, Digest),
    newest: &BlockView,
) -> Result<u64, Trouble> {
    if newest.policy_sha256 == sha256 {
        return Ok(newest.height);
    }
    let (mut under, mut beyond) = (height, newest.height);
    while beyond.saturating_sub(under) > 1 {
        let middle = under.midpoint(beyond);
        if fetch::block(middle).await?.policy_sha256 == sha256 {
            under = middle;
        } else {
            beyond = middle;
        }
    }
    Ok(under)
}

/// The policy that a certificate of its block shows, checked.
async fn change(kept: &Kept, certificate: &str) -> Result<(KeptPolicy, Digest), Trouble> {
    let note = Note::parse(certificate.as_bytes());
    let note = note.map_err(|error| Fault::new("certificate", error))?;
    let old = kept.policies.last();
    let text = certifier(kept, u64::MAX)?;
    let checkpoint = certify(&text, &note)?.checkpoint;
    // The Policy is alone in its block, behind it stands the header.
    let Some(index) = checkpoint.size.checked_sub(2) else {
        return broken("policy_block", "its block is too small to hold a Policy");
    };
    let view = fetch::entry(index).await?;
    let mut tiles = Tiles::new(checkpoint.size);
    let leaf = leaf_hash(&view.entry);
    tiles.check_inclusion(leaf, index, checkpoint.root).await?;
    let chain = ChainId::of_origin(&checkpoint.origin);
    let entry = Entry::decode(chain, &view.entry);
    let policy: PolicyEntry = match entry {
        Ok(Entry::Policy(policy)) => *policy,
        Ok(other) => return broken("policy_entry", format!("it is a {}", other.kind())),
        Err(error) => return broken("policy_entry", error),
    };
    if policy.version <= old.and_then(|old| old.version).unwrap_or(0) {
        let words = format!("version {} is not newer", policy.version);
        return broken("policy_version", words);
    }
    check_policy(chain, &policy).map_err(Fault::from)?;
    let sha256 = policy.sha256(chain);
    let policy = KeptPolicy {
        version: Some(policy.version),
        text: policy.text,
        above: checkpoint.size,
    };
    Ok((policy, sha256))
}
