//! Bytes on their way in: hashed as they come, written in pieces, there only once their hash is the promised one.

use super::{Columns as _, Db, Tx, big};
use crate::storage::error::{Result, StorageError};
use crate::storage::wire::Refusal;
use sha2::{Digest as _, Sha256};
use shared::ids::{Digest, UnixMs};
use std::sync::{Arc, Mutex};

/// Up to this size a blob is one row; larger ones are in pieces of [`PIECE_BYTES`].
pub(in crate::storage) const INLINE_BYTES: usize = 64 * 1024;
/// Size of the pieces of a large blob; also the most that an upload holds in memory.
pub(in crate::storage) const PIECE_BYTES: usize = 256 * 1024;

const BEGIN: &str =
    "INSERT INTO blobs (sha256, len, stored_at_ms, body) VALUES (NULL, 0, ?, NULL) RETURNING num";
const PIECE: &str = "INSERT INTO blob_pieces (blob, n, body) VALUES (?, ?, ?)";
const KNOWN: &str = "SELECT num FROM blobs WHERE sha256 = ?";
const PUBLISH: &str = "UPDATE blobs SET sha256 = ?, len = ? WHERE num = ?";
const TOUCH: &str = "UPDATE blobs SET stored_at_ms = ? WHERE num = ?";
const DELETE: &str = "DELETE FROM blobs WHERE num = ? AND sha256 IS NULL";
const DELETE_ALL: &str = "DELETE FROM blobs WHERE sha256 IS NULL";
const INLINE: &str = "INSERT INTO blobs (sha256, len, stored_at_ms, body) VALUES (?, ?, ?, ?) \
     ON CONFLICT (sha256) DO NOTHING";

/// Uploads that were dropped unfinished; what they wrote is deleted when the next one begins.
pub(super) type Abandoned = Arc<Mutex<Vec<i64>>>;

/// One upload. Dropping it leaves nothing that can be read.
#[derive(Debug)]
pub(in crate::storage) struct BlobWriter {
    db: Db,
    max: u64,
    now: UnixMs,
    hasher: Sha256,
    len: u64,
    buffer: Vec<u8>,
    /// Once there are pieces in the database.
    pieces: Option<Pieces>,
}

#[derive(Debug)]
struct Pieces {
    blob: i64,
    count: u64,
    finished: bool,
    abandoned: Abandoned,
}

impl Drop for Pieces {
    fn drop(&mut self) {
        if !self.finished
            && let Ok(mut abandoned) = self.abandoned.lock()
        {
            abandoned.push(self.blob);
        }
    }
}

impl Db {
    /// Begins an upload of at most `max` bytes.
    pub(in crate::storage) fn blob_writer(&self, max: u64, now: UnixMs) -> BlobWriter {
        BlobWriter {
            db: self.clone(),
            max,
            now,
            hasher: Sha256::new(),
            len: 0,
            buffer: Vec::new(),
            pieces: None,
        }
    }

    /// Deletes what uploads left behind when the process ended; call it before the first upload.
    pub(in crate::storage) async fn delete_unfinished(&self) -> Result<()> {
        sqlx::query(DELETE_ALL).execute(&self.writer).await?;
        Ok(())
    }

    async fn delete_abandoned(&self) -> Result<()> {
        loop {
            let next = self.abandoned.lock().ok().and_then(|mut all| all.pop());
            let Some(blob) = next else { return Ok(()) };
            let delete = sqlx::query(DELETE).bind(blob);
            delete.execute(&self.writer).await?;
        }
    }
}

