//! What a storage node keeps no longer: outputs some days after their job's end, inputs from its end on, and blobs that
//! nothing ever named. Entries, modules, manifests and leaf lists stay for good.

use super::super::check::blobs_of;
use super::super::db::{BlockRow, leaf_bytes};
use super::super::error::Result;
use super::StorageNode;
use super::append::LeafListMap;
use futures_util::StreamExt as _;
use shared::cert::Cert;
use shared::codec::Canonical as _;
use shared::ids::{ChainId, Digest, JobId};
use shared::job::{Input, Job};
use shared::leaf::Leaf;
use shared::ledger::entry::Entry;
use std::collections::{BTreeMap, BTreeSet, HashSet};

const DAY_MS: u64 = 24 * 3600 * 1000;
/// Blobs that no entry names yet stay so long: the leader copies them before it cuts the block that names them.
const UNUSED_MS: u64 = DAY_MS;
/// Tasks whose outputs go in one transaction.
const TASKS: u32 = 512;
/// Blobs that go in one transaction.
const BLOBS: usize = 256;

/// What was cleaned away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Tasks whose outputs the promise does not cover any more.
    pub expired_tasks: u64,
    /// Blobs that were deleted.
    pub blobs: u64,
}

impl StorageNode {
    /// Gives up the outputs of jobs that ended more than `keep_days` ago, and deletes the blobs that nothing names.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clean(&self, keep_days: u32) -> Result<Cleaned> {
        let mut cleaned = Cleaned::default();
        let view = self.view();
        let Some(chain) = view.chain.filter(|_| !view.wiped) else {
            return Ok(cleaned);
        };
        cleaned.expired_tasks = self.expire(keep_days).await?;
        let now = self.clock().now().0;
        let before = shared::ids::UnixMs(now.saturating_sub(UNUSED_MS));
        let unused = self.db().unused_blobs(before).await?;
        if unused.is_empty() {
            return Ok(cleaned);
        }
        let live = self.live_inputs(chain).await?;
        let unused: Vec<Digest> = unused
            .into_iter()
            .filter(|blob| !live.contains(blob))
            .collect();
        for blobs in unused.chunks(BLOBS) {
            cleaned.blobs += self.delete(chain, blobs).await?;
        }
        Ok(cleaned)
    }

    async fn expire(&self, keep_days: u32) -> Result<u64> {
        let kept_ms = u64::from(keep_days) * DAY_MS;
        let before = shared::ids::UnixMs(self.clock().now().0.saturating_sub(kept_ms));
        let mut expired = 0;
        while let Some(job) = self.db().next_expiring(before).await? {
            let tasks = self.db().decided_tasks(&job, TASKS).await?;
            let mut uses: BTreeMap<Digest, u64> = BTreeMap::new();
            for output in self.outputs(&tasks).await? {
                *uses.entry(output).or_default() += 1;
            }
            let is_end = tasks.len() < usize::try_from(TASKS).unwrap_or(usize::MAX);
            let next = tasks.last().and_then(|(task, _)| task.checked_add(1));
            let mut tx = self.db().tx("expire").await?;
            tx.expire(&job, next.filter(|_| !is_end), &uses).await?;
            tx.commit().await?;
            expired += tasks.len() as u64;
        }
        Ok(expired)
    }

    /// The outputs that the newest entries of some tasks name. Those of void Certs are kept: there are few.
    async fn outputs(&self, tasks: &[(u32, u64)]) -> Result<Vec<Digest>> {
        let mut indexes: Vec<u64> = tasks.iter().map(|(_, index)| *index).collect();
        indexes.sort_unstable();
        let mut blocks: Vec<(BlockRow, Vec<u64>)> = Vec::new();
        for index in indexes {
            match blocks.last_mut() {
                Some((block, indexes)) if index < block.size => indexes.push(index),
                _ => blocks.push((self.block_with(index).await?, vec![index])),
            }
        }
        let mut outputs = Vec::new();
        for (block, indexes) in blocks {
            let entries = self.db().entries(block.height).await?;
            for index in indexes {
                let place = usize::try_from(index - block.first_index).unwrap_or(usize::MAX);
                let entry = entries.get(place).map(Vec::as_slice).unwrap_or_default();
                if let Ok((_, cert)) = Cert::decode(entry)
                    && cert.outcome.output_len > 0
                {
                    outputs.push(cert.outcome.output_sha256);
                }
            }
        }
        Ok(outputs)
    }

    /// The inputs and common files of jobs that have not ended.
    async fn live_inputs(&self, chain: ChainId) -> Result<HashSet<Digest>> {
        let mut live = HashSet::new();
        for (id, index) in self.db().live_jobs().await? {
            let job = self.db().job(chain, id, index).await?;
            live.insert(job.common_sha256);
            self.inputs_of(&job, &mut live).await?;
            if let Input::Subset { parent } = job.input {
                self.inputs_of_parent(chain, parent, &mut live).await?;
            }
        }
        Ok(live)
    }

    async fn inputs_of_parent(
        &self,
        chain: ChainId,
        parent: JobId,
        live: &mut HashSet<Digest>,
    ) -> Result<()> {
        let found = self.db().find_job(Digest(parent.0)).await?;
        let Some((index, _)) = found else {
            return Ok(());
        };
        let job = self.db().job(chain, parent, index).await?;
        self.inputs_of(&job, live).await
    }

    async fn inputs_of(&self, job: &Job, live: &mut HashSet<Digest>) -> Result<()> {
        if job.input != Input::Chunks {
            return Ok(());
        }
        let Some(list) = self.db().leaf_list(job.input_root).await? else {
            return Ok(());
        };
        let mut pieces = std::pin::pin!(self.db().blob_read(list));
        let mut rest: Vec<u8> = Vec::new();
        while let Some(piece) = pieces.next().await {
            rest.extend_from_slice(&piece?);
            let leaves = rest.chunks_exact(leaf_bytes(job).unwrap_or(Leaf::CHUNK_LEN));
            let remainder = leaves.remainder().to_vec();
            live.extend(leaves.filter_map(|leaf| Digest::from_slice(leaf.get(..32)?)));
            rest = remainder;
        }
        Ok(())
    }

    /// Deletes blobs while no block is being accepted; those that the accepted block names stay.
    async fn delete(&self, chain: ChainId, blobs: &[Digest]) -> Result<u64> {
        let locked = self.lock().await?;
        let named = self.named_by_accepted(chain).await?;
        let blobs = blobs.iter().filter(|blob| !named.contains(blob));
        let blobs: Vec<Digest> = blobs.copied().collect();
        let mut tx = self.db().tx("delete_unused").await?;
        let deleted = tx.delete_unused(&blobs).await?;
        tx.commit().await?;
        locked.done();
        Ok(deleted)
    }

    async fn named_by_accepted(&self, chain: ChainId) -> Result<BTreeSet<Digest>> {
        let Some(block) = self.accepted_block(chain).await? else {
            return Ok(BTreeSet::new());
        };
        let lists = block.leaf_lists.iter();
        let lists: LeafListMap = lists.map(|list| (list.input_root, list.sha256)).collect();
        let entries = block.entries.iter();
        let decoded = entries.filter_map(|entry| Entry::decode(chain, entry).ok());
        Ok(decoded.flat_map(|entry| blobs_of(&entry, &lists)).collect())
    }
}
