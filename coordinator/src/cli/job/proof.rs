//! Whether the certificates that a result is made of stand on the ledger, under the policy of the first visit.

use crate::cli::coordinator_args::Session;
use crate::client::collection::Collection;
use crate::client::ledger::job_proof::JobProof;
use crate::client::ledger::pinning::pinned;
use crate::client::ledger::source::LogSource;
use crate::client::output_file::Output;
use anyhow::{Context as _, Result};
use std::path::Path;
use std::sync::Arc;

/// Under which ledger the results stand.
#[derive(Debug)]
pub(super) struct OnLedger {
    pub(super) origin: String,
    /// Its entries.
    pub(super) size: u64,
}

/// Compares what was collected with the ledger; the bundle that shows it for ever is written to `save`.
pub(super) async fn compare(
    session: &Session,
    collection: &Collection,
    save: Option<&Path>,
) -> Result<OnLedger> {
    let client = &session.client;
    let source = LogSource::server(
        client.address().clone(),
        client.ca().map(Path::to_owned),
        session.left.notice(),
    )?;
    let pinned = pinned(&source, &session.known, client.chain()).await?;
    let used = Arc::new(collection.used());
    let proof = JobProof {
        client,
        source: &source,
        pinned: &pinned,
        job: collection.job(),
        used: &used,
    };
    let size = match save {
        None => proof.check().await?,
        Some(path) => {
            let (bundle, verified) = proof.bundle().await?;
            let output = Output::of(Some(path), true);
            output
                .write(|out| write!(out, "{bundle}"))
                .with_context(|| format!("cannot write the proof to {output}"))?;
            verified.checkpoint.checkpoint.size
        }
    };
    let origin = pinned.policy.origin().to_owned();
    Ok(OnLedger { origin, size })
}
