//! What must survive a crash: one database, SQLite in the data directory by default or PostgreSQL by URL.
//!
//! One file for each table or question; the SQL is portable and constant. Several statements that belong together run
//! in a named transaction. The time always comes in as an argument.

mod approved_key;
mod audit;
mod batch;
mod blob;
mod blob_owner;
mod column;
mod commit;
mod decision;
mod event;
mod gc;
mod job;
mod job_blob;
mod lease;
mod ledger;
mod meta;
mod node;
mod nonce;
mod page;
mod program;
mod target;
mod token;
mod upload;

pub use approved_key::ApprovedKeyRecord;
pub use audit::AuditRecord;
pub use blob::{BlobInfo, INLINE_BYTES};
pub use blob_owner::Usage;
pub use commit::{Commit, Committed, Decided, NewDecision, NewEvent, OutputPlace, TaskLogRecord};
pub use decision::DecisionRecord;
pub use event::EventRecord;
pub use gc::GcReport;
pub use job::{JobAdded, JobClosed, JobEnd, JobRecord, JobStage, NewJob, SubsetRecord};
pub use job_blob::{BlobRole, BlobUse};
pub use lease::Lease;
pub use ledger::{
    BlockRecord, CutEntry, Dropped, EntryKind, NamedBlob, NewBlock, PolicyRecord, Queued,
    QueuedFact, Stored, StoredTask,
};
pub use node::{NodeDelta, NodeRow};
pub use page::Page;
pub use program::{ProgramAdded, ProgramRecord};
pub use target::StoreTarget;
pub use token::{NewToken, TokenRecord};
pub use upload::{BlobError, BlobWriter, PIECE_BYTES};

use shared::ids::Digest;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{Any, AnyConnection, AnyPool, Connection as _};
use std::sync::{Arc, Mutex};
use target::Dialect;
use tokio::sync::Notify;
use tracing::Span;

/// Why the store could not do what it was asked. What a caller can act on is data, not an error.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be opened.
    #[error("cannot open the database {target}: {reason}")]
    Open {
        /// Which, without its password.
        target: String,
        /// Why not.
        reason: String,
    },
    /// The lease is another coordinator's now: stop leading.
    #[error("the lease is no longer held by this coordinator")]
    Fenced,
    /// The blob is not there, or was deleted while it was read.
    #[error("the blob {0} is not stored any more")]
    BlobGone(Digest),
    /// What should become of a block was asked of one that is stored already, or that was never cut.
    #[error("block {0} is stored already, or was never cut: another coordinator leads")]
    BlockStored(u64),
    /// A block that is said to be stored was never cut here.
    #[error("block {0} is stored, but it was never cut here")]
    NotCut(u64),
    /// An entry is not queued any more, or stands in another block.
    #[error("an entry of the block is not in the queue any more, or is in another block")]
    NotQueued,
    /// A stored value is not what this version writes.
    #[error(
        "the stored value of {0} cannot be read: the database was changed from outside or is damaged"
    )]
    Corrupt(&'static str),
    /// The database failed, or was busy for longer than half a minute.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
}

impl StoreError {
    /// Whether PostgreSQL broke off this transaction because it and another one waited for each other.
    fn is_deadlock(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else {
            return false;
        };
        error.code().as_deref() == Some("40P01")
    }
}

/// Of everything in here.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The handle of the database; cheap to clone.
///
/// Text may come from anyone, and PostgreSQL cannot hold a NUL character: the store replaces it with U+FFFD on both
/// databases, so that no title or agent name can make a transaction fail. Numbers above 2^63 - 1 are stored as that.
#[derive(Debug, Clone)]
pub struct Store {
    writer: AnyPool,
    reader: AnyPool,
    dialect: Dialect,
    /// Uploads that were dropped unfinished; their pieces go when the next upload begins.
    abandoned: Arc<Mutex<Vec<upload::UploadId>>>,
    /// Wakes whoever cuts blocks.
    queue_grew: Arc<Notify>,
}

/// One named transaction: rolled back unless committed.
struct Tx {
    inner: sqlx::Transaction<'static, Any>,
    dialect: Dialect,
    span: Span,
}

impl Tx {
    fn conn(&mut self) -> &mut AnyConnection {
        &mut self.inner
    }

    async fn commit(self) -> Result<()> {
        let Self { inner, span, .. } = self;
        inner.commit().await?;
        tracing::trace!(parent: &span, "committed");
        Ok(())
    }
}

/// Connections that only read, SQLite; one writes.
const SQLITE_READERS: u32 = 4;
/// Connections to PostgreSQL.
const POSTGRES_CONNECTIONS: u32 = 16;

impl Store {
    /// Connects, makes the database if it is a file that does not exist yet, and brings its tables up to date.
    ///
    /// # Errors
    /// [`StoreError::Open`] when the database is not there, not ours, or newer than this program.
    pub async fn open(target: &StoreTarget) -> Result<Self> {
        sqlx::any::install_default_drivers();
        Self::connect(target)
            .await
            .map_err(|reason| StoreError::Open {
                target: target.to_string(),
                reason: reason.to_string(),
            })
    }

    async fn connect(target: &StoreTarget) -> Result<Self, anyhow::Error> {
        let options: AnyConnectOptions = target.url()?.as_str().parse()?;
        let dialect = target.dialect();
        // A pool would try again for half a minute; one connection says at once what is wrong.
        AnyConnection::connect_with(&options).await?.close().await?;
        let (writer, reader) = match dialect {
            Dialect::Sqlite => {
                let writer = sqlite_pool(1, target::SQLITE_WRITER)
                    .connect_with(options.clone())
                    .await?;
                target::SQLITE_MIGRATIONS
                    .run(&writer)
                    .await
                    .map_err(target::migrating)?;
                let reader = sqlite_pool(SQLITE_READERS, target::SQLITE_READER)
                    .connect_with(options)
                    .await?;
                (writer, reader)
            }
            Dialect::Postgres => {
                let pool = AnyPoolOptions::new().max_connections(POSTGRES_CONNECTIONS);
                let pool = pool.connect_with(options).await?;
                target::POSTGRES_MIGRATIONS
                    .run(&pool)
                    .await
                    .map_err(target::migrating)?;
                (pool.clone(), pool)
            }
        };
        Ok(Self {
            writer,
            reader,
            dialect,
            abandoned: Arc::default(),
            queue_grew: Arc::default(),
        })
    }

    /// Waits for what is running and closes all connections.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    /// Begins the transaction `name`, which is the name in its span. On SQLite it holds the one writer from the
    /// beginning, so that no two transactions can both read first and then wait for each other.
    async fn tx(&self, name: &'static str) -> Result<Tx> {
        let span = tracing::debug_span!("tx", tx.name = name);
        let inner = match self.dialect {
            Dialect::Sqlite => self.writer.begin_with("BEGIN IMMEDIATE").await?,
            Dialect::Postgres => self.writer.begin().await?,
        };
        Ok(Tx {
            inner,
            dialect: self.dialect,
            span,
        })
    }
}

fn sqlite_pool(connections: u32, pragmas: &'static [&'static str]) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(connections)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                for pragma in pragmas {
                    sqlx::query(*pragma).execute(&mut *connection).await?;
                }
                Ok(())
            })
        })
}
