//! The proof bundle of a job (LEDGER.md section 3). It is planned from the indexes of its entries, eight bytes each; its
//! text is made piece by piece, so that a job of a million tasks fits.

mod gathered;
mod hashes;
mod text;

use super::super::db::{BlockRow, JobPlace, PolicyPlace};
use super::super::error::{Result, StorageError};
use super::super::wire::Refusal;
use super::StorageNode;
use gathered::Gathered;
use hashes::Hashes;
use shared::ids::{ChainId, Digest, JobId};
use shared::job::Job;
use shared::leaf::decode_subset_list;
use shared::ledger::bundle::{BundleParts, Certification, ProofBundle};
use shared::ledger::note::Note;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
pub use text::BundleText;

/// Bundles that a node makes at once.
pub(super) const MAX_AT_ONCE: usize = 8;
/// Decisions that are read at once.
const PAGE: u32 = 4096;

/// Which bundle a reader wishes for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BundleWish {
    /// The job, or a subset job of it.
    pub job: JobId,
    /// SHA-256 of the text of the policy that the reader has pinned; Policy 0 when nothing is said.
    pub policy: Option<Digest>,
    /// The first task.
    pub first: u32,
    /// How many tasks; all from the first one on when nothing is said.
    pub count: Option<u32>,
}

impl BundleWish {
    /// The whole bundle of a job for a reader who has pinned Policy 0.
    #[must_use]
    pub const fn whole(job: JobId) -> Self {
        Self {
            job,
            policy: None,
            first: 0,
            count: None,
        }
    }

    fn tasks(&self, task_count: u32) -> Range<u32> {
        let end = self.count.map(|count| self.first.saturating_add(count));
        let end = end.unwrap_or(task_count).min(task_count);
        self.first.min(end)..end
    }
}

/// The newest block with the checkpoint that certifies it.
struct Head {
    row: BlockRow,
    checkpoint: Note,
}

impl StorageNode {
    /// The bundle of a job under the newest certified checkpoint; `None` when the job is not under it.
    ///
    /// # Errors
    /// [`Refusal::Limit`] when no policy has the pinned text; [`StorageError::Later`] when too many bundles are made, or
    /// a policy's certificate is not here yet; or when a record is damaged, or the database fails.
    pub async fn bundle(self: &Arc<Self>, wish: &BundleWish) -> Result<Option<BundleText>> {
        let permit = self.bundles.clone().try_acquire_owned();
        let permit =
            permit.map_err(|_| StorageError::Later("too many bundles are being made here"))?;
        let (Some(chain), Some(head)) = (self.view().chain, self.newest_head().await?) else {
            return Ok(None);
        };
        let Some(own) = self.parent_place(wish.job).await? else {
            return Ok(None);
        };
        if own.index >= head.row.size {
            return Ok(None);
        }
        let job = self.db().job(chain, own.id, own.index).await?;
        let tasks = wish.tasks(job.task_count);
        let is_whole = tasks == (0..job.task_count);
        let mut gathered = Gathered::new(head.row.size, tasks.clone());
        self.gather(&own, tasks, Some, &mut gathered).await?;
        let leaves = self.gather_subsets(chain, &own, &mut gathered).await?;
        let policies = self.db().policy_places(head.row.height).await?;
        let after = pinned(&policies, wish.policy)?;
        let changes: Vec<&PolicyPlace> = policies.range(after + 1..).map(|(_, one)| one).collect();
        gathered.add_policies(&policies, after);
        let mut hashes = Hashes::default();
        let mut certified = Vec::with_capacity(changes.len());
        for change in changes {
            certified.push(self.change(change, &mut hashes).await?);
        }
        let header = head.row.size.saturating_sub(1);
        let parts = BundleParts {
            job_id: own.id,
            partial: !is_whole || !gathered.is_complete(),
            changes: certified,
            head: Certification {
                record: self.record(header, head.row.size, &mut hashes).await?,
                checkpoint: head.checkpoint,
            },
            leaves,
            records: Vec::new(),
        };
        let opening = ProofBundle::new(parts).map_err(|error| StorageError::Damaged {
            what: format!("what a bundle begins with ({error})"),
        })?;
        let indexes = gathered.into_indexes();
        Ok(Some(BundleText::new(
            self.clone(),
            head.row.size,
            opening.to_string(),
            indexes,
            hashes,
            permit,
        )))
    }