impl BlobWriter {
    /// Takes the next bytes.
    pub(in crate::storage) async fn push(&mut self, mut bytes: &[u8]) -> Result<()> {
        self.len = self.len.saturating_add(bytes.len() as u64);
        if self.len > self.max {
            let max = self.max;
            let words = format!("a blob has at most {max} bytes");
            return Err(Refusal::Limit(words).into());
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

    /// Makes the blob readable if its hash is `expected`; returns its length in bytes.
    pub(in crate::storage) async fn finish(mut self, expected: Digest) -> Result<u64> {
        let found = Digest(self.hasher.finalize_reset().into());
        if found != expected {
            return Err(Refusal::BlobHash { expected, found }.into());
        }
        let fits_in_a_row = self.pieces.is_none() && self.buffer.len() <= INLINE_BYTES;
        if !fits_in_a_row && !self.buffer.is_empty() {
            self.write_piece().await?;
        }
        let mut tx = self.db.tx("blob_finish").await?;
        match &mut self.pieces {
            None => tx.put_inline(expected, &self.buffer, self.now).await?,
            Some(pieces) => {
                let blob = pieces.blob;
                tx.publish(expected, self.len, blob, self.now).await?;
            }
        }
        tx.commit().await?;
        if let Some(pieces) = &mut self.pieces {
            pieces.finished = true;
        }
        Ok(self.len)
    }

    async fn write_piece(&mut self) -> Result<()> {
        let pieces = match &mut self.pieces {
            Some(pieces) => pieces,
            none => {
                self.db.delete_abandoned().await?;
                let begin = sqlx::query(BEGIN).bind(big(self.now.0));
                let row = begin.fetch_one(&self.db.writer).await?;
                none.insert(Pieces {
                    blob: row.signed("num")?,
                    count: 0,
                    finished: false,
                    abandoned: self.db.abandoned.clone(),
                })
            }
        };
        let piece = sqlx::query(PIECE)
            .bind(pieces.blob)
            .bind(big(pieces.count))
            .bind(self.buffer.as_slice());
        piece.execute(&self.db.writer).await?;
        pieces.count += 1;
        self.buffer.clear();
        Ok(())
    }
}

impl Tx {
    /// Stores at most [`INLINE_BYTES`] as one row, unless they are there.
    pub(in crate::storage) async fn put_inline(
        &mut self,
        sha256: Digest,
        bytes: &[u8],
        now: UnixMs,
    ) -> Result<()> {
        let put = sqlx::query(INLINE)
            .bind(&sha256.0[..])
            .bind(big(bytes.len() as u64))
            .bind(big(now.0))
            .bind(bytes);
        put.execute(self.conn()).await?;
        Ok(())
    }

    /// Stores bytes in pieces, unless they are there.
    pub(super) async fn put_pieces(
        &mut self,
        sha256: Digest,
        bytes: &[u8],
        now: UnixMs,
    ) -> Result<()> {
        let known = sqlx::query(KNOWN).bind(&sha256.0[..]);
        if known.fetch_optional(self.conn()).await?.is_some() {
            return Ok(());
        }
        let begin = sqlx::query(BEGIN).bind(big(now.0));
        let blob = begin.fetch_one(self.conn()).await?.signed("num")?;
        for (n, piece) in (0..).zip(bytes.chunks(PIECE_BYTES)) {
            let insert = sqlx::query(PIECE).bind(blob).bind(big(n)).bind(piece);
            insert.execute(self.conn()).await?;
        }
        self.publish(sha256, bytes.len() as u64, blob, now).await
    }

    /// Gives the pieces their name. Where the same bytes are there already, those stay, and ours go.
    async fn publish(&mut self, sha256: Digest, len: u64, blob: i64, now: UnixMs) -> Result<()> {
        let known = sqlx::query(KNOWN).bind(&sha256.0[..]);
        if let Some(row) = known.fetch_optional(self.conn()).await? {
            let known = row.signed("num")?;
            let touch = sqlx::query(TOUCH).bind(big(now.0)).bind(known);
            touch.execute(self.conn()).await?;
            let delete = sqlx::query(DELETE).bind(blob);
            delete.execute(self.conn()).await?;
            return Ok(());
        }
        let publish = sqlx::query(PUBLISH)
            .bind(&sha256.0[..])
            .bind(big(len))
            .bind(blob);
        if publish.execute(self.conn()).await?.rows_affected() != 1 {
            return Err(StorageError::Corrupt("blobs"));
        }
        Ok(())
    }
}
