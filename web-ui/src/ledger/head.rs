//! The newest head: certified by the policies from the pinned one on, and a growth of the head that was kept.

use super::fetch;
use super::follow::follow;
use super::kept::{self, Before, Kept, KeptPolicy};
use super::tiles::Tiles;
use super::trouble::{Fault, Trouble, broken};
use crate::browser;
use gloo_timers::future::TimeoutFuture;
use shared::ids::{ChainId, Digest};
use shared::ledger::checkpoint::Checkpoint;
use shared::ledger::note::Note;
use shared::ledger::policy_text::{Certified, QuorumPolicy};
use shared::ledger::verify::{ContradictionKind, Met, Newer, meet};

/// How often a head that is shorter than before is asked for again: a storage node that was away may answer first.
pub(super) const TRIES: u32 = 3;
/// Time between two tries, ms.
pub(super) const AGAIN_MS: u32 = 700;

/// A head that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// The ledger's name.
    pub(crate) origin: String,
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
    /// The head that was kept before; none at the first visit.
    pub(crate) before: Option<Before>,
}

impl Head {
    /// The ledger's id.
    pub(crate) fn chain(&self) -> ChainId {
        ChainId::of_origin(&self.origin)
    }

    /// When the newest of those that cosigned did so, Unix seconds.
    pub(crate) fn newest_s(&self) -> u64 {
        let times = self.cosigned.iter().map(|(_, time_s)| *time_s);
        times.max().unwrap_or(0)
    }
}

/// Fetches and checks the newest head, and keeps it.
pub(crate) async fn read_head() -> Result<Head, Trouble> {
    let mut tries = 1;
    loop {
        // Before the head is asked for: another tab may keep a newer one meanwhile.
        let kept = kept::load();
        let certificate = fetch::text("checkpoint").await?;
        match accept(kept, &certificate).await {
            Err(Trouble::Alarm(found)) if is_shorter(found.kind) && tries < TRIES => tries += 1,
            accepted => return accepted,
        }
        TimeoutFuture::new(AGAIN_MS).await;
    }
}

/// Whether it may be that an answer is only late.
pub(super) const fn is_shorter(kind: ContradictionKind) -> bool {
    matches!(kind, ContradictionKind::Rollback)
}

/// Checks a checkpoint with its lines against what is kept, and keeps it.
pub(super) async fn accept(kept: Option<Kept>, certificate: &str) -> Result<Head, Trouble> {
    let note = Note::parse(certificate.as_bytes());
    let note = note.map_err(|error| Fault::new("certificate", error))?;
    let checkpoint = note.text().parse::<Checkpoint>();
    let checkpoint = checkpoint.map_err(|error| Fault::new("certificate", error))?;
    let served = fetch::text("policy").await?;
    let before = kept.as_ref().and_then(|kept| {
        let (old, checkpoint) = kept.checkpoint()?;
        Some((old, checkpoint, kept.at_ms))
    });
    if let Some((_, old, _)) = &before
        && old.origin != checkpoint.origin
    {
        return Err(Trouble::OtherLedger {
            kept: old.origin.clone(),
            found: checkpoint.origin,
        });
    }
    let mut now = match kept {
        Some(kept) => kept,
        None => first_visit(served.clone(), certificate).await?,
    };
    let is_pinned = now
        .policies
        .last()
        .is_some_and(|policy| policy.text == served);
    if !is_pinned {
        follow(&mut now, checkpoint.size).await?;
    }
    let policy = certifier(&now, checkpoint.size)?;
    if let Some((old, _, _)) = &before {
        check_growth(&policy, old, &note).await?;
    }
    let Certified { cosigned, .. } = certify(&policy, &note)?;
    certificate.clone_into(&mut now.certificate);
    now.at_ms = browser::now();
    kept::save(&now);
    Ok(Head {
        origin: checkpoint.origin,
        size: checkpoint.size,
        root: checkpoint.root,
        cosigned: cosigned
            .into_iter()
            .map(|one| (one.witness, one.time_s))
            .collect(),
        threshold: policy.threshold(),
        members: policy.witnesses().len(),
        before: before.map(|(_, old, at_ms)| Before {
            size: old.size,
            at_ms,
        }),
    })
}

/// What is kept from the first visit on: the policy that the server says is in force is pinned.
async fn first_visit(policy: String, certificate: &str) -> Result<Kept, Trouble> {
    let newest = fetch::blocks(None, 1).await?.blocks.into_iter().next();
    Ok(Kept {
        policies: vec![KeptPolicy {
            text: policy,
            version: None,
            above: 0,
        }],
        certificate: certificate.to_owned(),
        at_ms: browser::now(),
        newest: newest.map(|block| (block.height, block.policy_sha256)),
    })
}

/// The policy that certifies a checkpoint of this size.
pub(super) fn certifier(kept: &Kept, size: u64) -> Result<QuorumPolicy, Trouble> {
    match kept.certifier(size) {
        Some(policy) => Ok(policy),
        None => broken("policy_text", "the policy that is in force cannot be read"),
    }
}

pub(super) fn certify(policy: &QuorumPolicy, note: &Note) -> Result<Certified, Trouble> {
    let certified = policy.certify(note);
    certified.map_err(|error| Fault::new("certificate", error).into())
}

/// Whether the log has only grown since the kept head.
async fn check_growth(policy: &QuorumPolicy, old: &Note, note: &Note) -> Result<(), Trouble> {
    let met = meet(policy, old, note);
    match met.map_err(|error| Fault::new("certificate", error))? {
        Met::Same => Ok(()),
        Met::OtherLog { kept, found } => Err(Trouble::OtherLedger { kept, found }),
        Met::Contradiction(found) => Err(Trouble::Alarm(found)),
        Met::Newer(newer) => {
            // Only what the log has signed can accuse it.
            let checkpoint = policy.checkpoint(note);
            let checkpoint = checkpoint.map_err(|error| Fault::new("certificate", error))?;
            check_newer(&newer, checkpoint.size).await
        }
    }
}

async fn check_newer(newer: &Newer, size: u64) -> Result<(), Trouble> {
    let plans = newer.plans();
    let (root, consistency) = plans.map_err(|error| Fault::new("tiles", error))?;
    let mut tiles = Tiles::new(size);
    let proof = tiles.hashes(&consistency).await?;
    let old_root = tiles.hashes(&root).await?;
    let Some(old_root) = old_root.first() else {
        return broken("tiles", "a tree without a root");
    };
    match newer.check(*old_root, &proof) {
        Ok(None) => Ok(()),
        Ok(Some(found)) => Err(Trouble::Alarm(found)),
        Err(_) => broken(
            "tiles",
            "the hashes of the tiles do not lead to the root of the head",
        ),
    }
}
