//! What the scheduler needs to know of a job, and which of its tasks are still to be decided.

use shared::ids::{JobId, SubmitterKey};
use shared::job::Job;

/// A job to be scheduled.
#[derive(Debug, Clone)]
pub struct JobPlan {
    /// The job.
    pub id: JobId,
    /// Nodes of this owner get no seat.
    pub submitter_key: SubmitterKey,
    /// Seats of a task in its first attempt: odd, 3 to 15.
    pub trust: u8,
    /// Memory a task may use; nodes with less get no seat.
    pub memory_pages: u32,
    /// Wall-clock limit of one task on the reference machine, ms.
    pub wall_ms: u32,
    /// Tasks that are not decided yet.
    pub undecided: TaskSet,
    /// Decided tasks that count as accepted: certificates with status 0.
    pub accepted: u32,
    /// Decided tasks that count as failed: other certificates, and Fails.
    pub failed: u32,
}

impl JobPlan {
    /// The plan of a signed job of which the tasks `decided` have their certificate or Fail already. They count as
    /// accepted until [`JobPlan::with_failed`] says otherwise.
    #[must_use]
    pub fn new(id: JobId, job: &Job, decided: impl IntoIterator<Item = u32>) -> Self {
        let mut undecided = TaskSet::full(job.task_count);
        for task in decided {
            undecided.remove(task);
        }
        Self {
            id,
            submitter_key: job.submitter_key,
            trust: job.trust,
            memory_pages: job.limits.memory_pages,
            wall_ms: job.limits.wall_ms,
            accepted: job.task_count.saturating_sub(undecided.len()),
            failed: 0,
            undecided,
        }
    }

    /// Says how many of the decided tasks count as failed.
    #[must_use]
    pub fn with_failed(mut self, failed: u32) -> Self {
        let decided = self.accepted.saturating_add(self.failed);
        self.failed = failed.min(decided);
        self.accepted = decided.saturating_sub(self.failed);
        self
    }
}

/// A set of task numbers: one bit for each task, taken from the front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskSet {
    words: Vec<u64>,
    /// Words before this one are empty.
    first: usize,
    len: u32,
}

const BITS: u32 = u64::BITS;

impl TaskSet {
    /// All tasks below `task_count`.
    #[must_use]
    pub fn full(task_count: u32) -> Self {
        let mut words = vec![u64::MAX; task_count.div_ceil(BITS) as usize];
        let used = task_count % BITS;
        if let Some(last) = words.last_mut()
            && used != 0
        {
            *last = (1 << used) - 1;
        }
        Self {
            words,
            first: 0,
            len: task_count,
        }
    }

    /// How many tasks are in it.
    #[must_use]
    pub const fn len(&self) -> u32 {
        self.len
    }

    /// Whether no task is in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Takes a task out; one that is not in it changes nothing.
    pub fn remove(&mut self, task: u32) {
        let bit = 1 << (task % BITS);
        if let Some(word) = self.words.get_mut((task / BITS) as usize)
            && *word & bit != 0
        {
            *word &= !bit;
            self.len -= 1;
        }
    }

    /// Takes the lowest task out.
    pub fn pop_first(&mut self) -> Option<u32> {
        while let Some(word) = self.words.get(self.first) {
            if *word != 0 {
                let base = u32::try_from(self.first).ok()?.checked_mul(BITS)?;
                let task = base.checked_add(word.trailing_zeros())?;
                self.remove(task);
                return Some(task);
            }
            self.first += 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_come_out_in_order_and_once() {
        let mut set = TaskSet::full(130);
        for task in [0, 5, 64, 129, 5, 4000] {
            set.remove(task);
        }
        assert_eq!(set.len(), 126);
        let taken: Vec<u32> = std::iter::from_fn(|| set.pop_first()).collect();
        let expected: Vec<u32> = (0..130)
            .filter(|task| ![0, 5, 64, 129].contains(task))
            .collect();
        assert_eq!(taken, expected);
        assert!(set.is_empty());
    }

    #[test]
    fn a_million_tasks_take_a_bit_each() {
        let set = TaskSet::full(1_048_576);
        assert_eq!(set.words.len() * size_of::<u64>(), 131_072);
    }
}
