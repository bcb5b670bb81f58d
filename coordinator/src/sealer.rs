//! The leader's side of the ledger (LEDGER.md sections 4 and 5): cuts blocks from the queue, has the storage nodes check
//! and keep them, and reports what has its quorum.
//!
//! `founding` makes Policy 0, `changing` proposes those after it. `leading` takes the lead among the storage nodes: PREPARE, and what an earlier leader left.
//! `cutting` makes the next block. Each storage node has a courier (`courier`), which brings it block after block at its
//! own pace; `round` waits for the quorum of one block. `copying` brings inputs to a quorum before a Job is cut.

mod block;
mod changing;
mod copying;
mod courier;
mod cutting;
mod founding;
mod keys;
mod leading;
mod round;

pub use changing::{ChangeError, PolicyDesk};
pub use founding::{Change, Charter, Founder, Founding, Seat};
pub use keys::LedgerKeys;

use crate::clock::Clock;
use crate::storage::Link;
use crate::storage::wire::{Certificate, CommitProof};
use crate::store::{Dropped, Lease, Store, StoreError, Stored};
use block::Block;
use copying::Copying;
use courier::{Courier, News};
use shared::ids::{AckKey, ChainId, Digest};
use shared::ledger::cut::Tip;
use shared::ledger::policy::PolicyEntry;
use shared::ledger::policy_text::QuorumPolicy;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long the storage nodes may take before jobs are told that they wait for them.
const LATE: Duration = Duration::from_secs(3);
/// News from couriers that may wait.
const NEWS: usize = 1024;

/// What the sealer is told.
#[derive(Debug, Clone)]
pub struct SealerConfig {
    /// SHA-256 of the ledger's origin.
    pub chain: ChainId,
    /// How long an entry waits for others before its block is cut.
    pub block_timeout: Duration,
    /// How long the head may be without a new cosignature.
    pub heartbeat: Duration,
}

/// What the sealer works with.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The coordinator's database.
    pub store: Store,
    /// The time in headers.
    pub clock: Clock,
    /// Under which this coordinator leads.
    pub lease: Lease,
    /// The leader's keys.
    pub keys: LedgerKeys,
    /// Hears what is stored.
    pub reports: mpsc::Sender<Report>,
    /// SHA-256 of the proposed Policy that may be cut: enough storage nodes have approved it.
    pub approved: watch::Receiver<Option<Digest>>,
    /// Cancelled when the coordinator stops.
    pub stop: CancellationToken,
}

/// The policy in force, with what follows from it.
#[derive(Debug, Clone)]
struct Policy {
    entry: PolicyEntry,
    sha256: Digest,
    text: QuorumPolicy,
}

/// A storage node of the policy.
#[derive(Debug, Clone)]
struct Member {
    name: String,
    ack_key: AckKey,
    link: Link,
}

/// What the sealer reports, after it is in the store.
#[derive(Debug)]
pub enum Report {
    /// A block has its storage quorum.
    Stored(Stored),
    /// A refused entry was dropped.
    Dropped(Dropped),
    /// Blocks wait, or do not wait any more, for enough storage nodes.
    QuorumMissing(bool),
}

/// Why sealing stopped.
#[derive(Debug, thiserror::Error)]
pub enum SealerError {
    /// The store does not answer, or another coordinator leads.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nobody hears any more what is stored.
    #[error("the coordinator has stopped")]
    Unheard,
    /// The storage nodes have what this store does not know of, or the other way round.
    #[error("{0}")]
    Diverged(String),
    /// The keys or the policy do not fit together.
    #[error("the ledger cannot be sealed: {0}")]
    Setup(String),
}

/// Why sealing ended in good order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finished {
    /// The coordinator stops.
    Stopping,
    /// Another policy is in force: begin again with its storage nodes.
    PolicyChanged,
}

/// Why a round ended without a stored block.
#[derive(Debug)]
enum Ended {
    /// It must be begun anew in a new epoch: a storage node has promised this ballot.
    NewEpoch(u64),
    /// Entries of the block are refused: their places in it, and the rules.
    Refused(Vec<(u32, String)>),
    /// No round is to follow.
    Finished(Finished),
    /// No going on.
    Fatal(SealerError),
}

impl<E: Into<SealerError>> From<E> for Ended {
    fn from(error: E) -> Self {
        Self::Fatal(error.into())
    }
}

/// Cuts and seals.
#[derive(Debug)]
pub struct Sealer {
    config: SealerConfig,
    store: Store,
    clock: Clock,
    lease: Lease,
    keys: LedgerKeys,
    policy: Policy,
    members: Vec<Arc<Member>>,
    reports: mpsc::Sender<Report>,
    approved: watch::Receiver<Option<Digest>>,
    stop: CancellationToken,
    /// The ballot of this leader; 0 before it has taken the lead.
    ballot: u64,
    /// Where the log ends: the last block with its quorum.
    tip: Tip,
    /// What committed that block.
    last_proof: Option<CommitProof>,
    /// That block's checkpoint with all lines that there are.
    certificate: Option<String>,
    /// The certificates of all blocks that hold a Policy: the storage nodes hear them with every heartbeat.
    policy_certificates: Vec<Certificate>,
    couriers: Vec<Courier>,
    news: mpsc::Receiver<News>,
    copying: Copying,
    /// When the head is cosigned again.
    next_beat: Instant,
    /// Policy 0, the entry's bytes.
    policy_zero: Arc<[u8]>,
    /// Blocks of this leader that so many storage nodes have refused that they can have no quorum.
    refused_headers: Vec<Digest>,
}

