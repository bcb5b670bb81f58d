//! Counts a decided task only after every rule and signature of it was checked, and its output too.

use super::pieces::Piece;
use shared::api::jobs::TaskResult;
use shared::cert::{Cert, Relaxed};
use shared::collected::Collected;
use shared::fail::Fail;
use shared::ids::NodeKey;
use shared::outcome::Status;
use shared::page::submit::{Checked, DissentLine, MAX_DISSENTS, Trouble};
use shared::verified_job::{Verdict, VerifiedJob, VerifyError, check_received, wants_output};
use std::collections::BTreeSet;

/// The verified tasks of a job.
#[derive(Debug)]
pub(super) struct Verified {
    pub(super) job: VerifiedJob,
    pub(super) collected: Collected<Piece>,
    pub(super) checked: Checked,
    keys: BTreeSet<NodeKey>,
}

/// Why a task is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NotTaken {
    /// A rule is broken.
    Broken(VerifyError),
    /// Something here does not work.
    Trouble(Trouble),
}

impl From<VerifyError> for NotTaken {
    fn from(error: VerifyError) -> Self {
        Self::Broken(error)
    }
}

impl From<Trouble> for NotTaken {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl Verified {
    /// Nothing yet.
    pub(super) fn new(job: VerifiedJob) -> Self {
        Self {
            collected: Collected::new(job.job().task_count),
            job,
            checked: Checked::default(),
            keys: BTreeSet::new(),
        }
    }

    /// Whose votes agreed.
    pub(super) const fn keys(&self) -> &BTreeSet<NodeKey> {
        &self.keys
    }

    /// Checks the entry of a task. Its output is not counted yet.
    pub(super) fn check(&self, result: &TaskResult) -> Result<Verdict, VerifyError> {
        self.job.check(result)
    }

    /// Checks the output and counts the task.
    pub(super) fn take(
        &mut self,
        verdict: &Verdict,
        output: Option<&[u8]>,
    ) -> Result<(), NotTaken> {
        let mut piece = None;
        if let Verdict::Accepted(cert) = verdict {
            check_received(cert, output)?;
            if cert.outcome.status == Status::Ok {
                piece = Some(Piece::of(output.unwrap_or_default())?);
            }
        }
        if !self.collected.is_open(verdict.task()) {
            return Ok(());
        }
        match verdict {
            Verdict::Accepted(cert) => self.count_cert(cert),
            Verdict::Failed(fail) => self.count_fail(fail),
        }
        self.collected.keep(verdict, piece);
        let votes = self.collected.votes();
        self.checked.votes = votes.counted;
        self.checked.outvoted = votes.outvoted;
        Ok(())
    }

    fn count_cert(&mut self, cert: &Cert) {
        let checked = &mut self.checked;
        match cert.outcome.status {
            Status::Ok => checked.good += 1,
            _ => checked.not_good += 1,
        }
        let agree = u8::try_from(cert.agree.len()).unwrap_or(u8::MAX);
        checked.least_agree = match checked.least_agree {
            0 => agree,
            least => least.min(agree),
        };
        checked.one_network += u32::from(cert.relaxed.contains(Relaxed::NETWORK));
        checked.unproven += u32::from(cert.relaxed.contains(Relaxed::UNPROVEN));
        self.keys
            .extend(cert.agree.iter().map(|vote| vote.node_key));
        checked.keys = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        for one in &cert.dissent {
            self.list(DissentLine {
                task: cert.task,
                node_key: one.vote.node_key,
                said: one.outcome,
                accepted: Some(cert.outcome),
            });
        }
    }

    fn count_fail(&mut self, fail: &Fail) {
        self.checked.failed += 1;
        for one in &fail.votes {
            self.list(DissentLine {
                task: fail.task,
                node_key: one.vote.node_key,
                said: one.outcome,
                accepted: None,
            });
        }
    }

    fn list(&mut self, line: DissentLine) {
        if self.checked.dissents.len() < MAX_DISSENTS {
            self.checked.dissents.push(line);
        }
    }
}

/// The output that is to be fetched beside a page of results.
pub(super) fn to_fetch<'a>(result: &TaskResult, verdict: &'a Verdict) -> Option<&'a Cert> {
    match verdict {
        Verdict::Accepted(cert) if result.output.is_none() && wants_output(cert) => Some(cert),
        _ => None,
    }
}
