//! Bytes addressed by their SHA-256: inputs, modules, leaf lists and outputs, read piece by piece.
//!
//! Small outputs stand beside their certificate; they are found here all the same.

use super::column::{Columns as _, at, big};
use super::{PIECE_BYTES, Result, Store, StoreError, Tx};
use bytes::Bytes;
use futures_util::stream::{self, Stream};
use shared::ids::{Digest, SubmitterKey, UnixMs};

/// Up to this size a blob is one row; larger ones are in pieces of [`PIECE_BYTES`].
pub const INLINE_BYTES: usize = 64 * 1024;

/// A stored blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobInfo {
    /// Its address.
    pub sha256: Digest,
    /// Its length in bytes.
    pub len: u64,
}

/// Where a blob's bytes are.
enum Place {
    Row(Vec<u8>),
    /// The upload's id and the blob's length.
    Pieces(Vec<u8>, u64),
}

const INFO: &str = "SELECT len FROM blobs WHERE sha256 = $1 \
     UNION ALL SELECT output_len AS len FROM decisions WHERE output_sha256 = $1 AND output IS NOT NULL LIMIT 1";
const PLACE: &str = "SELECT body, upload_id, len FROM blobs WHERE sha256 = $1 \
     UNION ALL SELECT output AS body, NULL AS upload_id, output_len AS len FROM decisions \
     WHERE output_sha256 = $1 AND output IS NOT NULL LIMIT 1";
const PIECE: &str = "SELECT body FROM blob_pieces WHERE upload_id = $1 AND n = $2";
/// Storing known bytes again makes them young again, and locks the row against the cleaning.
const PUT: &str = "INSERT INTO blobs (sha256, len, upload_id, stored_at_ms, body) VALUES ($1, $2, NULL, $3, $4) \
     ON CONFLICT (sha256) DO UPDATE SET stored_at_ms = excluded.stored_at_ms";
const READABLE: &str = "SELECT 1 AS yes FROM blob_owners WHERE owner = $1 AND sha256 = $2 \
     UNION ALL SELECT 1 AS yes FROM job_blobs b JOIN jobs j ON j.num = b.job \
     WHERE b.sha256 = $2 AND b.role >= 2 AND j.submitter_key = $1 \
     UNION ALL SELECT 1 AS yes FROM decisions d JOIN jobs j ON j.num = d.job \
     WHERE d.output_sha256 = $2 AND d.output IS NOT NULL AND j.submitter_key = $1 LIMIT 1";

