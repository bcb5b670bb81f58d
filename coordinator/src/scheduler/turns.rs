//! Whose turn it is: jobs with work to lend take turns, submitter by submitter, then job by job.
//!
//! A submitter with a thousand jobs gets as many turns as one with a single job.

use super::slab::Slab;
use shared::ids::SubmitterKey;
use std::collections::HashMap;

/// What came of offering a turn to a job.
#[derive(Debug)]
pub(super) enum Turn<T> {
    /// It took the turn.
    Taken(T),
    /// It has work, but not for this node: it keeps its place.
    NotForThisNode,
    /// It has nothing to lend: it leaves the round until it is enlisted again.
    NoWork,
}

#[derive(Debug, Default)]
pub(super) struct Turns {
    submitters: Slab<Round>,
    by_key: HashMap<SubmitterKey, usize>,
    /// Submitters that have jobs in the round, and whose turn is next.
    active: Vec<usize>,
    next: usize,
}

#[derive(Debug)]
struct Round {
    key: SubmitterKey,
    /// Jobs of this submitter that the scheduler knows.
    known: usize,
    jobs: Vec<usize>,
    next: usize,
}

impl Turns {
    /// Makes a job's submitter known and returns its number, which is the job's until [`Turns::forget`].
    pub(super) fn register(&mut self, key: SubmitterKey) -> usize {
        let at = *self.by_key.entry(key).or_insert_with(|| {
            self.submitters.insert(Round {
                key,
                known: 0,
                jobs: Vec::new(),
                next: 0,
            })
        });
        if let Some(round) = self.submitters.get_mut(at) {
            round.known += 1;
        }
        at
    }

    /// A job of this submitter is gone.
    pub(super) fn forget(&mut self, submitter: usize, job: usize) {
        let Some(round) = self.submitters.get_mut(submitter) else {
            return;
        };
        round.jobs.retain(|other| *other != job);
        round.known = round.known.saturating_sub(1);
        let (is_unknown, is_empty, key) = (round.known == 0, round.jobs.is_empty(), round.key);
        if is_empty {
            self.active.retain(|other| *other != submitter);
        }
        if is_unknown {
            self.submitters.remove(submitter);
            self.by_key.remove(&key);
        }
    }

    /// Puts a job that is not in the round into it.
    pub(super) fn enlist(&mut self, submitter: usize, job: usize) {
        let Some(round) = self.submitters.get_mut(submitter) else {
            return;
        };
        if round.jobs.is_empty() {
            self.active.push(submitter);
        }
        round.jobs.push(job);
    }

    /// Jobs in the round.
    pub(super) fn is_empty(&self) -> bool {
        self.active.is_empty()
    }

    /// Offers the turn to one job after the other until one takes it. A job that answers [`Turn::NoWork`] is out.
    pub(super) fn offer<T>(&mut self, mut visit: impl FnMut(usize) -> Turn<T>) -> Option<T> {
        let mut left = self.active.len();
        while left > 0 {
            left -= 1;
            if self.next >= self.active.len() {
                self.next = 0;
            }
            let round = self.active.get(self.next).copied();
            let round = round.and_then(|at| self.submitters.get_mut(at))?;
            let taken = round.offer(&mut visit);
            if round.jobs.is_empty() {
                self.active.remove(self.next);
            } else {
                self.next += 1;
            }
            if taken.is_some() {
                return taken;
            }
        }
        None
    }
}

impl Round {
    fn offer<T>(&mut self, visit: &mut impl FnMut(usize) -> Turn<T>) -> Option<T> {
        let mut left = self.jobs.len();
        while left > 0 {
            left -= 1;
            if self.next >= self.jobs.len() {
                self.next = 0;
            }
            let job = *self.jobs.get(self.next)?;
            match visit(job) {
                Turn::Taken(value) => {
                    self.next += 1;
                    return Some(value);
                }
                Turn::NotForThisNode => self.next += 1,
                Turn::NoWork => {
                    self.jobs.remove(self.next);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(jobs: &[(u8, usize)]) -> Turns {
        let mut turns = Turns::default();
        for (submitter, job) in jobs {
            let at = turns.register(SubmitterKey([*submitter; 32]));
            turns.enlist(at, *job);
        }
        turns
    }

    #[test]
    fn a_submitter_with_many_jobs_gets_no_more_turns_than_one_with_a_single_job() {
        let mut turns = turns(&[(1, 10), (1, 11), (1, 12), (2, 20)]);
        let order: Vec<usize> = (0..6).map(|_| turns.offer(Turn::Taken).unwrap()).collect();
        assert_eq!(order, [10, 20, 11, 20, 12, 20]);
    }

    #[test]
    fn a_job_without_work_leaves_the_round() {
        let mut turns = turns(&[(1, 10), (2, 20)]);
        assert!(turns.offer(|_| Turn::<()>::NoWork).is_none());
        assert!(turns.is_empty());
    }

    #[test]
    fn a_job_that_is_not_for_this_node_keeps_its_place() {
        let mut turns = turns(&[(1, 10), (1, 20)]);
        let visit = |job| match job {
            10 => Turn::NotForThisNode,
            _ => Turn::Taken(job),
        };
        assert_eq!(turns.offer(visit), Some(20));
        assert_eq!(turns.offer(Turn::Taken), Some(10));
    }
}
