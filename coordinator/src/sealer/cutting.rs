//! Cutting the next block from the queue (LEDGER.md section 4): at 500 entries, at 2 MiB, or a time after the first
//! pending entry.

use super::block::Block;
use super::copying::Copied;
use super::leading::{block_of, new_block};
use super::{Ended, Finished, Report, Sealer};
use crate::storage::wire::{Beaten, Heartbeat, LeafList};
use crate::store::{CutEntry, EntryKind, Queued, QueuedFact};
use shared::codec::Canonical as _;
use shared::ids::{Digest, JobId};
use shared::job::{Input, SignedJob};
use shared::ledger::done::Done;
use shared::ledger::note::Note;
use shared::ledger::rules::MAX_BLOCK_ENTRIES;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// Bytes of entries and blobs at which a block is cut.
const MAX_BLOCK_BYTES: u64 = 2 << 20;
/// How soon after a block the storage nodes hear of its certificate, which they serve.
pub(super) const FIRST_BEAT: Duration = Duration::from_secs(1);
/// How long blocks wait for a storage node to cosign the head again.
const BEAT_PATIENCE: Duration = Duration::from_secs(2);

impl Sealer {
    /// Waits for entries and cuts them into a block, which is persisted before it is returned.
    pub(super) async fn next_block(&mut self) -> Result<Arc<Block>, Ended> {
        let mut pending_since: Option<Instant> = None;
        loop {
            if self.next_beat <= Instant::now() {
                self.beat().await?;
                self.next_beat = Instant::now() + self.config.heartbeat;
            }
            let queued = self.cuttable().await?;
            let full = queued.len() >= MAX_BLOCK_ENTRIES;
            let cut_at = match (queued.is_empty(), pending_since) {
                (true, _) => {
                    pending_since = None;
                    None
                }
                (false, Some(since)) => Some(since + self.config.block_timeout),
                (false, None) => {
                    let now = Instant::now();
                    pending_since = Some(now);
                    Some(now + self.config.block_timeout)
                }
            };
            let now = Instant::now();
            if full
                || self.tip.head.is_none() && !queued.is_empty()
                || cut_at.is_some_and(|at| at <= now)
            {
                return self.cut(queued).await;
            }
            let stop = self.stop.clone();
            tokio::select! {
                () = stop.cancelled() => return Err(Ended::Finished(Finished::Stopping)),
                () = self.store.ledger_queue_grew(), if cut_at.is_none() => {}
                () = self.copying.progress() => {}
                Ok(()) = self.approved.changed() => {}
                () = tokio::time::sleep_until(cut_at.unwrap_or(now)), if cut_at.is_some() => {}
                () = tokio::time::sleep_until(self.next_beat) => {}
                // What comes late changes nothing any more.
                _ = self.news.recv() => {}
            }
        }
    }

    /// What the next block may hold, in ledger order.
    async fn cuttable(&mut self) -> Result<Vec<Queued>, Ended> {
        let is_policy = |one: &Queued| matches!(one.fact, QueuedFact::Other(EntryKind::Policy));
        let approved = *self.approved.borrow_and_update();
        if self.tip.head.is_none() {
            let mut all = self.store.ledger_uncut(u32::MAX, u64::MAX).await?;
            all.retain(is_policy);
            all.truncate(1);
            return Ok(all);
        }
        let max = u32::try_from(MAX_BLOCK_ENTRIES).unwrap_or(u32::MAX);
        let queued = self.store.ledger_uncut(max, MAX_BLOCK_BYTES).await?;
        let mut block: Vec<Queued> = Vec::with_capacity(queued.len());
        let mut waiting: BTreeSet<JobId> = BTreeSet::new();
        for one in queued {
            if is_policy(&one) {
                if approved != Some(Digest::of(&one.body)) {
                    continue;
                }
                if block.is_empty() {
                    block.push(one);
                }
                break;
            }
            match &one.fact {
                QueuedFact::Job { job, .. } => {
                    let parent = parent_of(self.config.chain, &one.body);
                    let waits = parent.is_some_and(|parent| waiting.contains(&parent));
                    if waits || self.copying.ask(*job) == Copied::Not {
                        waiting.insert(*job);
                        continue;
                    }
                }
                QueuedFact::Done { job, .. } if waiting.contains(job) => continue,
                _ => {}
            }
            block.push(one);
        }
        Ok(block)
    }

