//! The records of a bundle, read in the order of the log: which of them decide a task, and which decision counts.

use super::verified::{BundleJob, CountedTask, VoidedCert};
use super::{BundleFault, BundlePlace, ProofBundle};
use crate::cert::Cert;
use crate::codec::{Canonical as _, DecodeError};
use crate::crypto::Strict;
use crate::ids::{Digest, JobId, NodeKey, UnixMs};
use crate::job::{Input, SignedError, SignedJob};
use crate::leaf::{Leaf, decode_chunk_list, decode_subset_list, input_root};
use crate::ledger::done::Done;
use crate::ledger::entry::Entry;
use crate::ledger::facts::Facts;
use crate::ledger::header::Header;
use crate::ledger::policy::PolicyEntry;
use crate::ledger::rules::{self, Standing};
use crate::ledger::void::Void;
use crate::outcome::Status;
use crate::subset;
use crate::verified_job::Verdict;
use std::collections::{BTreeMap, BTreeSet};

/// A Cert or Fail that is not void.
struct Decision {
    index: u64,
    verdict: Verdict,
    input_checked: bool,
}

/// The leaf list of a job.
enum Leaves {
    Chunks(Vec<Leaf>),
    Subset(Vec<u32>),
}

/// The records, read in the order of the log.
pub(super) struct Reading<'a> {
    bundle: &'a ProofBundle,
    own_leaves: &'a BTreeMap<JobId, Vec<u8>>,
    facts: Facts,
    header: Header,
    policies: BTreeMap<u64, PolicyEntry>,
    /// Certs that are void later on.
    voided: BTreeSet<u64>,
    pub(super) jobs: BTreeMap<JobId, BundleJob>,
    lists: BTreeMap<JobId, Leaves>,
    /// What each task of the job reads, as the first entry about it says.
    inputs: BTreeMap<u32, Digest>,
    decisions: BTreeMap<(JobId, u32), Decision>,
    pub(super) voids: Vec<VoidedCert>,
}

impl<'a> Reading<'a> {
    /// A reading of the bundle's records, none of which is read yet. `facts` know nothing but the ledger's name,
    /// `policies` are the known ones by index, `voided` the Certs that Voids name.
    pub(super) const fn new(
        bundle: &'a ProofBundle,
        own_leaves: &'a BTreeMap<JobId, Vec<u8>>,
        facts: Facts,
        header: Header,
        policies: BTreeMap<u64, PolicyEntry>,
        voided: BTreeSet<u64>,
    ) -> Self {
        Self {
            bundle,
            own_leaves,
            facts,
            header,
            policies,
            voided,
            jobs: BTreeMap::new(),
            lists: BTreeMap::new(),
            inputs: BTreeMap::new(),
            decisions: BTreeMap::new(),
            voids: Vec::new(),
        }
    }

    /// Reads the next record.
    pub(super) fn record(
        &mut self,
        index: u64,
        entry: &Entry,
        bytes: &[u8],
    ) -> Result<(), BundleFault> {
        match entry {
            Entry::Job(signed) => self.job(index, entry, signed),
            Entry::Cert(cert) => {
                let verdict = Verdict::Accepted(cert.as_ref().clone());
                if self.voided.contains(&index) {
                    self.facts.earlier.insert(index, bytes.to_vec());
                }
                self.decision(index, entry, cert.job_id, cert.input_sha256, verdict)
            }
            Entry::Fail(fail) => {
                let verdict = Verdict::Failed(fail.as_ref().clone());
                self.decision(index, entry, fail.job_id, fail.input_sha256, verdict)
            }
            Entry::Void(void) => self.void(index, entry, void),
            Entry::Done(done) => self.done(index, entry, done),
            Entry::Policy(_) => Ok(()),
            _ => BundlePlace::Record(index).broken(
                "bundle_record",
                format!("a bundle has no record of the kind {}", entry.kind()),
            ),
        }
    }

