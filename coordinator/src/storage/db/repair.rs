//! Puts a record right that does not match its hash any more. What was there is kept apart, for whoever wants to know why.

use super::{Columns as _, Db, INLINE_BYTES, PIECE_BYTES, Tx, big};
use crate::storage::error::Result;
use shared::ids::{Digest, UnixMs};

const KEEP: &str = "INSERT INTO quarantine (what, found_at_ms, body) VALUES (?, ?, ?)";
const BODY: &str = "UPDATE block_bodies SET body = ? WHERE height = ?";
const BLOBS: &str =
    "SELECT num, sha256 FROM blobs WHERE sha256 IS NOT NULL AND num > ? ORDER BY num LIMIT ?";
const BLOB: &str = "UPDATE blobs SET len = ?, body = ? WHERE sha256 = ? RETURNING num";
const DROP_PIECES: &str = "DELETE FROM blob_pieces WHERE blob = ?";
const PIECE: &str = "INSERT INTO blob_pieces (blob, n, body) VALUES (?, ?, ?)";

impl Db {
    /// Some blobs in the order in which they came, after the row `after`.
    pub(in crate::storage) async fn blobs_after(
        &self,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, Digest)>> {
        let query = sqlx::query(BLOBS).bind(after).bind(i64::from(limit));
        let rows = query.fetch_all(&self.reader).await?;
        rows.iter()
            .map(|row| Ok((row.signed("num")?, row.digest("sha256")?)))
            .collect()
    }
}

impl Tx {
    /// Keeps damaged bytes apart.
    pub(in crate::storage) async fn quarantine(
        &mut self,
        what: &str,
        bytes: &[u8],
        now: UnixMs,
    ) -> Result<()> {
        let keep = sqlx::query(KEEP).bind(what).bind(big(now.0)).bind(bytes);
        keep.execute(self.conn()).await?;
        Ok(())
    }

    /// Replaces the body of a block.
    pub(in crate::storage) async fn repair_body(&mut self, height: u64, body: &[u8]) -> Result<()> {
        let repair = sqlx::query(BODY).bind(body).bind(big(height));
        repair.execute(self.conn()).await?;
        Ok(())
    }

    /// Replaces the bytes of a blob, whose hash the caller has checked.
    pub(in crate::storage) async fn repair_blob(&mut self, bytes: &[u8]) -> Result<()> {
        let sha256 = Digest::of(bytes);
        let inline = Some(bytes).filter(|bytes| bytes.len() <= INLINE_BYTES);
        let repair = sqlx::query(BLOB)
            .bind(big(bytes.len() as u64))
            .bind(inline)
            .bind(&sha256.0[..]);
        let Some(row) = repair.fetch_optional(self.conn()).await? else {
            return Ok(());
        };
        let blob = row.signed("num")?;
        let pieces = sqlx::query(DROP_PIECES).bind(blob);
        pieces.execute(self.conn()).await?;
        if inline.is_none() {
            for (n, piece) in (0..).zip(bytes.chunks(PIECE_BYTES)) {
                let insert = sqlx::query(PIECE).bind(blob).bind(big(n)).bind(piece);
                insert.execute(self.conn()).await?;
            }
        }
        Ok(())
    }
}
