//! Bytes by their SHA-256, read piece by piece.

use super::batch::Batch;
use super::{Columns as _, Db, INLINE_BYTES, PIECE_BYTES, Tx, big};
use crate::storage::error::{Result, StorageError};
use bytes::Bytes;
use futures_util::stream::{self, Stream};
use shared::ids::{Digest, UnixMs};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// A stored blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::storage) struct BlobInfo {
    /// Its row.
    num: i64,
    /// Its length in bytes.
    pub(in crate::storage) len: u64,
}

const PLACE: &str = "SELECT num, len, body FROM blobs WHERE sha256 = ?";
const PIECE: &str = "SELECT body FROM blob_pieces WHERE blob = ? AND n = ?";
static FIND: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        "WITH wanted (sha256) AS (",
        1,
        ") SELECT b.sha256, b.num, b.len FROM wanted w JOIN blobs b ON b.sha256 = w.sha256",
    )
});
static USE: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        "WITH used (sha256, uses) AS (",
        2,
        ") INSERT INTO blob_uses (blob, uses) SELECT b.num, u.uses FROM used u JOIN blobs b ON b.sha256 = u.sha256 \
         WHERE true ON CONFLICT (blob) DO UPDATE SET uses = uses + excluded.uses",
    )
});

impl Db {
    /// Which of these blobs are here. The empty blob always is.
    pub(in crate::storage) async fn blobs(
        &self,
        wanted: &BTreeSet<Digest>,
    ) -> Result<BTreeMap<Digest, BlobInfo>> {
        let mut found = BTreeMap::new();
        let empty = Digest::of(&[]);
        if wanted.contains(&empty) {
            found.insert(empty, BlobInfo { num: 0, len: 0 });
        }
        let wanted: Vec<&Digest> = wanted.iter().collect();
        for (sql, wanted) in FIND.cut(&wanted) {
            let mut find = sqlx::query(sql);
            for sha256 in wanted {
                find = find.bind(&sha256.0[..]);
            }
            for row in find.fetch_all(&self.reader).await? {
                let info = BlobInfo {
                    num: row.signed("num")?,
                    len: row.number("len")?,
                };
                found.insert(row.digest("sha256")?, info);
            }
        }
        Ok(found)
    }

    /// The blob's length in bytes, if it is here.
    pub(in crate::storage) async fn blob_len(&self, sha256: Digest) -> Result<Option<u64>> {
        let found = self.blobs(&BTreeSet::from([sha256])).await?;
        Ok(found.get(&sha256).map(|info| info.len))
    }

    /// The blob's bytes in order, in pieces, never whole in memory. A blob that is not there gives one error.
    pub(in crate::storage) fn blob_read(
        &self,
        sha256: Digest,
    ) -> impl Stream<Item = Result<Bytes>> + Send + use<> {
        let begin = Reading::Begin(sha256);
        stream::try_unfold((self.clone(), begin), async |(db, reading)| {
            let next = reading.next(&db).await?;
            Ok(next.map(|(bytes, reading)| (bytes, (db, reading))))
        })
    }

    /// The whole blob, which the caller knows to be small.
    pub(in crate::storage) async fn blob_bytes(&self, sha256: Digest) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut reading = Reading::Begin(sha256);
        while let Some((piece, next)) = reading.next(self).await? {
            bytes.extend_from_slice(&piece);
            reading = next;
        }
        Ok(bytes)
    }

    /// The piece of a blob that holds the byte `offset`, and where that piece begins.
    pub(in crate::storage) async fn blob_piece(
        &self,
        sha256: Digest,
        offset: u64,
    ) -> Result<(u64, Bytes)> {
        match self.place(sha256).await? {
            Place::Row(body) => Ok((0, body.into())),
            Place::Pieces { num, .. } => {
                let n = offset / PIECE_BYTES as u64;
                let piece = self.piece(num, n).await?;
                let piece = piece.ok_or(StorageError::BlobGone(sha256))?;
                Ok((n * PIECE_BYTES as u64, piece.into()))
            }
        }
    }

    async fn place(&self, sha256: Digest) -> Result<Place> {
        if sha256 == Digest::of(&[]) {
            return Ok(Place::Row(Vec::new()));
        }
        let query = sqlx::query(PLACE).bind(&sha256.0[..]);
        let row = query.fetch_optional(&self.reader).await?;
        let row = row.ok_or(StorageError::BlobGone(sha256))?;
        match row.bytes_or_null("body")? {
            Some(body) => Ok(Place::Row(body)),
            None => Ok(Place::Pieces {
                num: row.signed("num")?,
                len: row.number("len")?,
            }),
        }
    }

    async fn piece(&self, blob: i64, n: u64) -> Result<Option<Vec<u8>>> {
        let query = sqlx::query(PIECE).bind(blob).bind(big(n));
        let row = query.fetch_optional(&self.reader).await?;
        row.map(|row| row.bytes("body")).transpose()
    }
}

impl Tx {
    /// Stores bytes that are whole in memory, unless they are there.
    pub(in crate::storage) async fn put_blob(&mut self, bytes: &[u8], now: UnixMs) -> Result<()> {
        let sha256 = Digest::of(bytes);
        if bytes.is_empty() {
            return Ok(());
        }
        if bytes.len() <= INLINE_BYTES {
            return self.put_inline(sha256, bytes, now).await;
        }
        self.put_pieces(sha256, bytes, now).await
    }

    /// Counts how many committed entries name a blob; `uses` says how many more do now.
    pub(in crate::storage) async fn use_blobs(
        &mut self,
        uses: &BTreeMap<Digest, u64>,
    ) -> Result<()> {
        let uses: Vec<_> = uses.iter().collect();
        for (sql, uses) in USE.cut(&uses) {
            let mut query = sqlx::query(sql);
            for (sha256, count) in uses {
                query = query.bind(&sha256.0[..]).bind(big(**count));
            }
            query.execute(self.conn()).await?;
        }
        Ok(())
    }
}

/// Where a blob's bytes are.
enum Place {
    Row(Vec<u8>),
    Pieces { num: i64, len: u64 },
}

/// How far a blob is read.
enum Reading {
    Begin(Digest),
    Piece {
        sha256: Digest,
        num: i64,
        n: u64,
        left: u64,
    },
    End,
}

impl Reading {
    async fn next(self, db: &Db) -> Result<Option<(Bytes, Self)>> {
        let (sha256, num, n, left) = match self {
            Self::End => return Ok(None),
            Self::Piece {
                sha256,
                num,
                n,
                left,
            } => (sha256, num, n, left),
            Self::Begin(sha256) => match db.place(sha256).await? {
                Place::Row(body) => return Ok(Some((body.into(), Self::End))),
                Place::Pieces { num, len } => (sha256, num, 0, len),
            },
        };
        let piece = db.piece(num, n).await?;
        let piece = piece.ok_or(StorageError::BlobGone(sha256))?;
        let left = left.saturating_sub(piece.len() as u64);
        let rest = if left == 0 {
            Self::End
        } else {
            Self::Piece {
                sha256,
                num,
                n: n.saturating_add(1),
                left,
            }
        };
        Ok(Some((piece.into(), rest)))
    }
}
