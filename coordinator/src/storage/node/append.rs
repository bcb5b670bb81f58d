//! APPEND: the rules of LEDGER.md section 5 in their order, one synced transaction, and a signed Ack.

use super::super::body;
use super::super::check::{self, Broken, Checked};
use super::super::db::NewAccepted;
use super::super::error::{Result, StorageError};
use super::super::wire::{Append, Appended, CommitProof};
use super::StorageNode;
use super::blobs::{BlobCheck, Inline};
use super::prepare::check_ballot;
use super::state::{Accepted, Ledger, State};
use shared::ids::{Digest, LeaderKey};
use shared::ledger::ack::Ack;
use shared::ledger::entry::Entry;
use shared::ledger::header::Header;
use shared::ledger::rules::MAX_BLOCK_ENTRIES;
use shared::merkle::leaf_hash;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How far a header's time may be ahead of the node's clock, ms.
const MAX_AHEAD_MS: u64 = 120_000;

impl StorageNode {
    /// Checks the block, stores it and acknowledges it; or says what is in the way. The same block again is acknowledged
    /// again.
    ///
    /// # Errors
    /// [`super::super::wire::Refusal`] when the node takes part in nothing or has no ledger yet; or when the database
    /// fails.
    pub async fn append(&self, append: Arc<Append>) -> Result<Appended> {
        check_ballot(append.ballot)?;
        let mut locked = self.lock().await?;
        let appended = self.append_locked(&mut locked.state, append).await?;
        locked.done();
        Ok(appended)
    }

    async fn append_locked(&self, state: &mut State, append: Arc<Append>) -> Result<Appended> {
        if append.ballot < state.promised {
            let promised = state.promised;
            return Ok(Appended::StaleBallot { promised });
        }
        if let Some(previous) = &append.previous
            && previous.height == state.ledger()?.place().next_height
            && let Some(refused) = self.commit_previous(state, &append).await?
        {
            return Ok(refused);
        }
        let ledger = state.ledger()?;
        let header = match self.check_header(ledger, &append) {
            Ok(header) => header,
            Err(refused) => return Ok(refused),
        };
        let hash = header.hash(ledger.chain);
        if let Some(accepted) = &state.accepted
            && accepted.height == header.height
        {
            let is_same = accepted.header == append.header;
            if is_same && self.is_whole(state).await? {
                return self.accept_again(state, append.ballot).await;
            }
            if !is_same && accepted.ballot == append.ballot {
                let words = format!(
                    "rule ballot: another block was accepted at ballot {}",
                    append.ballot
                );
                return Ok(broken(Broken::new(append.entries.len(), words)));
            }
        }
        let inline = Inline::of(&append.blobs);
        let approval = match &append.committed {
            Some(proof) if is_committed(ledger, &header, proof) => Approval::Given,
            _ => Approval::Needed,
        };
        let checked = match self.check(ledger, &append, &inline, approval).await? {
            Ok(checked) => checked,
            Err(refused) => return Ok(refused),
        };
        let ballot = Ballot::Leader(append.ballot);
        self.accept(state, &append, checked, &inline, ballot)
            .await?;
        self.read_back(state).await?;
        Ok(Appended::Ack(self.ack(
            state,
            append.ballot,
            header.height,
            hash,
        )?))
    }

    /// Whether the header belongs at the end of the committed log, at this ballot and time.
    fn check_header(&self, ledger: &Ledger, append: &Append) -> Result<Header, Appended> {
        let count = append.entries.len();
        let of_header = |words: String| broken(Broken::new(count, words));
        if count > MAX_BLOCK_ENTRIES {
            let words = format!(
                "rule count: the block has {count} entries, at most {MAX_BLOCK_ENTRIES} are allowed"
            );
            return Err(of_header(words));
        }
        let header = Header::decode_signed(ledger.chain, &append.header);
        let header = header.map_err(|error| of_header(format!("rule header: {error}")))?;
        let place = ledger.place();
        let not_next = |rule: String| Appended::NotNext { place, rule };
        if header.height != place.next_height {
            let next = place.next_height;
            let words = format!(
                "rule height: block {next} comes next, not {}",
                header.height
            );
            return Err(not_next(words));
        }
        let before = ledger
            .tip
            .head
            .map_or(Digest::NONE, |head| head.header_hash);
        if header.prev_header_hash != before {
            let words = format!(
                "rule prev_header_hash: the header before is {before}, not {}",
                header.prev_header_hash
            );
            return Err(not_next(words));
        }
        if header.first_index != place.size {
            let size = place.size;
            let words = format!(
                "rule first_index: entry {size} comes next, not {}",
                header.first_index
            );
            return Err(not_next(words));
        }
        if header.epoch > append.ballot {
            let words = format!(
                "rule epoch: epoch {} is later than ballot {}",
                header.epoch, append.ballot
            );
            return Err(of_header(words));
        }
        let node_ms = self.clock().now();
        if header.time_ms.since(node_ms) > MAX_AHEAD_MS {
            return Err(Appended::ClockAhead {
                header_ms: header.time_ms.0,
                node_ms: node_ms.0,
            });
        }
        Ok(header)
    }

