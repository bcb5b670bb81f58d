//! What must be known of a ledger to check its next block. The caller fills in what the block needs, from a database or
//! from memory; the rules are a function of it.

use super::cut::Tip;
use super::entry::Entry;
use super::evidence::EvidenceKind;
use super::policy::PolicyEntry;
use crate::cert::Cert;
use crate::codec::Canonical as _;
use crate::ids::{ChainId, Digest, JobId, NodeKey, SubmitterKey, UnixMs};
use crate::job::{Input, Job};
use crate::leaf::Leaf;
use crate::ledger::ban::Ban;
use crate::vote::Vote;
use std::collections::{BTreeMap, BTreeSet};

/// The newest block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub height: u64,
    /// Size of the log with it.
    pub size: u64,
    /// Hash of its header.
    pub header_hash: Digest,
    /// Its time.
    pub time_ms: UnixMs,
}

/// The policy under which the next block is made and certified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyInForce {
    /// What it says.
    pub entry: PolicyEntry,
    /// SHA-256 of the entry.
    pub sha256: Digest,
}

/// A recorded job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFact {
    /// Index of its entry.
    pub index: u64,
    /// What it says.
    pub job: Job,
    /// When it expires: as it says, or 30 days after its block.
    pub deadline_ms: UnixMs,
    /// Index of its Done.
    pub done: Option<u64>,
    /// Its Certs with status 0 that are not void.
    pub accepted: u32,
    /// Its other Certs and its Fails that are not void.
    pub failed: u32,
}

/// A decided task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskFact {
    /// Index of its newest Cert or Fail.
    pub index: u64,
    /// Whether that counts as accepted: a Cert with status 0.
    pub accepted: bool,
    /// Whether that Cert is void, so that the task may be decided anew.
    pub void: bool,
}

/// A program version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramFact {
    /// Index of its entry.
    pub index: u64,
    /// Who published it.
    pub publisher_key: SubmitterKey,
    /// The module that runs.
    pub module_sha256: Digest,
    /// Its manifest.
    pub manifest_sha256: Digest,
    /// Whether it takes no new jobs.
    pub withdrawn: bool,
}

/// What is known before a block; it grows by the block when that is valid.
#[derive(Debug, Clone)]
pub struct Facts {
    /// SHA-256 of the ledger's origin.
    pub chain: ChainId,
    /// Where the log ends.
    pub tip: Tip,
    /// The policy of the next block; `None` before block 0.
    pub policy: Option<PolicyInForce>,
    /// Jobs by id.
    pub jobs: BTreeMap<JobId, JobFact>,
    /// Decided tasks.
    pub tasks: BTreeMap<(JobId, u32), TaskFact>,
    /// Leaves of jobs over chunks and of subset jobs.
    pub leaves: BTreeMap<(JobId, u32), Leaf>,
    /// Leaf lists of subset jobs in the block.
    pub subset_lists: BTreeMap<JobId, Vec<u32>>,
    /// Whether the caller has the leaf lists. They are not public: who only reads the ledger cannot check inputs.
    pub knows_leaves: bool,
    /// Programs by name and version.
    pub programs: BTreeMap<(String, String), ProgramFact>,
    /// Owners of program names.
    pub names: BTreeMap<String, SubmitterKey>,
    /// How many program versions that are not withdrawn have this module and manifest.
    pub offered: BTreeMap<(Digest, Digest), u32>,
    /// The newest Ban of nodes.
    pub bans: BTreeMap<NodeKey, Ban>,
    /// Entries before the block, by index.
    pub earlier: BTreeMap<u64, Vec<u8>>,
}

impl Facts {
    /// Of a ledger without a block.
    #[must_use]
    pub fn new(chain: ChainId, knows_leaves: bool) -> Self {
        Self {
            chain,
            tip: Tip::default(),
            policy: None,
            jobs: BTreeMap::new(),
            tasks: BTreeMap::new(),
            leaves: BTreeMap::new(),
            subset_lists: BTreeMap::new(),
            knows_leaves,
            programs: BTreeMap::new(),
            names: BTreeMap::new(),
            offered: BTreeMap::new(),
            bans: BTreeMap::new(),
            earlier: BTreeMap::new(),
        }
    }

    /// Parents of known subset jobs that are not known themselves: load them into [`Facts::jobs`] too.
    #[must_use]
    pub fn missing_parents(&self) -> BTreeSet<JobId> {
        let parents = self.jobs.values().filter_map(|fact| match fact.job.input {
            Input::Subset { parent } => Some(parent),
            Input::Chunks | Input::Range(_) => None,
        });
        parents
            .filter(|parent| !self.jobs.contains_key(parent))
            .collect()
    }

    /// The leaves that checking `entries` needs and that are not known yet: ask, fill in, and ask again, as the leaf of
    /// a subset job names its parent's.
    #[must_use]
    pub fn missing_leaves(&self, entries: &[Entry]) -> BTreeSet<(JobId, u32)> {
        let mut missing = BTreeSet::new();
        for entry in entries {
            let (job_id, task) = match entry {
                Entry::Cert(cert) => (cert.job_id, cert.task),
                Entry::Fail(fail) => (fail.job_id, fail.task),
                _ => continue,
            };
            let mut at = (job_id, task);
            while let Some(job) = self
                .job_of(at.0, entries)
                .filter(|job| at.1 < job.task_count)
            {
                match (job.input, self.leaves.get(&at)) {
                    (Input::Subset { parent }, Some(Leaf::Subset { task })) if parent != at.0 => {
                        at = (parent, *task);
                    }
                    (Input::Range(_), _) | (_, Some(_)) => break,
                    (_, None) => {
                        missing.insert(at);
                        break;
                    }
                }
            }
        }
        missing
    }

