//! `ledger verify --proof`: a bundle or a .tlog-proof, with nothing but the pinned policy.

use super::place::{PlaceArgs, expect_file};
use crate::cli::failure::usage;
use crate::cli::print::plain;
use crate::client::ledger::error::LedgerError;
use anyhow::Result;
use serde_json::{Value, json};
use shared::ids::{ChainId, Digest};
use shared::ledger::bundle::{CountedTask, MAX_BUNDLE_BYTES, ProofBundle, VerifiedBundle};
use shared::ledger::checkpoint::Checkpoint;
use shared::ledger::entry::{Entry, MAX_ENTRY_BYTES};
use shared::ledger::policy_text::QuorumPolicy;
use shared::ledger::proof::TlogProof;
use shared::merkle::leaf_hash;
use shared::verified_job::Verdict;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

const BUNDLE: &[u8] = b"manyhands/bundle@";

/// Verifies the proof in a file.
pub(super) fn verify(
    file: &Path,
    entry: Option<&Path>,
    pinned: Option<QuorumPolicy>,
    place: &PlaceArgs,
) -> Result<()> {
    let bytes = expect_file(file, MAX_BUNDLE_BYTES as u64)?;
    if bytes.starts_with(BUNDLE) {
        let bundle = ProofBundle::parse(&bytes)
            .map_err(|error| LedgerError::broken("bundle_text", error))?;
        let checkpoint: Checkpoint = bundle
            .checkpoint_text()
            .parse()
            .map_err(LedgerError::from)?;
        let pinned = trusted(pinned, &checkpoint.origin, place)?;
        let verified = bundle
            .verify(&pinned, &BTreeMap::new())
            .map_err(LedgerError::from)?;
        return place
            .print()
            .show(&bundle_json(&verified), || bundle_text(&verified));
    }
    let proof =
        TlogProof::parse(&bytes).map_err(|error| LedgerError::broken("proof_text", error))?;
    let checkpoint: Checkpoint = proof.checkpoint.text().parse().map_err(LedgerError::from)?;
    let pinned = trusted(pinned, &checkpoint.origin, place)?;
    let entry = match (entry, &proof.extra) {
        (Some(path), _) => expect_file(path, MAX_ENTRY_BYTES as u64)?.to_vec(),
        (None, Some(extra)) => extra.clone(),
        (None, None) => {
            let words = "this proof does not hold its entry: give the entry's bytes with --entry";
            return Err(usage(words));
        }
    };
    let certified = proof
        .verify(&pinned, leaf_hash(&entry))
        .map_err(|error| LedgerError::broken("inclusion", error))?;
    let decoded = Entry::decode(ChainId::of_origin(pinned.origin()), &entry)
        .map_err(|error| LedgerError::broken("canonical", error))?;
    let (index, size) = (proof.index, certified.checkpoint.size);
    let json = json!({
        "verified": true,
        "origin": pinned.origin(),
        "index": index,
        "kind": decoded.kind(),
        "size": size,
        "root": certified.checkpoint.root,
        "entry_sha256": Digest::of(&entry),
    });
    place.print().show(&json, || {
        let (kind, origin) = (decoded.kind(), plain(pinned.origin()));
        format!("Entry {index} of {origin} is this {kind}, certified with {size} entries.")
    })
}

/// The policy that the reader trusts: the given one, or that of an earlier visit.
fn trusted(given: Option<QuorumPolicy>, origin: &str, place: &PlaceArgs) -> Result<QuorumPolicy> {
    if let Some(given) = given {
        return Ok(given);
    }
    let known = place.known()?.ledger(ChainId::of_origin(origin))?;
    let known = known.and_then(|known| QuorumPolicy::parse(&known.policy).ok());
    known.ok_or_else(|| {
        usage(format!(
            "you have not verified the ledger {} yet: say with --policy whose signatures you trust",
            plain(origin)
        ))
    })
}

fn bundle_json(verified: &VerifiedBundle) -> Value {
    let tasks = verified.tasks.iter().map(|(task, counted)| {
        let outcome = match &counted.verdict {
            Verdict::Accepted(cert) => json!(cert.outcome),
            Verdict::Failed(_) => Value::Null,
        };
        json!({
            "task": task,
            "job_id": counted.job_id,
            "index": counted.index,
            "outcome": outcome,
            "failed": matches!(counted.verdict, Verdict::Failed(_)),
            "signers": counted.signers(),
            "rules": counted.rules(),
        })
    });
    let voids = verified
        .voids
        .iter()
        .map(|void| json!({ "index": void.void_index, "cert_index": void.cert_index }));
    json!({
        "verified": true,
        "origin": verified.checkpoint.checkpoint.origin,
        "size": verified.checkpoint.checkpoint.size,
        "job_id": verified.job_id,
        "partial": verified.partial,
        "tasks": tasks.collect::<Vec<_>>(),
        "voids": voids.collect::<Vec<_>>(),
    })
}

fn bundle_text(verified: &VerifiedBundle) -> String {
    let checkpoint = &verified.checkpoint.checkpoint;
    let mut text = format!(
        "The bundle of job {} is proven by {} with {} entries.\n",
        verified.job_id,
        plain(&checkpoint.origin),
        checkpoint.size
    );
    let is_failed = |counted: &&CountedTask| matches!(counted.verdict, Verdict::Failed(_));
    let failed = verified.tasks.values().filter(is_failed).count();
    let decided = verified.tasks.len();
    // Writing to a String does not fail.
    let _ = writeln!(
        text,
        "  {decided} tasks have an outcome, {failed} of them failed"
    );
    if verified.partial {
        text.push_str("  It is partial: other tasks have no outcome in it.\n");
    }
    for void in &verified.voids {
        let (cert, index) = (void.cert_index, void.void_index);
        let _ = writeln!(
            text,
            "  The certificate {cert} is void since entry {index}."
        );
    }
    text
}
