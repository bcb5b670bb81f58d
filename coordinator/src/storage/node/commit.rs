//! COMMIT and the heartbeat: acks of a quorum commit the accepted block, and the node cosigns its checkpoint.

use super::super::certify::Quorum;
use super::super::check::Checked;
use super::super::db::{BlockRow, NewCommitted};
use super::super::error::{Result, StorageError};
use super::super::wire::{Append, Appended, Beaten, CommitProof, Committed, Heartbeat, Refusal};
use super::StorageNode;
use super::state::State;
use shared::ids::{Digest, UnixMs};
use shared::ledger::cosignature::cosign;
use shared::ledger::note::Note;
use shared::merkle::Plan;
use std::sync::Arc;

impl StorageNode {
    /// Commits the accepted block and cosigns its checkpoint. The same line is the answer each time.
    ///
    /// # Errors
    /// [`Refusal`] when the node takes part in nothing or has no ledger yet; or when the database fails.
    pub async fn commit(&self, proof: &CommitProof) -> Result<Committed> {
        let mut locked = self.lock().await?;
        let committed = self.commit_locked(&mut locked.state, proof).await?;
        locked.done();
        Ok(committed)
    }

    /// Commits the block below the one that is appended; `Some` when that is refused.
    pub(super) async fn commit_previous(
        &self,
        state: &mut State,
        append: &Append,
    ) -> Result<Option<Appended>> {
        let Some(proof) = &append.previous else {
            return Ok(None);
        };
        Ok(match self.commit_locked(state, proof).await? {
            Committed::Cosigned(_) => None,
            Committed::Unknown(place) => Some(Appended::NotNext {
                place,
                rule: "rule height: the block before is not here".to_owned(),
            }),
            Committed::Invalid(rule) => Some(Appended::Broken {
                entry: u32::try_from(append.entries.len()).unwrap_or(u32::MAX),
                rule,
            }),
        })
    }

    async fn commit_locked(&self, state: &mut State, proof: &CommitProof) -> Result<Committed> {
        let place = state.ledger()?.place();
        if proof.height < place.next_height {
            return self.cosigned_before(state, proof).await;
        }
        let accepted = state.accepted.as_ref().filter(|accepted| {
            accepted.height == proof.height && accepted.header_hash == proof.header_hash
        });
        if accepted.is_none() || proof.height != place.next_height {
            return Ok(Committed::Unknown(place));
        }
        let ledger = state.ledger()?;
        // A block is certified by the policy before it, block 0 by its own.
        let quorum = ledger.quorum.clone();
        if let Err(words) = quorum.check_acks(ledger.chain, proof) {
            return Ok(Committed::Invalid(words));
        }
        let checked = state
            .accepted
            .as_mut()
            .and_then(|block| block.checked.take());
        let checked = match checked {
            Some(checked) => checked,
            None => match self.check_accepted(state).await {
                Ok(checked) => checked,
                // The leader has the block: it appends it again.
                Err(StorageError::Damaged { .. }) => return Ok(Committed::Unknown(place)),
                Err(error) => return Err(error),
            },
        };
        let (size, root) = (checked.block.header.size(), checked.block.root);
        let note = match quorum.check_note(&proof.log_note, size, root) {
            Ok(note) => note,
            Err(words) => {
                if let Some(accepted) = &mut state.accepted {
                    accepted.checked = Some(checked);
                }
                return Ok(Committed::Invalid(words));
            }
        };
        let line = self.cosign(&note, self.clock().now())?;
        self.write_commit(state, checked, proof, &line).await?;
        Ok(Committed::Cosigned(line))
    }

    /// Commits the block that was just accepted and checked.
    pub(super) async fn commit_accepted(
        &self,
        state: &mut State,
        proof: &CommitProof,
        line: &str,
    ) -> Result<()> {
        let checked = state.accepted.as_mut();
        let checked = checked.and_then(|block| block.checked.take());
        let checked = checked.ok_or(StorageError::Corrupt("blocks"))?;
        self.write_commit(state, checked, proof, line).await
    }

    /// One transaction: the block is committed, and everything that follows from it is written down.
    async fn write_commit(
        &self,
        state: &mut State,
        checked: Checked,
        proof: &CommitProof,
        line: &str,
    ) -> Result<()> {
        let ledger = state.ledger.as_mut();
        let ledger = ledger.ok_or(StorageError::Corrupt("first_policy"))?;
        let Checked {
            block,
            facts,
            needs,
            leaf_lists,
        } = checked;
        let mut edge = ledger.edge.clone();
        let tiles = edge.append(&block.leaf_hashes);
        let mut tx = self.db().tx("commit").await?;
        let new = NewCommitted {
            height: block.header.height,
            acks: &proof.acks,
            log_note: &proof.log_note,
            cosignature: line,
        };
        tx.commit_block(&new).await?;
        tx.put_tiles(&tiles).await?;
        tx.record(&facts, &needs, &block, &leaf_lists).await?;
        tx.commit().await?;
        ledger.edge = edge;
        ledger.tip = facts.tip;
        if let Some(policy) = facts.policy {
            ledger.put_policy(policy)?;
        }
        state.accepted = None;
        Ok(())
    }

