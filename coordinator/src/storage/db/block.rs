//! Blocks: the committed ones, and at most one above them that is only accepted.

use super::{Columns as _, Db, Tx, big};
use crate::storage::body;
use crate::storage::error::{Result, StorageError};
use crate::storage::wire::{self, CommitProof};
use shared::ids::Digest;
use sqlx::sqlite::SqliteRow;

/// A block as it stands in its row; its body is read apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::storage) struct BlockRow {
    pub(in crate::storage) height: u64,
    pub(in crate::storage) first_index: u64,
    pub(in crate::storage) size: u64,
    pub(in crate::storage) header_hash: Digest,
    pub(in crate::storage) header: Vec<u8>,
    /// At which it was accepted last.
    pub(in crate::storage) ballot: u64,
    pub(in crate::storage) proof: Option<CommitProof>,
    /// The node's own line.
    pub(in crate::storage) cosignature: Option<String>,
    /// The checkpoint with the lines of a quorum.
    pub(in crate::storage) certificate: Option<String>,
}

/// A block that is accepted now.
#[derive(Debug)]
pub(in crate::storage) struct NewAccepted<'a> {
    pub(in crate::storage) height: u64,
    pub(in crate::storage) first_index: u64,
    pub(in crate::storage) size: u64,
    pub(in crate::storage) header_hash: Digest,
    pub(in crate::storage) ballot: u64,
    pub(in crate::storage) header: &'a [u8],
    pub(in crate::storage) body: &'a [u8],
}

/// What commits the accepted block.
#[derive(Debug)]
pub(in crate::storage) struct NewCommitted<'a> {
    pub(in crate::storage) height: u64,
    pub(in crate::storage) acks: &'a [Vec<u8>],
    pub(in crate::storage) log_note: &'a str,
    pub(in crate::storage) cosignature: &'a str,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT height, first_index, size, header_hash, header, ballot, acks, log_note, cosignature, certificate \
             FROM blocks ",
            $rest
        )
    };
}

const HEAD: &str = select!("WHERE committed = 1 ORDER BY height DESC LIMIT 1");
const CERTIFIED: &str =
    select!("WHERE committed = 1 AND certificate IS NOT NULL ORDER BY height DESC LIMIT 1");
const ACCEPTED: &str = select!("WHERE committed = 0");
const AT: &str = select!("WHERE height = ? AND committed = 1");
const OF: &str =
    select!("WHERE first_index <= ? AND committed = 1 ORDER BY first_index DESC LIMIT 1");
const BY_HASH: &str = select!("WHERE header_hash = ? AND committed = 1");
const BEFORE: &str = select!("WHERE height < ? AND committed = 1 ORDER BY height DESC LIMIT ?");
const BODY: &str = "SELECT body FROM block_bodies WHERE height = ?";
const DROP_ACCEPTED: &str = "DELETE FROM blocks WHERE committed = 0 AND header <> ?";
const ACCEPT: &str = "INSERT INTO blocks (height, first_index, size, header_hash, header, ballot, committed) \
     VALUES (?, ?, ?, ?, ?, ?, 0) ON CONFLICT (height) DO UPDATE SET ballot = excluded.ballot \
     WHERE committed = 0 AND header_hash = excluded.header_hash";
const ACCEPT_BODY: &str = "INSERT INTO block_bodies (height, body) VALUES (?, ?) \
     ON CONFLICT (height) DO UPDATE SET body = excluded.body";
const RAISE: &str = "UPDATE blocks SET ballot = ? WHERE height = ? AND committed = 0";
const COMMIT: &str = "UPDATE blocks SET committed = 1, acks = ?, log_note = ?, cosignature = ? \
     WHERE height = ? AND committed = 0";
const COSIGN: &str = "UPDATE blocks SET log_note = COALESCE(log_note, ?), cosignature = ? \
     WHERE height = ? AND committed = 1";
const CERTIFY: &str = "UPDATE blocks SET certificate = ? WHERE height = ? AND committed = 1";

fn of_row(row: &SqliteRow) -> Result<BlockRow> {
    let height = row.number("height")?;
    let header_hash = row.digest("header_hash")?;
    let acks = row.bytes_or_null("acks")?;
    let proof = match (acks, row.string_or_null("log_note")?) {
        (Some(acks), Some(log_note)) => Some(CommitProof {
            height,
            header_hash,
            acks: wire::decode_acks(&acks).map_err(|_| StorageError::Corrupt("acks"))?,
            log_note,
        }),
        _ => None,
    };
    Ok(BlockRow {
        height,
        first_index: row.number("first_index")?,
        size: row.number("size")?,
        header_hash,
        header: row.bytes("header")?,
        ballot: row.number("ballot")?,
        proof,
        cosignature: row.string_or_null("cosignature")?,
        certificate: row.string_or_null("certificate")?,
    })
}

impl Db {
    /// The last committed block.
    pub(in crate::storage) async fn head(&self) -> Result<Option<BlockRow>> {
        let row = sqlx::query(HEAD).fetch_optional(&self.reader).await?;
        row.as_ref().map(of_row).transpose()
    }

