//! What waits for its storage quorum, as blocks are cut from it.

use super::EntryKind;
use crate::store::column::{Columns as _, big};
use crate::store::job::JobEnd;
use crate::store::{Result, Store, StoreError};
use shared::ids::{Digest, JobId};
use sqlx::any::AnyRow;

/// An entry without its storage quorum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// Its number in the queue: the order of the ledger.
    pub num: i64,
    /// What it records.
    pub fact: QueuedFact,
    /// LEDGER.md's bytes. Empty for a Done that is not cut: whoever cuts it writes them.
    pub body: Vec<u8>,
    /// What storage nodes must hold before they acknowledge it.
    pub blobs: Vec<NamedBlob>,
}

/// What a queued entry records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueuedFact {
    /// A signed job.
    Job {
        /// The job.
        job: JobId,
        /// SHA-256 of its leaf list; `None` for a range.
        leaves_sha256: Option<Digest>,
    },
    /// A certificate.
    Cert {
        /// The job.
        job: JobId,
        /// The task.
        task: u32,
    },
    /// A failure.
    Fail {
        /// The job.
        job: JobId,
        /// The task.
        task: u32,
    },
    /// The end of a job. The counts are those of a Done that stands behind every entry with a lower number.
    Done {
        /// The job.
        job: JobId,
        /// How it ends.
        end: JobEnd,
        /// Certs with status 0.
        accepted: u32,
        /// Other Certs, and Fails.
        failed: u32,
    },
    /// A publication.
    Prog {
        /// Its name.
        name: String,
        /// Its version.
        version: String,
    },
    /// Anything else.
    Other(EntryKind),
}

/// A blob that an entry names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedBlob {
    /// Its address.
    pub sha256: Digest,
    /// Its length in bytes, never 0.
    pub len: u64,
    /// Its bytes where they stand beside the certificate; otherwise read them with [`Store::blob_read`].
    pub bytes: Option<Vec<u8>>,
}

/// Sizes alone, so that what does not fit into the block is never read. The entry stands in its fact or, when it has none,
/// in the queue.
const SIZES: &str = "SELECT q.num, \
     COALESCE(length(q.body), length(d.entry), length(j.signed), length(p.signed), 0) \
     + COALESCE(d.output_len, 0) \
     + COALESCE((SELECT b.len FROM blobs b WHERE b.sha256 = j.leaves_sha256), 0) \
     + COALESCE((SELECT b.len FROM blobs b WHERE b.sha256 = p.original_sha256), 0) \
     + COALESCE((SELECT b.len FROM blobs b WHERE b.sha256 = p.module_sha256), 0) \
     + COALESCE((SELECT b.len FROM blobs b WHERE b.sha256 = p.manifest_sha256), 0) AS bytes \
     FROM ledger_queue q \
     LEFT JOIN decisions d ON q.kind IN (1, 2) AND d.job = q.job AND d.task = q.task \
     LEFT JOIN jobs j ON q.kind = 0 AND j.num = q.job \
     LEFT JOIN programs p ON q.kind = 4 AND p.name = q.name AND p.version = q.version \
     WHERE q.height IS NULL ORDER BY q.num LIMIT $1";
macro_rules! select_queued {
    ($tail:literal) => {
        concat!(
            "SELECT q.num, q.kind, q.task, q.name, q.version, q.body, j.id AS job, j.signed AS job_signed, \
             j.leaves_sha256, j.accepted, j.failed, j.end_reason, j.cancel, p.signed AS prog_signed, \
             p.original_sha256, p.module_sha256, p.manifest_sha256, d.entry, d.output_len, d.output_sha256, d.output \
             FROM ledger_queue q \
             LEFT JOIN decisions d ON q.kind IN (1, 2) AND d.job = q.job AND d.task = q.task \
             LEFT JOIN jobs j ON j.num = q.job \
             LEFT JOIN programs p ON q.kind = 4 AND p.name = q.name AND p.version = q.version WHERE ",
            $tail,
            " ORDER BY q.num"
        )
    };
}
const UNCUT: &str = select_queued!("q.height IS NULL AND q.num <= $1");
const CUT: &str = select_queued!("q.height = $1");
const UNSEALED: &str = "SELECT COUNT(*) AS total FROM ledger_queue WHERE kind IN (1, 2)";

