//! Where the entries of a bundle stand, and which tasks have an outcome.

use super::super::super::db::{DecisionPlace, PolicyPlace, VoidPlace};
use std::collections::BTreeMap;
use std::ops::Range;

/// The entries of a bundle under a checkpoint.
#[derive(Debug)]
pub(super) struct Gathered {
    /// Entries under the checkpoint; later ones are left out.
    size: u64,
    /// Which tasks of the bundle's job are wished for.
    tasks: Range<u32>,
    indexes: Vec<u64>,
    /// Whether each of the tasks has an outcome.
    decided: Vec<bool>,
    /// Whether there is a Cert with status 0.
    has_good: bool,
}

impl Gathered {
    pub(super) fn new(size: u64, tasks: Range<u32>) -> Self {
        Self {
            size,
            decided: vec![false; tasks.len()],
            tasks,
            indexes: Vec::new(),
            has_good: false,
        }
    }

    /// Nothing of the same tasks under the same checkpoint.
    pub(super) fn empty(&self) -> Self {
        Self::new(self.size, self.tasks.clone())
    }

    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// Takes the entries of a subset job if its Certs are used.
    pub(super) fn take_used(&mut self, subset: Self) -> bool {
        if subset.has_good {
            self.indexes.extend(subset.indexes);
            for (decided, more) in self.decided.iter_mut().zip(subset.decided) {
                *decided |= more;
            }
        }
        subset.has_good
    }

    pub(super) fn add(&mut self, indexes: impl IntoIterator<Item = u64>) {
        let size = self.size;
        let under = indexes.into_iter().filter(|index| *index < size);
        self.indexes.extend(under);
    }

    /// The newest decision of a task.
    pub(super) fn add_decision(&mut self, task: u32, decision: &DecisionPlace) {
        if self.tasks.contains(&task) && decision.index < self.size {
            self.indexes.push(decision.index);
            self.has_good |= decision.accepted;
            if !decision.void {
                self.set_decided(task);
            }
        }
    }

    /// A Void and its Cert, which counts as long as the Void is not under the checkpoint.
    pub(super) fn add_void(&mut self, task: u32, void: &VoidPlace) {
        if self.tasks.contains(&task) {
            self.add([void.cert_index, void.index]);
            if (void.cert_index..void.index).contains(&self.size.saturating_sub(1)) {
                self.set_decided(task);
            }
        }
    }

    fn set_decided(&mut self, task: u32) {
        let at = task.checked_sub(self.tasks.start);
        let at = at.and_then(|at| usize::try_from(at).ok());
        if let Some(decided) = at.and_then(|at| self.decided.get_mut(at)) {
            *decided = true;
        }
    }

    /// Whether every task that is wished for has an outcome.
    pub(super) fn is_complete(&self) -> bool {
        self.decided.iter().all(|decided| *decided)
    }

    /// The Policies that the reader needs as records, as they are not among the changes after the pinned one: the one in
    /// force for the newest block, and those in force for the other entries, whose referees may have voted.
    pub(super) fn add_policies(&mut self, policies: &BTreeMap<u64, PolicyPlace>, pinned: u64) {
        self.indexes.sort_unstable();
        self.indexes.dedup();
        let mut needed = Vec::new();
        for index in policies.range(..=pinned).map(|(index, _)| *index) {
            let next = policies.range(index + 1..).next().map(|(next, _)| *next);
            let from = self.indexes.partition_point(|entry| *entry <= index);
            let first = self.indexes.get(from);
            let is_used = first.is_some_and(|entry| next.is_none_or(|next| *entry < next));
            if is_used || next.is_none() {
                needed.push(index);
            }
        }
        self.indexes.extend(needed);
    }

    /// Where the records stand, in the order of the log.
    pub(super) fn into_indexes(mut self) -> Vec<u64> {
        self.indexes.sort_unstable();
        self.indexes.dedup();
        self.indexes
    }
}
