//! One storage node's courier: brings it the newest block, tries again for as long as it takes, and brings it up to date
//! from the other storage nodes when it has missed blocks.

use super::Member;
use super::block::Block;
use crate::storage::LinkError;
use crate::storage::wire::{
    Append, Appended, CommitProof, Committed, Place, Prepare, ReadBlocks, Refusal,
};
use crate::store::Store;
use shared::ids::Digest;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Wait before a storage node that did not answer is tried again: doubled each time, up to the second one.
const RETRY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));
/// Largest blob that is read at once, bytes.
const MAX_BLOB: u64 = 64 << 20;

/// What a courier is to bring.
#[derive(Debug, Clone)]
pub(super) struct Errand {
    pub(super) ballot: u64,
    pub(super) block: Arc<Block>,
    /// Policy 0, the entry's bytes.
    pub(super) policy_zero: Arc<[u8]>,
    /// What committed the block before.
    pub(super) previous: Option<CommitProof>,
    /// What commits this block; `None` while acks are collected.
    pub(super) proof: Option<CommitProof>,
}

/// What a courier has to tell.
#[derive(Debug)]
pub(super) struct News {
    pub(super) member: String,
    pub(super) height: u64,
    pub(super) what: What,
}

/// What a storage node answered.
#[derive(Debug)]
pub(super) enum What {
    /// The block is on its disk: a signed Ack.
    Ack(Vec<u8>),
    /// The block is committed there: its cosignature line.
    Cosigned(String),
    /// It has promised a higher ballot.
    Stale(u64),
    /// An entry breaks a rule.
    Broken { entry: u32, rule: String },
}

/// The handle of a courier; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Courier {
    errand: watch::Sender<Option<Errand>>,
}

impl Courier {
    pub(super) fn start(
        member: Arc<Member>,
        all: Vec<Arc<Member>>,
        store: Store,
        news: mpsc::Sender<News>,
    ) -> Self {
        let (errand, told) = watch::channel(None);
        let work = Work {
            others: all
                .into_iter()
                .filter(|one| one.name != member.name)
                .collect(),
            member,
            store,
            news,
        };
        tokio::spawn(work.run(told));
        Self { errand }
    }

    /// Gives it another errand; what it was at is left.
    pub(super) fn send(&self, errand: Errand) {
        self.errand.send_replace(Some(errand));
    }

    /// Takes its errand back.
    pub(super) fn rest(&self) {
        self.errand.send_replace(None);
    }
}

struct Work {
    member: Arc<Member>,
    others: Vec<Arc<Member>>,
    store: Store,
    news: mpsc::Sender<News>,
}

/// How one try ended.
enum Tried {
    /// There is nothing more to do until the next errand.
    Done,
    /// Go on at once.
    Again,
    /// Try again a little later.
    Later(String),
}

impl Work {
    /// Brings errand after errand. One that is on its way is never broken off: what the storage node has begun, it ends.
    async fn run(self, mut told: watch::Receiver<Option<Errand>>) {
        let mut wait = RETRY.0;
        let mut said = false;
        loop {
            let errand = told.borrow_and_update().clone();
            let tried = match &errand {
                None => Tried::Done,
                Some(errand) => self.bring(errand).await,
            };
            match tried {
                Tried::Again => {}
                Tried::Done => {
                    (wait, said) = (RETRY.0, false);
                    if told.changed().await.is_err() {
                        return;
                    }
                }
                Tried::Later(why) => {
                    if !said {
                        tracing::warn!(
                            storage.node = self.member.name,
                            why,
                            "a storage node does not take its block yet"
                        );
                        said = true;
                    }
                    tokio::select! {
                        changed = told.changed() => if changed.is_err() { return },
                        () = tokio::time::sleep(wait) => {}
                    }
                    wait = (wait * 2).min(RETRY.1);
                }
            }
        }
    }

    async fn bring(&self, errand: &Errand) -> Tried {
        let tried = match &errand.proof {
            None => self.append(errand).await,
            Some(proof) => self.commit(errand, proof).await,
        };
        match tried {
            Err(LinkError::Refused {
                refusal: Refusal::NoLedger,
                ..
            }) => self.found(errand).await,
            tried => tried.unwrap_or_else(|error| Tried::Later(error.to_string())),
        }
    }

    /// A storage node that was not there when the lead was taken hears of the ledger.
    async fn found(&self, errand: &Errand) -> Tried {
        let prepare = Prepare {
            ballot: errand.ballot,
            policy: Some(errand.policy_zero.to_vec()),
        };
        match self.member.link.prepare(&prepare).await {
            Ok(prepared) if prepared.promised > errand.ballot => {
                self.tell(errand, What::Stale(prepared.promised)).await
            }
            Ok(_) => Tried::Again,
            Err(error) => Tried::Later(error.to_string()),
        }
    }