    async fn newest_head(&self) -> Result<Option<Head>> {
        let Some(row) = self.db().certified().await? else {
            return Ok(None);
        };
        let note = row.certificate.as_deref().map(read_note).transpose()?;
        Ok(note.map(|checkpoint| Head { row, checkpoint }))
    }

    /// The job; of a subset job, its parent.
    async fn parent_place(&self, id: JobId) -> Result<Option<JobPlace>> {
        let asked = self.db().job_place(id).await?;
        match asked.and_then(|job| job.parent) {
            Some(parent) => self.db().job_place(parent).await,
            None => Ok(asked),
        }
    }

    /// Notes where the entries of a job stand. `of_parent` says which task of the bundle's job one of this job is.
    async fn gather(
        &self,
        job: &JobPlace,
        tasks: Range<u32>,
        of_parent: impl Fn(u32) -> Option<u32>,
        gathered: &mut Gathered,
    ) -> Result<()> {
        gathered.add([Some(job.index), job.done].into_iter().flatten());
        let mut next = tasks.start;
        loop {
            let page = self
                .db()
                .decision_places(job, next, tasks.end, PAGE)
                .await?;
            let Some(last) = page.last() else { break };
            next = last.task.saturating_add(1);
            for decision in page {
                if let Some(task) = of_parent(decision.task) {
                    gathered.add_decision(task, &decision);
                }
            }
        }
        // Read last: what was decided anew since then is in here.
        for void in self.db().void_places(job).await? {
            if let Some(task) = of_parent(void.task) {
                gathered.add_void(task, &void);
            }
        }
        Ok(())
    }

    /// The same for the subset jobs that have a good Cert; the answer are their lists of leaves.
    async fn gather_subsets(
        &self,
        chain: ChainId,
        own: &JobPlace,
        gathered: &mut Gathered,
    ) -> Result<BTreeMap<JobId, Vec<u8>>> {
        let mut leaves = BTreeMap::new();
        for subset in self.db().subset_places(own.id).await? {
            if subset.index >= gathered.size() {
                continue;
            }
            let job = self.db().job(chain, subset.id, subset.index).await?;
            let list = self.list_of(&job).await?;
            let tasks = decode_subset_list(&list).map_err(|_| StorageError::Damaged {
                what: format!("the leaf list of job {}", subset.id),
            })?;
            let of_parent = |task: u32| tasks.get(usize::try_from(task).ok()?).copied();
            let mut of_subset = gathered.empty();
            self.gather(&subset, 0..job.task_count, of_parent, &mut of_subset)
                .await?;
            if gathered.take_used(of_subset) {
                leaves.insert(subset.id, list);
            }
        }
        Ok(leaves)
    }

    async fn list_of(&self, job: &Job) -> Result<Vec<u8>> {
        let sha256 = self.db().leaf_list(job.input_root).await?;
        let sha256 = sha256.ok_or(StorageError::Corrupt("leaf_lists"))?;
        let bytes = self.blob_bytes(sha256).await?;
        bytes.ok_or(StorageError::BlobGone(sha256))
    }

    /// A Policy after the pinned one, with the certified checkpoint of its block.
    async fn change(&self, policy: &PolicyPlace, hashes: &mut Hashes) -> Result<Certification> {
        let certificate = policy.certificate.as_deref();
        let certificate = certificate.ok_or(StorageError::Later(
            "the certificate of a policy is missing",
        ))?;
        Ok(Certification {
            record: self.record(policy.index, policy.size, hashes).await?,
            checkpoint: read_note(certificate)?,
        })
    }
}

fn read_note(text: &str) -> Result<Note> {
    Note::parse(text.as_bytes()).map_err(|_| StorageError::Corrupt("certificate"))
}

/// Index of the newest Policy with the pinned text.
fn pinned(policies: &BTreeMap<u64, PolicyPlace>, text: Option<Digest>) -> Result<u64> {
    let Some(text) = text else {
        let first = policies.first_key_value();
        return Ok(first.map_or(0, |(index, _)| *index));
    };
    let found = policies.values().rev().find(|one| one.text_sha256 == text);
    let unknown = || {
        let words = format!("no policy in force until now has a text with SHA-256 {text}");
        Refusal::Limit(words)
    };
    Ok(found.ok_or_else(unknown)?.index)
}
