//! When a Cert, a Fail and a Void are valid, beyond what they say by themselves.

use super::{At, LedgerRule, broken};
use crate::cert::Cert;
use crate::codec::Canonical as _;
use crate::counted::Dissent;
use crate::crypto::Signatures;
use crate::fail::Fail;
use crate::ids::{Digest, JobId, NodeKey};
use crate::job::Job;
use crate::ledger::ban::Ban;
use crate::ledger::entry::Entry;
use crate::ledger::facts::TaskFact;
use crate::ledger::void::Void;
use crate::outcome::Status;
use crate::rule::BrokenRule;
use crate::vote::{REFEREE_SEAT, Vote};

impl<S: Signatures> At<'_, S> {
    pub(super) fn cert(self, cert: &Cert) -> Result<(), LedgerRule> {
        let job = self.undecided(cert.job_id, cert.task)?;
        let input = self.input(cert.job_id, cert.task, cert.input_sha256)?;
        cert.check_with_referee(
            self.facts.chain,
            cert.job_id,
            job,
            input,
            self.referee_key,
            self.signatures,
        )?;
        self.not_banned(cert.votes().map(|(vote, _)| vote.node_key))?;
        let accepted = cert.outcome.status == Status::Ok;
        self.decide(cert.job_id, cert.task, accepted);
        Ok(())
    }

    pub(super) fn fail(self, fail: &Fail) -> Result<(), LedgerRule> {
        let job = self.undecided(fail.job_id, fail.task)?;
        let input = self.input(fail.job_id, fail.task, fail.input_sha256)?;
        fail.check_with(self.facts.chain, fail.job_id, job, input, self.signatures)?;
        self.not_banned(fail.votes.iter().map(|one| one.vote.node_key))?;
        self.decide(fail.job_id, fail.task, false);
        Ok(())
    }

    /// The job, when it is known and the task may be decided.
    fn undecided(&self, id: JobId, task: u32) -> Result<&Job, LedgerRule> {
        let Some(fact) = self.facts.jobs.get(&id) else {
            return broken("job_known", format!("job {id} is not earlier"));
        };
        match self.facts.tasks.get(&(id, task)) {
            Some(decided) if !decided.void => {
                let words = format!("entry {} decided task {task} of the job", decided.index);
                broken("task_once", words)
            }
            None if fact.done.is_some() => broken("after_done", "the job has ended"),
            Some(_) | None => Ok(&fact.job),
        }
    }

    /// What the task reads; where the leaf lists are not known, what the entry says it is.
    fn input(&self, id: JobId, task: u32, says: Digest) -> Result<Digest, LedgerRule> {
        match self.facts.input_sha256(id, task) {
            Some(input) => Ok(input),
            None if self.facts.knows_leaves => {
                let job = self.facts.jobs.get(&id);
                let task_count = job.map_or(0, |fact| fact.job.task_count);
                if task >= task_count {
                    return Err(BrokenRule::Task { task, task_count }.into());
                }
                broken("input", format!("the leaf of task {task} is not there"))
            }
            None => Ok(says),
        }
    }

    fn not_banned(&self, keys: impl Iterator<Item = NodeKey>) -> Result<(), LedgerRule> {
        let time = self.time_ms;
        let mut banned = keys.filter(|key| {
            let ban: Option<&Ban> = self.facts.bans.get(key);
            ban.is_some_and(|ban| !ban.allows_at(time))
        });
        match banned.next() {
            Some(key) => broken("banned", format!("node {key} is banned")),
            None => Ok(()),
        }
    }

    fn decide(self, id: JobId, task: u32, accepted: bool) {
        let fact = TaskFact {
            index: self.index,
            accepted,
            void: false,
        };
        self.facts.tasks.insert((id, task), fact);
        if let Some(job) = self.facts.jobs.get_mut(&id) {
            let count = if accepted {
                &mut job.accepted
            } else {
                &mut job.failed
            };
            *count = count.saturating_add(1);
        }
    }

    pub(super) fn void(self, void: &Void) -> Result<(), LedgerRule> {
        let cert = self.cert_at(void.cert_index)?;
        let at = (cert.job_id, cert.task);
        let counts = self
            .facts
            .tasks
            .get(&at)
            .filter(|fact| fact.index == void.cert_index);
        if counts.is_none_or(|fact| fact.void) {
            let words = format!("the Cert at {} does not count any more", void.cert_index);
            return broken("void_cert", words);
        }
        let Some(referee) = void.referee else {
            return broken("void_referee", "exactly one vote of the referee is needed");
        };
        let Some(node_key) = self.referee_key else {
            return broken("void_referee", "the ledger's policy names no referee");
        };
        if referee.outcome == cert.outcome {
            return broken("void_referee", "the referee's outcome is the Cert's");
        }
        let vote = Vote {
            job_id: cert.job_id,
            task: cert.task,
            attempt: cert.attempt,
            seat: REFEREE_SEAT,
            nonce: referee.nonce,
            input_sha256: cert.input_sha256,
            module_sha256: cert.module_sha256,
            outcome: referee.outcome,
            node_key,
        };
        let message = vote.encode_for_referee(self.facts.chain);
        if !self
            .signatures
            .verify(&node_key.0, &message, &referee.signature)
        {
            return broken("void_referee", "the referee's signature does not verify");
        }
        self.void_votes(&cert, &void.votes)?;
        self.undo(at);
        Ok(())
    }

    /// The Cert at an earlier index, of this block or before.
    fn cert_at(&self, index: u64) -> Result<Cert, LedgerRule> {
        let not_there = || broken("void_cert", format!("entry {index} is no earlier Cert"));
        if index >= self.index {
            return not_there();
        }
        if let Some(place) = index.checked_sub(self.first_index) {
            let entry = usize::try_from(place)
                .ok()
                .and_then(|place| self.before.get(place));
            return match entry {
                Some(Entry::Cert(cert)) => Ok(cert.as_ref().clone()),
                _ => not_there(),
            };
        }
        let bytes = self.facts.earlier.get(&index);
        match bytes.and_then(|bytes| Cert::decode(bytes).ok()) {
            Some((_, cert)) => Ok(cert),
            None => not_there(),
        }
    }

    fn void_votes(&self, cert: &Cert, votes: &[Dissent]) -> Result<(), LedgerRule> {
        for one in votes {
            let message = cert.vote(&one.vote, one.outcome).encode(self.facts.chain);
            let key = one.vote.node_key;
            if !self
                .signatures
                .verify(&key.0, &message, &one.vote.signature)
            {
                return Err(BrokenRule::Signature(key).into());
            }
        }
        Ok(())
    }

    fn undo(self, at: (JobId, u32)) {
        let Some(task) = self.facts.tasks.get_mut(&at) else {
            return;
        };
        task.void = true;
        if let Some(job) = self.facts.jobs.get_mut(&at.0) {
            let count = if task.accepted {
                &mut job.accepted
            } else {
                &mut job.failed
            };
            *count = count.saturating_sub(1);
        }
    }
}
