//! Brings together what a run needs: the compiled module, the input, the common file.

use crate::cache::Cache;
use crate::fetch::{self, FetchError};
use crate::program::{Program, ProgramError};
use crate::supervisor::{Fact, Supervisor};
use js_sys::Uint8Array;
use shared::ids::Digest;
use shared::protocol::{AssignedInput, Assignment, NodeLimits, UnableReason};
use std::rc::Rc;
use std::sync::Arc;

/// Bytes of modules whose compiled form is kept.
const PROGRAM_BYTES: u64 = 64 << 20;
/// Bytes of common files that are kept.
const COMMON_BYTES: u64 = 64 << 20;
/// Largest module or input whatever the coordinator allows, bytes.
const MAX_FETCH_BYTES: u64 = 256 << 20;

/// A run that can begin.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) assignment: Arc<Assignment>,
    pub(super) program: Program,
    pub(super) input: Uint8Array,
    pub(super) common: Option<Uint8Array>,
}

/// What the coordinator granted when the node joined.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) blob_token: String,
    pub(super) limits: NodeLimits,
}

/// Fetches, checks, compiles and keeps. Modules have immutable addresses, so the browser keeps their bytes, too.
#[derive(Debug)]
pub(super) struct Larder {
    programs: Cache<Program>,
    commons: Cache<Uint8Array>,
}

impl Larder {
    pub(super) fn new() -> Rc<Self> {
        Rc::new(Self {
            programs: Cache::new(PROGRAM_BYTES),
            commons: Cache::new(COMMON_BYTES),
        })
    }

    /// Everything that the assignment's run needs; `supervisor` hears how much was fetched.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub(super) async fn prepare(
        &self,
        supervisor: &Supervisor,
        assignment: Arc<Assignment>,
        grant: &Grant,
    ) -> Result<Prepared, UnableReason> {
        let program = self
            .program(supervisor, assignment.module_sha256, grant)
            .await?;
        let common = match assignment.common_sha256 {
            common if common.is_none() => None,
            common => {
                let make = || async {
                    let bytes = blob(supervisor, common, grant).await?;
                    Ok((Uint8Array::from(bytes.as_slice()), bytes.len() as u64))
                };
                Some(self.commons.get(common, make).await?)
            }
        };
        let input = match &assignment.input {
            AssignedInput::Inline(bytes) => Uint8Array::from(bytes.as_slice()),
            AssignedInput::Fetch { sha256, len } => {
                let bytes = blob(supervisor, *sha256, grant).await?;
                if bytes.len() as u64 != *len {
                    return Err(UnableReason::Fetch);
                }
                Uint8Array::from(bytes.as_slice())
            }
        };
        Ok(Prepared {
            assignment,
            program,
            input,
            common,
        })
    }

    async fn program(
        &self,
        supervisor: &Supervisor,
        sha256: Digest,
        grant: &Grant,
    ) -> Result<Program, UnableReason> {
        let make = || async {
            let limit = grant.limits.module_bytes.min(MAX_FETCH_BYTES);
            let url = format!("{}/programs/{sha256}.wasm", shared::api::ROOT);
            let bytes = fetched(supervisor, fetch::checked(&url, None, sha256, limit).await)?;
            let program = Program::compile(&bytes).await;
            let program = program.map_err(|error| match error {
                ProgramError::NotLoaded => UnableReason::Fetch,
                ProgramError::Refused(_) | ProgramError::Engine(_) | ProgramError::Checker => {
                    UnableReason::Engine
                }
            })?;
            Ok((program, bytes.len() as u64))
        };
        self.programs.get(sha256, make).await
    }
}

async fn blob(
    supervisor: &Supervisor,
    sha256: Digest,
    grant: &Grant,
) -> Result<Vec<u8>, UnableReason> {
    let limit = grant.limits.input_bytes.min(MAX_FETCH_BYTES);
    let url = format!("{}/blobs/{sha256}", shared::api::ROOT);
    let token = Some(grant.blob_token.as_str());
    fetched(supervisor, fetch::checked(&url, token, sha256, limit).await)
}

fn fetched(
    supervisor: &Supervisor,
    result: Result<Vec<u8>, FetchError>,
) -> Result<Vec<u8>, UnableReason> {
    match result {
        Ok(bytes) => {
            supervisor.give(Fact::Fetched(bytes.len() as u64));
            Ok(bytes)
        }
        Err(_) => Err(UnableReason::Fetch),
    }
}
