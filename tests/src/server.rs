//! A real server on a free port, with a real database in a directory of its own.

use crate::asked::Who;
use crate::playing_sealer;
use crate::postgres;
use crate::temp_dir::TempDir;
use crate::user::TestUser;
use coordinator::clock::Clock;
use coordinator::entropy::random_bytes;
use coordinator::http::{self, Api, ApiConfig, Ledger};
use coordinator::hub::{Hub, HubConfig};
use coordinator::scheduler::SchedulerConfig;
use coordinator::sealer::PolicyDesk;
use coordinator::storage::reads::LedgerReads;
use coordinator::storage::{Approvals, Links, NodeSettings, Reach, StorageNode};
use coordinator::store::{Lease, Store, StoreTarget};
use shared::api::status::{ServerLimits, Submitters};
use shared::api::tokens::{CreateToken, Scope};
use shared::crypto::SecretKey;
use shared::ids::ChainId;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The API as a process of its own would serve it; ends when it is dropped.
#[derive(Debug)]
pub struct TestServer {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    /// The ledger.
    pub chain: ChainId,
    /// The server's clock.
    pub clock: Clock,
    /// Its database, to arrange what only volunteers bring about.
    pub store: Store,
    /// Under which it leads.
    pub lease: Lease,
    pub(crate) http: reqwest::Client,
    serving: JoinHandle<()>,
    storing: JoinHandle<()>,
    stop: CancellationToken,
    _dir: TempDir,
}

/// How a server is set before it starts.
#[derive(Debug)]
pub struct TestServerBuilder {
    submitters: Submitters,
    limits: ServerLimits,
    clock: Clock,
    is_on_postgres: bool,
}

impl TestServer {
    /// A server with the defaults: posting is open.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// A server that is set otherwise.
    #[must_use]
    pub fn builder() -> TestServerBuilder {
        TestServerBuilder {
            submitters: Submitters::Open,
            limits: ServerLimits::default(),
            clock: Clock::System,
            is_on_postgres: false,
        }
    }

    /// Waits until everything that is queued for the ledger is stored.
    ///
    /// # Panics
    /// When that takes ten seconds, or the store fails.
    pub async fn until_stored(&self) {
        let all = async {
            while !self.is_all_stored().await {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let all = tokio::time::timeout(Duration::from_secs(10), all);
        all.await.expect("it is stored at once");
    }

    async fn is_all_stored(&self) -> bool {
        let queued = self.store.ledger_uncut(1, 0).await;
        let last = self.store.ledger_last_cut().await;
        let last = last.expect("the store works");
        queued.expect("the store works").is_empty()
            && last.is_none_or(|last| last.certificate.is_some())
    }

    /// Nothing is stored any more until the test does it.
    pub fn stop_storing(&self) {
        self.storing.abort();
    }

    /// Someone without credentials.
    #[must_use]
    pub fn anyone(&self) -> TestUser {
        TestUser::new(self, Who::Anyone)
    }

    /// A submitter with a key of their own.
    #[must_use]
    pub fn submitter(&self) -> TestUser {
        let key = SecretKey::from_seed(&random_bytes());
        TestUser::new(self, Who::Key(key))
    }

    /// The holder of a new token.
    ///
    /// # Panics
    /// When the store fails.
    pub async fn token(&self, scopes: &[Scope]) -> TestUser {
        let wish = CreateToken {
            name: "of a test".to_owned(),
            scopes: scopes.to_vec(),
            expires_in_days: None,
        };
        let minted = http::mint_token(&self.store, &wish, self.clock.now()).await;
        let secret = minted.expect("the store works").secret;
        self.bearer(&secret)
    }

    /// The holder of any bearer text.
    #[must_use]
    pub fn bearer(&self, secret: &str) -> TestUser {
        TestUser::new(self, Who::Bearer(secret.to_owned()))
    }
}

impl TestServerBuilder {
    /// Who may post.
    #[must_use]
    pub fn submitters(mut self, submitters: Submitters) -> Self {
        self.submitters = submitters;
        self
    }

    /// Changes what the server takes at most.
    #[must_use]
    pub fn limits(mut self, change: impl FnOnce(&mut ServerLimits)) -> Self {
        change(&mut self.limits);
        self
    }

    /// With a clock that the test moves.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// With a database of PostgreSQL instead of SQLite.
    #[must_use]
    pub const fn on_postgres(mut self) -> Self {
        self.is_on_postgres = true;
        self
    }

    /// Starts it.
    ///
    /// # Panics
    /// When the system has no port or disk for it.
    pub async fn start(self) -> TestServer {
        // Another test of this process may have done it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = TempDir::new();
        let target = if self.is_on_postgres {
            let url = tokio::task::spawn_blocking(postgres::new_database).await;
            let url = url.expect("there is a database");
            StoreTarget::Postgres(url.parse().expect("our own address"))
        } else {
            StoreTarget::Sqlite(dir.path().join("store.sqlite"))
        };
        let store = Store::open(&target).await.expect("a new database");
        let leader_key = SecretKey::from_seed(&random_bytes());
        let leader = leader_key.leader_key();
        let origin = leader.default_origin();
        let chain = ChainId::of_origin(&origin);
        let config = ApiConfig {
            submitters: self.submitters,
            limits: self.limits,
        };
        let stop = CancellationToken::new();
        let hub_config = self.hub(chain, &origin);
        let lease = store.lease_take("leader", "test", self.clock.now(), 3_600_000);
        let lease = lease.await.expect("the store works");
        let lease = lease.expect("nobody else leads a new ledger");
        let started = Hub::start(
            hub_config,
            store.clone(),
            self.clock.clone(),
            lease.clone(),
            stop.clone(),
        );
        let (hub, _, sockets) = started.await.expect("the hub starts");
        let clock = self.clock.clone();
        let storing = tokio::spawn(playing_sealer::play(
            store.clone(),
            hub.clone(),
            lease.clone(),
            move || clock.now(),
            stop.clone(),
        ));
        let ledger = Ledger {
            chain,
            origin,
            leader_key: leader,
            lease: lease.clone(),
        };
        let settings = NodeSettings {
            directory: dir.path().join("s1"),
            name: "s1".to_owned(),
            approvals: Approvals::Automatic,
            max_blob_bytes: 64 << 20,
        };
        let node = StorageNode::open(settings, self.clock.clone(), Arc::default());
        let reads = LedgerReads::of(node.await.expect("a new storage node"));
        let reach = Reach {
            ca: None,
            chain,
            key: leader_key,
        };
        let nobody = Links::new(Vec::new());
        let desk = PolicyDesk::new(store.clone(), lease.clone(), reach, nobody);
        let api = Api::new(
            store.clone(),
            hub,
            reads,
            desk,
            self.clock.clone(),
            ledger,
            config,
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let service = http::router(api, sockets);
        let service = service.into_make_service_with_connect_info::<SocketAddr>();
        let serving = tokio::spawn(async move {
            axum::serve(listener, service)
                .await
                .expect("serving goes on");
        });
        TestServer {
            url: format!("http://{address}"),
            chain,
            clock: self.clock,
            store,
            lease,
            http: reqwest::Client::new(),
            serving,
            storing,
            stop,
            _dir: dir,
        }
    }

    fn hub(&self, chain: ChainId, origin: &str) -> HubConfig {
        HubConfig {
            chain,
            origin: origin.to_owned(),
            public_origin: None,
            limits: self.limits,
            join_work: 0,
            max_nodes: 100,
            signatures: Arc::default(),
            scheduler: SchedulerConfig::default(),
            scheduler_seed: random_bytes(),
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.stop.cancel();
        self.serving.abort();
    }
}
