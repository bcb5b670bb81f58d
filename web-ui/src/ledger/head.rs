//! The newest head: certified by the pinned policy, and an extension of the head that was kept.

use super::fetch::{self, NotFetched};
use super::kept::{self, Kept};
use shared::ids::{ChainId, Digest};
use shared::ledger::note::Note;
use shared::ledger::policy_text::{Certified, QuorumPolicy};
use shared::ledger::tiles::{Tile, TileId, TilePath};
use shared::merkle::{NodeId, Plan, verify_consistency};
use std::collections::BTreeMap;

/// A head that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// The ledger's name.
    pub(crate) origin: String,
    /// SHA-256 of it.
    pub(crate) chain: ChainId,
    /// How many entries it has.
    pub(crate) size: u64,
    /// The root over them.
    pub(crate) root: Digest,
    /// Who has cosigned, and when, Unix seconds.
    pub(crate) cosigned: Vec<(String, u64)>,
    /// How many must have.
    pub(crate) threshold: usize,
    /// How many storage nodes there are.
    pub(crate) members: usize,
    /// Whether this browser saw the ledger for the first time.
    pub(crate) is_first: bool,
    /// Text of the pinned policy.
    pub(crate) policy: String,
}

/// Two heads that cannot both be of one ledger that only grows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alarm {
    /// Whether the ledger got shorter; otherwise it was written anew.
    pub(crate) is_rollback: bool,
    /// The head that was kept.
    pub(crate) kept: String,
    /// The head that came now.
    pub(crate) now: String,
}

/// Why there is no head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HeadTrouble {
    /// Nothing came.
    NotFetched(NotFetched),
    /// It is not certified by the pinned policy, in words.
    Uncertified(String),
    /// The ledger was rewritten.
    Alarm(Box<Alarm>),
}

impl From<NotFetched> for HeadTrouble {
    fn from(error: NotFetched) -> Self {
        Self::NotFetched(error)
    }
}

/// Fetches and checks the newest head, and keeps it.
pub(crate) async fn read_head() -> Result<Head, HeadTrouble> {
    let certificate = fetch::text("checkpoint").await?;
    let kept = kept::load();
    let policy = match &kept {
        Some(kept) => kept.policy.clone(),
        None => fetch::text("policy").await?,
    };
    let text = QuorumPolicy::parse(&policy).map_err(uncertified)?;
    let certified = certify(&text, &certificate)?;
    if let Some(kept) = &kept {
        let before = certify(&text, &kept.certificate)?;
        check_growth(&before, &certified, kept, &certificate).await?;
    }
    kept::save(&Kept {
        policy: policy.clone(),
        certificate,
    });
    let cosigned = certified.cosigned.into_iter();
    Ok(Head {
        origin: text.origin().to_owned(),
        chain: ChainId::of_origin(text.origin()),
        size: certified.checkpoint.size,
        root: certified.checkpoint.root,
        cosigned: cosigned.map(|one| (one.witness, one.time_s)).collect(),
        threshold: text.threshold(),
        members: text.witnesses().len(),
        is_first: kept.is_none(),
        policy,
    })
}

fn uncertified(error: impl std::fmt::Display) -> HeadTrouble {
    HeadTrouble::Uncertified(error.to_string())
}

fn certify(policy: &QuorumPolicy, certificate: &str) -> Result<Certified, HeadTrouble> {
    let note = Note::parse(certificate.as_bytes()).map_err(uncertified)?;
    policy.certify(&note).map_err(uncertified)
}

/// Whether the ledger has only grown since the kept head.
async fn check_growth(
    before: &Certified,
    now: &Certified,
    kept: &Kept,
    certificate: &str,
) -> Result<(), HeadTrouble> {
    let (before, now) = (&before.checkpoint, &now.checkpoint);
    let alarm = |is_rollback| {
        Err(HeadTrouble::Alarm(Box::new(Alarm {
            is_rollback,
            kept: kept.certificate.clone(),
            now: certificate.to_owned(),
        })))
    };
    if now.size < before.size {
        return alarm(true);
    }
    if now.size == before.size {
        return if now.root == before.root { Ok(()) } else { alarm(false) };
    }
    let plan = Plan::consistency(before.size, now.size).map_err(uncertified)?;
    let mut tiles: BTreeMap<TileId, Tile> = BTreeMap::new();
    for node in plan.needs() {
        let id = TileId::of_node(node);
        if !tiles.contains_key(&id) {
            tiles.insert(id, tile(id, now.size).await?);
        }
    }
    let hash = |node: NodeId| tiles.get(&TileId::of_node(node))?.node(node);
    let proof = plan.build(hash).map_err(uncertified)?;
    match verify_consistency(before.size, now.size, &proof, &before.root, &now.root) {
        Ok(()) => Ok(()),
        Err(_) => alarm(false),
    }
}

async fn tile(id: TileId, size: u64) -> Result<Tile, HeadTrouble> {
    let path = TilePath::Hashes {
        tile: id,
        width: id.width_at(size),
    };
    let bytes = fetch::bytes(&path.to_string()).await?;
    Tile::from_bytes(id, &bytes).map_err(uncertified)
}
