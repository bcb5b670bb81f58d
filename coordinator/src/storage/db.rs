//! The storage node's one SQLite file: opening it, transactions, and how values stand in columns.

mod batch;
mod blob;
mod block;
mod expiry;
mod facts;
mod find;
mod job_entries;
mod leaves;
mod meta;
mod policy;
mod record;
mod repair;
mod tile;
mod upload;

pub(super) use block::{BlockRow, NewAccepted, NewCommitted};
pub(super) use facts::leaf_bytes;
pub(super) use job_entries::{DecisionPlace, JobPlace, PolicyPlace, VoidPlace};
pub(super) use policy::read as read_policy;
use upload::{INLINE_BYTES, PIECE_BYTES};

use super::error::{Result, StorageError};
use shared::ids::Digest;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Row as _, Sqlite, SqliteConnection};
use std::path::Path;
use std::time::Duration;
use tracing::Span;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/storage");

/// Connections that only read; one writes.
const READERS: u32 = 4;
const BUSY: Duration = Duration::from_secs(30);

/// The open database; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Db {
    writer: SqlitePool,
    reader: SqlitePool,
    abandoned: upload::Abandoned,
    jobs: facts::JobCache,
}

/// One named transaction: rolled back unless committed.
pub(super) struct Tx {
    inner: sqlx::Transaction<'static, Sqlite>,
    span: Span,
}

impl Tx {
    fn conn(&mut self) -> &mut SqliteConnection {
        &mut self.inner
    }

    /// Returns once the transaction is on disk.
    pub(super) async fn commit(self) -> Result<()> {
        let Self { inner, span } = self;
        inner.commit().await?;
        tracing::trace!(parent: &span, "committed");
        Ok(())
    }
}

impl Db {
    /// Opens the file, which is made when it does not exist, and brings its tables up to date.
    pub(super) async fn open(path: &Path) -> Result<Self> {
        Self::connect(path)
            .await
            .map_err(|error| StorageError::Open {
                path: path.to_owned(),
                reason: error.to_string(),
            })
    }

    async fn connect(path: &Path) -> Result<Self, anyhow::Error> {
        // A commit is on disk when it returns, also when the power fails: that is what an Ack promises. A long write-ahead
        // log writes pages that change in every block to their place once.
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("temp_store", "MEMORY");
        let writing = options
            .clone()
            .pragma("wal_autocheckpoint", "8192")
            .pragma("cache_size", "-32768");
        // A pool would try again for half a minute; one connection says at once what is wrong.
        let mut first = writing.connect().await?;
        MIGRATIONS.run(&mut first).await?;
        first.close().await?;
        let writer = pool(1).connect_with(writing).await?;
        let reading = options
            .pragma("query_only", "ON")
            .pragma("cache_size", "-8192");
        let reader = pool(READERS).connect_with(reading).await?;
        Ok(Self {
            writer,
            reader,
            abandoned: upload::Abandoned::default(),
            jobs: facts::JobCache::default(),
        })
    }

    /// Waits for what is running and closes all connections.
    pub(super) async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    /// Begins the transaction `name`, which is the name in its span; it holds the one writer from the beginning.
    pub(super) async fn tx(&self, name: &'static str) -> Result<Tx> {
        let span = tracing::debug_span!("tx", tx.name = name);
        let inner = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        Ok(Tx { inner, span })
    }
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .idle_timeout(None)
        .max_lifetime(None)
}

/// A number as it is stored. Numbers above 2^63 - 1 never come this far.
fn big(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Reading by column name; a value of the wrong kind or out of range is [`StorageError::Corrupt`].
trait Columns {
    fn signed(&self, name: &'static str) -> Result<i64>;
    fn bytes(&self, name: &'static str) -> Result<Vec<u8>>;
    fn bytes_or_null(&self, name: &'static str) -> Result<Option<Vec<u8>>>;
    fn string_or_null(&self, name: &'static str) -> Result<Option<String>>;
    fn number_or_null(&self, name: &'static str) -> Result<Option<u64>>;
    fn array<const N: usize>(&self, name: &'static str) -> Result<[u8; N]>;

    /// An unsigned number of any width.
    fn number<T: TryFrom<i64>>(&self, name: &'static str) -> Result<T> {
        T::try_from(self.signed(name)?).map_err(|_| StorageError::Corrupt(name))
    }

    fn flag(&self, name: &'static str) -> Result<bool> {
        Ok(self.signed(name)? != 0)
    }

    fn digest(&self, name: &'static str) -> Result<Digest> {
        self.array(name).map(Digest)
    }
}

impl Columns for SqliteRow {
    fn signed(&self, name: &'static str) -> Result<i64> {
        self.try_get(name).map_err(|_| StorageError::Corrupt(name))
    }

    fn bytes(&self, name: &'static str) -> Result<Vec<u8>> {
        self.try_get(name).map_err(|_| StorageError::Corrupt(name))
    }

    fn bytes_or_null(&self, name: &'static str) -> Result<Option<Vec<u8>>> {
        self.try_get(name).map_err(|_| StorageError::Corrupt(name))
    }

    fn string_or_null(&self, name: &'static str) -> Result<Option<String>> {
        self.try_get(name).map_err(|_| StorageError::Corrupt(name))
    }

    fn number_or_null(&self, name: &'static str) -> Result<Option<u64>> {
        let value: Option<i64> = self
            .try_get(name)
            .map_err(|_| StorageError::Corrupt(name))?;
        let value = value.map(u64::try_from).transpose();
        value.map_err(|_| StorageError::Corrupt(name))
    }

    fn array<const N: usize>(&self, name: &'static str) -> Result<[u8; N]> {
        let bytes: &[u8] = self
            .try_get(name)
            .map_err(|_| StorageError::Corrupt(name))?;
        bytes.try_into().map_err(|_| StorageError::Corrupt(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_transaction_is_on_disk_when_it_returns() {
        let name = format!("manyhands-storage-db-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let db = Db::open(&path).await.unwrap();
        for (pragma, expected) in [("PRAGMA synchronous", "2"), ("PRAGMA journal_mode", "wal")] {
            let row = sqlx::query(pragma).fetch_one(&db.writer).await.unwrap();
            let found: String = row
                .try_get::<i64, _>(0)
                .map_or_else(|_| row.get(0), |number| number.to_string());
            assert_eq!(found, expected, "{pragma}");
        }
        db.close().await;
        std::fs::remove_file(path).unwrap();
    }
}
