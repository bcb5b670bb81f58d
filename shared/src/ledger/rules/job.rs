//! When a Job and its Done are valid.

use super::{At, LedgerRule, broken};
use crate::crypto::Signatures;
use crate::job::{Cancel, DEFAULT_DEADLINE_MS, Input, SignedJob};
use crate::leaf::input_root;
use crate::ledger::done::{Done, DoneReason};
use crate::ledger::facts::JobFact;
use crate::subset;

impl<S: Signatures> At<'_, S> {
    pub(super) fn job(self, signed: &SignedJob) -> Result<(), LedgerRule> {
        let (id, job) = (signed.id(), signed.job());
        if let Some(earlier) = self.facts.jobs.get(&id) {
            return broken("job_once", format!("job {id} is entry {}", earlier.index));
        }
        let program = (job.module_sha256, job.manifest_sha256);
        if self
            .facts
            .offered
            .get(&program)
            .is_none_or(|count| *count == 0)
        {
            let words = format!(
                "no earlier program that is not withdrawn has module {} with manifest {}",
                program.0, program.1
            );
            return broken("job_program", words);
        }
        let deadline_ms = match job.deadline_ms.0 {
            0 => self.time_ms.plus(DEFAULT_DEADLINE_MS),
            _ => job.deadline_ms,
        };
        if deadline_ms <= self.time_ms {
            return broken("job_deadline", "the deadline is not later than the block");
        }
        match job.input {
            Input::Chunks => {}
            Input::Range(range) => {
                if input_root(range.leaves()) != job.input_root {
                    return broken("input_root", "it is not the root of the range's leaves");
                }
            }
            Input::Subset { parent } => self.subset(id, job, parent)?,
        }
        let fact = JobFact {
            index: self.index,
            job: job.clone(),
            deadline_ms,
            done: None,
            accepted: 0,
            failed: 0,
        };
        self.facts.jobs.insert(id, fact);
        Ok(())
    }

    fn subset(
        &self,
        id: crate::ids::JobId,
        job: &crate::job::Job,
        parent_id: crate::ids::JobId,
    ) -> Result<(), LedgerRule> {
        let Some(parent) = self.facts.jobs.get(&parent_id) else {
            return broken(
                "subset_parent",
                format!("the parent {parent_id} is not earlier"),
            );
        };
        let tasks = self.facts.subset_lists.get(&id);
        if tasks.is_none() && self.facts.knows_leaves {
            return broken("input_root", "the list of leaves is not there");
        }
        let tasks = tasks.map(Vec::as_slice).unwrap_or_default();
        Ok(subset::check(job, parent_id, &parent.job, tasks)?)
    }

    pub(super) fn done(self, done: &Done) -> Result<(), LedgerRule> {
        let id = done.job_id;
        let Some(fact) = self.facts.jobs.get_mut(&id) else {
            return broken("job_known", format!("job {id} is not earlier"));
        };
        if let Some(index) = fact.done {
            return broken("done_once", format!("entry {index} ended the job"));
        }
        if (done.accepted, done.failed) != (fact.accepted, fact.failed) {
            let words = format!(
                "the ledger has {} accepted and {} failed tasks of the job, not {} and {}",
                fact.accepted, fact.failed, done.accepted, done.failed
            );
            return broken("done_counts", words);
        }
        match done.reason {
            DoneReason::Complete => {
                let decided = u64::from(done.accepted) + u64::from(done.failed);
                if decided != u64::from(fact.job.task_count) {
                    let words = format!("{decided} of {} tasks are decided", fact.job.task_count);
                    return broken("done_complete", words);
                }
            }
            DoneReason::Cancelled => {
                let key = fact.job.submitter_key;
                let cancel = Cancel::decode_signed(self.facts.chain, key, &done.cancel);
                let cancel = match cancel {
                    Ok(cancel) => cancel,
                    Err(error) => return broken("done_cancel", error.to_string()),
                };
                if cancel.job_id != id {
                    return broken("done_cancel", format!("it cancels job {}", cancel.job_id));
                }
            }
            DoneReason::Expired => {
                if self.time_ms < fact.deadline_ms {
                    return broken("done_expired", "the block is earlier than the deadline");
                }
            }
            DoneReason::Stopped => {}
        }
        fact.done = Some(self.index);
        Ok(())
    }
}