    /// Every rule of section 2, and that what the block names is here.
    pub(super) async fn check(
        &self,
        ledger: &Ledger,
        append: &Arc<Append>,
        inline: &Inline<'_>,
        approval: Approval,
    ) -> Result<Result<Checked, Appended>> {
        let decoding = check::decode(ledger.chain, append.clone(), self.signatures.clone());
        let decoded = match decoding.await? {
            Ok(decoded) => decoded,
            Err(refusal) => return Ok(Err(broken(refusal))),
        };
        if let Err(refused) = self.check_policy(ledger, &decoded, approval) {
            return Ok(Err(refused));
        }
        let noting = self.note_leaf_lists(&decoded, &append.leaf_lists, inline);
        let leaf_lists = match noting.await? {
            BlobCheck::Fine(leaf_lists) => leaf_lists,
            refused => return Ok(Err(refused.into_refusal())),
        };
        let signatures = self.signatures.clone();
        let checking = check::check(
            &self.db,
            ledger.facts(),
            append.clone(),
            decoded,
            leaf_lists,
            signatures,
        );
        let checked = match checking.await? {
            Ok(checked) => checked,
            Err(refusal) => return Ok(Err(broken(refusal))),
        };
        let present = self.check_blobs(&checked.block.entries, &checked.leaf_lists, inline);
        Ok(match present.await? {
            BlobCheck::Fine(()) => Ok(checked),
            refused => Err(refused.into_refusal()),
        })
    }

    /// A Policy in the block must be approved; the first one must be that under which the ledger began here.
    fn check_policy(
        &self,
        ledger: &Ledger,
        entries: &[Entry],
        approval: Approval,
    ) -> Result<(), Appended> {
        for (at, entry) in entries.iter().enumerate() {
            let Entry::Policy(policy) = entry else {
                continue;
            };
            let sha256 = policy.sha256(ledger.chain);
            let first = ledger.first.policy.sha256;
            if ledger.tip.head.is_none() && sha256 != first {
                let words = format!("rule policy_first: the ledger begins with the policy {first}");
                return Err(broken(Broken::new(at, words)));
            }
            if approval == Approval::Needed && !self.approved(sha256) {
                return Err(Appended::PolicyNotApproved(sha256));
            }
        }
        Ok(())
    }

    /// One transaction, on disk when it returns: the block is accepted at this ballot.
    pub(super) async fn accept(
        &self,
        state: &mut State,
        append: &Append,
        checked: Checked,
        inline: &Inline<'_>,
        ballot: Ballot,
    ) -> Result<()> {
        let header = &checked.block.header;
        let header_hash = checked.block.header_hash;
        let body = body::encode(&append.entries, &append.header);
        let now = self.clock().now();
        let (promised, ballot) = match ballot {
            Ballot::Leader(ballot) => (ballot.max(state.promised), ballot),
            Ballot::Others(ballot) => (state.promised, ballot),
        };
        let mut tx = self.db.tx("accept").await?;
        tx.promise(promised).await?;
        for blob in inline.named_by(&checked.block.entries, &checked.leaf_lists) {
            tx.put_blob(blob, now).await?;
        }
        let new = NewAccepted {
            height: header.height,
            first_index: header.first_index,
            size: header.size(),
            header_hash,
            ballot,
            header: &append.header,
            body: &body,
        };
        tx.accept(&new).await?;
        tx.commit().await?;
        state.promised = promised;
        state.accepted = Some(Accepted {
            ballot,
            height: header.height,
            header_hash,
            header: append.header.clone(),
            next_leader: next_leader(&checked.block.entries),
            checked: Some(checked),
        });
        Ok(())
    }

    /// The same block at this ballot, which may be higher than the one at which it was accepted.
    async fn accept_again(&self, state: &mut State, ballot: u64) -> Result<Appended> {
        let accepted = state.accepted.as_mut();
        let accepted = accepted.ok_or(StorageError::Corrupt("blocks"))?;
        if accepted.ballot < ballot || state.promised < ballot {
            let mut tx = self.db.tx("accept_again").await?;
            tx.promise(ballot).await?;
            tx.raise_ballot(accepted.height, ballot).await?;
            tx.commit().await?;
            accepted.ballot = ballot;
            state.promised = ballot;
        }
        let (height, hash) = (accepted.height, accepted.header_hash);
        Ok(Appended::Ack(self.ack(state, ballot, height, hash)?))
    }

