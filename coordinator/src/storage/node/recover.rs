//! A wiped node comes back (LEDGER.md section 5): it asks n - threshold + 1 other nodes what they have promised and accepted.
//! They meet every quorum that this node may have been part of, so nothing that it helped to decide is forgotten.

use super::super::error::Result;
use super::super::keys::META_WIPED;
use super::super::link::Link;
use super::super::wire::{AcceptedBlock, Append, Appended, Prepared, Refusal};
use super::append::{Approval, Ballot};
use super::blobs::Inline;
use super::state::{Ledger, META_FIRST_POLICY};
use super::{StorageNode, Wiped};
use shared::ids::AckKey;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

/// How often the accepted block is tried, each time with more of its blobs here.
const TRIES: usize = 4;

impl StorageNode {
    /// What the node has promised and accepted, for a wiped one that recovers. It promises nothing.
    ///
    /// # Errors
    /// [`Refusal`] when the node takes part in nothing or has no ledger yet; or when the database fails.
    pub async fn promised(&self) -> Result<Prepared> {
        let locked = self.lock().await?;
        let chain = locked.state.ledger()?.chain;
        let promised = locked.state.promised;
        let prepared = self.prepared(promised, chain).await?;
        locked.done();
        Ok(prepared)
    }

    /// Policy 0 that a leader has offered to the wiped node and that its operator has approved.
    pub(in super::super) fn offered_policy(&self) -> Option<Vec<u8>> {
        let offered = self.offered.lock().unwrap_or_else(PoisonError::into_inner);
        offered.clone()
    }

    pub(super) fn note_offer(&self, policy: &[u8]) {
        let mut offered = self.offered.lock().unwrap_or_else(PoisonError::into_inner);
        *offered = Some(policy.to_vec());
        self.was_offered.notify_one();
    }

    /// Waits until a leader offers Policy 0 to the wiped node.
    pub(in super::super) async fn was_offered_a_policy(&self) {
        self.was_offered.notified().await;
    }

    /// Begins again under Policy 0, as far as that is approved: then the ledger and its members are known. Does nothing on
    /// a node that has its ledger.
    ///
    /// # Errors
    /// [`Refusal`] when the policy is not approved or breaks a rule; or when the database fails.
    pub async fn begin_again(&self, policy_zero: &[u8]) -> Result<()> {
        let mut locked = self.lock_as(Wiped::Allowed).await?;
        if locked.state.ledger.is_none() {
            let (chain, quorum) = self.first_policy(policy_zero)?;
            let mut tx = self.db().tx("begin_again").await?;
            tx.put_meta(META_FIRST_POLICY, policy_zero).await?;
            tx.commit().await?;
            locked.state.ledger = Some(Ledger::new(chain, quorum));
        }
        locked.done();
        Ok(())
    }

    /// Recovers a wiped node that has begun again, and says whether it takes part from now on: it catches up, and asks
    /// `others` for what it may have forgotten. When too few of them answer, it stays wiped; try again later.
    ///
    /// # Errors
    /// [`Refusal`] when the node has no ledger yet; or when the database fails.
    pub async fn recover(&self, others: &[Link]) -> Result<bool> {
        self.catch_up_as(others, Wiped::Allowed).await?;
        let answers = self.ask_others(others).await?;
        let view = self.view();
        let quorum = view.quorum.as_ref().ok_or(Refusal::NoLedger)?;
        let members = quorum.text.witnesses().len();
        let needed = members.saturating_sub(quorum.text.threshold()) + 1;
        if answers.len() < needed {
            tracing::warn!(
                answered = answers.len(),
                needed,
                "too few storage nodes answer to recover what this one may have promised"
            );
            return Ok(false);
        }
        let next = view.place().next_height;
        let heads = answers
            .values()
            .filter_map(|answer| answer.committed.as_ref());
        if heads
            .map(|head| head.height)
            .max()
            .is_some_and(|height| height >= next)
        {
            tracing::warn!("another storage node has blocks that it cannot prove yet");
            return Ok(false);
        }
        let promised = answers.values().map(|answer| answer.promised).max();
        let accepted = answers.into_values().filter_map(|answer| answer.accepted);
        if let Some(block) = accepted.max_by_key(|block| block.ballot)
            && !self.adopt(block, others).await?
        {
            return Ok(false);
        }
        let mut locked = self.lock_as(Wiped::Allowed).await?;
        let promised = promised.unwrap_or(0).max(locked.state.promised);
        let mut tx = self.db().tx("recovered").await?;
        tx.promise(promised).await?;
        tx.delete_meta(META_WIPED).await?;
        tx.commit().await?;
        locked.state.promised = promised;
        locked.state.wiped = false;
        locked.done();
        tracing::info!(promised, "recovered from the other storage nodes");
        Ok(true)
    }

    /// What other members of the policy in force have promised, each once.
    async fn ask_others(&self, others: &[Link]) -> Result<BTreeMap<AckKey, Prepared>> {
        let view = self.view();
        let quorum = view.quorum.as_ref().ok_or(Refusal::NoLedger)?;
        let mut answers = BTreeMap::new();
        for other in others {
            match other.promised().await {
                Ok(answer) => {
                    let key = other.ack_key().filter(|key| *key != self.ack_key());
                    let key = key.filter(|key| quorum.policy.entry.member(*key).is_some());
                    answers.extend(key.map(|key| (key, answer)));
                }
                Err(error) => tracing::debug!(%error, "recovering"),
            }
        }
        Ok(answers)
    }

    /// Accepts the block that another node had accepted, at the same ballot.
    async fn adopt(&self, block: AcceptedBlock, others: &[Link]) -> Result<bool> {
        let ballot = block.ballot;
        let append = Arc::new(Append {
            ballot,
            header: block.header,
            entries: block.entries,
            blobs: Vec::new(),
            leaf_lists: block.leaf_lists,
            previous: None,
            committed: None,
        });
        for _ in 0..TRIES {
            let mut locked = self.lock_as(Wiped::Allowed).await?;
            let inline = Inline::default();
            let checked = self
                .check(locked.state.ledger()?, &append, &inline, Approval::Needed)
                .await?;
            let missing = match checked {
                Ok(checked) => {
                    let ballot = Ballot::Others(ballot);
                    self.accept(&mut locked.state, &append, checked, &inline, ballot)
                        .await?;
                    self.read_back(&locked.state).await?;
                    locked.done();
                    return Ok(true);
                }
                Err(Appended::MissingBlobs(missing)) => missing,
                Err(refused) => {
                    tracing::warn!(?refused, "the accepted block of another node is refused");
                    return Ok(false);
                }
            };
            locked.done();
            for sha256 in missing {
                self.fetch_blob(sha256, others).await?;
            }
        }
        Ok(false)
    }
}
