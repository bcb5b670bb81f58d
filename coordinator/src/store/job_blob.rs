//! Which blobs a job keeps, and whether its submitter has uploaded all that it reads.
//!
//! An uploading job remembers the smallest input that is missing (`waits_for`): an upload of any other blob costs it
//! nothing, and over all uploads each input is looked at once.

use super::column::{Columns as _, big, concat, with_digests};
use super::page::{Page, one_more};
use super::{Result, Store, Tx};
use shared::ids::{Digest, JobId, SubmitterKey};

/// What a job needs a blob for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlobRole {
    /// A task reads it.
    Input,
    /// Every task can read it.
    Common,
    /// The list of leaves.
    Leaves,
    /// A task wrote it, and it is too large for a row.
    Output,
}

/// One blob of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobUse {
    /// Which.
    pub sha256: Digest,
    /// What for.
    pub role: BlobRole,
}

impl BlobRole {
    pub(super) const fn number(self) -> i64 {
        match self {
            Self::Input => 0,
            Self::Common => 1,
            Self::Leaves => 2,
            Self::Output => 3,
        }
    }

    /// Whether the submitter must have uploaded it.
    const fn is_read(self) -> bool {
        matches!(self, Self::Input | Self::Common)
    }
}

/// Roles below this are read by tasks: see [`BlobRole::is_read`].
const ADD: &str = with_digests!(
    "INSERT INTO job_blobs (job, sha256, role) SELECT $3, d.sha256, $4 FROM digests d WHERE 1 = 1 \
     ON CONFLICT (job, sha256) DO NOTHING"
);
const REFER: &str = with_digests!(
    "UPDATE blob_owners SET referenced = 1 WHERE owner = $3 AND referenced = 0 \
     AND sha256 IN (SELECT d.sha256 FROM digests d)"
);
/// Roles 0 and 1 are what tasks read.
const MISSING: &str = "SELECT b.sha256 FROM job_blobs b JOIN jobs j ON j.num = b.job \
     WHERE j.id = $1 AND b.role < 2 AND b.sha256 >= $2 AND NOT EXISTS \
     (SELECT 1 FROM blob_owners o WHERE o.owner = j.submitter_key AND o.sha256 = b.sha256) \
     ORDER BY b.sha256 LIMIT $3";
const MISSING_TOTAL: &str = "SELECT COUNT(*) AS total FROM job_blobs b JOIN jobs j ON j.num = b.job \
     WHERE j.id = $1 AND b.role < 2 AND NOT EXISTS \
     (SELECT 1 FROM blob_owners o WHERE o.owner = j.submitter_key AND o.sha256 = b.sha256)";
const INPUTS: &str = "SELECT b.sha256 FROM job_blobs b JOIN jobs j ON j.num = b.job \
     WHERE j.id = $1 AND b.role < 2 AND b.sha256 >= $2 ORDER BY b.sha256 LIMIT $3";
const WAITING_FOR: &str =
    "SELECT id FROM jobs WHERE submitter_key = $1 AND waits_for = $2 AND state = 'uploading'";
const WAIT_FOR: &str = "UPDATE jobs SET waits_for = $2 WHERE id = $1 AND state = 'uploading'";

/// Digests in one statement.
const CHUNK: usize = 4096;

impl Store {
    /// What the job's submitter has still to upload, in the order of the digests' bytes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn job_missing_inputs(
        &self,
        job: JobId,
        after: Option<Digest>,
        limit: u32,
    ) -> Result<Page<Digest, Digest>> {
        let missing = self.missing_from(job, after.map(right_after), one_more(limit));
        Ok(Page::cut(missing.await?, limit, |last| *last))
    }

    /// `from`: where to begin, this digest included.
    async fn missing_from(
        &self,
        job: JobId,
        from: Option<Vec<u8>>,
        limit: i64,
    ) -> Result<Vec<Digest>> {
        let query = sqlx::query(MISSING)
            .bind(&job.0[..])
            .bind(from.unwrap_or_default())
            .bind(limit);
        let rows = query.fetch_all(&self.reader).await?;
        rows.iter().map(|row| row.digest("sha256")).collect()
    }

    /// The first `limit` blobs after `after` that the job's tasks read, in the order of the digests' bytes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn job_inputs(
        &self,
        job: JobId,
        after: Option<Digest>,
        limit: u32,
    ) -> Result<Vec<Digest>> {
        let query = sqlx::query(INPUTS)
            .bind(&job.0[..])
            .bind(after.map(right_after).unwrap_or_default())
            .bind(i64::from(limit));
        let rows = query.fetch_all(&self.reader).await?;
        rows.iter().map(|row| row.digest("sha256")).collect()
    }

    /// How many blobs the job's submitter has still to upload.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn job_missing_total(&self, job: JobId) -> Result<u64> {
        let query = sqlx::query(MISSING_TOTAL).bind(&job.0[..]);
        query.fetch_one(&self.reader).await?.number("total")
    }

    /// Whether the submitter has uploaded all that the job's tasks read; looks from the beginning.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn job_has_all_inputs(&self, job: JobId) -> Result<bool> {
        self.wait_from(job, None).await
    }

    /// The uploading jobs of `owner` that had nothing missing before `sha256` and have nothing missing after it.
    ///
    /// The upload is committed before this looks for jobs, and a job is committed before it looks for uploads
    /// ([`Store::job_add`]): whichever comes second sees the other, so no job waits for what is there.
    pub(super) async fn jobs_completed_by(
        &self,
        owner: SubmitterKey,
        sha256: Digest,
    ) -> Result<Vec<JobId>> {
        let query = sqlx::query(WAITING_FOR)
            .bind(&owner.0[..])
            .bind(&sha256.0[..]);
        let mut complete = Vec::new();
        for row in query.fetch_all(&self.reader).await? {
            let job = row.job_id("id")?;
            if self.wait_from(job, Some(sha256)).await? {
                complete.push(job);
            }
        }
        Ok(complete)
    }

    /// Finds the first missing input after `after` and waits for it; `true` when none is missing.
    async fn wait_from(&self, job: JobId, after: Option<Digest>) -> Result<bool> {
        let mut next = self.missing_from(job, after.map(right_after), 1).await?;
        while let Some(&missing) = next.first() {
            let wait = sqlx::query(WAIT_FOR).bind(&job.0[..]).bind(&missing.0[..]);
            wait.execute(&self.writer).await?;
            // It may have been uploaded before the job was seen waiting for it: look once more.
            let from = Some(missing.0.to_vec());
            next = self.missing_from(job, from, 1).await?;
            if next.first() == Some(&missing) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The first bytes after a digest.
fn right_after(digest: Digest) -> Vec<u8> {
    [&digest.0[..], &[0]].concat()
}

/// Adds blobs to a job and marks them as used by its submitter.
pub(super) async fn add(
    tx: &mut Tx,
    job: i64,
    submitter: SubmitterKey,
    role: BlobRole,
    digests: &[Digest],
) -> Result<()> {
    for chunk in digests.chunks(CHUNK) {
        let list = concat(chunk);
        let count = big(chunk.len() as u64);
        let add = sqlx::query(ADD)
            .bind(list.as_slice())
            .bind(count)
            .bind(job)
            .bind(role.number());
        add.execute(tx.conn()).await?;
        if role.is_read() {
            let refer = sqlx::query(REFER)
                .bind(list)
                .bind(count)
                .bind(&submitter.0[..]);
            refer.execute(tx.conn()).await?;
        }
    }
    Ok(())
}
