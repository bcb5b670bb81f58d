//! Whether the entries that a result is made of are on the ledger.

use super::{BundleFault, BundlePlace, ProofBundle, VerifiedBundle};
use crate::ids::{Digest, JobId};
use std::collections::BTreeSet;
use std::ops::Range;

/// The entries that a reader has used, which must be in a verified bundle: some 40 bytes for each.
#[derive(Debug, Clone, Default)]
pub struct UsedEntries {
    /// By the task of the bundle's job, with the entry's hash.
    entries: Vec<(u32, Digest)>,
    newest: Option<u64>,
}

impl UsedEntries {
    /// Notes the entry that decided a task of the bundle's job; `index` is where it is said to stand.
    pub fn note(&mut self, task: u32, entry: &[u8], index: u64) {
        self.entries.push((task, Digest::of(entry)));
        self.newest = self.newest.max(Some(index));
    }

    /// Adds those of another part of the result.
    pub fn extend(&mut self, more: &Self) {
        self.entries.extend_from_slice(&more.entries);
        self.newest = self.newest.max(more.newest);
    }

    /// The highest of the indexes: a checkpoint below it shows nothing of some of them. `None` when nothing was used.
    #[must_use]
    pub const fn newest(&self) -> Option<u64> {
        self.newest
    }

    /// Whether nothing was used.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Checks that what was used of these tasks stands in the bundle, which is verified, and is not void.
    ///
    /// # Errors
    /// Rule `bundle_used`, for the first task of which that is not so.
    pub fn check(
        &self,
        tasks: &Range<u32>,
        bundle: &ProofBundle,
        verified: &VerifiedBundle,
    ) -> Result<(), BundleFault> {
        let voids: BTreeSet<u64> = verified.voids.iter().map(|void| void.cert_index).collect();
        let records = bundle.records.iter();
        let counting = records.filter(|record| !voids.contains(&record.index));
        let known: BTreeSet<Digest> = counting.map(|record| Digest::of(&record.entry)).collect();
        let mut used = self.entries.iter().filter(|(task, _)| tasks.contains(task));
        match used.find(|(_, entry)| !known.contains(entry)) {
            None => Ok(()),
            Some((task, _)) => BundlePlace::Task(*task).broken(
                "bundle_used",
                "the entry that decided it is not on the ledger, or void",
            ),
        }
    }
}

impl ProofBundle {
    /// Adds the list of leaves of the job, where that is a job over chunks, so that its inputs can be checked offline too.
    pub fn add_leaves(&mut self, job: JobId, list: Vec<u8>) {
        self.leaves.insert(job, list);
    }
}
