//! Verifying a whole ledger, entry by entry, by who trusts neither its leader nor its storage nodes; from the beginning or
//! from a state that was kept.
//!
//! Checked is every rule that needs no leaf lists, as those are not public, and every certificate that is shown.

mod history;
mod state;
#[cfg(test)]
mod tests;

pub use history::{Contradiction, ContradictionKind, Met, Newer, OtherTiles, meet};
pub use state::StateError;

use super::bundle::Record;
use super::entry::MAX_ENTRY_BYTES;
use super::facts::{self, Facts, Head, PolicyInForce};
use super::header::Header;
use super::note::Note;
use super::policy::PolicyEntry;
use super::policy_text::{Certified, QuorumPolicy};
use super::rules::{self, Block, LedgerRule, MAX_BLOCK_ENTRIES, Refusal, broken};
use crate::codec::Canonical as _;
use crate::crypto::Signatures;
use crate::ids::{ChainId, Digest};
use crate::merkle::{leaf_hash, verify_inclusion};
use std::collections::BTreeSet;

/// The rule that a ledger breaks, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {index}: {rule}")]
pub struct LedgerFault {
    /// Index of the entry; of a checkpoint, of the last entry that it covers.
    pub index: u64,
    /// The rule.
    pub rule: LedgerRule,
}

/// What came of an entry.
#[derive(Debug)]
pub enum Step {
    /// Its block goes on.
    More,
    /// It ends its block, whose check reads these earlier entries: give them with [`LedgerVerifier::earlier`], then
    /// [`LedgerVerifier::resume`].
    Earlier(BTreeSet<u64>),
    /// It ends its block, which keeps every rule.
    Block(Box<Block>),
}

/// Verifies a ledger.
#[derive(Debug, Clone)]
pub struct LedgerVerifier {
    facts: Facts,
    /// The entries of a block whose header has not come yet.
    pending: Vec<Vec<u8>>,
    /// The policy under which the newest block stands, which certifies it.
    certifier: Option<PolicyInForce>,
    /// Whether the newest block has a new Policy, which counts only with a certificate by the one before.
    awaits_certificate: bool,
    /// The newest certificate.
    certificate: Option<Note>,
}

impl LedgerVerifier {
    /// Begins with block 0 of the ledger `chain`.
    #[must_use]
    pub fn new(chain: ChainId) -> Self {
        Self {
            facts: Facts::new(chain, false),
            pending: Vec::new(),
            certifier: None,
            awaits_certificate: false,
            certificate: None,
        }
    }

    /// The ledger.
    #[must_use]
    pub const fn chain(&self) -> ChainId {
        self.facts.chain
    }

    /// The newest verified block.
    #[must_use]
    pub const fn head(&self) -> Option<Head> {
        self.facts.tip.head
    }

