//! Copying what a job's tasks read to the storage nodes: no task is assigned before a quorum holds it (LEDGER.md
//! section 5). A job's entry is cut only then.

use super::Member;
use crate::storage::LinkError;
use crate::storage::wire::WhichMissing;
use crate::store::{Store, StoreError};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use shared::ids::{Digest, JobId};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Wait before a storage node that did not answer is tried again.
const RETRY: Duration = Duration::from_millis(500);
/// Largest input, bytes.
const MAX_BLOB: u64 = 64 << 20;
/// Inputs that are looked for at once.
const PAGE: u32 = 8192;

/// Whether a quorum holds a job's inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Copied {
    Yes,
    Not,
}

/// Jobs whose inputs are being copied, or were.
#[derive(Debug)]
pub(super) struct Copying {
    store: Store,
    members: Vec<Arc<Member>>,
    threshold: usize,
    running: JoinSet<JobId>,
    begun: BTreeSet<JobId>,
    copied: BTreeSet<JobId>,
}

impl Copying {
    pub(super) fn new(store: Store, members: Vec<Arc<Member>>, threshold: usize) -> Self {
        Self {
            store,
            members,
            threshold,
            running: JoinSet::new(),
            begun: BTreeSet::new(),
            copied: BTreeSet::new(),
        }
    }

    /// Whether a quorum holds what the job's tasks read; otherwise it is copied from now on.
    pub(super) fn ask(&mut self, job: JobId) -> Copied {
        if self.copied.contains(&job) {
            return Copied::Yes;
        }
        if self.begun.insert(job) {
            let work = Work {
                store: self.store.clone(),
                members: self.members.clone(),
                threshold: self.threshold,
                job,
            };
            self.running.spawn(work.run());
        }
        Copied::Not
    }

    /// The job's entry is stored: nothing needs to be remembered.
    pub(super) fn forget(&mut self, job: JobId) {
        self.begun.remove(&job);
        self.copied.remove(&job);
    }

    /// Waits until the inputs of another job are copied; for ever when none are being copied.
    pub(super) async fn progress(&mut self) {
        loop {
            match self.running.join_next().await {
                Some(Ok(job)) => {
                    self.copied.insert(job);
                    return;
                }
                Some(Err(error)) => tracing::error!(%error, "copying inputs has failed"),
                None => std::future::pending().await,
            }
        }
    }
}

struct Work {
    store: Store,
    members: Vec<Arc<Member>>,
    threshold: usize,
    job: JobId,
}

impl Work {
    /// Copies until a quorum has everything. The others go on for themselves until then, and get the rest when they are
    /// repaired.
    async fn run(self) -> JobId {
        let mut said = false;
        loop {
            match self.try_once().await {
                Ok(()) => return self.job,
                Err(error) => {
                    if !said {
                        tracing::warn!(job.id = %self.job, %error, "a job waits until its inputs are on a quorum of storage nodes");
                        said = true;
                    }
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }

    async fn try_once(&self) -> Result<(), CopyError> {
        let mut after = None;
        loop {
            let page = self.store.job_inputs(self.job, after, PAGE).await?;
            let Some(last) = page.last().copied() else {
                return Ok(());
            };
            self.copy(&page).await?;
            after = Some(last);
        }
    }

    /// Copies these blobs to a quorum.
    async fn copy(&self, blobs: &[Digest]) -> Result<(), CopyError> {
        let mut copies: FuturesUnordered<_> = self
            .members
            .iter()
            .map(|member| self.copy_to(member, blobs))
            .collect();
        let mut have = 0;
        let mut problem = None;
        while let Some(copied) = copies.next().await {
            match copied {
                Ok(()) => have += 1,
                Err(error) => problem = Some(error),
            }
        }
        match problem {
            Some(error) if have < self.threshold => Err(error),
            _ => Ok(()),
        }
    }

    async fn copy_to(&self, member: &Member, blobs: &[Digest]) -> Result<(), CopyError> {
        let question = WhichMissing {
            blobs: blobs.to_vec(),
        };
        for sha256 in member.link.which_missing(&question).await?.blobs {
            let bytes = self.store.blob_bytes(sha256, MAX_BLOB).await?;
            let bytes = bytes.ok_or(StoreError::BlobGone(sha256))?;
            member.link.put_blob(sha256, bytes).await?;
        }
        Ok(())
    }
}

/// Why inputs are not copied yet.
#[derive(Debug, thiserror::Error)]
enum CopyError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Link(#[from] LinkError),
}
