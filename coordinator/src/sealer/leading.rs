//! Taking the lead among the storage nodes: PREPARE to a quorum, then finish what an earlier leader left.

use super::block::Block;
use super::{Ended, Member, Sealer, SealerError};
use crate::storage::wire::{
    AcceptedBlock, Certificate, CommitProof, LeafList, Prepare, Prepared, ReadBlocks,
};
use crate::store::{BlockRecord, CutEntry, NamedBlob, NewBlock, Queued, QueuedFact};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use shared::codec::Canonical as _;
use shared::ids::{ChainId, Digest};
use shared::ledger::cut::Tip;
use shared::ledger::done::Done;
use shared::ledger::facts::Head;
use shared::ledger::header::Header;
use shared::merkle::{TreeHasher, leaf_hash};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Wait before a storage node that did not answer is asked again.
const RETRY: Duration = Duration::from_millis(500);

/// A storage node's answer to PREPARE.
struct Promise {
    member: Arc<Member>,
    prepared: Prepared,
}

/// A block as storage nodes have it.
struct Found {
    header: Vec<u8>,
    entries: Vec<Vec<u8>>,
    leaf_lists: Vec<LeafList>,
}

impl Sealer {
    /// Takes a ballot that a quorum promises, and finds where the log ends. The answer is the block that must be brought
    /// to its quorum before anything new, with what committed it when that is so.
    pub(super) async fn take_the_lead(
        &mut self,
    ) -> Result<Option<(Arc<Block>, Option<CommitProof>)>, Ended> {
        for courier in &self.couriers {
            courier.rest();
        }
        let promises = self.promises().await?;
        let stored = self.store.ledger_last_stored().await?;
        self.tip = tip_of(self.config.chain, stored.as_ref())?;
        self.certificate = stored.and_then(|block| block.certificate);
        let of_policies = self.store.ledger_policy_certificates().await?;
        let of_policies = of_policies.into_iter();
        self.policy_certificates = of_policies
            .map(|(height, note)| Certificate { height, note })
            .collect();
        self.last_proof = None;
        tracing::info!(
            epoch = self.ballot,
            ledger.size = self.tip.size(),
            "leading the storage nodes"
        );

        let next_height = self
            .tip
            .head
            .map_or(0, |head| head.height.saturating_add(1));
        let committed = promises
            .iter()
            .filter_map(|one| one.prepared.committed.as_ref().map(|head| (one, head)))
            .max_by_key(|(_, head)| head.height);
        match committed {
            None if next_height > 0 => return Err(behind(next_height)),
            Some((_, head)) if head.height.saturating_add(1) < next_height => {
                return Err(behind(next_height));
            }
            Some((_, head)) if head.height > next_height => {
                return Err(diverged(format!(
                    "the storage nodes have committed block {}, and this database ends before block {next_height}: \
                     it is an older copy; rebuild it with `manyhands serve --recover-from URL`",
                    head.height
                )));
            }
            Some((promise, head)) if head.height == next_height => {
                let proof = promises
                    .iter()
                    .filter_map(|one| one.prepared.committed.as_ref())
                    .filter(|one| one.height == next_height)
                    .find_map(|one| one.proof.clone());
                let Some(proof) = proof else {
                    return Err(diverged(format!(
                        "no storage node can show what committed block {next_height}"
                    )));
                };
                let found = self
                    .read_committed(&promise.member, &head.header, next_height)
                    .await?;
                let block = self.take_over(found).await?;
                return Ok(Some((block, Some(proof))));
            }
            Some((_, head)) => {
                let ours = self.tip.head.map(|head| head.header_hash);
                let header = Header::decode_signed(self.config.chain, &head.header);
                let theirs = header.ok().map(|header| header.hash(self.config.chain));
                if ours != theirs {
                    let height = head.height;
                    return Err(diverged(format!(
                        "the storage nodes have committed another block {height} than this database knows: \
                         it belongs to another ledger, or a leader has lied"
                    )));
                }
                self.last_proof.clone_from(&head.proof);
            }
            None => {}
        }
        let refused = &self.refused_headers;
        if let Some(accepted) = highest_accepted(self.config.chain, promises, next_height, refused)
        {
            let found = Found {
                header: accepted.header,
                entries: accepted.entries,
                leaf_lists: accepted.leaf_lists,
            };
            return Ok(Some((self.take_over(found).await?, None)));
        }
        if self.store.ledger_block(next_height).await?.is_some() {
            self.store
                .ledger_uncut_block(&self.lease, next_height)
                .await?;
        }
        Ok(None)
    }