    /// The last block whose checkpoint has a quorum of cosignatures.
    pub(in crate::storage) async fn certified(&self) -> Result<Option<BlockRow>> {
        let row = sqlx::query(CERTIFIED).fetch_optional(&self.reader).await?;
        row.as_ref().map(of_row).transpose()
    }

    /// The accepted block that is not committed.
    pub(in crate::storage) async fn accepted(&self) -> Result<Option<BlockRow>> {
        let row = sqlx::query(ACCEPTED).fetch_optional(&self.reader).await?;
        row.as_ref().map(of_row).transpose()
    }

    /// A committed block.
    pub(in crate::storage) async fn block(&self, height: u64) -> Result<Option<BlockRow>> {
        let query = sqlx::query(AT).bind(big(height));
        let row = query.fetch_optional(&self.reader).await?;
        row.as_ref().map(of_row).transpose()
    }

    /// The committed block that holds the entry, its header included.
    pub(in crate::storage) async fn block_of(&self, index: u64) -> Result<Option<BlockRow>> {
        let query = sqlx::query(OF).bind(big(index));
        let row = query.fetch_optional(&self.reader).await?;
        let block = row.as_ref().map(of_row).transpose()?;
        Ok(block.filter(|block| index < block.size))
    }

    /// The committed block with this header.
    pub(in crate::storage) async fn block_by_hash(&self, hash: Digest) -> Result<Option<BlockRow>> {
        let query = sqlx::query(BY_HASH).bind(&hash.0[..]);
        let row = query.fetch_optional(&self.reader).await?;
        row.as_ref().map(of_row).transpose()
    }

    /// Committed blocks below a height, newest first.
    pub(in crate::storage) async fn blocks_before(
        &self,
        height: u64,
        limit: u32,
    ) -> Result<Vec<BlockRow>> {
        let query = sqlx::query(BEFORE).bind(big(height)).bind(i64::from(limit));
        let rows = query.fetch_all(&self.reader).await?;
        rows.iter().map(of_row).collect()
    }

    /// All entries of a block, its header last, as they are on disk: nothing is checked.
    pub(in crate::storage) async fn entries(&self, height: u64) -> Result<Vec<Vec<u8>>> {
        let body = self.body(height).await?;
        let entries = body.and_then(|body| body::decode(&body));
        entries.ok_or_else(|| StorageError::Damaged {
            what: format!("block {height}"),
        })
    }

    /// The body of a block as it is on disk.
    pub(in crate::storage) async fn body(&self, height: u64) -> Result<Option<Vec<u8>>> {
        let query = sqlx::query(BODY).bind(big(height));
        let row = query.fetch_optional(&self.reader).await?;
        row.map(|row| row.bytes("body")).transpose()
    }
}

impl Tx {
    /// Puts the block above the committed ones, in place of another one that is only accepted.
    pub(in crate::storage) async fn accept(&mut self, new: &NewAccepted<'_>) -> Result<()> {
        let others = sqlx::query(DROP_ACCEPTED).bind(new.header);
        others.execute(self.conn()).await?;
        let accept = sqlx::query(ACCEPT)
            .bind(big(new.height))
            .bind(big(new.first_index))
            .bind(big(new.size))
            .bind(&new.header_hash.0[..])
            .bind(new.header)
            .bind(big(new.ballot));
        if accept.execute(self.conn()).await?.rows_affected() != 1 {
            // The caller knows the head, so a committed block of this height means that somebody else writes here.
            return Err(StorageError::Corrupt("blocks"));
        }
        let body = sqlx::query(ACCEPT_BODY)
            .bind(big(new.height))
            .bind(new.body);
        body.execute(self.conn()).await?;
        Ok(())
    }

    /// The accepted block is accepted at this ballot now.
    pub(in crate::storage) async fn raise_ballot(
        &mut self,
        height: u64,
        ballot: u64,
    ) -> Result<()> {
        let raise = sqlx::query(RAISE).bind(big(ballot)).bind(big(height));
        raise.execute(self.conn()).await?;
        Ok(())
    }

    /// Marks the accepted block as committed.
    pub(in crate::storage) async fn commit_block(&mut self, new: &NewCommitted<'_>) -> Result<()> {
        let commit = sqlx::query(COMMIT)
            .bind(wire::encode_acks(new.acks))
            .bind(new.log_note)
            .bind(new.cosignature)
            .bind(big(new.height));
        if commit.execute(self.conn()).await?.rows_affected() != 1 {
            return Err(StorageError::Corrupt("blocks"));
        }
        Ok(())
    }

    /// Keeps the node's line below the checkpoint of a committed block.
    pub(in crate::storage) async fn put_cosignature(
        &mut self,
        height: u64,
        log_note: &str,
        line: &str,
    ) -> Result<()> {
        let cosign = sqlx::query(COSIGN)
            .bind(log_note)
            .bind(line)
            .bind(big(height));
        cosign.execute(self.conn()).await?;
        Ok(())
    }

    /// Keeps the checkpoint of a committed block with the lines of a quorum.
    pub(in crate::storage) async fn put_certificate(
        &mut self,
        height: u64,
        certificate: &str,
    ) -> Result<()> {
        let certify = sqlx::query(CERTIFY).bind(certificate).bind(big(height));
        certify.execute(self.conn()).await?;
        Ok(())
    }
}
