//! The proof bundle, `manyhands/bundle@v1` (LEDGER.md section 3): all that shows, offline and to anyone who has pinned a
//! policy, which outcomes of a job count.

mod fault;
mod parse;
mod policies;
mod reading;
mod used;
mod verified;
mod verify;

pub use fault::{BundleFault, BundlePlace};
pub use parse::BundleTextError;
pub use used::UsedEntries;
pub use verified::{BundleJob, CountedTask, VerifiedBundle, VoidedCert};

use super::entry::MAX_ENTRY_BYTES;
use super::note::Note;
use super::text::to_base64;
use crate::ids::{Digest, JobId};
use crate::job::MAX_TASKS;
use crate::leaf::Leaf;
use std::collections::BTreeMap;
use std::fmt;

/// The first line.
const FIRST_LINE: &str = "manyhands/bundle@v1";
/// The longest bundle that is read: a job of 1,048,576 tasks with short certificates fits.
pub const MAX_BUNDLE_BYTES: usize = 2_000_000_000;
/// The most policies after the pinned one.
pub const MAX_CHANGES: usize = 1000;
/// The most records: a job and its subset jobs with as many entries as four for each task.
pub const MAX_RECORDS: usize = 4 * MAX_TASKS as usize;
/// The longest audit path: that of a tree of 2^63 - 1 leaves.
const MAX_PATH: usize = 63;
/// The longest leaf list.
const MAX_LEAVES_BYTES: usize = MAX_TASKS as usize * Leaf::CHUNK_LEN;
/// The longest line that holds an entry.
const MAX_ENTRY_LINE: usize = MAX_ENTRY_BYTES.div_ceil(3) * 4;

/// An entry with the proof that it is in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its index in the log.
    pub index: u64,
    /// Its bytes.
    pub entry: Vec<u8>,
    /// Its audit path, from the leaf's sibling upwards.
    pub path: Vec<Digest>,
}

/// A record and the certified checkpoint to whose root its path leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certification {
    /// The record.
    pub record: Record,
    /// The checkpoint with its signatures.
    pub checkpoint: Note,
}

/// What shows which outcomes of a job count. It prints as the text of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofBundle {
    job_id: JobId,
    partial: bool,
    changes: Vec<Certification>,
    head: Certification,
    leaves: BTreeMap<JobId, Vec<u8>>,
    records: Vec<Record>,
}

/// The parts of a bundle, in any order.
#[derive(Debug, Clone)]
pub struct BundleParts {
    /// The job; of a subset job, its parent.
    pub job_id: JobId,
    /// Whether a task of the job has no outcome that counts among the records.
    pub partial: bool,
    /// Each Policy after the pinned one that is in force at the head, with the checkpoint of its block.
    pub changes: Vec<Certification>,
    /// The newest header, with the checkpoint of its block.
    pub head: Certification,
    /// Leaf lists: of each subset job, and where they may be seen, of the job.
    pub leaves: BTreeMap<JobId, Vec<u8>>,
    /// The entries of the job and its subset jobs, and the Policy in force wherever one is needed and not among the
    /// changes: at the head, for certificates that a referee settled, for voids.
    pub records: Vec<Record>,
}

impl ProofBundle {
    /// Puts a bundle together. What it proves is for [`verify`](Self::verify) to say.
    ///
    /// # Errors
    /// What [`parse`](Self::parse) would say of its text.
    pub fn new(parts: BundleParts) -> Result<Self, BundleTextError> {
        let BundleParts {
            job_id,
            partial,
            mut changes,
            head,
            leaves,
            mut records,
        } = parts;
        changes.sort_by_key(|change| change.record.index);
        records.sort_by_key(|record| record.index);
        let bundle = Self {
            job_id,
            partial,
            changes,
            head,
            leaves,
            records,
        };
        Self::parse(bundle.to_string().as_bytes())
    }

    /// The job; of a subset job, its parent.
    #[must_use]
    pub const fn job_id(&self) -> JobId {
        self.job_id
    }

    /// What its newest checkpoint says, which is still to be verified.
    #[must_use]
    pub fn checkpoint_text(&self) -> &str {
        self.head.checkpoint.text()
    }
}

impl fmt::Display for ProofBundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}\njob {}", self.job_id)?;
        if self.partial {
            writeln!(f, "partial")?;
        }
        for change in &self.changes {
            write_record(f, "policy", &change.record)?;
            write!(f, "\n{}", change.checkpoint)?;
        }
        write_record(f, "header", &self.head.record)?;
        write!(f, "\n{}", self.head.checkpoint)?;
        for (job_id, list) in &self.leaves {
            write!(f, "\nleaves {job_id}\n{}\n", to_base64(list))?;
        }
        self.records.iter().try_for_each(|record| record.fmt(f))
    }
}

/// As it stands in a bundle, behind what comes before: whoever has no room for a whole bundle prints one record after the
/// other behind the text of a bundle without any.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_record(f, "record", self)
    }
}

fn write_record(f: &mut fmt::Formatter<'_>, word: &str, record: &Record) -> fmt::Result {
    let entry = to_base64(&record.entry);
    write!(f, "\n{word} {}\n{entry}\n", record.index)?;
    let mut path = record.path.iter();
    path.try_for_each(|hash| writeln!(f, "{}", to_base64(&hash.0)))
}

#[cfg(test)]
mod tests;
