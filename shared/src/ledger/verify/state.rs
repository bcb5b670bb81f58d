//! What a verifier keeps between two visits: everything that the rules must know of the verified blocks, and their
//! certificate. It is the reader's own file, not to be taken from anyone else.

use super::LedgerVerifier;
use crate::codec::{Canonical, DecodeError};
use crate::ids::{ChainId, Digest, JobId, SubmitterKey, UnixMs};
use crate::job::Job;
use crate::ledger::ban::Ban;
use crate::ledger::cut::Tip;
use crate::ledger::facts::{Facts, Head, JobFact, PolicyInForce, ProgramFact, TaskFact};
use crate::ledger::note::{Note, NoteError};
use crate::ledger::policy::PolicyEntry;
use crate::merkle::{FrontierError, TreeHasher};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// First byte of a state.
const FORMAT: u8 = 1;

/// Why bytes are not a state that was kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// Not what this version writes.
    #[error("it is not a state that this version keeps")]
    Format,
    /// A part is damaged.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The certificate is damaged.
    #[error(transparent)]
    Certificate(#[from] NoteError),
    /// Size and roots do not belong together.
    #[error(transparent)]
    Tree(#[from] FrontierError),
    /// The certificate is not that of the kept tree.
    #[error("its certificate is not that of its blocks: {0}")]
    Other(String),
}

#[derive(Serialize, Deserialize)]
struct Kept {
    chain: ChainId,
    policy: Vec<u8>,
    certifier: Vec<u8>,
    height: u64,
    header_hash: Digest,
    time_ms: UnixMs,
    size: u64,
    roots: Vec<Digest>,
    jobs: Vec<KeptJob>,
    programs: Vec<KeptProgram>,
    bans: Vec<Vec<u8>>,
    certificate: String,
}

#[derive(Serialize, Deserialize)]
struct KeptJob {
    id: JobId,
    job: Vec<u8>,
    index: u64,
    deadline_ms: UnixMs,
    done: Option<u64>,
    accepted: u32,
    failed: u32,
    tasks: Vec<KeptTask>,
}

#[derive(Serialize, Deserialize)]
struct KeptTask {
    task: u32,
    index: u64,
    accepted: bool,
    void: bool,
}

#[derive(Serialize, Deserialize)]
struct KeptProgram {
    name: String,
    version: String,
    index: u64,
    publisher_key: SubmitterKey,
    module_sha256: Digest,
    manifest_sha256: Digest,
    withdrawn: bool,
}

impl LedgerVerifier {
    /// What is to be kept; `None` unless the newest block has its certificate.
    #[must_use]
    pub fn state(&self) -> Option<Vec<u8>> {
        let (facts, chain) = (&self.facts, self.facts.chain);
        let head = facts.tip.head?;
        let certificate = self.certificate.as_ref()?.to_string();
        let is_newest = self.certified_size() == Some(head.size) && self.pending.is_empty();
        let (policy, certifier) = (facts.policy.as_ref()?, self.certifier.as_ref()?);
        let kept = Kept {
            chain,
            policy: policy.entry.encode(chain),
            certifier: certifier.entry.encode(chain),
            height: head.height,
            header_hash: head.header_hash,
            time_ms: head.time_ms,
            size: head.size,
            roots: facts.tip.tree.roots().to_vec(),
            jobs: jobs_of(facts),
            programs: facts.programs.iter().map(kept_program).collect(),
            bans: facts.bans.values().map(|ban| ban.encode(chain)).collect(),
            certificate,
        };
        let body = postcard::to_allocvec(&kept).ok().filter(|_| is_newest)?;
        Some([&[FORMAT], body.as_slice()].concat())
    }

    fn certified_size(&self) -> Option<u64> {
        let note = self.certificate.as_ref()?;
        let checkpoint: crate::ledger::checkpoint::Checkpoint = note.text().parse().ok()?;
        Some(checkpoint.size)
    }

    /// The verifier that kept this state.
    ///
    /// # Errors
    /// When the state is damaged; verifying begins at block 0 again then.
    pub fn restore(state: &[u8]) -> Result<Self, StateError> {
        let Some((&FORMAT, body)) = state.split_first() else {
            return Err(StateError::Format);
        };
        let (kept, rest): (Kept, _) =
            postcard::take_from_bytes(body).map_err(|_| StateError::Format)?;
        if !rest.is_empty() {
            return Err(StateError::Format);
        }
        let chain = kept.chain;
        let mut facts = Facts::new(chain, false);
        facts.tip = Tip {
            head: Some(Head {
                height: kept.height,
                size: kept.size,
                header_hash: kept.header_hash,
                time_ms: kept.time_ms,
            }),
            tree: TreeHasher::restore(kept.size, kept.roots)?,
        };
        facts.policy = Some(policy(chain, &kept.policy)?);
        for job in kept.jobs {
            restore_job(&mut facts, job)?;
        }
        for program in kept.programs {
            restore_program(&mut facts, program);
        }
        for ban in kept.bans {
            let (_, ban) = Ban::decode(&ban)?;
            facts.bans.insert(ban.node_key, ban);
        }
        let note = Note::parse(kept.certificate.as_bytes())?;
        let mut verifier = Self {
            facts,
            pending: Vec::new(),
            certifier: Some(policy(chain, &kept.certifier)?),
            awaits_certificate: false,
            certificate: None,
        };
        let certified = verifier.certify(&note);
        certified.map_err(|fault| StateError::Other(fault.to_string()))?;
        Ok(verifier)
    }
}

fn policy(chain: ChainId, bytes: &[u8]) -> Result<PolicyInForce, StateError> {
    let (_, entry) = PolicyEntry::decode(bytes)?;
    let sha256 = entry.sha256(chain);
    Ok(PolicyInForce { entry, sha256 })
}

fn jobs_of(facts: &Facts) -> Vec<KeptJob> {
    let mut tasks: BTreeMap<JobId, Vec<KeptTask>> = BTreeMap::new();
    for ((job_id, task), fact) in &facts.tasks {
        tasks.entry(*job_id).or_default().push(KeptTask {
            task: *task,
            index: fact.index,
            accepted: fact.accepted,
            void: fact.void,
        });
    }
    let jobs = facts.jobs.iter().map(|(id, fact)| KeptJob {
        id: *id,
        job: fact.job.encode(facts.chain),
        index: fact.index,
        deadline_ms: fact.deadline_ms,
        done: fact.done,
        accepted: fact.accepted,
        failed: fact.failed,
        tasks: tasks.remove(id).unwrap_or_default(),
    });
    jobs.collect()
}

fn restore_job(facts: &mut Facts, kept: KeptJob) -> Result<(), DecodeError> {
    let (_, job) = Job::decode(&kept.job)?;
    for task in kept.tasks {
        let fact = TaskFact {
            index: task.index,
            accepted: task.accepted,
            void: task.void,
        };
        facts.tasks.insert((kept.id, task.task), fact);
    }
    let fact = JobFact {
        index: kept.index,
        job,
        deadline_ms: kept.deadline_ms,
        done: kept.done,
        accepted: kept.accepted,
        failed: kept.failed,
    };
    facts.jobs.insert(kept.id, fact);
    Ok(())
}

fn kept_program(((name, version), fact): (&(String, String), &ProgramFact)) -> KeptProgram {
    KeptProgram {
        name: name.clone(),
        version: version.clone(),
        index: fact.index,
        publisher_key: fact.publisher_key,
        module_sha256: fact.module_sha256,
        manifest_sha256: fact.manifest_sha256,
        withdrawn: fact.withdrawn,
    }
}

fn restore_program(facts: &mut Facts, kept: KeptProgram) {
    facts.names.insert(kept.name.clone(), kept.publisher_key);
    if !kept.withdrawn {
        let program = (kept.module_sha256, kept.manifest_sha256);
        let count = facts.offered.entry(program).or_default();
        *count = count.saturating_add(1);
    }
    let fact = ProgramFact {
        index: kept.index,
        publisher_key: kept.publisher_key,
        module_sha256: kept.module_sha256,
        manifest_sha256: kept.manifest_sha256,
        withdrawn: kept.withdrawn,
    };
    facts.programs.insert((kept.name, kept.version), fact);
}