    /// Makes the block and persists it.
    async fn cut(&mut self, mut queued: Vec<Queued>) -> Result<Arc<Block>, Ended> {
        let chain = self.config.chain;
        let mut cut = Vec::with_capacity(queued.len());
        let mut leaf_lists = Vec::new();
        for one in &mut queued {
            let mut body = None;
            match &one.fact {
                QueuedFact::Done {
                    job,
                    end,
                    accepted,
                    failed,
                } => {
                    let done = Done {
                        job_id: *job,
                        accepted: *accepted,
                        failed: *failed,
                        reason: end.reason(),
                        cancel: end.cancel().to_vec(),
                    };
                    one.body = done.encode(chain);
                    body = Some(one.body.clone());
                }
                QueuedFact::Job {
                    leaves_sha256: Some(sha256),
                    ..
                } => {
                    if let Ok(signed) = SignedJob::decode(chain, &one.body) {
                        leaf_lists.push(LeafList {
                            input_root: signed.job().input_root,
                            sha256: *sha256,
                        });
                    }
                }
                _ => {}
            }
            cut.push(CutEntry { num: one.num, body });
        }
        let entries: Vec<Vec<u8>> = queued.iter().map(|one| one.body.clone()).collect();
        let leader_key = self.keys.leader.leader_key();
        let made = self.tip.cut(
            &entries,
            self.policy.sha256,
            leader_key,
            self.ballot,
            self.clock.now(),
        );
        let header = made.header;
        let signed = header.sign(chain, &self.keys.leader);
        let tip = made.tip(&self.tip, chain, &signed);
        let block = new_block(&header, chain, &signed, &tip);
        self.store.ledger_cut(&self.lease, &block, &cut).await?;
        Ok(Arc::new(block_of(
            &header, chain, signed, queued, leaf_lists, tip,
        )))
    }

    /// Has the head cosigned again, so that everyone sees how young it is.
    async fn beat(&mut self) -> Result<(), Ended> {
        let (Some(head), Some(certificate)) = (self.tip.head, self.certificate.clone()) else {
            return Ok(());
        };
        let Ok(old) = Note::parse(certificate.as_bytes()) else {
            return Ok(());
        };
        let Ok(mut note) = Note::new(old.text().to_owned()) else {
            return Ok(());
        };
        for line in old.lines_of(self.policy.text.log()) {
            note.push(line.clone());
        }
        let heartbeat = Heartbeat {
            certificate,
            policies: self.policy_certificates.clone(),
        };
        let asked = self.members.iter().map(|member| async {
            let asking = member.link.heartbeat(&heartbeat);
            (member.name.clone(), timeout(BEAT_PATIENCE, asking).await)
        });
        let mut lines = 0;
        for (member, answer) in futures_util::future::join_all(asked).await {
            match answer {
                Ok(Ok(Beaten::Cosigned(line))) => {
                    if let Some(line) = self.cosigned(&note, &member, &line) {
                        note.push(line);
                        lines += 1;
                    }
                }
                Ok(Ok(other)) => tracing::debug!(
                    storage.node = member,
                    ?other,
                    "a storage node does not cosign the head again"
                ),
                Ok(Err(error)) => {
                    tracing::warn!(storage.node = member, %error, "a storage node does not answer");
                }
                Err(_) => tracing::warn!(storage.node = member, "a storage node does not answer"),
            }
        }
        if lines >= self.policy.text.threshold() {
            let certificate = note.to_string();
            let now = self.clock.now();
            self.store
                .ledger_stored(&self.lease, head.height, &[], &certificate, now)
                .await?;
            self.certificate = Some(certificate);
        }
        Ok(())
    }

    /// Takes back what the storage nodes refuse: the facts of these entries, by their numbers in the queue.
    pub(super) async fn drop_refused(
        &mut self,
        block: &Block,
        entries: &[(u32, String)],
    ) -> Result<(), Ended> {
        self.refused_headers.push(block.header_hash);
        self.store
            .ledger_uncut_block(&self.lease, block.header.height)
            .await?;
        for (place, rule) in entries {
            let Some(num) = block.nums.get(*place as usize) else {
                continue;
            };
            let now = self.clock.now();
            let dropped = self.store.ledger_drop(&self.lease, *num, rule, now).await?;
            tracing::error!(
                ?dropped,
                rule,
                "the storage nodes refuse an entry; it is taken back"
            );
            if let Some(dropped) = dropped {
                self.report(Report::Dropped(dropped)).await?;
            }
        }
        Ok(())
    }
}

/// The job of which a subset job runs tasks again.
fn parent_of(chain: shared::ids::ChainId, body: &[u8]) -> Option<JobId> {
    match SignedJob::decode(chain, body).ok()?.job().input {
        Input::Subset { parent } => Some(parent),
        Input::Chunks | Input::Range(_) => None,
    }
}