    /// Promises of a quorum at one ballot, which is the leader's from now on.
    async fn promises(&mut self) -> Result<Vec<Promise>, Ended> {
        let threshold = self.policy.text.threshold();
        loop {
            // Whoever was away too long finds the storage nodes promised to another: it must not outbid that one.
            self.store.lease_check(&self.lease).await?;
            self.ballot = self.ballot.max(self.lease.epoch).saturating_add(1);
            let prepare = Prepare {
                ballot: self.ballot,
                policy: Some(self.policy_zero.to_vec()),
            };
            let mut asked: FuturesUnordered<_> = self
                .members
                .iter()
                .map(|member| ask(member.clone(), prepare.clone()))
                .collect();
            let mut promises = Vec::with_capacity(threshold);
            let mut higher = None;
            while promises.len() < threshold {
                let Some(promise) = asked.next().await else {
                    break;
                };
                if promise.prepared.promised > self.ballot {
                    higher = Some(promise.prepared.promised);
                    break;
                }
                promises.push(promise);
            }
            match higher {
                None => return Ok(promises),
                Some(theirs) => self.ballot = theirs,
            }
        }
    }

    async fn read_committed(
        &self,
        member: &Member,
        header: &[u8],
        height: u64,
    ) -> Result<Found, Ended> {
        let read = member.link.read_blocks(&ReadBlocks { from: height }).await;
        let blocks =
            read.map_err(|error| diverged(format!("block {height} cannot be read: {error}")))?;
        match blocks.blocks.into_iter().next() {
            Some(block) if block.header == header => Ok(Found {
                header: block.header,
                entries: block.entries,
                leaf_lists: block.leaf_lists,
            }),
            _ => Err(diverged(format!(
                "storage node {} does not give its block {height}",
                member.name
            ))),
        }
    }

    /// Makes a block of an earlier leader this one's own, byte for byte: its entries are in this store's queue.
    async fn take_over(&self, found: Found) -> Result<Arc<Block>, Ended> {
        let chain = self.config.chain;
        let header = Header::decode_signed(chain, &found.header).map_err(|error| {
            diverged(format!(
                "a storage node gave a header that is none: {error}"
            ))
        })?;
        tracing::info!(
            block.height = header.height,
            block.epoch = header.epoch,
            "taking over a block"
        );
        let known = self.store.ledger_block(header.height).await?;
        let queued = match known {
            Some(known) if known.block.header == found.header => {
                self.store.ledger_block_entries(header.height).await?
            }
            known => {
                if known.is_some() {
                    self.store
                        .ledger_uncut_block(&self.lease, header.height)
                        .await?;
                }
                self.cut_again(&header, &found).await?
            }
        };
        if !queued.iter().map(|one| &one.body).eq(&found.entries) {
            return Err(unknown(header.height));
        }
        let leaf_hashes = found.entries.iter().map(|entry| leaf_hash(entry));
        let tip = self.tip.after(chain, &header, &found.header, leaf_hashes);
        Ok(Arc::new(block_of(
            &header,
            chain,
            found.header,
            queued,
            found.leaf_lists,
            tip,
        )))
    }

    /// Finds the entries in the queue and records them as cut into this block.
    async fn cut_again(&self, header: &Header, found: &Found) -> Result<Vec<Queued>, Ended> {
        let chain = self.config.chain;
        let waiting = self.store.ledger_uncut(u32::MAX, u64::MAX).await?;
        let mut by_body = BTreeMap::new();
        let mut ends = BTreeMap::new();
        for queued in &waiting {
            match &queued.fact {
                QueuedFact::Done { job, .. } => ends.insert(*job, queued.num),
                _ => by_body.insert(Digest::of(&queued.body), queued.num),
            };
        }
        let mut cut = Vec::with_capacity(found.entries.len());
        for entry in &found.entries {
            let done = Done::decode(entry).ok();
            let num = match &done {
                Some((_, done)) => ends.get(&done.job_id),
                None => by_body.get(&Digest::of(entry)),
            };
            let num = *num.ok_or_else(|| unknown(header.height))?;
            let body = done.map(|_| entry.clone());
            cut.push(CutEntry { num, body });
        }
        let leaf_hashes = found.entries.iter().map(|entry| leaf_hash(entry));
        let tip = self.tip.after(chain, header, &found.header, leaf_hashes);
        let block = new_block(header, chain, &found.header, &tip);
        self.store.ledger_cut(&self.lease, &block, &cut).await?;
        Ok(self.store.ledger_block_entries(header.height).await?)
    }
}

