//! Blocks as the leader has cut them: recorded before they are sent, with the entries that stand in them.

use crate::store::batch::Batch;
use crate::store::column::{Columns as _, at, big};
use crate::store::{Lease, Result, Store, StoreError, Tx};
use shared::ids::{Digest, UnixMs};
use sqlx::any::AnyRow;
use std::sync::LazyLock;

/// A block that is about to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBlock {
    /// Its height.
    pub height: u64,
    /// The epoch in which these bytes were made.
    pub epoch: u64,
    /// Index of its first entry.
    pub first_index: u64,
    /// Entries of the log with this block, its header included.
    pub size: u64,
    /// LEDGER.md's Header with its signature.
    pub header: Vec<u8>,
    /// SHA-256 of the header without its signature.
    pub header_hash: Digest,
    /// The time in the header.
    pub at_ms: UnixMs,
    /// Roots of the full subtrees of the log with this block, largest first, 32 bytes each.
    pub roots: Vec<u8>,
}

/// A recorded block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockRecord {
    /// As it was cut.
    pub block: NewBlock,
    /// The checkpoint with the lines of the quorum; `None` until it is stored.
    pub certificate: Option<String>,
}

/// An entry that goes into a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutEntry {
    /// Its number in the queue.
    pub num: i64,
    /// The bytes of a Done; `None` for what has its bytes already.
    pub body: Option<Vec<u8>>,
}

const ADD: &str = "INSERT INTO ledger_blocks (height, epoch, first_index, size, header, header_hash, at_ms, roots, state) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0) ON CONFLICT (height) DO UPDATE SET epoch = excluded.epoch, \
     first_index = excluded.first_index, size = excluded.size, header = excluded.header, \
     header_hash = excluded.header_hash, at_ms = excluded.at_ms, roots = excluded.roots WHERE ledger_blocks.state = 0";
static CUT: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        "WITH cut (num, height) AS (",
        2,
        ") UPDATE ledger_queue SET height = cut.height FROM cut \
         WHERE ledger_queue.num = cut.num AND ledger_queue.height IS NULL",
    )
});
const SET_BODY: &str = "UPDATE ledger_queue SET body = $2 WHERE num = $1 AND kind = 3";
const UNCUT: &str = "UPDATE ledger_queue SET height = NULL, \
     body = CASE WHEN kind = 3 THEN NULL ELSE body END WHERE height = $1";
const FORGET: &str = "DELETE FROM ledger_blocks WHERE height = $1 AND state = 0";
macro_rules! select_blocks {
    ($tail:literal) => {
        concat!(
            "SELECT height, epoch, first_index, size, header, header_hash, at_ms, roots, certificate FROM ledger_blocks ",
            $tail
        )
    };
}
const GET: &str = select_blocks!("WHERE height = $1");
const LAST: &str = select_blocks!("ORDER BY height DESC LIMIT 1");
const LAST_STORED: &str = select_blocks!("WHERE state = 1 ORDER BY height DESC LIMIT 1");

impl Store {
    /// Records a block before it is sent, with the entries that stand in it: in the order of their numbers, the header
    /// behind them. A block of this height that is not stored is replaced, and its other entries are in no block.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the lease is somebody else's now; [`StoreError::BlockStored`] when the block of this
    /// height is stored already; [`StoreError::NotQueued`] when an entry is not queued any more or is in another block.
    /// Then nothing is written.
    pub async fn ledger_cut(
        &self,
        lease: &Lease,
        block: &NewBlock,
        entries: &[CutEntry],
    ) -> Result<()> {
        let mut tx = self.tx("ledger_cut").await?;
        lease.check(&mut tx).await?;
        let add = sqlx::query(ADD)
            .bind(big(block.height))
            .bind(big(block.epoch))
            .bind(big(block.first_index))
            .bind(big(block.size))
            .bind(block.header.as_slice())
            .bind(&block.header_hash.0[..])
            .bind(at(block.at_ms))
            .bind(block.roots.as_slice());
        if add.execute(tx.conn()).await?.rows_affected() == 0 {
            return Err(StoreError::BlockStored(block.height));
        }
        uncut(&mut tx, block.height).await?;
        for (sql, rows) in CUT.cut(tx.dialect, entries) {
            let mut query = sqlx::query(sql);
            for entry in rows {
                query = query.bind(entry.num).bind(big(block.height));
            }
            let done = query.execute(tx.conn()).await?;
            if done.rows_affected() != rows.len() as u64 {
                return Err(StoreError::NotQueued);
            }
        }
        for entry in entries {
            if let Some(body) = &entry.body {
                let set = sqlx::query(SET_BODY).bind(entry.num).bind(body.as_slice());
                set.execute(tx.conn()).await?;
            }
        }
        tx.commit().await
    }

    /// Takes the entries of a block that is not stored out of it again and forgets the block.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the lease is somebody else's now; [`StoreError::BlockStored`] when it is stored. Then
    /// nothing is written.
    pub async fn ledger_uncut_block(&self, lease: &Lease, height: u64) -> Result<()> {
        let mut tx = self.tx("ledger_uncut_block").await?;
        lease.check(&mut tx).await?;
        let forget = sqlx::query(FORGET).bind(big(height));
        if forget.execute(tx.conn()).await?.rows_affected() == 0 {
            return Err(StoreError::BlockStored(height));
        }
        uncut(&mut tx, height).await?;
        self.commit_queued(tx).await
    }

    /// The highest block that is stored.
    ///
    /// # Errors
    /// When the database fails; so for both below.
    pub async fn ledger_last_stored(&self) -> Result<Option<BlockRecord>> {
        let row = sqlx::query(LAST_STORED).fetch_optional(&self.reader);
        row.await?.as_ref().map(record).transpose()
    }

    /// The highest block that was cut, stored or not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_last_cut(&self) -> Result<Option<BlockRecord>> {
        let row = sqlx::query(LAST).fetch_optional(&self.reader);
        row.await?.as_ref().map(record).transpose()
    }

    /// The block of this height.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ledger_block(&self, height: u64) -> Result<Option<BlockRecord>> {
        let query = sqlx::query(GET).bind(big(height));
        let row = query.fetch_optional(&self.reader).await?;
        row.as_ref().map(record).transpose()
    }
}

async fn uncut(tx: &mut Tx, height: u64) -> Result<()> {
    let query = sqlx::query(UNCUT).bind(big(height));
    query.execute(tx.conn()).await?;
    Ok(())
}

fn record(row: &AnyRow) -> Result<BlockRecord> {
    Ok(BlockRecord {
        block: NewBlock {
            height: row.number("height")?,
            epoch: row.number("epoch")?,
            first_index: row.number("first_index")?,
            size: row.number("size")?,
            header: row.bytes("header")?,
            header_hash: row.digest("header_hash")?,
            at_ms: row.time("at_ms")?,
            roots: row.bytes("roots")?,
        },
        certificate: row.string_or_null("certificate")?,
    })
}
