//! The program of a job: its manifest and module, fetched and compared with the hashes that the submitter signed.

use super::connection::ApiClient;
use super::error::ClientError;
use super::reduction::{ReduceError, Reducer, Reduction};
use bytes::Bytes;
use shared::ids::Digest;
use shared::job::Job;
use shared::manifest::{Manifest, ManifestError, Reduce};
use std::sync::Arc;

/// What the reduce stage of a job needs.
#[derive(Debug, Clone)]
pub struct JobProgram {
    /// The exact bytes of the manifest.
    pub manifest: Bytes,
    /// The module that runs.
    pub module: Bytes,
    /// The common file, where the job has one.
    pub common: Option<Bytes>,
}

/// Why a job's program cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// The coordinator.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The manifest is damaged although its hash is right.
    #[error("the program's manifest is not valid: {0}")]
    Manifest(#[from] ManifestError),
    /// The module cannot be run.
    #[error(transparent)]
    Reduce(#[from] ReduceError),
}

impl JobProgram {
    /// Fetches the program `name` (`NAME@VERSION`) of `job`.
    ///
    /// # Errors
    /// When it cannot be fetched, or is not the one that the job names.
    pub async fn fetch(client: &ApiClient, name: &str, job: &Job) -> Result<Self, ClientError> {
        let view = client.program(name).await?;
        let manifest = Bytes::from(view.manifest);
        let common = if job.common_sha256.is_none() {
            None
        } else {
            let max = client.status().limits.chunk_bytes;
            Some(client.blob(job.common_sha256, max).await?)
        };
        let module = client.module_of(job.module_sha256).await?;
        let program = Self {
            manifest,
            module,
            common,
        };
        program.check(job)?;
        Ok(program)
    }

    /// Checks that everything has the hash that the job names.
    ///
    /// # Errors
    /// [`ClientError::WrongBytes`].
    pub fn check(&self, job: &Job) -> Result<(), ClientError> {
        let common = self
            .common
            .as_ref()
            .map_or(Digest::NONE, |common| Digest::of(common));
        let pairs = [
            (Digest::of(&self.manifest), job.manifest_sha256),
            (Digest::of(&self.module), job.module_sha256),
            (common, job.common_sha256),
        ];
        match pairs.into_iter().find(|(found, named)| found != named) {
            Some((_, sha256)) => Err(ClientError::WrongBytes { sha256 }),
            None => Ok(()),
        }
    }

    /// Everything set for the reduce stage of `job`.
    ///
    /// # Errors
    /// When the manifest is not valid or the module cannot be run.
    pub fn reduction(&self, job: &Job) -> Result<Reduction, ProgramError> {
        let manifest = Manifest::parse(&self.manifest)?;
        let reducer = match manifest.reduce {
            Reduce::None => None,
            Reduce::Final | Reduce::Associative => {
                let common = self
                    .common
                    .as_ref()
                    .map(|common| Arc::from(common.as_ref()));
                let reducer = Reducer::new(job.clone(), &self.module, common);
                Some(reducer.map_err(ReduceError::from)?)
            }
        };
        Ok(Reduction::new(manifest.reduce, reducer))
    }
}
