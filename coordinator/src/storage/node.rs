//! A storage node: one directory, one database, one state that changes under one lock.

mod append;
mod blobs;
mod bundle;
mod catch_up;
mod certificates;
mod clean;
mod commit;
mod prepare;
mod read;
mod recover;
mod scrub;
mod state;

use super::approvals::Approvals;
use super::certify::Quorum;
use super::db::Db;
use super::error::{Result, StorageError};
use super::keys::{self, Keys};
use super::rebuild::is_block;
use super::wire::{AcceptedBlock, Identity, LeafList, Place, Refusal};
use crate::clock::Clock;
use crate::data_dir::DataDir;
use crate::signatures::SignatureMemory;
pub use blobs::BlobStream;
pub use bundle::{BundleText, BundleWish};
pub use clean::Cleaned;
pub use scrub::Scrubbed;
use shared::codec::Canonical as _;
use shared::ids::{AckKey, ChainId, Digest, LeaderKey};
use shared::job::SignedJob;
use state::State;
use std::path::PathBuf;
use std::sync::{Arc, Mutex as StdMutex, PoisonError, RwLock};
use tokio::sync::{Mutex, MutexGuard, Notify, Semaphore};

/// How to open a storage node.
#[derive(Debug, Clone)]
pub struct NodeSettings {
    /// Its own directory, made on first use and held by one process.
    pub directory: PathBuf,
    /// Its name in policies and cosignatures; always the same one.
    pub name: String,
    /// Who approves policies.
    pub approvals: Approvals,
    /// Largest blob, bytes.
    pub max_blob_bytes: u64,
}

/// A storage node.
#[derive(Debug)]
pub struct StorageNode {
    db: Db,
    keys: Keys,
    settings: NodeSettings,
    clock: Clock,
    signatures: Arc<SignatureMemory>,
    /// Held while the node promises, accepts or commits.
    state: Mutex<State>,
    /// What questions are answered from, without waiting for a block.
    view: RwLock<Arc<View>>,
    /// Policy 0, when the node was wiped and a leader has offered it.
    offered: StdMutex<Option<Vec<u8>>>,
    was_offered: Notify,
    /// Bundles that are made at once.
    bundles: Arc<Semaphore>,
    /// Held as long as the node is open.
    _data: DataDir,
}

/// What is known of the node's ledger outside the lock.
#[derive(Debug, Clone, Default)]
pub(super) struct View {
    /// The ledger that it keeps.
    pub(super) chain: Option<ChainId>,
    pub(super) wiped: bool,
    pub(super) place: Option<Place>,
    /// Who may lead: by the policy in force, and by one that is accepted and not committed yet.
    pub(super) leaders: Vec<LeaderKey>,
    /// The policy in force for the next block; Policy 0 before block 0.
    pub(super) quorum: Option<Arc<Quorum>>,
}

impl View {
    pub(super) fn place(&self) -> Place {
        self.place.unwrap_or(Place {
            next_height: 0,
            size: 0,
        })
    }
}

impl StorageNode {
    /// Opens the node in its directory; keys and database are made on first use.
    ///
    /// # Errors
    /// When another process holds the directory, or keys and database are damaged or do not belong together.
    pub async fn open(
        settings: NodeSettings,
        clock: Clock,
        signatures: Arc<SignatureMemory>,
    ) -> anyhow::Result<Arc<Self>> {
        let data = DataDir::open(&settings.directory)?;
        let (db, keys) = keys::open(&data, &settings.name).await?;
        db.delete_unfinished().await?;
        let state = State::load(&db).await?;
        let view = RwLock::new(Arc::new(state.view()));
        Ok(Arc::new(Self {
            db,
            keys,
            settings,
            clock,
            signatures,
            state: Mutex::new(state),
            view,
            offered: StdMutex::default(),
            was_offered: Notify::new(),
            bundles: Arc::new(Semaphore::new(bundle::MAX_AT_ONCE)),
            _data: data,
        }))
    }

    /// Ends all use of the database; what runs is finished first.
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// Who the node is.
    #[must_use]
    pub fn identity(&self) -> Identity {
        let view = self.view();
        Identity {
            name: self.settings.name.clone(),
            ack_key: self.keys.ack.ack_key(),
            vkey: self.keys.vkey.to_string(),
            chain: view.chain,
            wiped: view.wiped,
            place: view.place(),
        }
    }

    /// Its name in policies.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// The key that signs its acks.
    #[must_use]
    pub fn ack_key(&self) -> AckKey {
        self.keys.ack.ack_key()
    }

    /// Whether its operator has approved the policy.
    #[must_use]
    pub fn approved(&self, policy_sha256: Digest) -> bool {
        self.settings.approvals.has(policy_sha256)
    }

    pub(super) fn view(&self) -> Arc<View> {
        let view = self.view.read().unwrap_or_else(PoisonError::into_inner);
        view.clone()
    }

    pub(super) const fn db(&self) -> &Db {
        &self.db
    }

    pub(super) const fn keys(&self) -> &Keys {
        &self.keys
    }

    pub(super) const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The state, to change it. Whatever went wrong in the middle of the last change, it is what the database says.
    async fn lock(&self) -> Result<Locked<'_>> {
        self.lock_as(Wiped::Refused).await
    }

    async fn lock_as(&self, wiped: Wiped) -> Result<Locked<'_>> {
        let mut state = self.state.lock().await;
        if state.is_stale() {
            *state = State::load(&self.db).await?;
        }
        if state.wiped && wiped == Wiped::Refused {
            return Err(Refusal::Wiped.into());
        }
        state.begin_change();
        Ok(Locked { node: self, state })
    }

    /// The accepted block, as it is handed to a new leader.
    async fn accepted_block(&self, chain: ChainId) -> Result<Option<AcceptedBlock>> {
        let Some(row) = self.db.accepted().await? else {
            return Ok(None);
        };
        let mut entries = self.db.entries(row.height).await?;
        if !is_block(chain, &row, &entries) {
            return Err(StorageError::Damaged {
                what: format!("block {}", row.height),
            });
        }
        let header = entries.pop().unwrap_or_default();
        let leaf_lists = self.leaf_lists(chain, &entries).await?;
        Ok(Some(AcceptedBlock {
            ballot: row.ballot,
            header,
            entries,
            leaf_lists,
        }))
    }

    /// The leaf lists of the jobs among `entries` that are known here.
    pub(super) async fn leaf_lists(
        &self,
        chain: ChainId,
        entries: &[Vec<u8>],
    ) -> Result<Vec<LeafList>> {
        let mut lists = Vec::new();
        for entry in entries {
            if !entry.starts_with(shared::job::Job::LABEL) {
                continue;
            }
            let Ok(signed) = SignedJob::decode(chain, entry) else {
                continue;
            };
            let input_root = signed.job().input_root;
            if let Some(sha256) = self.db.leaf_list(input_root).await? {
                lists.push(LeafList { input_root, sha256 });
            }
        }
        Ok(lists)
    }
}

/// Whether a wiped node may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wiped {
    /// It counts for nobody.
    Refused,
    /// This is how it recovers.
    Allowed,
}

/// The state under its lock. When it is dropped without [`Locked::done`], for example because the one who asked went
/// away, the state is read from the database again before it is used.
struct Locked<'a> {
    node: &'a StorageNode,
    state: MutexGuard<'a, State>,
}

impl Locked<'_> {
    /// The state in memory is the database's again.
    fn done(mut self) {
        self.state.end_change();
        let view = Arc::new(self.state.view());
        let mut shown = self
            .node
            .view
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *shown = view;
    }
}
