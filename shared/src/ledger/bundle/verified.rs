//! What a bundle proves.

use super::{BundleFault, BundlePlace};
use crate::ids::{Digest, JobId, NodeKey};
use crate::job::SignedJob;
use crate::ledger::done::Done;
use crate::ledger::header::Header;
use crate::ledger::policy::PolicyEntry;
use crate::ledger::policy_text::Certified;
use crate::verified_job::Verdict;
use std::collections::BTreeMap;

/// What a bundle proves under the policy that was pinned. That nothing was left out of it, such as a Void or a newer
/// subset job, it cannot prove: for that there is the ledger itself.
#[derive(Debug, Clone)]
pub struct VerifiedBundle {
    /// The checkpoint, and who has cosigned it.
    pub checkpoint: Certified,
    /// The header of its block.
    pub header: Header,
    /// The policy in force for that block.
    pub policy: PolicyEntry,
    /// The job; of a subset job, its parent.
    pub job_id: JobId,
    /// The job and its subset jobs.
    pub jobs: BTreeMap<JobId, BundleJob>,
    /// What counts for each task of the job; a task without an outcome is not there.
    pub tasks: BTreeMap<u32, CountedTask>,
    /// Certs that do not count any more.
    pub voids: Vec<VoidedCert>,
    /// Whether a task has no outcome.
    pub partial: bool,
}

/// A job of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleJob {
    /// Index of its entry.
    pub index: u64,
    /// What its submitter has signed.
    pub signed: SignedJob,
    /// Its end, with the entry's index.
    pub done: Option<(u64, Done)>,
}

/// What counts for a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedTask {
    /// The job that decided it: the job itself or one of its subset jobs.
    pub job_id: JobId,
    /// Index of the Cert or Fail in the log.
    pub index: u64,
    /// The Cert or Fail. Its task is the deciding job's own number.
    pub verdict: Verdict,
    /// Whether the task's leaf was known, so that the input was checked.
    pub input_checked: bool,
}

/// A Cert that does not count any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VoidedCert {
    /// Index of the Void.
    pub void_index: u64,
    /// Index of the Cert.
    pub cert_index: u64,
    /// Its job.
    pub job_id: JobId,
    /// Its task, by that job's own number.
    pub task: u32,
}

impl CountedTask {
    /// The nodes whose votes made it: those that agree, or of a Fail all.
    #[must_use]
    pub fn signers(&self) -> Vec<NodeKey> {
        match &self.verdict {
            Verdict::Accepted(cert) => cert.agree.iter().map(|vote| vote.node_key).collect(),
            Verdict::Failed(fail) => fail.votes.iter().map(|one| one.vote.node_key).collect(),
        }
    }

    /// The rules of LEDGER.md section 2 that were checked and hold, by their names in refusals.
    #[must_use]
    pub fn rules(&self) -> Vec<&'static str> {
        let mut rules = vec![
            "certificate",
            "inclusion",
            "job_known",
            "task_once",
            "after_done",
            "task",
            "module",
            "chosen",
            "seat",
            "key",
            "attempt",
            "weak_key",
            "signature",
        ];
        match &self.verdict {
            Verdict::Accepted(cert) => {
                rules.extend(["fuel", "output", "dissent"]);
                let by_referee = cert.referee.is_some();
                rules.push(if by_referee { "referee" } else { "majority" });
            }
            Verdict::Failed(_) => rules.push("reason"),
        }
        if self.input_checked {
            rules.push("input");
        }
        rules
    }
}

impl VerifiedBundle {
    /// Checks that `output` is what counts as the output of a task.
    ///
    /// # Errors
    /// Rule `output_task` when no Cert counts for the task, `output_length` or `output_hash` when its votes say
    /// something else.
    pub fn check_output(&self, task: u32, output: &[u8]) -> Result<(), BundleFault> {
        let place = BundlePlace::Task(task);
        let counted = self.tasks.get(&task).map(|counted| &counted.verdict);
        let Some(Verdict::Accepted(cert)) = counted else {
            return place.broken("output_task", "no Cert of the bundle counts for it");
        };
        let voted = cert.outcome;
        if output.len() as u64 != voted.output_len {
            let words = format!(
                "the output has {} bytes, the votes say {}",
                output.len(),
                voted.output_len
            );
            return place.broken("output_length", words);
        }
        let found = Digest::of(output);
        if found != voted.output_sha256 {
            let voted = voted.output_sha256;
            let words = format!("the output has SHA-256 {found}, the votes say {voted}");
            return place.broken("output_hash", words);
        }
        Ok(())
    }
}