    /// Reads the accepted block from disk and compares it with what was checked. After a restart it is compared with its
    /// header: the rules are run again when it is committed.
    pub(super) async fn read_back(&self, state: &State) -> Result<()> {
        if self.is_whole(state).await? {
            return Ok(());
        }
        let height = state.accepted.as_ref().map(|block| block.height);
        Err(StorageError::Damaged {
            what: format!("block {}", height.unwrap_or(0)),
        })
    }

    async fn is_whole(&self, state: &State) -> Result<bool> {
        let accepted = state.accepted.as_ref();
        let accepted = accepted.ok_or(StorageError::Corrupt("blocks"))?;
        let entries = match self.db.entries(accepted.height).await {
            Ok(entries) => entries,
            Err(StorageError::Damaged { .. }) => return Ok(false),
            Err(error) => return Err(error),
        };
        let hashes: Vec<Digest> = entries.iter().map(|entry| leaf_hash(entry)).collect();
        Ok(match &accepted.checked {
            Some(checked) => hashes == checked.block.leaf_hashes,
            None => is_of_header(state.ledger()?, &accepted.header, &entries, &hashes),
        })
    }

    fn ack(&self, state: &State, ballot: u64, height: u64, header_hash: Digest) -> Result<Vec<u8>> {
        let ack = Ack {
            ballot,
            height,
            header_hash,
            ack_key: self.ack_key(),
        };
        Ok(ack.sign(state.ledger()?.chain, &self.keys().ack))
    }

    /// Runs the rules over the accepted block again, from disk: nothing of the check is left after a restart.
    pub(super) async fn check_accepted(&self, state: &State) -> Result<Checked> {
        let accepted = state.accepted.as_ref();
        let accepted = accepted.ok_or(StorageError::Corrupt("blocks"))?;
        let ledger = state.ledger()?;
        let mut entries = self.db.entries(accepted.height).await?;
        let header = entries.pop().unwrap_or_default();
        let append = Arc::new(Append {
            ballot: accepted.ballot,
            leaf_lists: self.leaf_lists(ledger.chain, &entries).await?,
            header,
            entries,
            blobs: Vec::new(),
            previous: None,
            committed: None,
        });
        let inline = Inline::default();
        let checked = self
            .check(ledger, &append, &inline, Approval::Given)
            .await?;
        checked.map_err(|refused| {
            tracing::error!(
                ?refused,
                "the accepted block does not keep the rules any more"
            );
            StorageError::Damaged {
                what: format!("block {}", accepted.height),
            }
        })
    }
}

/// At whose ballot a block is accepted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ballot {
    /// The leader's that sends it: accepting is a promise too.
    Leader(u64),
    /// One at which others have accepted it: nothing is promised.
    Others(u64),
}

/// Whether the operator must have approved a Policy in the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Approval {
    /// The node is to acknowledge it.
    Needed,
    /// A quorum has committed the block, or this node acknowledged it before.
    Given,
}

/// Whether acks of a quorum show that this block is committed.
fn is_committed(ledger: &Ledger, header: &Header, proof: &CommitProof) -> bool {
    proof.height == header.height
        && proof.header_hash == header.hash(ledger.chain)
        && ledger.quorum.check_acks(ledger.chain, proof).is_ok()
}

fn broken(broken: Broken) -> Appended {
    Appended::Broken {
        entry: broken.entry,
        rule: broken.rule,
    }
}

fn next_leader(entries: &[Entry]) -> Option<LeaderKey> {
    entries.iter().find_map(|entry| match entry {
        Entry::Policy(policy) => Some(policy.leader_key),
        _ => None,
    })
}

/// Whether the entries on disk are those that the header was made of.
fn is_of_header(ledger: &Ledger, header: &[u8], entries: &[Vec<u8>], hashes: &[Digest]) -> bool {
    let Ok(read) = Header::decode_signed(ledger.chain, header) else {
        return false;
    };
    let Some((_, of_entries)) = hashes.split_last() else {
        return false;
    };
    let mut tree = ledger.tip.tree.clone();
    for hash in of_entries {
        tree.push_hash(*hash);
    }
    entries.last().is_some_and(|last| last == header) && tree.root() == read.log_root
}

/// The blobs of leaves by their roots.
pub(super) type LeafListMap = BTreeMap<Digest, Digest>;
