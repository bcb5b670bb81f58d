//! Where the entries of a job stand in the committed log.

use super::{Columns as _, Db, big};
use crate::storage::error::{Result, StorageError};
use shared::codec::Canonical as _;
use shared::ids::{Digest, JobId};
use shared::ledger::policy::PolicyEntry;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeMap;

/// A job of the committed log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::storage) struct JobPlace {
    num: i64,
    pub(in crate::storage) id: JobId,
    /// Index of its entry.
    pub(in crate::storage) index: u64,
    /// Index of its Done.
    pub(in crate::storage) done: Option<u64>,
    /// Of a subset job: the job of which it runs tasks again.
    pub(in crate::storage) parent: Option<JobId>,
}

/// The newest Cert or Fail of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::storage) struct DecisionPlace {
    pub(in crate::storage) task: u32,
    pub(in crate::storage) index: u64,
    /// Whether it is a Cert with status 0.
    pub(in crate::storage) accepted: bool,
    /// Whether a Void names it.
    pub(in crate::storage) void: bool,
}

/// A Void and the Cert that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::storage) struct VoidPlace {
    pub(in crate::storage) task: u32,
    pub(in crate::storage) index: u64,
    pub(in crate::storage) cert_index: u64,
}

/// A Policy of the committed log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::storage) struct PolicyPlace {
    pub(in crate::storage) index: u64,
    /// Entries of the log with its block.
    pub(in crate::storage) size: u64,
    /// SHA-256 of its text.
    pub(in crate::storage) text_sha256: Digest,
    /// Its block's checkpoint with the lines of a quorum.
    pub(in crate::storage) certificate: Option<String>,
}

const JOB: &str = "SELECT num, id, idx, done_idx, parent FROM jobs WHERE id = ?";
const SUBSETS: &str =
    "SELECT num, id, idx, done_idx, parent FROM jobs WHERE parent = ? ORDER BY idx";
const DECISIONS: &str = "SELECT task, idx, accepted, void FROM tasks WHERE job = ? AND task >= ? AND task < ? \
     ORDER BY task LIMIT ?";
const VOIDS: &str = "SELECT task, idx, cert_idx FROM voids WHERE job = ? ORDER BY idx";
const POLICIES: &str = "SELECT p.idx, p.entry, b.size, b.certificate FROM policies p JOIN blocks b ON b.height = p.height \
     WHERE p.height < ? OR p.version = 0 ORDER BY p.version";

impl Db {
    /// The job of this id.
    pub(in crate::storage) async fn job_place(&self, id: JobId) -> Result<Option<JobPlace>> {
        let query = sqlx::query(JOB).bind(&id.0[..]);
        let row = query.fetch_optional(&self.reader).await?;
        row.as_ref().map(job_of).transpose()
    }

    /// The jobs that run tasks of this one again, in the order of the log.
    pub(in crate::storage) async fn subset_places(&self, parent: JobId) -> Result<Vec<JobPlace>> {
        let query = sqlx::query(SUBSETS).bind(&parent.0[..]);
        let rows = query.fetch_all(&self.reader).await?;
        rows.iter().map(job_of).collect()
    }

    /// The first `limit` decisions of a job's tasks from `first` to before `end`, by task.
    pub(in crate::storage) async fn decision_places(
        &self,
        job: &JobPlace,
        first: u32,
        end: u32,
        limit: u32,
    ) -> Result<Vec<DecisionPlace>> {
        let query = sqlx::query(DECISIONS)
            .bind(job.num)
            .bind(i64::from(first))
            .bind(i64::from(end))
            .bind(i64::from(limit));
        let rows = query.fetch_all(&self.reader).await?;
        let decision = |row: &SqliteRow| {
            Ok(DecisionPlace {
                task: row.number("task")?,
                index: row.number("idx")?,
                accepted: row.flag("accepted")?,
                void: row.flag("void")?,
            })
        };
        rows.iter().map(decision).collect()
    }

    /// The Voids of a job, in the order of the log.
    pub(in crate::storage) async fn void_places(&self, job: &JobPlace) -> Result<Vec<VoidPlace>> {
        let query = sqlx::query(VOIDS).bind(job.num);
        let rows = query.fetch_all(&self.reader).await?;
        let void = |row: &SqliteRow| {
            Ok(VoidPlace {
                task: row.number("task")?,
                index: row.number("idx")?,
                cert_index: row.number("cert_idx")?,
            })
        };
        rows.iter().map(void).collect()
    }

    /// The Policies that were or are in force for the blocks up to this height, by their indexes.
    pub(in crate::storage) async fn policy_places(
        &self,
        height: u64,
    ) -> Result<BTreeMap<u64, PolicyPlace>> {
        let query = sqlx::query(POLICIES).bind(big(height));
        let rows = query.fetch_all(&self.reader).await?;
        let policy = |row: &SqliteRow| {
            let entry = row.bytes("entry")?;
            let entry = PolicyEntry::decode(&entry);
            let (_, entry) = entry.map_err(|_| StorageError::Corrupt("policies"))?;
            let place = PolicyPlace {
                index: row.number("idx")?,
                size: row.number("size")?,
                text_sha256: Digest::of(entry.text.as_bytes()),
                certificate: row.string_or_null("certificate")?,
            };
            Ok((place.index, place))
        };
        rows.iter().map(policy).collect()
    }
}

fn job_of(row: &SqliteRow) -> Result<JobPlace> {
    let parent = row.bytes_or_null("parent")?;
    let parent = parent.map(|bytes| match bytes.try_into() {
        Ok(bytes) => Ok(JobId(bytes)),
        Err(_) => Err(StorageError::Corrupt("parent")),
    });
    Ok(JobPlace {
        num: row.signed("num")?,
        id: JobId(row.array("id")?),
        index: row.number("idx")?,
        done: row.number_or_null("done_idx")?,
        parent: parent.transpose()?,
    })
}