impl Sealer {
    /// A sealer for the policy that was found or made.
    ///
    /// # Errors
    /// When the keys are not the policy's.
    pub fn new(
        config: SealerConfig,
        parts: Parts,
        founding: Founding,
    ) -> Result<Self, SealerError> {
        let Parts {
            store,
            clock,
            lease,
            keys,
            reports,
            approved,
            stop,
        } = parts;
        let Founding {
            policy,
            policy_zero,
            members,
        } = founding;
        keys.check(&policy)?;
        let (tell, news) = mpsc::channel(NEWS);
        let couriers = members
            .iter()
            .map(|member| {
                Courier::start(member.clone(), members.clone(), store.clone(), tell.clone())
            })
            .collect();
        let copying = Copying::new(store.clone(), members.clone(), policy.text.threshold());
        Ok(Self {
            config,
            store,
            clock,
            lease,
            keys,
            policy,
            members,
            reports,
            approved,
            stop,
            ballot: 0,
            tip: Tip::default(),
            last_proof: None,
            certificate: None,
            policy_certificates: Vec::new(),
            couriers,
            news,
            copying,
            next_beat: Instant::now(),
            policy_zero: policy_zero.into(),
            refused_headers: Vec::new(),
        })
    }

    /// Seals until it is stopped, or another policy is in force.
    ///
    /// # Errors
    /// What leaves no way on: the coordinator must stop.
    pub async fn run(mut self) -> Result<Finished, SealerError> {
        loop {
            let stop = self.stop.clone();
            let ended = tokio::select! {
                () = stop.cancelled() => Ended::Finished(Finished::Stopping),
                ended = self.lead() => ended,
            };
            match ended {
                Ended::Finished(finished) => return Ok(finished),
                Ended::Fatal(error) => return Err(error),
                Ended::NewEpoch(promised) => {
                    tracing::info!(promised, "taking a new epoch");
                    self.ballot = self.ballot.max(promised);
                }
                // Taken back in `lead`.
                Ended::Refused(_) => {}
            }
        }
    }

    /// Takes the lead and seals block after block; returns why that ended.
    async fn lead(&mut self) -> Ended {
        let reports = self.reports.clone();
        match told_when_late(&reports, self.take_the_lead()).await {
            Ok(None) => {}
            Ok(Some((block, proof))) => {
                if let Err(ended) = self.seal(block.clone(), proof).await {
                    return self.after_refusal(&block, ended).await;
                }
            }
            Err(ended) => return ended,
        }
        loop {
            let block = match self.next_block().await {
                Ok(block) => block,
                Err(ended) => return ended,
            };
            if let Err(ended) = self.seal(block.clone(), None).await {
                return self.after_refusal(&block, ended).await;
            }
        }
    }

    /// Cuts a block, persists it, and waits for its quorum.
    async fn seal(&mut self, block: Arc<Block>, proof: Option<CommitProof>) -> Result<(), Ended> {
        let reports = self.reports.clone();
        let sealed = told_when_late(&reports, self.round(block.clone(), proof)).await?;
        let stored = self
            .store
            .ledger_stored(
                &self.lease,
                block.header.height,
                &block.indexes(),
                &sealed.certificate,
                self.clock.now(),
            )
            .await?;
        self.tip = block.tip.clone();
        self.last_proof = Some(sealed.proof);
        if block.holds_policy() {
            self.policy_certificates.push(Certificate {
                height: block.header.height,
                note: sealed.certificate.clone(),
            });
        }
        self.certificate = Some(sealed.certificate);
        self.next_beat = self.next_beat.min(Instant::now() + cutting::FIRST_BEAT);
        for job in &stored.begun {
            self.copying.forget(*job);
        }
        tracing::debug!(
            block.height = block.header.height,
            block.entries = block.nums.len(),
            "a block has its storage quorum"
        );
        self.report(Report::Stored(stored)).await?;
        if block.header.height > 0 && block.holds_policy() {
            return Err(Ended::Finished(Finished::PolicyChanged));
        }
        Ok(())
    }

    async fn report(&self, report: Report) -> Result<(), SealerError> {
        let sent = self.reports.send(report).await;
        sent.map_err(|_| SealerError::Unheard)
    }

    /// Drops the refused entries; their facts are taken back.
    async fn after_refusal(&mut self, block: &Block, ended: Ended) -> Ended {
        let Ended::Refused(entries) = ended else {
            return ended;
        };
        match self.drop_refused(block, &entries).await {
            Ok(()) => Ended::NewEpoch(self.ballot),
            Err(ended) => ended,
        }
    }
}

/// Waits for the storage nodes; jobs are told when that takes long.
async fn told_when_late<T>(reports: &mpsc::Sender<Report>, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    tokio::select! {
        biased;
        done = &mut work => return done,
        () = tokio::time::sleep(LATE) => {}
    }
    tracing::warn!("waiting for the storage quorum");
    // That nobody hears it is noticed with the next block.
    let _ = reports.send(Report::QuorumMissing(true)).await;
    let done = work.await;
    let _ = reports.send(Report::QuorumMissing(false)).await;
    done
}
