//! Bytes on their way in: hashed as they come, written in pieces, visible only once their hash is the promised one.

use super::blob::put_inline;
use super::column::{at, big};
use super::{BlobInfo, INLINE_BYTES, Result, Store, StoreError};
use crate::entropy::random_bytes;
use sha2::{Digest as _, Sha256};
use shared::ids::{Digest, UnixMs};

/// Size of the pieces of a large blob; also the most that an upload holds in memory.
pub const PIECE_BYTES: usize = 256 * 1024;

pub(super) type UploadId = [u8; 16];

/// Why bytes were not stored.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// Not the bytes that were promised.
    #[error("the bytes have SHA-256 {found}, not {expected}")]
    HashMismatch {
        /// What was promised.
        expected: Digest,
        /// What came.
        found: Digest,
    },
    /// More than is allowed.
    #[error("more than {max} bytes")]
    TooLarge {
        /// The limit.
        max: u64,
    },
    /// It took longer than an hour, so the pieces were cleaned away.
    #[error("the upload took longer than an hour; send it again")]
    TooSlow,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One upload. Dropping it leaves nothing visible; what it wrote is deleted when the next upload begins, or by
/// [`Store::gc`] after a crash.
#[derive(Debug)]
pub struct BlobWriter {
    store: Store,
    max: u64,
    now: UnixMs,
    hasher: Sha256,
    len: u64,
    buffer: Vec<u8>,
    /// Once there are pieces in the database.
    upload: Option<Upload>,
}

/// Pieces in the database; given up when dropped.
#[derive(Debug)]
struct Upload {
    store: Store,
    id: UploadId,
    pieces: u64,
    finished: bool,
}

const BEGIN: &str = "INSERT INTO uploads (id, started_at_ms, finished) VALUES ($1, $2, 0)";
const PIECE: &str = "INSERT INTO blob_pieces (upload_id, n, body) \
     SELECT $1, $2, $3 WHERE EXISTS (SELECT 1 FROM uploads WHERE id = $1)";
const FINISH: &str = "UPDATE uploads SET finished = 1 WHERE id = $1 AND finished = 0";
/// The row is there already when somebody else has stored the same bytes; then our pieces are not needed.
const PUBLISH: &str = "INSERT INTO blobs (sha256, len, upload_id, stored_at_ms, body) VALUES ($1, $2, $3, $4, NULL) \
     ON CONFLICT (sha256) DO UPDATE SET stored_at_ms = excluded.stored_at_ms";
const DELETE_UNUSED: &str = "DELETE FROM uploads WHERE id = $1 \
     AND NOT EXISTS (SELECT 1 FROM blobs WHERE sha256 = $2 AND upload_id = $1)";
const DELETE: &str = "DELETE FROM uploads WHERE id = $1 AND finished = 0";

impl Store {
    /// Begins an upload of at most `max` bytes.
    #[must_use]
    pub fn blob_writer(&self, max: u64, now: UnixMs) -> BlobWriter {
        BlobWriter {
            store: self.clone(),
            max,
            now,
            hasher: Sha256::new(),
            len: 0,
            buffer: Vec::new(),
            upload: None,
        }
    }

    /// Deletes the pieces of uploads that were dropped.
    async fn delete_abandoned(&self) -> Result<()> {
        loop {
            let next = self.abandoned.lock().ok().and_then(|mut ids| ids.pop());
            let Some(id) = next else { return Ok(()) };
            sqlx::query(DELETE)
                .bind(&id[..])
                .execute(&self.writer)
                .await?;
        }
    }
}

impl BlobWriter {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`BlobError::TooLarge`] as soon as there are more than `max`; drop the writer then.
    pub async fn push(&mut self, mut bytes: &[u8]) -> Result<(), BlobError> {
        self.len = self.len.saturating_add(bytes.len() as u64);
        if self.len > self.max {
            return Err(BlobError::TooLarge { max: self.max });
        }
        self.hasher.update(bytes);
        while !bytes.is_empty() {
            let room = PIECE_BYTES.saturating_sub(self.buffer.len());
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
            if self.buffer.len() == PIECE_BYTES {
                self.write_piece().await?;
            }
        }
        Ok(())
    }

    /// Makes the blob visible if its hash is `expected`.
    ///
    /// # Errors
    /// [`BlobError::HashMismatch`] when it is not: then nothing is stored.
    pub async fn finish(mut self, expected: Digest) -> Result<BlobInfo, BlobError> {
        let found = Digest(self.hasher.finalize_reset().into());
        if found != expected {
            return Err(BlobError::HashMismatch { expected, found });
        }
        let (sha256, len) = (expected, self.len);
        let fits_in_a_row = self.upload.is_none() && self.buffer.len() <= INLINE_BYTES;
        if !fits_in_a_row && !self.buffer.is_empty() {
            self.write_piece().await?;
        }
        let mut tx = self.store.tx("blob_finish").await?;
        match &self.upload {
            None => put_inline(&mut tx, sha256, &self.buffer, self.now).await?,
            Some(upload) => {
                let finish = sqlx::query(FINISH).bind(&upload.id[..]);
                let done = finish.execute(tx.conn()).await.map_err(StoreError::from)?;
                if done.rows_affected() != 1 {
                    return Err(BlobError::TooSlow);
                }
                let publish = sqlx::query(PUBLISH)
                    .bind(&sha256.0[..])
                    .bind(big(len))
                    .bind(&upload.id[..])
                    .bind(at(self.now));
                publish.execute(tx.conn()).await.map_err(StoreError::from)?;
                let delete = sqlx::query(DELETE_UNUSED)
                    .bind(&upload.id[..])
                    .bind(&sha256.0[..]);
                delete.execute(tx.conn()).await.map_err(StoreError::from)?;
            }
        }
        tx.commit().await?;
        if let Some(upload) = &mut self.upload {
            upload.finished = true;
        }
        Ok(BlobInfo { sha256, len })
    }

    async fn write_piece(&mut self) -> Result<(), BlobError> {
        let upload = match &mut self.upload {
            Some(upload) => upload,
            none => {
                let store = self.store.clone();
                none.insert(Upload::begin(store, self.now).await?)
            }
        };
        let piece = sqlx::query(PIECE)
            .bind(&upload.id[..])
            .bind(big(upload.pieces))
            .bind(self.buffer.as_slice());
        let done = piece.execute(&self.store.writer).await;
        if done.map_err(StoreError::from)?.rows_affected() != 1 {
            return Err(BlobError::TooSlow);
        }
        upload.pieces += 1;
        self.buffer.clear();
        Ok(())
    }
}

impl Upload {
    async fn begin(store: Store, now: UnixMs) -> Result<Self> {
        store.delete_abandoned().await?;
        let upload = Self {
            id: random_bytes(),
            pieces: 0,
            finished: false,
            store,
        };
        let begin = sqlx::query(BEGIN).bind(&upload.id[..]).bind(at(now));
        begin.execute(&upload.store.writer).await?;
        Ok(upload)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.finished
            && let Ok(mut abandoned) = self.store.abandoned.lock()
        {
            abandoned.push(self.id);
        }
    }
}
