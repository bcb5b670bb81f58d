//! Lists of leaves: found by their root, read leaf by leaf.

use super::facts::leaf_bytes;
use super::{Columns as _, Db, Tx};
use crate::storage::error::{Result, StorageError};
use bytes::Bytes;
use shared::codec::Reader;
use shared::ids::{Digest, JobId};
use shared::job::{Input, Job};
use shared::leaf::{Leaf, decode_subset_list};
use shared::ledger::entry::Entry;
use shared::ledger::facts::{Facts, Needs};

const GET: &str = "SELECT sha256 FROM leaf_lists WHERE input_root = ?";
const PUT: &str = "INSERT INTO leaf_lists (input_root, sha256) VALUES (?, ?) \
     ON CONFLICT (input_root) DO NOTHING";

impl Db {
    /// The blob that holds the leaves of this root, if it is here and the root was computed from it.
    pub(in crate::storage) async fn leaf_list(&self, input_root: Digest) -> Result<Option<Digest>> {
        let query = sqlx::query(GET).bind(&input_root.0[..]);
        let row = query.fetch_optional(&self.reader).await?;
        row.map(|row| row.digest("sha256")).transpose()
    }

    /// Loads the leaves that the check of `entries` reads, and the lists of the subset jobs among them.
    pub(super) async fn load_leaves(
        &self,
        facts: &mut Facts,
        needs: &Needs,
        entries: &[Entry],
    ) -> Result<()> {
        for id in &needs.subset_lists {
            let Some(job) = job_of(facts, entries, *id) else {
                continue;
            };
            let Some(list) = self.leaf_list(job.input_root).await? else {
                continue;
            };
            let bytes = self.blob_bytes(list).await?;
            let tasks = decode_subset_list(&bytes);
            let tasks = tasks.map_err(|_| StorageError::BlobGone(list))?;
            facts.subset_lists.insert(*id, tasks);
        }
        // A subset job's leaves name leaves of its parent: two rounds.
        for _ in 0..2 {
            let missing = facts.missing_leaves(entries);
            let mut open: Option<(JobId, List)> = None;
            for (id, task) in missing {
                if open.as_ref().is_none_or(|(job, _)| *job != id) {
                    open = self.open_list(facts, entries, id).await?;
                }
                let Some((_, list)) = &mut open else { continue };
                if let Some(leaf) = list.leaf(self, task).await? {
                    facts.leaves.insert((id, task), leaf);
                }
            }
        }
        Ok(())
    }

    async fn open_list(
        &self,
        facts: &Facts,
        entries: &[Entry],
        id: JobId,
    ) -> Result<Option<(JobId, List)>> {
        let Some(job) = job_of(facts, entries, id) else {
            return Ok(None);
        };
        let Some(leaf_bytes) = leaf_bytes(job) else {
            return Ok(None);
        };
        let sha256 = self.leaf_list(job.input_root).await?;
        let list = sha256.map(|sha256| List {
            sha256,
            leaf_bytes,
            is_subset: matches!(job.input, Input::Subset { .. }),
            piece: None,
        });
        Ok(list.map(|list| (id, list)))
    }
}

impl Tx {
    /// Notes that the root of the leaves in a blob was computed.
    pub(in crate::storage) async fn put_leaf_list(
        &mut self,
        input_root: Digest,
        sha256: Digest,
    ) -> Result<()> {
        let put = sqlx::query(PUT).bind(&input_root.0[..]).bind(&sha256.0[..]);
        put.execute(self.conn()).await?;
        Ok(())
    }
}

fn job_of<'a>(facts: &'a Facts, entries: &'a [Entry], id: JobId) -> Option<&'a Job> {
    let known = facts.jobs.get(&id).map(|fact| &fact.job);
    known.or_else(|| {
        entries.iter().find_map(|entry| match entry {
            Entry::Job(signed) if signed.id() == id => Some(signed.job()),
            _ => None,
        })
    })
}

/// A list of leaves that is read in the order of its tasks, each piece once.
struct List {
    sha256: Digest,
    leaf_bytes: usize,
    is_subset: bool,
    /// The piece that was read last, and where it begins.
    piece: Option<(u64, Bytes)>,
}

impl List {
    async fn leaf(&mut self, db: &Db, task: u32) -> Result<Option<Leaf>> {
        let offset = u64::from(task) * self.leaf_bytes as u64;
        let bytes = self.range(db, offset).await?;
        let mut reader = Reader::new(&bytes);
        let leaf = if self.is_subset {
            reader.u32("leaf task").map(|task| Leaf::Subset { task })
        } else {
            Leaf::decode_chunk(&mut reader)
        };
        Ok(leaf.ok())
    }

    /// One leaf's bytes, which may lie in two pieces; fewer at the end of the list.
    async fn range(&mut self, db: &Db, offset: u64) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(self.leaf_bytes);
        while out.len() < self.leaf_bytes {
            let at = offset + out.len() as u64;
            if self.rest(at).is_none() {
                self.piece = Some(db.blob_piece(self.sha256, at).await?);
            }
            let rest = self.rest(at).unwrap_or_default();
            if rest.is_empty() {
                break;
            }
            let wanted = self.leaf_bytes - out.len();
            out.extend_from_slice(rest.get(..wanted).unwrap_or(rest));
        }
        Ok(out)
    }

    /// What the piece at hand has from the byte `at` on; `None` when that lies elsewhere.
    fn rest(&self, at: u64) -> Option<&[u8]> {
        let (start, bytes) = self.piece.as_ref()?;
        let from = usize::try_from(at.checked_sub(*start)?).ok()?;
        bytes.get(from..).filter(|rest| !rest.is_empty())
    }
}
