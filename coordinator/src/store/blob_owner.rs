//! Which key has uploaded which blob in full: a job may use only blobs of its own submitter.

use super::column::{Columns as _, at, big, concat, with_digests};
use super::{Result, Store};
use shared::ids::{Digest, JobId, SubmitterKey, UnixMs};

/// What a key has uploaded and uses in no job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// How many blobs.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// An upload of known bytes counts as new: it is young again.
const OWN: &str = "INSERT INTO blob_owners (owner, sha256, len, uploaded_at_ms, referenced) VALUES ($1, $2, $3, $4, \
     CASE WHEN EXISTS (SELECT 1 FROM job_blobs b JOIN jobs j ON j.num = b.job \
     WHERE b.sha256 = $2 AND j.submitter_key = $1) THEN 1 ELSE 0 END) \
     ON CONFLICT (owner, sha256) DO UPDATE SET uploaded_at_ms = excluded.uploaded_at_ms";
const AWAITED: &str = "SELECT 1 AS yes FROM job_blobs b JOIN jobs j ON j.num = b.job \
     WHERE b.sha256 = $2 AND j.submitter_key = $1 LIMIT 1";
const OWNED: &str = "SELECT 1 AS yes FROM blob_owners WHERE owner = $1 AND sha256 = $2";
const MISSING: &str = with_digests!(
    "SELECT d.sha256 FROM digests d WHERE NOT EXISTS \
     (SELECT 1 FROM blob_owners o WHERE o.owner = $3 AND o.sha256 = d.sha256)"
);
const USAGE: &str = "SELECT COUNT(*) AS count, CAST(COALESCE(SUM(len), 0) AS BIGINT) AS bytes \
     FROM blob_owners WHERE owner = $1 AND referenced = 0";

/// Digests looked up in one statement.
const CHUNK: usize = 4096;

impl Store {
    /// Records that `owner` has uploaded the blob in full. The jobs in the answer have all their inputs now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn blob_own(
        &self,
        owner: SubmitterKey,
        sha256: Digest,
        len: u64,
        now: UnixMs,
    ) -> Result<Vec<JobId>> {
        let own = sqlx::query(OWN)
            .bind(&owner.0[..])
            .bind(&sha256.0[..])
            .bind(big(len))
            .bind(at(now));
        own.execute(&self.writer).await?;
        self.jobs_completed_by(owner, sha256).await
    }

    /// Whether `owner` has uploaded the blob.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn blob_is_owned(&self, owner: SubmitterKey, sha256: Digest) -> Result<bool> {
        let query = sqlx::query(OWNED).bind(&owner.0[..]).bind(&sha256.0[..]);
        Ok(query.fetch_optional(&self.reader).await?.is_some())
    }

    /// Whether a job of `owner` keeps the blob, uploaded or not: then it is not under the quota.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn blob_is_awaited(&self, owner: SubmitterKey, sha256: Digest) -> Result<bool> {
        let query = sqlx::query(AWAITED).bind(&owner.0[..]).bind(&sha256.0[..]);
        Ok(query.fetch_optional(&self.reader).await?.is_some())
    }

    /// Which of `digests` this key has not uploaded, each once, in the order of their bytes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn blob_missing(
        &self,
        owner: SubmitterKey,
        digests: &[Digest],
    ) -> Result<Vec<Digest>> {
        let mut wanted = digests.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        let mut missing = Vec::new();
        for chunk in wanted.chunks(CHUNK) {
            let query = sqlx::query(MISSING)
                .bind(concat(chunk))
                .bind(big(chunk.len() as u64))
                .bind(&owner.0[..]);
            for row in query.fetch_all(&self.reader).await? {
                missing.push(row.digest("sha256")?);
            }
        }
        missing.sort_unstable();
        Ok(missing)
    }

    /// What the key has uploaded and uses in no job: the quota counts this.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn blob_unreferenced_usage(&self, owner: SubmitterKey) -> Result<Usage> {
        let query = sqlx::query(USAGE).bind(&owner.0[..]);
        let row = query.fetch_one(&self.reader).await?;
        Ok(Usage {
            count: row.number("count")?,
            bytes: row.number("bytes")?,
        })
    }
}
