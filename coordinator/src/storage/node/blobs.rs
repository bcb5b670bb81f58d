//! Blobs of a block: all that it names must be here, each with the hash that it is named by.

use super::super::check::{Broken, blobs_of};
use super::super::db::leaf_bytes;
use super::super::error::{Result, StorageError};
use super::super::wire::{Appended, LeafList, MAX_DIGESTS, Refusal};
use super::StorageNode;
use super::append::LeafListMap;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use shared::ids::Digest;
use shared::job::Job;
use shared::ledger::entry::Entry;
use shared::merkle::TreeHasher;
use shared::program::Prog;
use shared::rewrite::{REWRITER, rewrite};
use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;

/// Bytes on their way into a node.
pub type BlobStream = Pin<Box<dyn Stream<Item = std::io::Result<Bytes>> + Send>>;

/// What became of a look at the blobs.
pub(super) enum BlobCheck<T> {
    Fine(T),
    Missing(BTreeSet<Digest>),
    Broken(Broken),
}

impl<T> BlobCheck<T> {
    /// The answer to APPEND, when it is not fine.
    pub(super) fn into_refusal(self) -> Appended {
        match self {
            Self::Broken(broken) => Appended::Broken {
                entry: broken.entry,
                rule: broken.rule,
            },
            Self::Missing(missing) => Appended::MissingBlobs(missing.into_iter().collect()),
            Self::Fine(_) => Appended::MissingBlobs(Vec::new()),
        }
    }
}

/// Blobs that came with a block, by their hashes.
#[derive(Debug, Default)]
pub(super) struct Inline<'a>(BTreeMap<Digest, &'a [u8]>);

impl<'a> Inline<'a> {
    pub(super) fn of(blobs: &'a [Vec<u8>]) -> Self {
        let blobs = blobs.iter().map(Vec::as_slice);
        Self(blobs.map(|blob| (Digest::of(blob), blob)).collect())
    }

    /// Those that the entries name; others are not kept.
    pub(super) fn named_by(&self, entries: &[Entry], leaf_lists: &LeafListMap) -> Vec<&'a [u8]> {
        let named = entries
            .iter()
            .flat_map(|entry| blobs_of(entry, leaf_lists))
            .collect::<BTreeSet<_>>();
        let named = named.iter().filter_map(|sha256| self.0.get(sha256));
        named.copied().collect()
    }
}

impl StorageNode {
    /// Stores a blob once all of it has come and its hash is `sha256`.
    ///
    /// # Errors
    /// [`Refusal::BlobHash`] or [`Refusal::Limit`] when it is another or too large; when it breaks off, or the database
    /// fails.
    pub async fn blob_put(&self, sha256: Digest, mut bytes: BlobStream) -> Result<()> {
        let max = self.settings.max_blob_bytes;
        let mut writer = self.db().blob_writer(max, self.clock().now());
        while let Some(piece) = bytes.next().await {
            writer
                .push(&piece.map_err(StorageError::BrokenOff)?)
                .await?;
        }
        writer.finish(sha256).await?;
        Ok(())
    }

    /// A blob, `None` when it is not here. Its hash is checked.
    ///
    /// # Errors
    /// When it is damaged, or the database fails.
    pub async fn blob_bytes(&self, sha256: Digest) -> Result<Option<Vec<u8>>> {
        if self.db().blob_len(sha256).await?.is_none() {
            return Ok(None);
        }
        let bytes = self.db().blob_bytes(sha256).await?;
        if Digest::of(&bytes) == sha256 {
            return Ok(Some(bytes));
        }
        Err(StorageError::Damaged {
            what: format!("blob {sha256}"),
        })
    }

    /// Which of these blobs are not here.
    ///
    /// # Errors
    /// [`Refusal::Limit`] when there are more than [`MAX_DIGESTS`]; or when the database fails.
    pub async fn missing_blobs(&self, blobs: &[Digest]) -> Result<Vec<Digest>> {
        if blobs.len() > MAX_DIGESTS {
            let words = format!("at most {MAX_DIGESTS} blobs in one question");
            return Err(Refusal::Limit(words).into());
        }
        let found = self.db().blobs(&blobs.iter().copied().collect()).await?;
        let missing = blobs.iter().filter(|blob| !found.contains_key(blob));
        Ok(missing.copied().collect())
    }

    /// Finds the leaf list of each job in the block, and computes its root where that was not done before.
    pub(super) async fn note_leaf_lists(
        &self,
        entries: &[Entry],
        named: &[LeafList],
        inline: &Inline<'_>,
    ) -> Result<BlobCheck<LeafListMap>> {
        let mut lists = LeafListMap::new();
        let mut missing = BTreeSet::new();
        for (at, entry) in entries.iter().enumerate() {
            let Entry::Job(signed) = entry else { continue };
            let job = signed.job();
            let Some(leaf_bytes) = leaf_bytes(job) else {
                continue;
            };
            if let Some(sha256) = self.db().leaf_list(job.input_root).await? {
                lists.insert(job.input_root, sha256);
                continue;
            }
            let list = named.iter().find(|list| list.input_root == job.input_root);
            let Some(list) = list else {
                let words = "rule leaf_list: no blob is named that holds the job's leaves";
                return Ok(BlobCheck::Broken(Broken::new(at, words)));
            };
            match self
                .note_leaf_list(job, leaf_bytes, list.sha256, inline)
                .await?
            {
                BlobCheck::Fine(()) => {
                    lists.insert(job.input_root, list.sha256);
                }
                BlobCheck::Missing(more) => missing.extend(more),
                BlobCheck::Broken(broken) => {
                    return Ok(BlobCheck::Broken(Broken::new(at, broken.rule)));
                }
            }
        }
        Ok(if missing.is_empty() {
            BlobCheck::Fine(lists)
        } else {
            BlobCheck::Missing(missing)
        })
    }