    /// The rules of the entry towards the records before it.
    fn check(&mut self, index: u64, entry: &Entry, time_ms: UnixMs) -> Result<(), BundleFault> {
        let standing = Standing {
            index,
            time_ms,
            leader_key: self.header.leader_key,
            referee_key: self.referee_key(index),
        };
        let checked = rules::check_entry(&mut self.facts, entry, standing, &Strict);
        BundlePlace::Record(index).of(checked)
    }

    /// The referee of the policy in force at an index, where that is in the bundle.
    fn referee_key(&self, index: u64) -> Option<NodeKey> {
        let newest = self.policies.range(..index).next_back();
        newest.and_then(|(_, policy)| policy.referee_key)
    }

    fn job(&mut self, index: u64, entry: &Entry, signed: &SignedJob) -> Result<(), BundleFault> {
        let (id, job) = (signed.id(), signed.job());
        let parent = self.bundle.job_id;
        if id != parent && job.input != (Input::Subset { parent }) {
            let words = format!("job {id} is neither the bundle's nor a subset job of it");
            return BundlePlace::Record(index).broken("bundle_record", words);
        }
        self.leaf_list(signed)?;
        if let Some(Leaves::Subset(tasks)) = self.lists.get(&id) {
            self.facts.subset_lists.insert(id, tasks.clone());
        }
        // Which programs there were, and when, only the quorum says.
        let program = (job.module_sha256, job.manifest_sha256);
        self.facts.offered.insert(program, 1);
        self.check(index, entry, UnixMs(0))?;
        let signed = signed.clone();
        let done = None;
        let known = BundleJob {
            index,
            signed,
            done,
        };
        self.jobs.insert(id, known);
        Ok(())
    }

    /// Reads the leaf list of a job, of which a subset job must have one.
    fn leaf_list(&mut self, signed: &SignedJob) -> Result<(), BundleFault> {
        let (id, job) = (signed.id(), signed.job());
        let place = BundlePlace::Leaves(id);
        let bytes = self.bundle.leaves.get(&id);
        let bytes = bytes.or_else(|| self.own_leaves.get(&id));
        let list = match (job.input, bytes) {
            (Input::Range(_), Some(_)) => {
                return place.broken("leaves", "the leaves of a range are computed");
            }
            (Input::Subset { .. }, None) => {
                return place.broken("leaves", "the list of a subset job must be in the bundle");
            }
            (Input::Chunks | Input::Range(_), None) => return Ok(()),
            (Input::Chunks, Some(bytes)) => {
                Leaves::Chunks(place.of(decode_chunk_list(bytes).map_err(signed_error))?)
            }
            (Input::Subset { .. }, Some(bytes)) => {
                Leaves::Subset(place.of(decode_subset_list(bytes).map_err(signed_error))?)
            }
        };
        let (count, root) = match &list {
            Leaves::Chunks(leaves) => (leaves.len(), input_root(leaves.iter().copied())),
            Leaves::Subset(tasks) => (tasks.len(), input_root(subset::leaves(tasks))),
        };
        if count != job.task_count as usize || root != job.input_root {
            return place.broken("input_root", "it is not the list that the job signs");
        }
        self.lists.insert(id, list);
        Ok(())
    }

    /// The task of the bundle's job that a job's own task is.
    fn task_of(&self, id: JobId, task: u32) -> Option<u32> {
        match self.lists.get(&id) {
            Some(Leaves::Subset(tasks)) => tasks.get(usize::try_from(task).ok()?).copied(),
            Some(Leaves::Chunks(_)) | None => Some(task),
        }
    }