    async fn append(&self, errand: &Errand) -> Result<Tried, LinkError> {
        let block = &errand.block;
        let append = Arc::new(Append {
            ballot: errand.ballot,
            header: block.signed_header.clone(),
            entries: block.entries.clone(),
            blobs: block.inline_blobs(),
            leaf_lists: block.leaf_lists.clone(),
            previous: errand.previous.clone(),
            committed: errand.proof.clone(),
        });
        Ok(match self.member.link.append(&append).await? {
            Appended::Ack(ack) => self.tell(errand, What::Ack(ack)).await,
            Appended::NotNext { place, .. } if place.next_height > block.header.height => {
                // Committed there already, under an earlier leader: its line comes when the block is committed here.
                Tried::Done
            }
            Appended::NotNext { place, .. } => {
                self.bring_up_to_date(errand.ballot, place, block.header.height)
                    .await?
            }
            Appended::StaleBallot { promised } => self.tell(errand, What::Stale(promised)).await,
            Appended::Broken { entry, rule } => {
                self.tell(errand, What::Broken { entry, rule }).await
            }
            Appended::MissingBlobs(missing) => self.put_blobs(errand, &missing).await?,
            Appended::PolicyNotApproved(sha256) => {
                Tried::Later(format!("its operator has not approved the policy {sha256}"))
            }
            Appended::ClockAhead { header_ms, node_ms } => Tried::Later(format!(
                "the block's time {header_ms} is too far ahead of its clock {node_ms}; set both clocks right"
            )),
        })
    }

    async fn commit(&self, errand: &Errand, proof: &CommitProof) -> Result<Tried, LinkError> {
        Ok(match self.member.link.commit(proof).await? {
            Committed::Cosigned(line) => self.tell(errand, What::Cosigned(line)).await,
            Committed::Unknown(_) => match self.append(errand).await? {
                Tried::Done => Tried::Again,
                other => other,
            },
            Committed::Invalid(why) => Tried::Later(format!("it does not take the proof: {why}")),
        })
    }

    async fn tell(&self, errand: &Errand, what: What) -> Tried {
        let news = News {
            member: self.member.name.clone(),
            height: errand.block.header.height,
            what,
        };
        // Without a sealer there is nobody to tell.
        let _ = self.news.send(news).await;
        Tried::Done
    }

    async fn put_blobs(&self, errand: &Errand, missing: &[Digest]) -> Result<Tried, LinkError> {
        for sha256 in missing {
            let inline = errand
                .block
                .blobs
                .iter()
                .find(|blob| blob.sha256 == *sha256);
            let inline = inline.and_then(|blob| blob.bytes.clone());
            let bytes = match inline {
                Some(bytes) => bytes,
                None => match self.find_blob(*sha256).await {
                    Some(bytes) => bytes,
                    None => return Ok(Tried::Later(format!("the blob {sha256} is nowhere"))),
                },
            };
            self.member.link.put_blob(*sha256, bytes).await?;
        }
        Ok(Tried::Again)
    }

    /// A blob of the coordinator, or of another storage node.
    async fn find_blob(&self, sha256: Digest) -> Option<Vec<u8>> {
        match self.store.blob_bytes(sha256, MAX_BLOB).await {
            Ok(Some(bytes)) => return Some(bytes),
            Ok(None) => {}
            Err(error) => tracing::error!(%error, %sha256, "a blob cannot be read"),
        }
        for other in &self.others {
            if let Ok(Some(bytes)) = other.link.read_blob(sha256).await {
                return Some(bytes);
            }
        }
        None
    }

    /// Brings the blocks that the storage node has missed, from the others.
    async fn bring_up_to_date(
        &self,
        ballot: u64,
        place: Place,
        until: u64,
    ) -> Result<Tried, LinkError> {
        let mut next = place.next_height;
        while next < until {
            let Some(blocks) = self.read_blocks(next).await else {
                return Ok(Tried::Later(format!(
                    "it misses block {next}, and no other storage node can give it"
                )));
            };
            for block in blocks {
                let Some(proof) = block.proof else {
                    return Ok(Tried::Later(format!("no proof commits block {next}")));
                };
                let append = Arc::new(Append {
                    ballot,
                    header: block.header,
                    entries: block.entries,
                    blobs: Vec::new(),
                    leaf_lists: block.leaf_lists,
                    previous: None,
                    committed: Some(proof.clone()),
                });
                loop {
                    match self.member.link.append(&append).await? {
                        Appended::Ack(_) => break,
                        Appended::NotNext { place, .. } if place.next_height > next => break,
                        Appended::MissingBlobs(missing) => {
                            if let Some(later) = self.put_missing(&missing).await? {
                                return Ok(later);
                            }
                        }
                        other => {
                            return Ok(Tried::Later(format!(
                                "it does not take block {next}: {other:?}"
                            )));
                        }
                    }
                }
                match self.member.link.commit(&proof).await? {
                    Committed::Cosigned(_) => next = next.saturating_add(1),
                    other => {
                        return Ok(Tried::Later(format!(
                            "it does not commit block {next}: {other:?}"
                        )));
                    }
                }
            }
        }
        Ok(Tried::Again)
    }

    async fn put_missing(&self, missing: &[Digest]) -> Result<Option<Tried>, LinkError> {
        for sha256 in missing {
            let Some(bytes) = self.find_blob(*sha256).await else {
                return Ok(Some(Tried::Later(format!("the blob {sha256} is nowhere"))));
            };
            self.member.link.put_blob(*sha256, bytes).await?;
        }
        Ok(None)
    }

    async fn read_blocks(&self, from: u64) -> Option<Vec<crate::storage::wire::CommittedBlock>> {
        for other in &self.others {
            if let Ok(answer) = other.link.read_blocks(&ReadBlocks { from }).await
                && answer
                    .blocks
                    .first()
                    .is_some_and(|block| block.proof.is_some())
            {
                return Some(answer.blocks);
            }
        }
        None
    }
}
