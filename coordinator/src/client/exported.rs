//! A job in a directory: `export.json`, `job.bin`, `leaves.bin`, `manifest.json`, `module.wasm`, `common.bin` where it
//! has one, `certs/N.cert` or `certs/N.fail` and `outputs/N` for each decided task N. Nothing in it is trusted when it
//! is read back.

use super::collection::{CollectError, Collection, Received, Recorder};
use super::error::ClientError;
use super::program_of::JobProgram;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use shared::api::jobs::TaskResult;
use shared::ids::{ChainId, JobId};
use shared::job::Job;
use shared::verified_job::VerifiedJob;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Tasks that are read and verified together.
const BATCH: u32 = 256;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    manyhands_export: u32,
    job_id: JobId,
    /// The ledger's name, of which the chain id is made.
    origin: String,
}

/// Writes a job and its verified tasks to a directory.
#[derive(Debug)]
pub struct ExportWriter {
    directory: PathBuf,
}

fn entry_name(task: u32, failed: bool) -> String {
    let kind = if failed { "fail" } else { "cert" };
    format!("certs/{task}.{kind}")
}

fn write(directory: &Path, name: &str, bytes: &[u8]) -> Result<(), ClientError> {
    let path = directory.join(name);
    fs::write(&path, bytes).map_err(|error| ClientError::file(path, error))
}

impl ExportWriter {
    /// Makes the directory and writes everything but the tasks.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn begin(
        directory: &Path,
        job: &VerifiedJob,
        origin: &str,
        program: &JobProgram,
    ) -> Result<Self, ClientError> {
        for name in ["certs", "outputs"] {
            let path = directory.join(name);
            fs::create_dir_all(&path).map_err(|error| ClientError::file(path, error))?;
        }
        let about = About {
            manyhands_export: 1,
            job_id: job.id(),
            origin: origin.to_owned(),
        };
        let about = serde_json::to_vec_pretty(&about).expect("three plain fields serialise");
        write(directory, "export.json", &about)?;
        write(directory, "job.bin", &job.signed().encode())?;
        write(directory, "leaves.bin", &job.leaf_list())?;
        write(directory, "manifest.json", &program.manifest)?;
        write(directory, "module.wasm", &program.module)?;
        if let Some(common) = &program.common {
            write(directory, "common.bin", common)?;
        }
        let directory = directory.to_owned();
        Ok(Self { directory })
    }
}

impl Recorder for ExportWriter {
    fn record(&mut self, result: &TaskResult, output: Option<&[u8]>) -> Result<(), ClientError> {
        let name = entry_name(result.task, result.failed);
        write(&self.directory, &name, &result.entry)?;
        match output {
            Some(output) => write(&self.directory, &format!("outputs/{}", result.task), output),
            None => Ok(()),
        }
    }
}

/// A directory that holds a job.
#[derive(Debug)]
pub struct Exported {
    directory: PathBuf,
    about: About,
}

impl Exported {
    /// Opens a directory.
    ///
    /// # Errors
    /// When it is not an export that this program can read.
    pub fn open(directory: &Path) -> Result<Self, ClientError> {
        let path = directory.join("export.json");
        let text = fs::read(&path).map_err(|error| ClientError::file(&path, error))?;
        let about: About = serde_json::from_slice(&text)
            .map_err(|error| ClientError::file(&path, format!("not an export: {error}")))?;
        if about.manyhands_export != 1 {
            let reason = "this export is of a newer kind than this program reads";
            return Err(ClientError::file(path, reason));
        }
        let directory = directory.to_owned();
        Ok(Self { directory, about })
    }

    fn read(&self, name: &str) -> Result<Bytes, ClientError> {
        let path = self.directory.join(name);
        let bytes = fs::read(&path).map_err(|error| ClientError::file(path, error))?;
        Ok(bytes.into())
    }

    fn read_if_there(&self, name: &str) -> Result<Option<Bytes>, ClientError> {
        let path = self.directory.join(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ClientError::file(path, error)),
        }
    }

    /// The job, verified: the one that is asked for, or else the one that the export names.
    ///
    /// # Errors
    /// When it cannot be read, or a rule is broken.
    pub fn job(&self, asked: Option<JobId>) -> Result<VerifiedJob, CollectError> {
        let chain = ChainId::of_origin(&self.about.origin);
        let (job, leaves) = (self.read("job.bin")?, self.read("leaves.bin")?);
        let id = asked.unwrap_or(self.about.job_id);
        Ok(VerifiedJob::new(chain, id, &job, &leaves)?)
    }

    /// The job's program, compared with the hashes that the job names.
    ///
    /// # Errors
    /// When it cannot be read, or is another one.
    pub fn program(&self, job: &Job) -> Result<JobProgram, ClientError> {
        let program = JobProgram {
            manifest: self.read("manifest.json")?,
            module: self.read("module.wasm")?,
            common: self.read_if_there("common.bin")?,
        };
        program.check(job)?;
        Ok(program)
    }

    /// Verifies every task that is there.
    ///
    /// # Errors
    /// When a file cannot be read, or a rule is broken.
    pub async fn read_into(&self, collection: &mut Collection) -> Result<(), CollectError> {
        let task_count = collection.job().job().task_count;
        let mut first = 0;
        while first < task_count {
            let end = first.saturating_add(BATCH).min(task_count);
            let mut batch = Vec::new();
            for task in first..end {
                batch.extend(self.task(task)?);
            }
            collection.take(batch).await?;
            first = end;
        }
        Ok(())
    }

    fn task(&self, task: u32) -> Result<Option<Received>, CollectError> {
        let cert = self.read_if_there(&entry_name(task, false))?;
        let (failed, entry) = match cert {
            Some(cert) => (false, Some(cert)),
            None => (true, self.read_if_there(&entry_name(task, true))?),
        };
        let Some(entry) = entry else { return Ok(None) };
        let output = self.read_if_there(&format!("outputs/{task}"))?;
        let result = TaskResult {
            task,
            entry: entry.to_vec(),
            failed,
            output: None,
        };
        let output = output.map(|output| output.to_vec());
        Ok(Some(Received { result, output }))
    }
}
