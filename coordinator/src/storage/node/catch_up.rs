//! Catching up from other storage nodes: every rule is run, and acks of a quorum show that each block was committed.

use super::super::error::Result;
use super::super::link::Link;
use super::super::wire::{Append, Appended, CommittedBlock, Place, ReadBlocks};
use super::append::{Approval, Ballot};
use super::blobs::Inline;
use super::state::State;
use super::{StorageNode, Wiped};
use shared::ids::Digest;
use shared::ledger::ack::Ack;
use shared::ledger::header::Header;
use std::sync::Arc;

/// How often a block is tried again because blobs were fetched: a leaf list may come before other blobs are known.
const TRIES: usize = 4;

/// What became of a block from elsewhere.
enum Taken {
    Done,
    Missing(Vec<Digest>),
    Refused(String),
}

impl StorageNode {
    /// Takes the committed blocks that are missing here from the others, as far as they have them. Says where the log
    /// ends then.
    ///
    /// # Errors
    /// [`super::super::wire::Refusal`] when the node takes part in nothing or has no ledger yet; or when the database
    /// fails. That others do not answer, or answer nonsense, is logged.
    pub async fn catch_up(&self, others: &[Link]) -> Result<Place> {
        self.catch_up_as(others, Wiped::Refused).await
    }

    pub(super) async fn catch_up_as(&self, others: &[Link], wiped: Wiped) -> Result<Place> {
        for other in others {
            while let Some(blocks) = self.read_missing(other).await {
                let before = self.view().place();
                // One that answers with what is here already would be asked for ever.
                if !self.take_all(blocks, others, wiped).await? || self.view().place() == before {
                    break;
                }
            }
        }
        self.fetch_certificates(others).await?;
        Ok(self.view().place())
    }

    /// Blocks that come next, if the other node has any.
    async fn read_missing(&self, other: &Link) -> Option<Vec<CommittedBlock>> {
        let from = self.view().place().next_height;
        match other.read_blocks(&ReadBlocks { from }).await {
            Ok(answer) => Some(answer.blocks).filter(|blocks| !blocks.is_empty()),
            Err(error) => {
                tracing::debug!(%error, "catching up");
                None
            }
        }
    }

    /// Whether all of these blocks were taken.
    async fn take_all(
        &self,
        blocks: Vec<CommittedBlock>,
        others: &[Link],
        wiped: Wiped,
    ) -> Result<bool> {
        for block in blocks {
            if let Err(words) = self.take(block, others, wiped).await? {
                tracing::warn!(
                    reason = words,
                    "a block from another storage node is refused"
                );
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn take(
        &self,
        block: CommittedBlock,
        others: &[Link],
        wiped: Wiped,
    ) -> Result<Result<(), String>> {
        let append = Arc::new(Append {
            ballot: 0,
            header: block.header,
            entries: block.entries,
            blobs: Vec::new(),
            leaf_lists: block.leaf_lists,
            previous: None,
            committed: block.proof,
        });
        for _ in 0..TRIES {
            let mut locked = self.lock_as(wiped).await?;
            let taken = self.take_locked(&mut locked.state, append.clone()).await?;
            locked.done();
            match taken {
                Taken::Done => return Ok(Ok(())),
                Taken::Refused(words) => return Ok(Err(words)),
                Taken::Missing(missing) => {
                    for sha256 in missing {
                        self.fetch_blob(sha256, others).await?;
                    }
                }
            }
        }
        Ok(Err("its blobs cannot be fetched".to_owned()))
    }

    async fn take_locked(&self, state: &mut State, append: Arc<Append>) -> Result<Taken> {
        let ledger = state.ledger()?;
        let Some(proof) = &append.committed else {
            return Ok(Taken::Refused(
                "nothing shows that it was committed".to_owned(),
            ));
        };
        let header = match Header::decode_signed(ledger.chain, &append.header) {
            Ok(header) => header,
            Err(error) => return Ok(Taken::Refused(format!("rule header: {error}"))),
        };
        let next = ledger.place().next_height;
        if header.height < next {
            return Ok(Taken::Done);
        }
        let is_proven = proof.height == header.height
            && proof.header_hash == header.hash(ledger.chain)
            && header.height == next;
        if !is_proven {
            return Ok(Taken::Refused(format!(
                "rule height: block {next} comes next"
            )));
        }
        if let Err(words) = ledger.quorum.check_acks(ledger.chain, proof) {
            return Ok(Taken::Refused(words));
        }
        let inline = Inline::default();
        let checked = match self
            .check(ledger, &append, &inline, Approval::Given)
            .await?
        {
            Ok(checked) => checked,
            Err(Appended::MissingBlobs(missing)) => return Ok(Taken::Missing(missing)),
            Err(refused) => return Ok(Taken::Refused(format!("{refused:?}"))),
        };
        let (size, root) = (header.size(), checked.block.root);
        let note = match ledger.quorum.check_note(&proof.log_note, size, root) {
            Ok(note) => note,
            Err(words) => return Ok(Taken::Refused(words)),
        };
        let first = proof
            .acks
            .first()
            .map(|ack| Ack::decode_signed(ledger.chain, ack));
        let ballot = first.and_then(Result::ok).map_or(0, |ack| ack.ballot);
        self.accept(state, &append, checked, &inline, Ballot::Others(ballot))
            .await?;
        self.read_back(state).await?;
        let line = self.cosign(&note, self.clock().now())?;
        self.commit_accepted(state, proof, &line).await?;
        Ok(Taken::Done)
    }

    /// Fetches a blob from the first of the others that has it.
    pub(super) async fn fetch_blob(&self, sha256: Digest, others: &[Link]) -> Result<bool> {
        for other in others {
            match other.read_blob(sha256).await {
                Ok(Some(bytes)) => {
                    let bytes = bytes::Bytes::from(bytes);
                    let bytes = Box::pin(futures_util::stream::once(async { Ok(bytes) }));
                    self.blob_put(sha256, bytes).await?;
                    return Ok(true);
                }
                Ok(None) => {}
                Err(error) => tracing::debug!(%error, "fetching a blob"),
            }
        }
        Ok(false)
    }
}