    async fn note_leaf_list(
        &self,
        job: &Job,
        leaf_bytes: usize,
        sha256: Digest,
        inline: &Inline<'_>,
    ) -> Result<BlobCheck<()>> {
        let wanted = u64::from(job.task_count) * leaf_bytes as u64;
        let came = inline.0.get(&sha256).copied();
        let len = match came {
            Some(bytes) => Some(bytes.len() as u64),
            None => self.db().blob_len(sha256).await?,
        };
        let Some(len) = len else {
            return Ok(BlobCheck::Missing(BTreeSet::from([sha256])));
        };
        if len != wanted {
            let words = format!("rule input_root: a list of {wanted} bytes is needed, not {len}");
            return Ok(BlobCheck::Broken(Broken::new(0, words)));
        }
        let mut root = LeafRoot::new(leaf_bytes);
        if let Some(bytes) = came {
            root.push(bytes);
        } else {
            let mut pieces = std::pin::pin!(self.db().blob_read(sha256));
            while let Some(piece) = pieces.next().await {
                root.push(&piece?);
            }
        }
        let root = root.tree.root();
        if root != job.input_root {
            let words = format!(
                "rule input_root: the list of leaves has the root {root}, not {}",
                job.input_root
            );
            return Ok(BlobCheck::Broken(Broken::new(0, words)));
        }
        let mut tx = self.db().tx("note_leaf_list").await?;
        if let Some(bytes) = came {
            tx.put_blob(bytes, self.clock().now()).await?;
        }
        tx.put_leaf_list(root, sha256).await?;
        tx.commit().await?;
        Ok(BlobCheck::Fine(()))
    }

    /// Rule 6: outputs, modules, manifests and leaf lists are here, or came with the block.
    pub(super) async fn check_blobs(
        &self,
        entries: &[Entry],
        leaf_lists: &LeafListMap,
        inline: &Inline<'_>,
    ) -> Result<BlobCheck<()>> {
        let named = entries
            .iter()
            .flat_map(|entry| blobs_of(entry, leaf_lists))
            .filter(|sha256| !inline.0.contains_key(sha256))
            .collect::<BTreeSet<_>>();
        let stored = self.db().blobs(&named).await?;
        let missing: BTreeSet<Digest> = named
            .into_iter()
            .filter(|sha256| !stored.contains_key(sha256))
            .collect();
        if !missing.is_empty() {
            return Ok(BlobCheck::Missing(missing));
        }
        for (at, entry) in entries.iter().enumerate() {
            let rule = match entry {
                Entry::Cert(cert) if cert.outcome.output_len > 0 => {
                    let sha256 = cert.outcome.output_sha256;
                    let came = inline.0.get(&sha256).map(|bytes| bytes.len() as u64);
                    let len = came.or_else(|| stored.get(&sha256).map(|info| info.len));
                    let says = cert.outcome.output_len;
                    (len != Some(says)).then(|| {
                        format!("rule output: the output {sha256} does not have {says} bytes")
                    })
                }
                Entry::Prog(prog) => self.check_module(prog, inline).await?,
                _ => None,
            };
            if let Some(rule) = rule {
                return Ok(BlobCheck::Broken(Broken::new(at, rule)));
            }
        }
        Ok(BlobCheck::Fine(()))
    }

    /// Rewrites the original again and compares, where this program has the same version of the rewriter.
    async fn check_module(&self, prog: &Prog, inline: &Inline<'_>) -> Result<Option<String>> {
        if prog.rewriter != REWRITER {
            return Ok(None);
        }
        let original = match inline.0.get(&prog.original_sha256) {
            Some(bytes) => bytes.to_vec(),
            None => self.db().blob_bytes(prog.original_sha256).await?,
        };
        let rewriting = tokio::task::spawn_blocking(move || {
            rewrite(&original).map(|rewritten| Digest::of(&rewritten.module))
        });
        let says = prog.module_sha256;
        Ok(match rewriting.await? {
            Ok(module) if module == says => None,
            Ok(module) => Some(format!(
                "rule rewriter: the original becomes the module {module}, not {says}"
            )),
            Err(error) => Some(format!("rule rewriter: {error}")),
        })
    }
}

/// The tree hash over leaves of one length that come in pieces.
struct LeafRoot {
    leaf_bytes: usize,
    rest: Vec<u8>,
    tree: TreeHasher,
}

impl LeafRoot {
    fn new(leaf_bytes: usize) -> Self {
        Self {
            leaf_bytes,
            rest: Vec::new(),
            tree: TreeHasher::new(),
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
        let leaves = self.rest.chunks_exact(self.leaf_bytes);
        let rest = leaves.remainder().to_vec();
        for leaf in leaves {
            self.tree.push(leaf);
        }
        self.rest = rest;
    }
}
