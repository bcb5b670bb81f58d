//! The decided tasks of one job as they come in, verified: what came of each, and what is still missing.

use crate::fail::FailReason;
use crate::outcome::Outcome;
use crate::verified_job::Verdict;

/// What came of one task. `P` is where its output lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskFate<P> {
    /// Not decided yet, or not fetched.
    Open,
    /// Accepted with status ok; here is its output.
    Ok(P),
    /// Accepted, but its guest did not end well.
    NotOk(Outcome),
    /// No majority, or nobody was able to run it.
    Failed(FailReason),
}

impl<P> TaskFate<P> {
    /// What a verdict means, when its output, if it has one, lies at `piece`.
    pub fn of(verdict: &Verdict, piece: Option<P>) -> Self {
        match (verdict, piece) {
            (Verdict::Accepted(_), Some(piece)) => Self::Ok(piece),
            (Verdict::Accepted(cert), None) => Self::NotOk(cert.outcome),
            (Verdict::Failed(fail), _) => Self::Failed(fail.reason),
        }
    }

    /// Why there is no output, in words; `None` when there is one.
    fn why_without(&self) -> Option<String> {
        match self {
            Self::Ok(_) => None,
            Self::Open => Some("is not decided".to_owned()),
            Self::NotOk(outcome) => Some(outcome.words()),
            Self::Failed(reason) => Some(format!("failed: {}", reason.words())),
        }
    }
}

/// Votes that were counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Votes {
    /// In all verified entries.
    pub counted: u64,
    /// Of these, outvoted.
    pub outvoted: u64,
}

/// Some tasks have no output that could be reduced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{missing} of {task_count} tasks have no output to reduce (task {first} {why}); --partial reduces the others"
)]
pub struct Incomplete {
    /// How many.
    pub missing: u32,
    /// Of how many.
    pub task_count: u32,
    /// The first of them.
    pub first: u32,
    /// What became of it, in words.
    pub why: String,
}

/// Which tasks have no output, if any.
#[must_use]
pub fn incomplete<P>(tasks: &[TaskFate<P>]) -> Option<Incomplete> {
    let without = tasks
        .iter()
        .zip(0_u32..)
        .filter_map(|(fate, task)| Some((task, fate.why_without()?)));
    let mut first = None;
    let mut missing = 0;
    for found in without {
        first.get_or_insert(found);
        missing += 1;
    }
    let (first, why) = first?;
    let task_count = u32::try_from(tasks.len()).unwrap_or(u32::MAX);
    Some(Incomplete {
        missing,
        task_count,
        first,
        why,
    })
}

/// What came of the tasks of one job. Only what was verified may be put in.
#[derive(Debug, Clone)]
pub struct Collected<P> {
    tasks: Vec<TaskFate<P>>,
    /// Every task before this one is decided.
    frontier: usize,
    decided: u32,
    votes: Votes,
}

impl<P> Collected<P> {
    /// Nothing of `task_count` tasks yet.
    #[must_use]
    pub fn new(task_count: u32) -> Self {
        let tasks = (0..task_count).map(|_| TaskFate::Open).collect();
        Self {
            tasks,
            frontier: 0,
            decided: 0,
            votes: Votes::default(),
        }
    }

    /// What came of each task, in task order.
    #[must_use]
    pub fn tasks(&self) -> &[TaskFate<P>] {
        &self.tasks
    }

    /// How many tasks are decided.
    #[must_use]
    pub const fn decided(&self) -> u32 {
        self.decided
    }

    /// Votes in the verified entries.
    #[must_use]
    pub const fn votes(&self) -> Votes {
        self.votes
    }

    /// Whether nothing is known of `task`. So too when the job has no such task: that is for the verification to name.
    #[must_use]
    pub fn is_open(&self, task: u32) -> bool {
        let fate = usize::try_from(task).ok().and_then(|at| self.tasks.get(at));
        fate.is_none_or(|fate| matches!(fate, TaskFate::Open))
    }

    /// The last task of those at the beginning that are all decided: results behind it are to be asked for.
    #[must_use]
    pub fn asked_after(&self) -> Option<u32> {
        let last = self.frontier.checked_sub(1)?;
        u32::try_from(last).ok()
    }

    /// Takes a verified task; `piece` is where its output lies, and there exactly when its status is ok. A task that
    /// came before is left as it is.
    pub fn keep(&mut self, verdict: &Verdict, piece: Option<P>) {
        let at = usize::try_from(verdict.task()).ok();
        let Some(slot @ TaskFate::Open) = at.and_then(|at| self.tasks.get_mut(at)) else {
            return;
        };
        *slot = TaskFate::of(verdict, piece);
        self.decided += 1;
        self.count_votes(verdict);
        let is_decided = |fate: &TaskFate<P>| !matches!(fate, TaskFate::Open);
        while self.tasks.get(self.frontier).is_some_and(is_decided) {
            self.frontier += 1;
        }
    }

    fn count_votes(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Accepted(cert) => {
                self.votes.counted += (cert.agree.len() + cert.dissent.len()) as u64;
                self.votes.outvoted += cert.dissent.len() as u64;
            }
            Verdict::Failed(fail) => self.votes.counted += fail.votes.len() as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fail::Fail;
    use crate::ids::{Digest, JobId};

    fn failed(task: u32) -> Verdict {
        Verdict::Failed(Fail {
            job_id: JobId([1; 32]),
            task,
            attempt: 1,
            reason: FailReason::Unable,
            input_sha256: Digest::NONE,
            module_sha256: Digest::NONE,
            votes: Vec::new(),
        })
    }

    #[test]
    fn results_are_asked_for_from_the_first_open_task_on() {
        let mut collected = Collected::<()>::new(3);
        assert_eq!(collected.asked_after(), None);
        collected.keep(&failed(1), None);
        assert_eq!(collected.asked_after(), None);
        collected.keep(&failed(0), None);
        assert_eq!(collected.asked_after(), Some(1));
        assert_eq!(collected.decided(), 2);
        assert!(collected.is_open(2));
        assert!(collected.is_open(9));
    }

    #[test]
    fn a_task_is_decided_once() {
        let mut collected = Collected::<()>::new(1);
        collected.keep(&failed(0), None);
        collected.keep(&failed(0), Some(()));
        collected.keep(&failed(7), None);
        assert_eq!(collected.decided(), 1);
        assert_eq!(collected.tasks(), [TaskFate::Failed(FailReason::Unable)]);
    }

    #[test]
    fn what_is_missing_is_counted_and_the_first_is_named() {
        let tasks = [
            TaskFate::Ok(()),
            TaskFate::Failed(FailReason::NoMajority),
            TaskFate::Open,
        ];
        let found = incomplete(&tasks).unwrap();
        assert_eq!((found.missing, found.task_count, found.first), (2, 3, 1));
        assert!(found.why.starts_with("failed: "), "{}", found.why);
        assert_eq!(incomplete(&[TaskFate::Ok(())]), None);
    }
}