    /// The line of a block that was committed before.
    async fn cosigned_before(&self, state: &State, proof: &CommitProof) -> Result<Committed> {
        let damaged = || StorageError::Damaged {
            what: format!("block {}", proof.height),
        };
        let row = self.db().block(proof.height).await?.ok_or_else(damaged)?;
        if row.header_hash != proof.header_hash {
            tracing::error!(
                height = proof.height,
                committed = %row.header_hash,
                asked = %proof.header_hash,
                "asked to commit another block than the committed one"
            );
            let words = format!(
                "rule committed: block {} is {} and is never replaced",
                proof.height, row.header_hash
            );
            return Ok(Committed::Invalid(words));
        }
        if let Some(line) = row.cosignature {
            return Ok(Committed::Cosigned(line));
        }
        // The node caught up past this block; its checkpoint can be cosigned all the same.
        let ledger = state.ledger()?;
        let policy = self.db().policy_of(row.height).await?;
        let quorum = policy.map(Quorum::of).and_then(Result::ok);
        let quorum = quorum.ok_or(StorageError::Corrupt("policies"))?;
        if let Err(words) = quorum.check_acks(ledger.chain, proof) {
            return Ok(Committed::Invalid(words));
        }
        let root = self.root(row.size).await?;
        let note = match quorum.check_note(&proof.log_note, row.size, root) {
            Ok(note) => note,
            Err(words) => return Ok(Committed::Invalid(words)),
        };
        let line = self.cosign(&note, self.clock().now())?;
        let mut tx = self.db().tx("cosign").await?;
        tx.put_cosignature(row.height, &proof.log_note, &line)
            .await?;
        tx.commit().await?;
        Ok(Committed::Cosigned(line))
    }

    /// Cosigns the head again, and keeps its certificate when that has its quorum, and those of policies.
    ///
    /// # Errors
    /// [`Refusal`] when the node takes part in nothing or has no ledger yet; or when the database fails.
    pub async fn heartbeat(&self, heartbeat: &Heartbeat) -> Result<Beaten> {
        let locked = self.lock().await?;
        self.keep_certificates(&heartbeat.policies).await?;
        let beaten = self.heartbeat_locked(&locked.state, heartbeat).await?;
        locked.done();
        Ok(beaten)
    }

    async fn heartbeat_locked(&self, state: &State, heartbeat: &Heartbeat) -> Result<Beaten> {
        let ledger = state.ledger()?;
        let Some(row) = self.db().head().await? else {
            return Ok(Beaten::NotHead(ledger.place()));
        };
        let quorum = self.quorum_of(&row).await?;
        let note = match Note::parse(heartbeat.certificate.as_bytes()) {
            Ok(note) => note,
            Err(error) => return Ok(Beaten::Invalid(format!("rule checkpoint: {error}"))),
        };
        let checkpoint = match quorum.text.checkpoint(&note) {
            Ok(checkpoint) => checkpoint,
            Err(error) => return Ok(Beaten::Invalid(format!("rule checkpoint: {error}"))),
        };
        if checkpoint.size != row.size {
            return Ok(Beaten::NotHead(ledger.place()));
        }
        let root = ledger.tip.tree.root();
        if checkpoint.root != root {
            tracing::error!(
                size = row.size,
                ours = %root,
                theirs = %checkpoint.root,
                "the log's key has signed two roots of one size"
            );
            let words = format!(
                "rule checkpoint: the log of {} has the root {root}",
                row.size
            );
            return Ok(Beaten::Invalid(words));
        }
        let line = self.cosign(&note, self.clock().now())?;
        let is_certified = quorum.text.certify(&note).is_ok();
        let mut tx = self.db().tx("heartbeat").await?;
        if is_certified {
            tx.put_certificate(row.height, &heartbeat.certificate)
                .await?;
        }
        tx.put_cosignature(row.height, &heartbeat.certificate, &line)
            .await?;
        tx.commit().await?;
        Ok(Beaten::Cosigned(line))
    }

    /// The policy that certifies a committed block.
    pub(super) async fn quorum_of(&self, row: &BlockRow) -> Result<Arc<Quorum>> {
        let policy = self.db().policy_of(row.height).await?;
        let quorum = policy.map(Quorum::of).and_then(Result::ok);
        quorum
            .map(Arc::new)
            .ok_or(StorageError::Corrupt("policies"))
    }

    /// Our line below a checkpoint, with its line feed.
    pub(super) fn cosign(&self, note: &Note, now: UnixMs) -> Result<String> {
        let keys = self.keys();
        let line = cosign(keys.vkey.name(), &keys.cosign, note.text(), now.0 / 1000);
        let line = line.map_err(|error| Refusal::Limit(error.to_string()))?;
        Ok(format!("{line}\n"))
    }

    /// The root of the committed log when it had `size` entries.
    pub(super) async fn root(&self, size: u64) -> Result<Digest> {
        let plan = Plan::root(size);
        let hashes = self.hashes(&plan).await?;
        hashes
            .into_iter()
            .next()
            .ok_or(StorageError::Corrupt("tiles"))
    }
}
