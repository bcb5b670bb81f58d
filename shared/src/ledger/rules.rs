//! When a block is valid: every rule of LEDGER.md section 2, as a function of what is known before it.

mod job;
mod node;
mod policy;
mod program;
mod task;
#[cfg(test)]
mod tests;

use super::cut::Tip;
pub use policy::check as check_policy;

use super::entry::Entry;
use super::facts::{Facts, Head, PolicyInForce};
use super::header::Header;
use crate::crypto::Signatures;
use crate::ids::{Digest, LeaderKey, NodeKey, UnixMs};
use crate::job::SignedError;
use crate::merkle::{TreeHasher, leaf_hash};
use crate::rule::BrokenRule;
use crate::subset::SubsetError;

/// Most entries of a block, its header not counted.
pub const MAX_BLOCK_ENTRIES: usize = 500;

/// The rule that an entry breaks; its words begin with `rule` and its name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerRule {
    /// Not the canonical encoding of an entry of this ledger with good signatures.
    #[error("rule {}: {error}", signed_name(.error))]
    Form {
        /// Why not.
        error: SignedError,
    },
    /// One of the rules that need only the job and the task's leaf.
    #[error(transparent)]
    Counted(#[from] BrokenRule),
    /// One of the rules between a subset job and its parent.
    #[error(transparent)]
    Subset(#[from] SubsetError),
    /// One of the rules between entries.
    #[error("rule {name}: {words}")]
    Order {
        /// The rule's name.
        name: &'static str,
        /// What is wrong.
        words: String,
    },
}

const fn signed_name(error: &SignedError) -> &'static str {
    match error {
        SignedError::Decode(_) => "canonical",
        SignedError::Chain { .. } => "chain_id",
        SignedError::WeakKey => "weak_key",
        SignedError::BadSignature => "signature",
    }
}

impl From<SignedError> for LedgerRule {
    fn from(error: SignedError) -> Self {
        Self::Form { error }
    }
}

impl LedgerRule {
    /// The rule's name, as it stands in the words.
    #[must_use]
    pub fn name(&self) -> String {
        let words = self.to_string();
        let name = words
            .strip_prefix("rule ")
            .and_then(|rest| rest.split_once(':'));
        name.map_or(words.clone(), |(name, _)| name.to_owned())
    }
}

/// `Err` of a rule between entries.
pub(super) fn broken<T>(name: &'static str, words: impl Into<String>) -> Result<T, LedgerRule> {
    let words = words.into();
    Err(LedgerRule::Order { name, words })
}

/// Which entry of a block is refused, and by which rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {entry} of the block: {rule}")]
pub struct Refusal {
    /// Its place in the block, from 0; the number of entries for the header, or for the block as a whole.
    pub entry: usize,
    /// The rule.
    pub rule: LedgerRule,
}

/// A block that keeps every rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its header.
    pub header: Header,
    /// Hash of the header.
    pub header_hash: Digest,
    /// Its entries, without the header.
    pub entries: Vec<Entry>,
    /// Leaf hashes of its entries, the header's last.
    pub leaf_hashes: Vec<Digest>,
    /// Tree hash of the log with this block: the checkpoint's root.
    pub root: Digest,
}

/// What the rules of one entry see.
struct At<'a, S> {
    facts: &'a mut Facts,
    /// The entries of this block before this one.
    before: &'a [Entry],
    index: u64,
    first_index: u64,
    time_ms: UnixMs,
    leader_key: LeaderKey,
    referee_key: Option<NodeKey>,
    signatures: &'a S,
}

/// Where an entry stands, for [`check_entry`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    /// Its index.
    pub(super) index: u64,
    /// The time of its block.
    pub(super) time_ms: UnixMs,
    /// The policy's leader.
    pub(super) leader_key: LeaderKey,
    /// The policy's referee.
    pub(super) referee_key: Option<NodeKey>,
}

/// Checks one entry alone, for who has not its whole block. `facts` grow by it when it is valid.
pub(super) fn check_entry(
    facts: &mut Facts,
    entry: &Entry,
    standing: Standing,
    signatures: &impl Signatures,
) -> Result<(), LedgerRule> {
    let Standing {
        index,
        time_ms,
        leader_key,
        referee_key,
    } = standing;
    let at = At {
        facts,
        before: &[],
        index,
        first_index: index,
        time_ms,
        leader_key,
        referee_key,
        signatures,
    };
    at.check(entry)
}

/// Reads the entries of a block, without its header, for [`super::facts::needs`].
///
/// # Errors
/// The first entry that is not the canonical encoding of an entry of this ledger.
pub fn decode(facts: &Facts, entries: &[Vec<u8>]) -> Result<Vec<Entry>, Refusal> {
    let decoded = entries.iter().enumerate().map(|(entry, bytes)| {
        Entry::decode(facts.chain, bytes).map_err(|error| Refusal {
            entry,
            rule: error.into(),
        })
    });
    decoded.collect()
}