impl Store {
    /// The first entries that are in no block, in ledger order: as many as have at most `max_bytes` together, with the
    /// blobs that they name, but one at least; at most `max_entries`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_uncut(&self, max_entries: u32, max_bytes: u64) -> Result<Vec<Queued>> {
        let sizes = sqlx::query(SIZES).bind(i64::from(max_entries));
        let mut last = None;
        let mut total: u64 = 0;
        for row in sizes.fetch_all(&self.reader).await? {
            total = total.saturating_add(row.number("bytes")?);
            if total > max_bytes && last.is_some() {
                break;
            }
            last = Some(row.signed("num")?);
        }
        match last {
            Some(last) => self.queued(UNCUT, last).await,
            None => Ok(Vec::new()),
        }
    }

    /// The entries of a block that is not stored yet, in ledger order, with the bytes that were cut; not the header.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_block_entries(&self, height: u64) -> Result<Vec<Queued>> {
        self.queued(CUT, big(height)).await
    }

    /// How many certificates and failures are not stored yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_unsealed(&self) -> Result<u64> {
        let row = sqlx::query(UNSEALED).fetch_one(&self.reader).await?;
        row.number("total")
    }

    async fn queued(&self, sql: &'static str, until: i64) -> Result<Vec<Queued>> {
        let rows = sqlx::query(sql).bind(until).fetch_all(&self.reader).await?;
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            let blobs = self.named_blobs(&row).await?;
            all.push(queued(&row, blobs)?);
        }
        Ok(all)
    }

    async fn named_blobs(&self, row: &AnyRow) -> Result<Vec<NamedBlob>> {
        if let Some(len) = row.number_or_null::<u64>("output_len")? {
            let blob = NamedBlob {
                sha256: row.digest("output_sha256")?,
                len,
                bytes: row.bytes_or_null("output")?,
            };
            return Ok(if len == 0 { Vec::new() } else { vec![blob] });
        }
        let named: &[&str] = match kind(row)? {
            EntryKind::Job => &["leaves_sha256"],
            EntryKind::Prog => &["original_sha256", "module_sha256", "manifest_sha256"],
            _ => &[],
        };
        let mut blobs: Vec<NamedBlob> = Vec::new();
        for name in named {
            if row.bytes_or_null(name)?.is_none() {
                continue;
            }
            let sha256 = row.digest(name)?;
            if blobs.iter().any(|blob| blob.sha256 == sha256) {
                continue;
            }
            let info = self.blob_info(sha256).await?;
            let len = info.ok_or(StoreError::BlobGone(sha256))?.len;
            blobs.push(NamedBlob {
                sha256,
                len,
                bytes: None,
            });
        }
        Ok(blobs)
    }
}

fn kind(row: &AnyRow) -> Result<EntryKind> {
    let kind = EntryKind::of_number(row.signed("kind")?);
    kind.ok_or(StoreError::Corrupt("ledger_queue.kind"))
}

fn queued(row: &AnyRow, blobs: Vec<NamedBlob>) -> Result<Queued> {
    let (fact, body) = match kind(row)? {
        EntryKind::Job => {
            let job = row.job_id("job")?;
            let leaves = row.bytes_or_null("leaves_sha256")?;
            let leaves_sha256 = leaves.and_then(|bytes| Digest::from_slice(&bytes));
            (QueuedFact::Job { job, leaves_sha256 }, Some("job_signed"))
        }
        EntryKind::Cert => {
            let (job, task) = (row.job_id("job")?, row.number("task")?);
            (QueuedFact::Cert { job, task }, Some("entry"))
        }
        EntryKind::Fail => {
            let (job, task) = (row.job_id("job")?, row.number("task")?);
            (QueuedFact::Fail { job, task }, Some("entry"))
        }
        EntryKind::Done => {
            let end = JobEnd::from_columns(row.number("end_reason")?, row.bytes_or_null("cancel")?);
            let done = QueuedFact::Done {
                job: row.job_id("job")?,
                end: end?,
                accepted: row.number("accepted")?,
                failed: row.number("failed")?,
            };
            (done, None)
        }
        EntryKind::Prog => {
            let (name, version) = (row.string("name")?, row.string("version")?);
            (QueuedFact::Prog { name, version }, Some("prog_signed"))
        }
        other => (QueuedFact::Other(other), None),
    };
    let body = match body {
        Some(of_fact) => row.bytes(of_fact)?,
        None => row.bytes_or_null("body")?.unwrap_or_default(),
    };
    Ok(Queued {
        num: row.signed("num")?,
        fact,
        body,
        blobs,
    })
}
