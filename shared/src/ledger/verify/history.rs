//! Whether a checkpoint goes on from one that was kept: a log that shrinks or splits has broken its word, and both
//! checkpoints together prove it.

use crate::ids::Digest;
use crate::ledger::checkpoint::{Checkpoint, CheckpointError};
use crate::ledger::note::Note;
use crate::ledger::policy_text::QuorumPolicy;
use crate::merkle::{Plan, ProofError, verify_consistency};

/// How a log broke its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContradictionKind {
    /// Two roots of one size, or a log that does not begin with what was kept.
    Fork,
    /// Fewer entries than before.
    Rollback,
}

/// Two checkpoints of one log that cannot both be honest. Both are signed by the log's key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("rule {}: {}", .kind.name(), contradiction_words(*.kind, .kept, .found))]
pub struct Contradiction {
    /// How.
    pub kind: ContradictionKind,
    /// What was kept.
    pub kept: Note,
    /// What came now.
    pub found: Note,
}

impl ContradictionKind {
    /// The name of the rule.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fork => "fork",
            Self::Rollback => "rollback",
        }
    }
}

fn contradiction_words(kind: ContradictionKind, kept: &Note, found: &Note) -> String {
    let size = |note: &Note| match note.text().parse::<Checkpoint>() {
        Ok(checkpoint) => checkpoint.size.to_string(),
        Err(_) => "an unknown number of".to_owned(),
    };
    let (kept, found) = (size(kept), size(found));
    match kind {
        ContradictionKind::Fork => format!(
            "the log of {found} entries does not go on from the one of {kept} that was seen before"
        ),
        ContradictionKind::Rollback => {
            format!("the log has {found} entries, it had {kept} before")
        }
    }
}

/// What a checkpoint is to the one that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Met {
    /// Of another log: worth a notice, as the address now serves another ledger.
    OtherLog {
        /// The name of the log that was kept.
        kept: String,
        /// The name of the log now.
        found: String,
    },
    /// The same size and root.
    Same,
    /// Larger: the proof of consistency is still to be checked.
    Newer(Newer),
    /// A fork or a rollback.
    Contradiction(Box<Contradiction>),
}

/// A larger checkpoint of the same log, whose consistency is not checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newer {
    old: Checkpoint,
    new: Checkpoint,
    kept: Note,
    found: Note,
}

/// The hashes that were given as the log's own do not lead to the root of its checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("rule tiles: the hashes of the tiles do not lead to the root of the checkpoint")]
pub struct OtherTiles;

/// What the checkpoint `found` is to the `kept` one. `policy` names the log's key.
///
/// # Errors
/// When one of them is no checkpoint, or `found` is of this log and not signed by it.
pub fn meet(policy: &QuorumPolicy, kept: &Note, found: &Note) -> Result<Met, CheckpointError> {
    let old: Checkpoint = kept.text().parse()?;
    let new: Checkpoint = found.text().parse()?;
    if old.origin != new.origin {
        return Ok(Met::OtherLog {
            kept: old.origin,
            found: new.origin,
        });
    }
    let contradiction = |kind| -> Result<Met, CheckpointError> {
        policy.checkpoint(found)?;
        Ok(Met::Contradiction(Box::new(Contradiction {
            kind,
            kept: kept.clone(),
            found: found.clone(),
        })))
    };
    if new.size < old.size {
        return contradiction(ContradictionKind::Rollback);
    }
    if new.size > old.size {
        return Ok(Met::Newer(Newer {
            old,
            new,
            kept: kept.clone(),
            found: found.clone(),
        }));
    }
    if new.root != old.root {
        return contradiction(ContradictionKind::Fork);
    }
    Ok(Met::Same)
}

impl Newer {
    /// The hashes from which the old root follows, and the proof of consistency, to be built from the log's tiles.
    ///
    /// # Errors
    /// When the sizes pass any tree's.
    pub fn plans(&self) -> Result<(Plan, Plan), ProofError> {
        let consistency = Plan::consistency(self.old.size, self.new.size)?;
        Ok((Plan::root(self.old.size), consistency))
    }

    /// Checks the proof: `old_root` is what the tiles say that the root of the old tree was. A contradiction is only
    /// told when the log's own new root proves it.
    ///
    /// # Errors
    /// When the tiles are not those of the new checkpoint, so that nothing is proven.
    pub fn check(
        &self,
        old_root: Digest,
        proof: &[Digest],
    ) -> Result<Option<Box<Contradiction>>, OtherTiles> {
        let (old, new) = (&self.old, &self.new);
        verify_consistency(old.size, new.size, proof, old_root, new.root)
            .map_err(|_| OtherTiles)?;
        if old_root == old.root {
            return Ok(None);
        }
        Ok(Some(Box::new(Contradiction {
            kind: ContradictionKind::Fork,
            kept: self.kept.clone(),
            found: self.found.clone(),
        })))
    }
}
