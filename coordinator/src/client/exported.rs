//! A job in a directory: `export.json`, `job.bin`, `leaves.bin`, `manifest.json`, `module.wasm`, `common.bin` where it
//! has one, `certs/N.cert` or `certs/N.fail` and `outputs/N` for each decided task N; the same of each job that runs tasks
//! of it again in `subsets/ID`. Nothing in it is trusted when it is read back.

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
use std::sync::Arc;

/// Tasks that are read and verified together.
const BATCH: u32 = 256;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    manyhands_export: u32,
    job_id: JobId,
    /// The ledger's name, of which the chain id is made.
    origin: String,
    /// The jobs that run its tasks again, oldest first.
    #[serde(default)]
    subsets: Vec<JobId>,
}

/// Writes a job and its verified tasks to a directory.
#[derive(Debug)]
pub struct ExportWriter {
    directory: PathBuf,
    job: JobId,
}

/// Where the files of a job's tasks lie below the directory of the job `own`.
fn place(own: JobId, job: JobId) -> PathBuf {
    if own == job {
        PathBuf::new()
    } else {
        Path::new("subsets").join(job.to_string())
    }
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
    /// Makes the directory and writes everything but the tasks: `jobs` are the job and those that run its tasks again.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn begin<'a>(
        directory: &Path,
        job: JobId,
        jobs: impl IntoIterator<Item = &'a VerifiedJob>,
        origin: &str,
        program: &JobProgram,
    ) -> Result<Self, ClientError> {
        let mut about = About {
            manyhands_export: 1,
            job_id: job,
            origin: origin.to_owned(),
            subsets: Vec::new(),
        };
        for one in jobs {
            let place = directory.join(place(job, one.id()));
            for name in ["certs", "outputs"] {
                let path = place.join(name);
                fs::create_dir_all(&path).map_err(|error| ClientError::file(path, error))?;
            }
            write(&place, "job.bin", &one.signed().encode())?;
            write(&place, "leaves.bin", &one.leaf_list())?;
            if one.id() != job {
                about.subsets.push(one.id());
            }
        }
        let about = serde_json::to_vec_pretty(&about).expect("plain fields serialise");
        write(directory, "export.json", &about)?;
        write(directory, "manifest.json", &program.manifest)?;
        write(directory, "module.wasm", &program.module)?;
        if let Some(common) = &program.common {
            write(directory, "common.bin", common)?;
        }
        let directory = directory.to_owned();
        Ok(Self { directory, job })
    }
}

impl Recorder for ExportWriter {
    fn record(
        &mut self,
        job: JobId,
        result: &TaskResult,
        output: Option<&[u8]>,
    ) -> Result<(), ClientError> {
        let place = self.directory.join(place(self.job, job));
        let name = entry_name(result.task, result.failed);
        write(&place, &name, &result.entry)?;
        match output {
            Some(output) => write(&place, &format!("outputs/{}", result.task), output),
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

    fn read(&self, name: impl AsRef<Path>) -> Result<Bytes, ClientError> {
        let path = self.directory.join(name);
        let bytes = fs::read(&path).map_err(|error| ClientError::file(path, error))?;
        Ok(bytes.into())
    }

    fn read_if_there(&self, name: impl AsRef<Path>) -> Result<Option<Bytes>, ClientError> {
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

    /// A job that runs tasks of `parent` again, verified.
    fn subset(&self, parent: &VerifiedJob, id: JobId) -> Result<VerifiedJob, CollectError> {
        let place = place(parent.id(), id);
        let (job, leaves) = (
            self.read(place.join("job.bin"))?,
            self.read(place.join("leaves.bin"))?,
        );
        Ok(parent.subset(id, &job, &leaves)?)
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

    /// Verifies every job and task that is there.
    ///
    /// # Errors
    /// When a file cannot be read, or a rule is broken.
    pub async fn read_into(&self, collection: &mut Collection) -> Result<(), CollectError> {
        let own = Arc::clone(collection.job());
        self.read_tasks(collection, &own).await?;
        for id in &self.about.subsets {
            let subset = Arc::new(self.subset(&own, *id)?);
            collection.add_subset(Arc::clone(&subset));
            self.read_tasks(collection, &subset).await?;
        }
        collection.merge();
        Ok(())
    }

    async fn read_tasks(
        &self,
        collection: &mut Collection,
        job: &VerifiedJob,
    ) -> Result<(), CollectError> {
        let place = place(collection.job().id(), job.id());
        let task_count = job.job().task_count;
        let mut first = 0;
        while first < task_count {
            let end = first.saturating_add(BATCH).min(task_count);
            let mut batch = Vec::new();
            for task in first..end {
                batch.extend(self.task(&place, task)?);
            }
            collection.take(job.id(), batch).await?;
            first = end;
        }
        Ok(())
    }

    fn task(&self, place: &Path, task: u32) -> Result<Option<Received>, CollectError> {
        let cert = self.read_if_there(place.join(entry_name(task, false)))?;
        let (failed, entry) = match cert {
            Some(cert) => (false, Some(cert)),
            None => (
                true,
                self.read_if_there(place.join(entry_name(task, true)))?,
            ),
        };
        let Some(entry) = entry else { return Ok(None) };
        let output = self.read_if_there(place.join(format!("outputs/{task}")))?;
        let result = TaskResult {
            task,
            entry: entry.to_vec(),
            failed,
            index: None,
            output: None,
        };
        let output = output.map(|output| output.to_vec());
        Ok(Some(Received { result, output }))
    }
}