    /// How many entries are verified: those of whole blocks.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.facts.tip.size()
    }

    /// The root over them.
    #[must_use]
    pub fn root(&self) -> Digest {
        self.facts.tip.tree.root()
    }

    /// Index of the next entry to give.
    #[must_use]
    pub fn next_index(&self) -> u64 {
        self.size().saturating_add(self.pending.len() as u64)
    }

    /// How many jobs there are.
    #[must_use]
    pub fn jobs(&self) -> usize {
        self.facts.jobs.len()
    }

    /// How many tasks are decided.
    #[must_use]
    pub fn tasks(&self) -> usize {
        self.facts.tasks.len()
    }

    /// The policy of the next block.
    #[must_use]
    pub fn policy(&self) -> Option<&PolicyEntry> {
        self.facts.policy.as_ref().map(|policy| &policy.entry)
    }

    /// The policy that certifies the newest block.
    #[must_use]
    pub fn certifier(&self) -> Option<&PolicyEntry> {
        self.certifier.as_ref().map(|policy| &policy.entry)
    }

    /// The newest certificate.
    #[must_use]
    pub const fn certificate(&self) -> Option<&Note> {
        self.certificate.as_ref()
    }

    /// The newest block, when it has a new Policy and needs its certificate before anything else: give it with
    /// [`certify`](Self::certify).
    #[must_use]
    pub fn awaits_certificate(&self) -> Option<Head> {
        self.head().filter(|_| self.awaits_certificate)
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// The rule that it or its block breaks; the verifier is of no use then.
    pub fn push(
        &mut self,
        entry: Vec<u8>,
        signatures: &impl Signatures,
    ) -> Result<Step, LedgerFault> {
        let index = self.next_index();
        if self.awaits_certificate {
            let words = "the block before has a new Policy and no certificate";
            return at(index, broken("certificate", words));
        }
        let is_header = entry.starts_with(Header::LABEL);
        if entry.len() > MAX_ENTRY_BYTES {
            let words = format!("{} bytes, at most 65,535 are allowed", entry.len());
            return at(index, broken("canonical", words));
        }
        if !is_header && self.pending.len() == MAX_BLOCK_ENTRIES {
            let words = format!("no header after {MAX_BLOCK_ENTRIES} entries");
            return at(index, broken("count", words));
        }
        self.pending.push(entry);
        if !is_header {
            return Ok(Step::More);
        }
        self.resume(signatures)
    }

    /// Takes an earlier entry that was asked for, proven to be in the tree of what is verified.
    ///
    /// # Errors
    /// Rule `inclusion`.
    pub fn earlier(&mut self, record: Record) -> Result<(), LedgerFault> {
        let Record { index, entry, path } = record;
        let (size, root) = (self.size(), self.root());
        match verify_inclusion(leaf_hash(&entry), index, size, &path, root) {
            Ok(()) => {
                self.facts.earlier.insert(index, entry);
                Ok(())
            }
            Err(error) => at(index, broken("inclusion", error.to_string())),
        }
    }

    /// Checks the block whose header has come, once all earlier entries are there.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn resume(&mut self, signatures: &impl Signatures) -> Result<Step, LedgerFault> {
        let first = self.size();
        let refused = |refusal: Refusal| LedgerFault {
            index: first.saturating_add(refusal.entry as u64),
            rule: refusal.rule,
        };
        let Some((header, entries)) = self.pending.split_last() else {
            return Ok(Step::More);
        };
        let decoded = rules::decode(&self.facts, entries).map_err(refused)?;
        let mut missing = facts::indexes(&decoded);
        missing.retain(|index| *index < first && !self.facts.earlier.contains_key(index));
        if !missing.is_empty() {
            return Ok(Step::Earlier(missing));
        }
        let before = self.facts.policy.clone();
        let block = rules::check_block(&mut self.facts, header, entries, decoded, signatures)
            .map_err(refused)?;
        self.pending.clear();
        self.facts.earlier.clear();
        self.awaits_certificate = before.is_some() && before != self.facts.policy;
        self.certifier = before.or_else(|| self.facts.policy.clone());
        Ok(Step::Block(Box::new(block)))
    }

    /// Checks that a checkpoint is that of the newest block and certified by the policy in force for it.
    ///
    /// # Errors
    /// Rules `checkpoint_size`, `checkpoint_root`, `certificate`.
    pub fn certify(&mut self, note: &Note) -> Result<Certified, LedgerFault> {
        let size = self.size();
        let index = size.saturating_sub(1);
        let Some(policy) = &self.certifier else {
            return at(index, broken("certificate", "there is no block yet"));
        };
        let text = at(index, rules::check_policy(self.facts.chain, &policy.entry))?;
        let certified = match text.certify(note) {
            Ok(certified) => certified,
            Err(error) => return at(index, broken("certificate", error.to_string())),
        };
        let checkpoint = &certified.checkpoint;
        if checkpoint.size != size || !self.pending.is_empty() {
            let words = format!(
                "the checkpoint has {} entries, the newest block ends at {size}",
                checkpoint.size
            );
            return at(index, broken("checkpoint_size", words));
        }
        if checkpoint.root != self.root() {
            let (says, found) = (checkpoint.root, self.root());
            let words = format!("the checkpoint says {says}, the entries have the root {found}");
            return at(index, broken("checkpoint_root", words));
        }
        self.awaits_certificate = false;
        self.certificate = Some(note.clone());
        Ok(certified)
    }

    /// The text of the policy that certifies the newest block.
    #[must_use]
    pub fn certifier_text(&self) -> Option<QuorumPolicy> {
        QuorumPolicy::parse(&self.certifier()?.text).ok()
    }
}

fn at<T>(index: u64, checked: Result<T, LedgerRule>) -> Result<T, LedgerFault> {
    checked.map_err(|rule| LedgerFault { index, rule })
}