impl Store {
    /// Stores a few bytes at once. The caller keeps them small: at most [`INLINE_BYTES`], or a leaf list.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn blob_put(&self, bytes: &[u8], now: UnixMs) -> Result<BlobInfo> {
        let sha256 = Digest::of(bytes);
        if bytes.len() <= INLINE_BYTES {
            let mut tx = self.tx("blob_put").await?;
            put_inline(&mut tx, sha256, bytes, now).await?;
            tx.commit().await?;
            let len = bytes.len() as u64;
            return Ok(BlobInfo { sha256, len });
        }
        let mut writer = self.blob_writer(u64::MAX, now);
        let stored = match writer.push(bytes).await {
            Ok(()) => writer.finish(sha256).await,
            Err(error) => Err(error),
        };
        stored.map_err(|error| match error {
            super::BlobError::Store(error) => error,
            _ => StoreError::Corrupt("uploads.id"),
        })
    }

    /// Whether the blob is here, and how long it is. The empty blob always is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn blob_info(&self, sha256: Digest) -> Result<Option<BlobInfo>> {
        if sha256 == Digest::of(&[]) {
            return Ok(Some(BlobInfo { sha256, len: 0 }));
        }
        let query = sqlx::query(INFO).bind(&sha256.0[..]);
        let row = query.fetch_optional(&self.reader).await?;
        let info = |row: sqlx::any::AnyRow| {
            let len = row.number("len")?;
            Ok(BlobInfo { sha256, len })
        };
        row.map(info).transpose()
    }

    /// The blob's bytes in order, in pieces, never whole in memory; no connection is held between two pieces. A blob
    /// that is not there gives one error, so ask [`Store::blob_info`] first; so does one that is deleted meanwhile.
    pub fn blob_read(&self, sha256: Digest) -> impl Stream<Item = Result<Bytes>> + Send + use<> {
        let store = self.clone();
        let begin = Reading::Begin(sha256);
        stream::try_unfold((store, begin), async |(store, reading)| {
            let next = reading.next(&store).await?;
            Ok(next.map(|(bytes, reading)| (bytes, (store, reading))))
        })
    }

    /// The whole blob, `None` when it is not there or longer than `max` bytes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn blob_bytes(&self, sha256: Digest, max: u64) -> Result<Option<Vec<u8>>> {
        let Some(info) = self.blob_info(sha256).await?.filter(|info| info.len <= max) else {
            return Ok(None);
        };
        let mut bytes = Vec::with_capacity(usize::try_from(info.len).unwrap_or(0));
        let mut reading = Reading::Begin(sha256);
        while let Some((piece, next)) = reading.next(self).await? {
            bytes.extend_from_slice(&piece);
            reading = next;
        }
        Ok(Some(bytes))
    }

    /// The bytes `offset .. offset + len` of a blob, fewer at its end; for one leaf out of a list.
    ///
    /// # Errors
    /// When the blob is not there, or the database fails.
    pub async fn blob_range(&self, sha256: Digest, offset: u64, len: usize) -> Result<Vec<u8>> {
        let place = self.place(sha256).await?;
        let slice = |body: &[u8], from: usize, len: usize| -> Vec<u8> {
            body.iter().skip(from).take(len).copied().collect()
        };
        match place {
            Place::Row(body) => {
                let from = usize::try_from(offset).unwrap_or(usize::MAX);
                Ok(slice(&body, from, len))
            }
            Place::Pieces(upload, _) => {
                let size = PIECE_BYTES as u64;
                let mut out = Vec::with_capacity(len);
                let mut n = offset / size;
                let mut from = usize::try_from(offset % size).unwrap_or(0);
                while out.len() < len
                    && let Some(body) = self.piece(&upload, n).await?
                {
                    out.extend(slice(&body, from, len - out.len()));
                    from = 0;
                    n += 1;
                }
                Ok(out)
            }
        }
    }

    /// Whether `key` may read the blob: it uploaded it, or it is the leaf list or an output of one of its jobs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn blob_is_readable(&self, key: SubmitterKey, sha256: Digest) -> Result<bool> {
        let query = sqlx::query(READABLE).bind(&key.0[..]).bind(&sha256.0[..]);
        Ok(query.fetch_optional(&self.reader).await?.is_some())
    }

    async fn place(&self, sha256: Digest) -> Result<Place> {
        if sha256 == Digest::of(&[]) {
            return Ok(Place::Row(Vec::new()));
        }
        let query = sqlx::query(PLACE).bind(&sha256.0[..]);
        let row = query.fetch_optional(&self.reader).await?;
        let row = row.ok_or(StoreError::BlobGone(sha256))?;
        match (row.bytes_or_null("body")?, row.bytes_or_null("upload_id")?) {
            (Some(body), _) => Ok(Place::Row(body)),
            (None, Some(upload)) => Ok(Place::Pieces(upload, row.number("len")?)),
            (None, None) => Err(StoreError::Corrupt("blobs.body")),
        }
    }

    async fn piece(&self, upload: &[u8], n: u64) -> Result<Option<Vec<u8>>> {
        let query = sqlx::query(PIECE).bind(upload).bind(big(n));
        let row = query.fetch_optional(&self.reader).await?;
        row.map(|row| row.bytes("body")).transpose()
    }
}

/// How far a blob is read.
enum Reading {
    Begin(Digest),
    Piece(Pieces),
    End,
}

/// The rest of a blob that is in pieces.
struct Pieces {
    sha256: Digest,
    upload: Vec<u8>,
    n: u64,
    left: u64,
}

impl Reading {
    async fn next(self, store: &Store) -> Result<Option<(Bytes, Self)>> {
        let pieces = match self {
            Self::End => return Ok(None),
            Self::Piece(pieces) => pieces,
            Self::Begin(sha256) => match store.place(sha256).await? {
                Place::Row(body) => return Ok(Some((body.into(), Self::End))),
                Place::Pieces(upload, left) => Pieces {
                    sha256,
                    upload,
                    n: 0,
                    left,
                },
            },
        };
        let piece = store.piece(&pieces.upload, pieces.n).await?;
        let piece = piece.ok_or(StoreError::BlobGone(pieces.sha256))?;
        let left = pieces.left.saturating_sub(piece.len() as u64);
        let rest = if left == 0 {
            Self::End
        } else {
            let n = pieces.n.saturating_add(1);
            Self::Piece(Pieces { n, left, ..pieces })
        };
        Ok(Some((piece.into(), rest)))
    }
}

/// Stores at most [`INLINE_BYTES`] as one row.
pub(super) async fn put_inline(
    tx: &mut Tx,
    sha256: Digest,
    bytes: &[u8],
    now: UnixMs,
) -> Result<()> {
    let put = sqlx::query(PUT)
        .bind(&sha256.0[..])
        .bind(big(bytes.len() as u64))
        .bind(at(now))
        .bind(bytes);
    put.execute(tx.conn()).await?;
    Ok(())
}