    fn decision(
        &mut self,
        index: u64,
        entry: &Entry,
        id: JobId,
        input: Digest,
        verdict: Verdict,
    ) -> Result<(), BundleFault> {
        let task = verdict.task();
        let of_job = self.task_of(id, task);
        if let (Some(Leaves::Subset(_)), Some(task_of)) = (self.lists.get(&id), of_job) {
            let leaf = Leaf::Subset { task: task_of };
            self.facts.leaves.insert((id, task), leaf);
        }
        let parent = self.bundle.job_id;
        if let (Some(Leaves::Chunks(leaves)), Some(of_job)) = (self.lists.get(&parent), of_job)
            && let Some(leaf) = leaves.get(of_job as usize)
        {
            self.facts.leaves.insert((parent, of_job), *leaf);
        }
        self.check(index, entry, self.header.time_ms)?;
        let input_checked = self.facts.input_sha256(id, task).is_some();
        let of_job = of_job.unwrap_or(task);
        if *self.inputs.entry(of_job).or_insert(input) != input {
            let words = format!("entries about task {of_job} of the job name two inputs");
            return BundlePlace::Record(index).broken("input", words);
        }
        let decision = Decision {
            index,
            verdict,
            input_checked,
        };
        self.decisions.insert((id, task), decision);
        Ok(())
    }

    fn void(&mut self, index: u64, entry: &Entry, void: &Void) -> Result<(), BundleFault> {
        self.check(index, entry, self.header.time_ms)?;
        let cert = self.facts.earlier.get(&void.cert_index);
        if let Some((_, cert)) = cert.and_then(|bytes| Cert::decode(bytes).ok()) {
            let (job_id, task) = (cert.job_id, cert.task);
            self.decisions.remove(&(job_id, task));
            self.voids.push(VoidedCert {
                void_index: index,
                cert_index: void.cert_index,
                job_id,
                task,
            });
        }
        Ok(())
    }

    fn done(&mut self, index: u64, entry: &Entry, done: &Done) -> Result<(), BundleFault> {
        // A partial bundle need not have every entry that was counted.
        if self.bundle.partial
            && let Some(fact) = self.facts.jobs.get_mut(&done.job_id)
        {
            fact.accepted = fact.accepted.max(done.accepted);
            fact.failed = fact.failed.max(done.failed);
        }
        self.check(index, entry, self.header.time_ms)?;
        if let Some(job) = self.jobs.get_mut(&done.job_id) {
            job.done = Some((index, done.clone()));
        }
        Ok(())
    }

    /// What counts for each task of the job: the newest Cert with status 0, otherwise the newest of the others.
    pub(super) fn counted(&mut self) -> Result<BTreeMap<u32, CountedTask>, BundleFault> {
        let place = BundlePlace::Whole;
        let Some(job) = self.jobs.get(&self.bundle.job_id) else {
            return place.broken("bundle_job", "the job's own entry is not in the bundle");
        };
        let task_count = job.signed.job().task_count as usize;
        if let Some(id) = self
            .bundle
            .leaves
            .keys()
            .find(|id| !self.jobs.contains_key(id))
        {
            return BundlePlace::Leaves(*id).broken("leaves", "the job is not in the bundle");
        }
        let mut tasks: BTreeMap<u32, CountedTask> = BTreeMap::new();
        for ((job_id, task), decision) in std::mem::take(&mut self.decisions) {
            let Some(task) = self.task_of(job_id, task) else {
                continue;
            };
            let counted = CountedTask {
                job_id,
                index: decision.index,
                verdict: decision.verdict,
                input_checked: decision.input_checked,
            };
            let rank = |one: &CountedTask| (is_ok(&one.verdict), one.index);
            if tasks
                .get(&task)
                .is_none_or(|old| rank(old) < rank(&counted))
            {
                tasks.insert(task, counted);
            }
        }
        if (tasks.len() < task_count) != self.bundle.partial {
            let words = format!(
                "{} of {task_count} tasks have an outcome, and the word partial {}",
                tasks.len(),
                if self.bundle.partial {
                    "stands"
                } else {
                    "does not stand"
                },
            );
            return place.broken("bundle_partial", words);
        }
        Ok(tasks)
    }
}

fn is_ok(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Accepted(Cert { outcome, .. }) if outcome.status == Status::Ok)
}

fn signed_error(error: DecodeError) -> SignedError {
    error.into()
}
