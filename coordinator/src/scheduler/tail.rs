//! The end of a job: nodes with nothing else to do run the last tasks too, so that one slow node holds nobody up.

use super::Scheduler;
use super::eligible::{JobRule, job_rule, may_take};
use super::event::Effect;
use super::job::Job;
use super::roster::Node;
use shared::ids::UnixMs;

/// Tasks left below which a job is at its end (TRUST.md section 2).
const LAST_TASKS: u32 = 20;
/// Share of decided tasks from which a job is at its end, percent.
const MOSTLY_DECIDED: u64 = 85;
/// Tasks that one tick looks at.
const TASKS_PER_TICK: usize = 256;

impl Scheduler {
    /// Opens seats early, onto idle nodes only. They count in no tally before they vote, and are cancelled at the
    /// verdict.
    pub(super) fn run_tail(&mut self, now: UnixMs, effects: &mut Vec<Effect>) {
        if !self.config.tail {
            return;
        }
        let mut left = TASKS_PER_TICK;
        for at in 0..self.jobs.places() {
            let Some(job) = self.jobs.get(at).filter(|job| is_at_its_end(job)) else {
                continue;
            };
            for number in job.open_tasks().into_iter().take(left) {
                left -= 1;
                while self.open_early(now, at, number, effects) {}
            }
        }
    }

    fn open_early(
        &mut self,
        now: UnixMs,
        job_at: usize,
        number: u32,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let diversity = self.config.diversity;
        let Some(job) = self.jobs.get_mut(job_at) else {
            return false;
        };
        let Some(task) = job.task(number).filter(|task| task.may_open_early()) else {
            return false;
        };
        let may = |node: &Node| {
            node.in_flight.is_empty()
                && job_rule(node, job) == JobRule::May
                && may_take(diversity, node, job, task)
        };
        let Some(node) = self.roster.pick(&mut self.draw, may) else {
            return false;
        };
        if let Some(task) = job.task_mut(number) {
            task.open_early();
        }
        self.early_runs += 1;
        self.lend(now, node, job_at, number, effects)
    }
}

fn is_at_its_end(job: &Job) -> bool {
    let counts = job.counts();
    let decided = u64::from(counts.voted) + u64::from(counts.accepted) + u64::from(counts.failed);
    let open = u64::from(counts.waiting) + u64::from(counts.running);
    job.is_all_open()
        && (open < u64::from(LAST_TASKS) || decided * 100 >= (decided + open) * MOSTLY_DECIDED)
}