    fn job_of<'a>(&'a self, id: JobId, entries: &'a [Entry]) -> Option<&'a Job> {
        let known = self.jobs.get(&id).map(|fact| &fact.job);
        known.or_else(|| {
            entries.iter().find_map(|entry| match entry {
                Entry::Job(job) if job.id() == id => Some(job.job()),
                _ => None,
            })
        })
    }

    /// SHA-256 of what a task reads; `None` when its leaf is not known.
    #[must_use]
    pub fn input_sha256(&self, job_id: JobId, task: u32) -> Option<Digest> {
        let mut at = (job_id, task);
        // A subset job's parent is no subset job: two steps at most.
        for _ in 0..2 {
            let leaf = match self.jobs.get(&at.0)?.job.input {
                Input::Range(range) => range.leaf(at.1)?,
                Input::Chunks | Input::Subset { .. } => *self.leaves.get(&at)?,
            };
            match (leaf, self.jobs.get(&at.0)?.job.input) {
                (Leaf::Subset { task }, Input::Subset { parent }) => at = (parent, task),
                (leaf, _) => return leaf.input_sha256(),
            }
        }
        None
    }
}

/// What the check of a block looks up. Load it into [`Facts`]; what is not there is taken as not on the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Jobs, for [`Facts::jobs`].
    pub jobs: BTreeSet<JobId>,
    /// Tasks, for [`Facts::tasks`].
    pub tasks: BTreeSet<(JobId, u32)>,
    /// Subset jobs in the block, for [`Facts::subset_lists`].
    pub subset_lists: BTreeSet<JobId>,
    /// Program versions, for [`Facts::programs`]; their names, for [`Facts::names`].
    pub programs: BTreeSet<(String, String)>,
    /// Modules with manifests, for [`Facts::offered`].
    pub offered: BTreeSet<(Digest, Digest)>,
    /// Nodes, for [`Facts::bans`].
    pub nodes: BTreeSet<NodeKey>,
}

/// Indexes of earlier entries that the check of `entries` reads: load them into [`Facts::earlier`] before [`needs`].
#[must_use]
pub fn indexes<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> BTreeSet<u64> {
    let voids = entries.into_iter().filter_map(|entry| match entry {
        Entry::Void(void) => Some(void.cert_index),
        _ => None,
    });
    voids.collect()
}

/// What else the check of `entries` looks up.
#[must_use]
pub fn needs(facts: &Facts, entries: &[Entry]) -> Needs {
    let mut needs = Needs::default();
    for entry in entries {
        match entry {
            Entry::Job(signed) => {
                let (id, job) = (signed.id(), signed.job());
                needs.jobs.insert(id);
                needs
                    .offered
                    .insert((job.module_sha256, job.manifest_sha256));
                if let Input::Subset { parent } = job.input {
                    needs.jobs.insert(parent);
                    needs.subset_lists.insert(id);
                }
            }
            Entry::Cert(cert) => {
                needs.task(cert.job_id, cert.task);
                needs
                    .nodes
                    .extend(cert.votes().map(|(vote, _)| vote.node_key));
            }
            Entry::Fail(fail) => {
                needs.task(fail.job_id, fail.task);
                needs
                    .nodes
                    .extend(fail.votes.iter().map(|one| one.vote.node_key));
            }
            Entry::Done(done) => {
                needs.jobs.insert(done.job_id);
            }
            Entry::Void(void) => {
                let bytes = facts.earlier.get(&void.cert_index);
                if let Some((_, cert)) = bytes.and_then(|bytes| Cert::decode(bytes).ok()) {
                    needs.task(cert.job_id, cert.task);
                }
            }
            Entry::Prog(prog) => {
                needs
                    .programs
                    .insert((prog.name.clone(), prog.version.clone()));
                needs
                    .offered
                    .insert((prog.module_sha256, prog.manifest_sha256));
            }
            Entry::Withdraw(signed) => {
                let withdraw = &signed.withdraw;
                needs
                    .programs
                    .insert((withdraw.name.clone(), withdraw.version.clone()));
            }
            Entry::Ban(ban) => {
                needs.nodes.insert(ban.node_key);
            }
            Entry::Evidence(evidence) if evidence.kind == EvidenceKind::RefutedVote => {
                let vote = evidence.first.split_last_chunk::<64>();
                if let Some((_, vote)) = vote.and_then(|(body, _)| Vote::decode(body).ok()) {
                    needs.jobs.insert(vote.job_id);
                }
            }
            Entry::Evidence(_) | Entry::Policy(_) | Entry::Header(_) => {}
        }
    }
    needs
}

impl Needs {
    /// A task, its job, and the job's parent by way of [`Facts::missing_leaves`].
    fn task(&mut self, job_id: JobId, task: u32) {
        self.jobs.insert(job_id);
        self.tasks.insert((job_id, task));
    }
}
