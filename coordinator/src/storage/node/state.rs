//! What a storage node knows of its ledger: what it has promised, committed and accepted. The database has it all; at
//! start only the last block and the right edge of the tiles are read.

use super::super::certify::Quorum;
use super::super::check::Checked;
use super::super::db::{BlockRow, Db, read_policy};
use super::super::error::{Result, StorageError};
use super::super::keys::META_WIPED;
use super::super::rebuild;
use super::super::wire::{Place, Refusal};
use super::View;
use shared::codec::Canonical as _;
use shared::ids::{ChainId, Digest, LeaderKey};
use shared::ledger::cut::Tip;
use shared::ledger::entry::Entry;
use shared::ledger::facts::{Facts, Head, PolicyInForce};
use shared::ledger::header::Header;
use shared::ledger::policy::PolicyEntry;
use shared::ledger::tiles::RightEdge;
use shared::merkle::leaf_hash;
use std::sync::Arc;

/// Under which the database has Policy 0, which names the ledger.
pub(super) const META_FIRST_POLICY: &str = "first_policy";

/// The node's ledger and promises.
#[derive(Debug)]
pub(super) struct State {
    /// The database was lost: old promises may be forgotten.
    pub(super) wiped: bool,
    /// The highest ballot that was promised.
    pub(super) promised: u64,
    /// `None` before the first PREPARE.
    pub(super) ledger: Option<Ledger>,
    /// The block above the committed ones.
    pub(super) accepted: Option<Accepted>,
    is_changing: bool,
}

/// The committed log.
#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) chain: ChainId,
    /// Policy 0.
    pub(super) first: Arc<Quorum>,
    /// The policy in force for the next block; `first` before block 0.
    pub(super) quorum: Arc<Quorum>,
    pub(super) tip: Tip,
    pub(super) edge: RightEdge,
}

/// The accepted block.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) ballot: u64,
    pub(super) height: u64,
    pub(super) header_hash: Digest,
    pub(super) header: Vec<u8>,
    /// Who leads once it is committed, if it is a Policy.
    pub(super) next_leader: Option<LeaderKey>,
    /// `None` after a restart.
    pub(super) checked: Option<Checked>,
}

impl State {
    /// What the database says.
    pub(super) async fn load(db: &Db) -> Result<Self> {
        let ledger = match db.meta(META_FIRST_POLICY).await? {
            Some(first) => Some(Ledger::load(db, &first).await?),
            None => None,
        };
        let accepted = match (db.accepted().await?, &ledger) {
            (Some(row), Some(ledger)) => Some(Accepted::load(db, row, ledger.chain).await?),
            _ => None,
        };
        Ok(Self {
            wiped: db.meta(META_WIPED).await?.is_some(),
            promised: db.promised().await?,
            ledger,
            accepted,
            is_changing: false,
        })
    }

    /// Whether a change began and did not end.
    pub(super) const fn is_stale(&self) -> bool {
        self.is_changing
    }

    pub(super) const fn begin_change(&mut self) {
        self.is_changing = true;
    }

    pub(super) const fn end_change(&mut self) {
        self.is_changing = false;
    }

    /// The ledger that it keeps.
    pub(super) fn ledger(&self) -> Result<&Ledger> {
        self.ledger.as_ref().ok_or_else(|| Refusal::NoLedger.into())
    }

    pub(super) fn view(&self) -> View {
        let ledger = self.ledger.as_ref();
        let leader = ledger.map(|ledger| ledger.quorum.policy.entry.leader_key);
        let next = self.accepted.as_ref().and_then(|block| block.next_leader);
        View {
            chain: ledger.map(|ledger| ledger.chain),
            wiped: self.wiped,
            place: ledger.map(Ledger::place),
            leaders: leader.into_iter().chain(next).collect(),
            quorum: ledger.map(|ledger| ledger.quorum.clone()),
        }
    }
}

impl Ledger {
    /// A ledger of which only Policy 0 is known.
    pub(super) fn new(chain: ChainId, first: Quorum) -> Self {
        let first = Arc::new(first);
        Self {
            chain,
            quorum: first.clone(),
            first,
            tip: Tip::default(),
            edge: RightEdge::new(),
        }
    }