/// Asks until there is an answer.
async fn ask(member: Arc<Member>, prepare: Prepare) -> Promise {
    let mut said = false;
    loop {
        match member.link.prepare(&prepare).await {
            Ok(prepared) => return Promise { member, prepared },
            Err(error) => {
                if !said {
                    tracing::warn!(storage.node = member.name, %error, "waiting for the storage quorum");
                    said = true;
                }
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

/// The block above the committed ones that was accepted at the highest ballot.
fn highest_accepted(
    chain: ChainId,
    promises: Vec<Promise>,
    height: u64,
    refused: &[Digest],
) -> Option<AcceptedBlock> {
    let accepted = promises.into_iter().filter_map(|one| one.prepared.accepted);
    let next = accepted.filter(|block| {
        // What so many have refused that no quorum is left was never committed and never will be.
        Header::decode_signed(chain, &block.header)
            .is_ok_and(|header| header.height == height && !refused.contains(&header.hash(chain)))
    });
    next.max_by_key(|block| block.ballot)
}

/// Where the log ends with the last stored block.
fn tip_of(chain: ChainId, stored: Option<&BlockRecord>) -> Result<Tip, Ended> {
    let Some(stored) = stored else {
        return Ok(Tip::default());
    };
    let damaged = || {
        diverged(format!(
            "the record of block {} is damaged",
            stored.block.height
        ))
    };
    let header = Header::decode_signed(chain, &stored.block.header).map_err(|_| damaged())?;
    let roots = stored.block.roots.chunks_exact(Digest::LEN);
    let roots = roots.filter_map(Digest::from_slice).collect();
    let tree = TreeHasher::restore(stored.block.size, roots).map_err(|_| damaged())?;
    let head = Head {
        height: header.height,
        size: header.size(),
        header_hash: header.hash(chain),
        time_ms: header.time_ms,
    };
    Ok(Tip {
        head: Some(head),
        tree,
    })
}

/// A block as the store records it.
pub(super) fn new_block(
    header: &Header,
    chain: ChainId,
    signed_header: &[u8],
    tip: &Tip,
) -> NewBlock {
    NewBlock {
        height: header.height,
        epoch: header.epoch,
        first_index: header.first_index,
        size: header.size(),
        header: signed_header.to_vec(),
        header_hash: header.hash(chain),
        at_ms: header.time_ms,
        roots: tip.tree.roots().iter().flat_map(|root| root.0).collect(),
    }
}

/// A block on its way.
pub(super) fn block_of(
    header: &Header,
    chain: ChainId,
    signed_header: Vec<u8>,
    queued: Vec<Queued>,
    leaf_lists: Vec<LeafList>,
    tip: Tip,
) -> Block {
    let mut block = Block {
        header: *header,
        header_hash: header.hash(chain),
        signed_header,
        entries: Vec::with_capacity(queued.len()),
        nums: Vec::with_capacity(queued.len()),
        blobs: Vec::<NamedBlob>::new(),
        leaf_lists,
        tip,
    };
    for one in queued {
        block.entries.push(one.body);
        block.nums.push(one.num);
        block.blobs.extend(one.blobs);
    }
    block
}

fn unknown(height: u64) -> Ended {
    diverged(format!(
        "the storage nodes have a block {height} with entries that this database does not have: it is an older copy; \
         rebuild it with `manyhands serve --recover-from URL`"
    ))
}

fn diverged(words: String) -> Ended {
    Ended::Fatal(SealerError::Diverged(words))
}

fn behind(next_height: u64) -> Ended {
    diverged(format!(
        "this database has {next_height} blocks with their quorum, and a quorum of the storage nodes has fewer: \
         they were set back; bring back their newest files"
    ))
}
