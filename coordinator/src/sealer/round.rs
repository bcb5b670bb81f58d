//! One block's way to its quorum: acks, the checkpoint, the commit, the cosignatures.

use super::block::Block;
use super::courier::{Errand, News, What};
use super::{Ended, Finished, Sealer, SealerError};
use crate::storage::wire::CommitProof;
use shared::ledger::ack::Ack;
use shared::ledger::checkpoint::Checkpoint;
use shared::ledger::note::{Note, NoteLine};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A block that has its quorum.
pub(super) struct Sealed {
    pub(super) proof: CommitProof,
    /// Its checkpoint with the lines of the quorum.
    pub(super) certificate: String,
}

impl Sealer {
    /// Brings a persisted block to its quorum. `proof`: what committed it already, under an earlier leader.
    pub(super) async fn round(
        &mut self,
        block: Arc<Block>,
        proof: Option<CommitProof>,
    ) -> Result<Sealed, Ended> {
        let mut note = self.checkpoint(&block)?;
        let proof = match proof {
            Some(proof) => proof,
            None => CommitProof {
                height: block.header.height,
                header_hash: block.header_hash,
                acks: self.acks(&block).await?,
                log_note: note.to_string(),
            },
        };
        self.errand(&block, Some(&proof));
        let mut lines: BTreeMap<String, NoteLine> = BTreeMap::new();
        while lines.len() < self.policy.text.threshold() {
            let news = self.next_news(&block).await?;
            match news.what {
                What::Cosigned(line) => {
                    if let Some(line) = self.cosigned(&note, &news.member, &line) {
                        lines.insert(news.member, line);
                    }
                }
                What::Stale(promised) => return Err(Ended::NewEpoch(promised)),
                What::Ack(_) | What::Broken { .. } => {}
            }
        }
        for line in lines.into_values() {
            note.push(line);
        }
        Ok(Sealed {
            proof,
            certificate: note.to_string(),
        })
    }

    /// Collects the acks of a quorum at this leader's ballot.
    async fn acks(&mut self, block: &Arc<Block>) -> Result<Vec<Vec<u8>>, Ended> {
        self.errand(block, None);
        let mut acks: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        let mut broken: BTreeMap<String, (u32, String)> = BTreeMap::new();
        let threshold = self.policy.text.threshold();
        while acks.len() < threshold {
            let news = self.next_news(block).await?;
            match news.what {
                What::Ack(ack) => {
                    if self.is_good_ack(block, &news.member, &ack) {
                        acks.insert(news.member, ack);
                    }
                }
                What::Stale(promised) => return Err(Ended::NewEpoch(promised)),
                What::Broken { entry, rule } => {
                    tracing::warn!(
                        storage.node = news.member,
                        entry,
                        rule,
                        "a storage node refuses a block"
                    );
                    broken.insert(news.member, (entry, rule));
                    if self.members.len() - broken.len() < threshold {
                        return Err(refused(block, broken));
                    }
                }
                What::Cosigned(_) => {}
            }
        }
        Ok(acks.into_values().collect())
    }

    fn is_good_ack(&self, block: &Block, member: &str, bytes: &[u8]) -> bool {
        let ack = Ack::decode_signed(self.config.chain, bytes);
        let key = self
            .members
            .iter()
            .find(|one| one.name == member)
            .map(|one| one.ack_key);
        let is_good = ack.is_ok_and(|ack| {
            Some(ack.ack_key) == key
                && ack.ballot == self.ballot
                && ack.height == block.header.height
                && ack.header_hash == block.header_hash
        });
        if !is_good {
            tracing::warn!(
                storage.node = member,
                "a storage node's ack is not for this block"
            );
        }
        is_good
    }

    /// The block's checkpoint with the log's line.
    fn checkpoint(&self, block: &Block) -> Result<Note, Ended> {
        let checkpoint = Checkpoint {
            origin: self.policy.text.origin().to_owned(),
            size: block.header.size(),
            root: block.tip.tree.root(),
        };
        let signed = checkpoint.sign(&self.keys.checkpoint);
        signed.map_err(|error| Ended::Fatal(SealerError::Setup(error.to_string())))
    }

    /// A storage node's line, if it is one that verifies.
    pub(super) fn cosigned(&self, note: &Note, member: &str, line: &str) -> Option<NoteLine> {
        let mut with = note.clone();
        let parsed: Option<NoteLine> = line.trim_end_matches('\n').parse().ok();
        if let Some(parsed) = parsed {
            with.push(parsed.clone());
            let lines = self.policy.text.cosigned(&with);
            if lines.is_ok_and(|lines| lines.iter().any(|one| one.witness == member)) {
                return Some(parsed);
            }
        }
        tracing::warn!(
            storage.node = member,
            "a storage node's cosignature does not verify"
        );
        None
    }

    fn errand(&self, block: &Arc<Block>, proof: Option<&CommitProof>) {
        for courier in &self.couriers {
            courier.send(Errand {
                ballot: self.ballot,
                block: block.clone(),
                policy_zero: self.policy_zero.clone(),
                previous: self.last_proof.clone(),
                proof: proof.cloned(),
            });
        }
    }

    /// News about this block.
    async fn next_news(&mut self, block: &Block) -> Result<News, Ended> {
        loop {
            let news = self
                .news
                .recv()
                .await
                .ok_or(Ended::Finished(Finished::Stopping))?;
            if news.height == block.header.height {
                return Ok(news);
            }
        }
    }
}

/// The entries that at least one storage node refuses, as none of them can have a quorum.
fn refused(block: &Block, broken: BTreeMap<String, (u32, String)>) -> Ended {
    let count = block.entries.len();
    let of_header = broken.values().find(|(entry, _)| *entry as usize >= count);
    if let Some((_, rule)) = of_header {
        let words = format!(
            "the storage nodes refuse the header of block {}: {rule}",
            block.header.height
        );
        return Ended::Fatal(SealerError::Diverged(words));
    }
    let entries: BTreeMap<u32, String> = broken.into_values().collect();
    Ended::Refused(entries.into_iter().collect())
}