    async fn load(db: &Db, first: &[u8]) -> Result<Self> {
        let corrupt = || StorageError::Corrupt("first_policy");
        let (chain, _) = PolicyEntry::decode(first).map_err(|_| corrupt())?;
        let policy = read_policy(first).ok_or_else(corrupt)?;
        let mut ledger = Self::new(chain, Quorum::of(policy).map_err(|_| corrupt())?);
        let Some(head) = db.head().await? else {
            return Ok(ledger);
        };
        let (header, edge) = checked_edge(db, chain, &head).await?;
        ledger.tip = Tip {
            head: Some(Head {
                height: head.height,
                size: head.size,
                header_hash: head.header_hash,
                time_ms: header.time_ms,
            }),
            tree: edge.frontier(),
        };
        ledger.edge = edge;
        if let Some(policy) = db.policy().await? {
            ledger.put_policy(policy)?;
        }
        Ok(ledger)
    }

    /// The policy of the next block.
    pub(super) fn put_policy(&mut self, policy: PolicyInForce) -> Result<()> {
        if self.quorum.policy != policy {
            let quorum = Quorum::of(policy);
            let quorum = quorum.map_err(|_| StorageError::Corrupt("policies"))?;
            self.quorum = Arc::new(quorum);
        }
        Ok(())
    }

    pub(super) fn place(&self) -> Place {
        Place {
            next_height: self.tip.head.map_or(0, |head| head.height + 1),
            size: self.tip.size(),
        }
    }

    /// What the rules know before they look anything up.
    pub(super) fn facts(&self) -> Facts {
        let mut facts = Facts::new(self.chain, true);
        facts.tip = self.tip.clone();
        facts.policy = self.tip.head.map(|_| self.quorum.policy.clone());
        facts
    }
}

/// The right edge of the log, if it leads to the root that the leader has signed in the last header. A damaged one is
/// computed again from the entries.
async fn checked_edge(db: &Db, chain: ChainId, row: &BlockRow) -> Result<(Header, RightEdge)> {
    let damaged = || StorageError::Damaged {
        what: format!("the header of block {}", row.height),
    };
    let header = Header::decode_signed(chain, &row.header).map_err(|_| damaged())?;
    if header.hash(chain) != row.header_hash || header.size() != row.size {
        return Err(damaged());
    }
    if let Ok(edge) = read_edge(db, &header, row).await {
        return Ok((header, edge));
    }
    tracing::error!(height = row.height, "the stored tiles are damaged");
    if let Some(tiles) = rebuild::right_edge(db, chain, row.size).await? {
        let mut tx = db.tx("repair_edge").await?;
        tx.put_tiles(&tiles).await?;
        tx.commit().await?;
    }
    let edge = read_edge(db, &header, row).await?;
    Ok((header, edge))
}

async fn read_edge(db: &Db, header: &Header, row: &BlockRow) -> Result<RightEdge> {
    let mut tree = db.right_edge(row.size.saturating_sub(1)).await?.frontier();
    let edge = db.right_edge(row.size).await?;
    let is_signed = tree.root() == header.log_root;
    tree.push_hash(leaf_hash(&row.header));
    if is_signed && tree.root() == edge.root() {
        return Ok(edge);
    }
    Err(StorageError::Damaged {
        what: "the tiles".to_owned(),
    })
}

impl Accepted {
    async fn load(db: &Db, row: BlockRow, chain: ChainId) -> Result<Self> {
        // A damaged one stays accepted: PREPARE tells nobody, and the leader appends it again.
        let entries = db.entries(row.height).await.unwrap_or_default();
        let next_leader = entries.first().and_then(|entry| leader_of(chain, entry));
        Ok(Self {
            ballot: row.ballot,
            height: row.height,
            header_hash: row.header_hash,
            header: row.header,
            next_leader,
            checked: None,
        })
    }
}

fn leader_of(chain: ChainId, entry: &[u8]) -> Option<LeaderKey> {
    if !entry.starts_with(PolicyEntry::LABEL) {
        return None;
    }
    match Entry::decode(chain, entry) {
        Ok(Entry::Policy(policy)) => Some(policy.leader_key),
        _ => None,
    }
}
