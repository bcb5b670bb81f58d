//! Brings together what a run needs: the compiled module, the input, the common file.

use super::cache::Cache;
use super::fetch::Fetcher;
use super::run::compile;
use crate::guest::{CompiledProgram, Engine};
use shared::ids::Digest;
use shared::protocol::{AssignedInput, Assignment, NodeLimits, UnableReason};
use std::sync::Arc;

/// Compiled programs kept.
const PROGRAMS: usize = 8;
/// Common files kept.
const COMMONS: usize = 2;
/// Largest module or input whatever the coordinator allows, bytes.
const MAX_FETCH_BYTES: u64 = 256 << 20;

/// A run that can begin.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) assignment: Arc<Assignment>,
    pub(super) program: CompiledProgram,
    pub(super) input: Vec<u8>,
    pub(super) common: Option<Arc<[u8]>>,
}

/// Fetches, checks, compiles and keeps.
#[derive(Debug)]
pub(super) struct Larder {
    fetcher: Fetcher,
    engine: Engine,
    programs: Cache<CompiledProgram>,
    commons: Cache<Arc<[u8]>>,
}

/// What the coordinator granted when the node joined.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) blob_token: Arc<str>,
    pub(super) limits: NodeLimits,
}

impl Larder {
    pub(super) const fn new(fetcher: Fetcher, engine: Engine) -> Self {
        Self {
            fetcher,
            engine,
            programs: Cache::new(PROGRAMS),
            commons: Cache::new(COMMONS),
        }
    }

    /// Everything that the assignment's run needs.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub(super) async fn prepare(
        &self,
        assignment: Arc<Assignment>,
        grant: Grant,
    ) -> Result<Prepared, UnableReason> {
        let common = assignment.common_sha256;
        let common = async {
            if common.is_none() {
                return Ok(None);
            }
            let fetch = self.fetch_blob(common, &grant);
            let fetch = async { fetch.await.map(Arc::from) };
            self.commons.get(common, fetch).await.map(Some)
        };
        let program = self.program(assignment.module_sha256, &grant);
        let input = self.input(&assignment.input, &grant);
        let (program, input, common) = tokio::try_join!(program, input, common)?;
        Ok(Prepared {
            assignment,
            program,
            input,
            common,
        })
    }

    async fn program(
        &self,
        sha256: Digest,
        grant: &Grant,
    ) -> Result<CompiledProgram, UnableReason> {
        let make = async {
            let limit = grant.limits.module_bytes.min(MAX_FETCH_BYTES);
            let bytes = self.fetcher.module(sha256, limit).await;
            let bytes = bytes.map_err(|error| unfetched(&error))?;
            compile(self.engine.clone(), bytes).await
        };
        self.programs.get(sha256, make).await
    }

    async fn input(&self, input: &AssignedInput, grant: &Grant) -> Result<Vec<u8>, UnableReason> {
        match input {
            AssignedInput::Inline(bytes) => Ok(bytes.clone()),
            AssignedInput::Fetch { sha256, len } => {
                let bytes = self.fetch_blob(*sha256, grant).await?;
                if bytes.len() as u64 == *len {
                    Ok(bytes)
                } else {
                    tracing::warn!(%sha256, len, found = bytes.len(), "an input has another length");
                    Err(UnableReason::Fetch)
                }
            }
        }
    }

    async fn fetch_blob(&self, sha256: Digest, grant: &Grant) -> Result<Vec<u8>, UnableReason> {
        let limit = grant.limits.input_bytes.min(MAX_FETCH_BYTES);
        let fetched = self.fetcher.blob(sha256, &grant.blob_token, limit).await;
        fetched.map_err(|error| unfetched(&error))
    }
}

fn unfetched(error: &super::fetch::FetchError) -> UnableReason {
    tracing::warn!(%error, "cannot fetch what a task needs");
    UnableReason::Fetch
}
