//! Checks a block against everything that LEDGER.md section 2 says, with the facts that it needs from the database.

use super::db::Db;
use super::error::Result;
use super::wire::Append;
use crate::signatures::{SignatureMemory, Signed};
use shared::codec::Canonical as _;
use shared::fail::Fail;
use shared::ids::{ChainId, Digest};
use shared::ledger::entry::Entry;
use shared::ledger::facts::{Facts, Needs};
use shared::ledger::rules::{self, Block, Refusal};
use shared::vote::Vote;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A block that keeps every rule, and what is known after it.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) block: Block,
    pub(super) facts: Facts,
    /// Which of the facts the block may have changed.
    pub(super) needs: Needs,
    /// The blobs of its jobs' leaves, by their roots.
    pub(super) leaf_lists: BTreeMap<Digest, Digest>,
}

/// The rule that a block breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    /// Place of the entry; the number of entries stands for the header.
    pub(super) entry: u32,
    /// In words.
    pub(super) rule: String,
}

impl Broken {
    pub(super) fn new(entry: usize, rule: impl Into<String>) -> Self {
        Self {
            entry: u32::try_from(entry).unwrap_or(u32::MAX),
            rule: rule.into(),
        }
    }
}

impl From<Refusal> for Broken {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.entry, refusal.rule.to_string())
    }
}

/// Reads the entries, and verifies the votes among them on all cores.
pub(super) async fn decode(
    chain: ChainId,
    append: Arc<Append>,
    signatures: Arc<SignatureMemory>,
) -> Result<Result<Vec<Entry>, Broken>> {
    let decoding = tokio::task::spawn_blocking(move || {
        let decoded = rules::decode(&Facts::new(chain, true), &append.entries)?;
        let votes: Vec<Signed> = decoded
            .iter()
            .flat_map(|entry| votes_of(entry, chain))
            .collect();
        signatures.verify_all(&votes);
        Ok(decoded)
    });
    Ok(decoding.await?)
}

/// Checks the block that follows on `facts`, which know chain, tip and policy.
pub(super) async fn check(
    db: &Db,
    mut facts: Facts,
    append: Arc<Append>,
    decoded: Vec<Entry>,
    leaf_lists: BTreeMap<Digest, Digest>,
    signatures: Arc<SignatureMemory>,
) -> Result<Result<Checked, Broken>> {
    let needs = db.load_facts(&mut facts, &decoded).await?;
    let checking = tokio::task::spawn_blocking(move || {
        let (header, entries) = (&append.header, &append.entries);
        let block = rules::check_block(&mut facts, header, entries, decoded, &*signatures)?;
        Ok(Checked {
            block,
            facts,
            needs,
            leaf_lists,
        })
    });
    Ok(checking.await?)
}

/// The votes in an entry, as their nodes have signed them.
fn votes_of(entry: &Entry, chain: ChainId) -> Vec<Signed> {
    match entry {
        Entry::Cert(cert) => cert
            .votes()
            .map(|(seat, outcome)| Signed {
                key: seat.node_key.0,
                message: cert.vote(seat, outcome).encode(chain),
                signature: seat.signature,
            })
            .collect(),
        Entry::Fail(fail) => fail_votes(fail, chain),
        _ => Vec::new(),
    }
}

fn fail_votes(fail: &Fail, chain: ChainId) -> Vec<Signed> {
    let signed = fail.votes.iter().map(|one| {
        let vote = Vote {
            job_id: fail.job_id,
            task: fail.task,
            attempt: one.vote.attempt,
            seat: one.vote.seat,
            nonce: one.vote.nonce,
            input_sha256: fail.input_sha256,
            module_sha256: fail.module_sha256,
            outcome: one.outcome,
            node_key: one.vote.node_key,
        };
        Signed {
            key: vote.node_key.0,
            message: vote.encode(chain),
            signature: one.vote.signature,
        }
    });
    signed.collect()
}

/// The blobs that an entry names and that the promise of the storage nodes covers. `leaf_lists` knows the blobs of leaves
/// by their roots.
pub(super) fn blobs_of(entry: &Entry, leaf_lists: &BTreeMap<Digest, Digest>) -> Vec<Digest> {
    match entry {
        Entry::Cert(cert) if cert.outcome.output_len > 0 => vec![cert.outcome.output_sha256],
        Entry::Prog(prog) => vec![
            prog.original_sha256,
            prog.module_sha256,
            prog.manifest_sha256,
        ],
        Entry::Job(signed) => {
            let list = leaf_lists.get(&signed.job().input_root);
            list.copied().into_iter().collect()
        }
        _ => Vec::new(),
    }
}
