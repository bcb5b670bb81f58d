//! A new database for each test, and small builders.

use coordinator::store::{
    BlobRole, BlobUse, Commit, Decided, JobAdded, JobEnd, Lease, NewDecision, NewJob, OutputPlace,
    ProgramRecord, Store, StoreError, StoreTarget, Stored,
};
use shared::ids::{Digest, JobId, NodeKey, SubmitterKey, UnixMs};
use shared::outcome::Outcome;
use shared::program::Prog;
use tests::playing_sealer;
use tests::postgres;
use tests::temp_dir::TempDir;
use tokio::sync::OnceCell;

pub(crate) const NOW: UnixMs = UnixMs(1_800_000_000_000);
pub(crate) const HOUR: u64 = 3_600_000;
pub(crate) const DAY: u64 = 24 * HOUR;
pub(crate) const ANN: SubmitterKey = SubmitterKey([1; 32]);
pub(crate) const BOB: SubmitterKey = SubmitterKey([2; 32]);

/// Writes each function as two tests: `sqlite::name` and `postgres::name`.
macro_rules! on_both_databases {
    ($(async fn $name:ident($db:ident) $body:block)*) => {
        $(async fn $name($db: crate::fixture::Database) $body)*

        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::fixture::Database::sqlite().await).await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::fixture::Database::postgres().await).await;
            })*
        }
    };
}
pub(crate) use on_both_databases;

pub(crate) struct Database {
    pub(crate) store: Store,
    /// One for the whole test: taken again it would fence itself off.
    lease: OnceCell<Lease>,
    target: StoreTarget,
    _dir: TempDir,
}

impl Database {
    pub(crate) async fn sqlite() -> Self {
        let dir = TempDir::new();
        Self::open(
            StoreTarget::Sqlite(dir.path().join("manyhands.sqlite")),
            dir,
        )
        .await
    }

    pub(crate) async fn postgres() -> Self {
        let url = tokio::task::spawn_blocking(postgres::new_database)
            .await
            .unwrap();
        Self::open(StoreTarget::Postgres(url.parse().unwrap()), TempDir::new()).await
    }

    async fn open(target: StoreTarget, dir: TempDir) -> Self {
        let store = Store::open(&target).await.unwrap();
        Self {
            store,
            lease: OnceCell::new(),
            target,
            _dir: dir,
        }
    }

    /// Another coordinator, or the same one after a crash.
    pub(crate) async fn open_again(&self) -> Result<Store, StoreError> {
        Store::open(&self.target).await
    }

    /// How many rows a query counts, to see what no public function shows.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        let pool = self.pool().await;
        let count = sqlx::query_scalar(sql).fetch_one(&pool).await.unwrap();
        pool.close().await;
        count
    }

    /// Makes what only a crash can leave.
    pub(crate) async fn execute(&self, sql: &'static str) {
        let pool = self.pool().await;
        sqlx::query(sql).execute(&pool).await.unwrap();
        pool.close().await;
    }

    async fn pool(&self) -> sqlx::AnyPool {
        let url = match &self.target {
            StoreTarget::Sqlite(path) => format!("sqlite://{}", path.display()),
            StoreTarget::Postgres(url) => url.to_string(),
        };
        sqlx::AnyPool::connect(&url).await.unwrap()
    }

    pub(crate) async fn lease(&self) -> Lease {
        let take = async || {
            let lease = self.store.lease_take("leader", "me", NOW, 60_000).await;
            lease.unwrap().expect("the lease is free")
        };
        self.lease.get_or_init(take).await.clone()
    }

    /// Everything that is queued is stored.
    pub(crate) async fn store_all(&self) -> Vec<Stored> {
        playing_sealer::store_all(&self.store, &self.lease().await, NOW).await
    }

    /// A job of `tasks` tasks that runs.
    pub(crate) async fn running_job(&self, name: &str, tasks: u32) -> JobId {
        let job = job(ANN, name, tasks);
        assert_eq!(self.store.job_add(&job, &[]).await.unwrap(), JobAdded::New);
        self.begin(job.id).await;
        job.id
    }

    /// Its Job is queued and stored.
    pub(crate) async fn begin(&self, job: JobId) {
        let begun = self.store.job_begin(&self.lease().await, job, NOW).await;
        assert!(begun.unwrap().is_some(), "it was uploading");
        self.store_all().await;
    }

    /// Its Done is queued, if it needs one, and stored.
    pub(crate) async fn end(&self, job: JobId, end: JobEnd) {
        let lease = self.lease().await;
        let closed = self.store.job_close(&lease, job, &end, None, NOW).await;
        assert!(closed.unwrap().is_some(), "it had not ended");
        self.store_all().await;
    }

    /// Stores bytes that `owner` uploads.
    pub(crate) async fn upload(&self, owner: SubmitterKey, bytes: &[u8]) -> (Digest, Vec<JobId>) {
        let info = self.store.blob_put(bytes, NOW).await.unwrap();
        let own = self.store.blob_own(owner, info.sha256, info.len, NOW);
        (info.sha256, own.await.unwrap())
    }
}

pub(crate) fn job(submitter_key: SubmitterKey, name: &str, task_count: u32) -> NewJob {
    NewJob {
        id: JobId(Digest::of(name.as_bytes()).0),
        submitter_key,
        signed: format!("signed {name}").into_bytes(),
        title: name.to_owned(),
        program: "wordcount@1.0.0".to_owned(),
        task_count,
        leaves_sha256: None,
        parent: None,
        created_at_ms: NOW,
        deadline_ms: NOW.plus(30 * DAY),
        lasts_ms: None,
    }
}

pub(crate) fn input(sha256: Digest) -> BlobUse {
    BlobUse {
        sha256,
        role: BlobRole::Input,
    }
}

pub(crate) fn node(n: u8) -> NodeKey {
    NodeKey([n; 32])
}

/// A certificate over `output`, which is small.
pub(crate) fn cert(job_id: JobId, task: u32, output: &[u8]) -> NewDecision {
    NewDecision {
        job_id,
        task,
        attempt: 1,
        decided: Decided::Cert {
            outcome: Outcome::ok(output, 5),
            relaxed: 2,
            cert: format!("cert of {task}").into_bytes(),
            output: OutputPlace::Here(output.to_vec()),
        },
        votes: 3,
        dissent: 1,
        logs: Vec::new(),
    }
}

pub(crate) fn fail(job_id: JobId, task: u32, words: &str) -> NewDecision {
    NewDecision {
        job_id,
        task,
        attempt: 7,
        decided: Decided::Fail {
            reason: 1,
            words: words.to_owned(),
            fail: format!("fail of {task}").into_bytes(),
        },
        votes: 15,
        dissent: 15,
        logs: Vec::new(),
    }
}

pub(crate) fn decisions(decisions: impl IntoIterator<Item = NewDecision>) -> Commit {
    Commit {
        decisions: decisions.into_iter().collect(),
        ..Commit::default()
    }
}

pub(crate) fn program(
    key: SubmitterKey,
    name: &str,
    version: &str,
    module: &[u8],
) -> ProgramRecord {
    ProgramRecord {
        prog: Prog {
            name: name.to_owned(),
            version: version.to_owned(),
            publisher_key: key,
            original_sha256: Digest::of(module),
            module_sha256: Digest::of(module),
            manifest_sha256: Digest::of(b"{}"),
            rewriter: 0,
        },
        signed: b"signed".to_vec(),
        manifest: b"{}".to_vec(),
        module_len: module.len() as u64,
        added_at_ms: NOW,
        index: None,
        refused: None,
    }
}
