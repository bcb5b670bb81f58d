//! A job that is followed, with the jobs that run its tasks again: what all of them come to, as verified here.

use super::pieces::Piece;
use super::verify::Verified;
use shared::collected::TaskFate;
use shared::ids::{JobId, NodeKey};
use shared::page::submit::{Checked, DissentLine, MAX_DISSENTS};
use shared::subset::{Lacking, failed, merge_by_leaf};
use shared::verified_job::VerifiedJob;
use std::collections::BTreeSet;
use std::rc::Rc;

/// The verified tasks of a job and of its subset jobs.
#[derive(Debug)]
pub(super) struct Merged {
    own: Verified,
    /// Oldest first.
    subsets: Vec<Verified>,
    tasks: Vec<TaskFate<Piece>>,
    checked: Checked,
    lacking: Lacking,
    failed: Rc<[u32]>,
}

impl Merged {
    /// Nothing yet.
    pub(super) fn new(job: VerifiedJob) -> Self {
        Self {
            own: Verified::new(job),
            subsets: Vec::new(),
            tasks: Vec::new(),
            checked: Checked::default(),
            lacking: Lacking::default(),
            failed: Rc::default(),
        }
    }

    /// The job itself.
    pub(super) const fn job(&self) -> &VerifiedJob {
        &self.own.job
    }

    /// Counts a subset job that is newer than the others.
    pub(super) fn add(&mut self, subset: VerifiedJob) {
        self.subsets.push(Verified::new(subset));
        self.count();
    }

    /// The verified tasks of one job: of the job itself, or of a subset job that is counted.
    pub(super) fn part(&self, id: JobId) -> &Verified {
        let found = self.subsets.iter().find(|part| part.job.id() == id);
        found.unwrap_or(&self.own)
    }

    /// The same, to be added to; [`count`](Self::count) afterwards.
    pub(super) fn part_mut(&mut self, id: JobId) -> &mut Verified {
        let found = self.subsets.iter_mut().find(|part| part.job.id() == id);
        found.unwrap_or(&mut self.own)
    }

    /// What came of each task, the newest good answer first.
    pub(super) fn tasks(&self) -> &[TaskFate<Piece>] {
        if self.subsets.is_empty() {
            self.own.collected.tasks()
        } else {
            &self.tasks
        }
    }

    /// What was verified, in numbers.
    pub(super) const fn checked(&self) -> &Checked {
        &self.checked
    }

    /// What the tasks without output ended by.
    pub(super) const fn lacking(&self) -> Lacking {
        self.lacking
    }

    /// The tasks that are decided and have no output.
    pub(super) fn failed(&self) -> Rc<[u32]> {
        Rc::clone(&self.failed)
    }

    /// How many tasks are reduced already.
    pub(super) const fn set_folded(&mut self, folded: u32) {
        self.checked.folded = folded;
    }

    /// Brings the numbers up to date with a part that is still being read, as far as that costs little.
    pub(super) fn count_own(&mut self) {
        if self.subsets.is_empty() {
            let folded = self.checked.folded;
            self.checked = self.own.checked.clone();
            self.checked.folded = folded;
        }
    }

    /// Brings everything that is derived up to date with the parts.
    pub(super) fn count(&mut self) {
        let folded = self.checked.folded;
        self.checked = self.own.checked.clone();
        if !self.subsets.is_empty() {
            let subsets = self.subsets.iter();
            let parts = subsets.map(|part| (part.job.parent_tasks(), part.collected.tasks()));
            self.tasks = merge_by_leaf(self.own.collected.tasks(), parts);
            self.count_all_parts();
        }
        self.checked.folded = folded;
        self.lacking = Lacking::of(self.tasks());
        self.failed = failed(self.tasks()).into();
    }

    fn count_all_parts(&mut self) {
        let sum = &mut self.checked;
        let count = |is: fn(&TaskFate<Piece>) -> bool| {
            let found = self.tasks.iter().filter(|fate| is(fate)).count();
            u32::try_from(found).unwrap_or(u32::MAX)
        };
        sum.good = count(|fate| matches!(fate, TaskFate::Ok(_)));
        sum.not_good = count(|fate| matches!(fate, TaskFate::NotOk(_)));
        sum.failed = count(|fate| matches!(fate, TaskFate::Failed(_)));
        let mut keys: BTreeSet<NodeKey> = self.own.keys().clone();
        for part in &self.subsets {
            let checked = &part.checked;
            sum.votes += checked.votes;
            sum.outvoted += checked.outvoted;
            sum.one_network += checked.one_network;
            sum.unproven += checked.unproven;
            sum.least_agree = match (sum.least_agree, checked.least_agree) {
                (0, least) | (least, 0) => least,
                (one, other) => one.min(other),
            };
            keys.extend(part.keys());
            let room = MAX_DISSENTS.saturating_sub(sum.dissents.len());
            let tasks = part.job.parent_tasks();
            let lines = checked.dissents.iter().filter_map(|line| {
                let task = *tasks.get(usize::try_from(line.task).ok()?)?;
                Some(DissentLine { task, ..*line })
            });
            sum.dissents.extend(lines.take(room));
        }
        sum.keys = u32::try_from(keys.len()).unwrap_or(u32::MAX);
    }
}