/// Checks the next block: `entries` are its entries without the header, `decoded` the same as [`decode`] read them. All
/// that [`super::facts::needs`] names must have been loaded into `facts`, which grow by the block.
///
/// Not checked here, as it is no matter of the block's own bytes: the ballot, the clock, the operator's approval of a
/// Policy, and that blobs are there.
///
/// # Errors
/// The first [`Refusal`]; `facts` are of no use then.
pub fn check_block(
    facts: &mut Facts,
    header: &[u8],
    entries: &[Vec<u8>],
    decoded: Vec<Entry>,
    signatures: &impl Signatures,
) -> Result<Block, Refusal> {
    let last = entries.len();
    let of_header = |rule| Refusal { entry: last, rule };
    let header_hash_of = |header: &Header| header.hash(facts.chain);
    let signed = header;
    let header =
        Header::decode_signed(facts.chain, signed).map_err(|error| of_header(error.into()))?;
    let header_hash = header_hash_of(&header);
    let policy = policy::of_block(facts, &header, &decoded).map_err(of_header)?;
    check_header(facts, &header, &policy, last).map_err(of_header)?;

    let mut leaf_hashes: Vec<Digest> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    let mut tree = facts.tip.tree.clone();
    let mut body = TreeHasher::new();
    for hash in &leaf_hashes {
        tree.push_hash(*hash);
        body.push_hash(*hash);
    }
    check_roots(&header, &body, &tree).map_err(of_header)?;

    for (at, entry) in decoded.iter().enumerate() {
        let index = header.first_index.saturating_add(at as u64);
        let rules = At {
            facts,
            before: decoded.get(..at).unwrap_or_default(),
            index,
            first_index: header.first_index,
            time_ms: header.time_ms,
            leader_key: header.leader_key,
            referee_key: policy.entry.referee_key,
            signatures,
        };
        rules
            .check(entry)
            .map_err(|rule| Refusal { entry: at, rule })?;
    }

    let of_the_header = leaf_hash(signed);
    leaf_hashes.push(of_the_header);
    tree.push_hash(of_the_header);
    let root = tree.root();
    facts.tip = Tip {
        head: Some(Head {
            height: header.height,
            size: header.size(),
            header_hash,
            time_ms: header.time_ms,
        }),
        tree,
    };
    facts.policy = Some(policy::after(facts.chain, policy, &decoded));
    Ok(Block {
        header,
        header_hash,
        entries: decoded,
        leaf_hashes,
        root,
    })
}

fn check_header(
    facts: &Facts,
    header: &Header,
    policy: &PolicyInForce,
    count: usize,
) -> Result<(), LedgerRule> {
    let (height, size, before, time) = facts.tip.head.map_or((0, 0, Digest::NONE, None), |head| {
        (
            head.height.saturating_add(1),
            head.size,
            head.header_hash,
            Some(head.time_ms),
        )
    });
    if header.height != height {
        return broken(
            "height",
            format!("block {height} comes next, not {}", header.height),
        );
    }
    if header.prev_header_hash != before {
        return broken(
            "prev_header_hash",
            format!(
                "the header before is {before}, not {}",
                header.prev_header_hash
            ),
        );
    }
    if header.first_index != size {
        return broken(
            "first_index",
            format!("entry {size} comes next, not {}", header.first_index),
        );
    }
    if count == 0 || count > MAX_BLOCK_ENTRIES || header.count as usize != count {
        let says = header.count;
        return broken(
            "count",
            format!(
                "the block has {count} entries and says {says}; 1 to {MAX_BLOCK_ENTRIES} are allowed"
            ),
        );
    }
    if time.is_some_and(|time| header.time_ms <= time) {
        return broken(
            "time_ms",
            format!("{} is not later than the block before", header.time_ms.0),
        );
    }
    if header.leader_key != policy.entry.leader_key {
        return broken(
            "leader_key",
            format!(
                "the policy's leader is {}, not {}",
                policy.entry.leader_key, header.leader_key
            ),
        );
    }
    if header.policy_sha256 != policy.sha256 {
        return broken(
            "policy_sha256",
            format!(
                "the policy in force is {}, not {}",
                policy.sha256, header.policy_sha256
            ),
        );
    }
    Ok(())
}

fn check_roots(header: &Header, body: &TreeHasher, log: &TreeHasher) -> Result<(), LedgerRule> {
    let (body, log) = (body.root(), log.root());
    if header.body_root != body {
        let words = format!("the entries have the root {body}, not {}", header.body_root);
        return broken("body_root", words);
    }
    if header.log_root != log {
        let words = format!("the log has the root {log}, not {}", header.log_root);
        return broken("log_root", words);
    }
    Ok(())
}

impl<S: Signatures> At<'_, S> {
    fn check(self, entry: &Entry) -> Result<(), LedgerRule> {
        match entry {
            Entry::Job(job) => self.job(job),
            Entry::Cert(cert) => self.cert(cert),
            Entry::Fail(fail) => self.fail(fail),
            Entry::Done(done) => self.done(done),
            Entry::Void(void) => self.void(void),
            Entry::Prog(prog) => self.prog(prog),
            Entry::Withdraw(withdraw) => self.withdraw(withdraw),
            Entry::Ban(ban) => self.ban(ban),
            Entry::Evidence(evidence) => self.evidence(evidence),
            // Checked with the header, as it decides who may sign that.
            Entry::Policy(_) => Ok(()),
            Entry::Header(_) => broken("header", "a header stands only at the end of its block"),
        }
    }
}
