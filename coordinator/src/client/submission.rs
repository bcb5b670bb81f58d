//! From a wish to a job on the coordinator: split, hash, sign, submit, upload what is missing.

use super::connection::ApiClient;
use super::error::ClientError;
use super::input_files::{InputError, InputFiles};
use crate::entropy::random_bytes;
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use shared::api::jobs::{JobSubmitted, SubmitJob};
use shared::codec::DecodeError;
use shared::ids::{Digest, JobId, JobNonce};
use shared::job::SignedJob;
use shared::leaf::{Leaf, RangeInput, encode_list};
use shared::missing::Missing;
use shared::verified_job::VerifyError;
use shared::wish::{Tasks, Wish};
use std::ops::ControlFlow;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// Uploads under way at once.
const UPLOADS_AT_ONCE: usize = 6;
/// Times that a coordinator may say again that something is missing.
const MAX_ROUNDS: usize = 10;

/// What is to be submitted.
#[derive(Debug, Clone)]
pub struct Submission {
    /// What the submitter wishes for.
    pub wish: Wish,
    /// The bytes of the file that every task can read.
    pub common: Option<Bytes>,
    /// Where the tasks come from.
    pub input: SubmissionInput,
    /// Plain text for people.
    pub title: String,
}

/// Where the tasks come from.
#[derive(Debug, Clone)]
pub enum SubmissionInput {
    /// Files and their split.
    Files(Arc<InputFiles>),
    /// A range of numbers.
    Range(RangeInput),
}

/// Why a job was not submitted.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// Input files.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The coordinator.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The job breaks a rule.
    #[error("this job is not allowed: {0}")]
    Job(#[from] DecodeError),
    /// It cannot run tasks of that job again.
    #[error(transparent)]
    Again(#[from] VerifyError),
    /// The coordinator has no longer what the tasks of an earlier job read.
    #[error(
        "job {id} waits for {missing} inputs that the coordinator does not have: cancel it, and post the input as a new job"
    )]
    InputsGone {
        /// The new job.
        id: JobId,
        /// How many.
        missing: u64,
    },
    /// There is no key to sign with.
    #[error("a job is signed with a submitter key, and there is none")]
    NoKey,
    /// The input is not what it was when it was hashed.
    #[error("the input changed while it was read: task {0} has other bytes now; submit it again")]
    InputChanged(u32),
    /// The coordinator does not take note of uploads.
    #[error("the coordinator still misses {0} uploaded blobs; look at its log")]
    StillMissing(u64),
}

/// Told how far the work is.
pub trait Progress: Send + Sync {
    /// So many more bytes of the input were read and hashed.
    fn hashed(&self, bytes: u64);
    /// So many bytes are to be uploaded at most.
    fn to_upload(&self, bytes: u64);
    /// So many more bytes of the input need no upload any more.
    fn uploaded(&self, bytes: u64);
}

/// A signed job with what is needed to upload it.
#[derive(Debug)]
pub struct PreparedJob {
    signed: SignedJob,
    leaves: Vec<Leaf>,
    submission: Submission,
}

impl PreparedJob {
    /// Reads and hashes the input and signs the job.
    ///
    /// # Errors
    /// When the input cannot be read or split, or the job breaks a rule.
    pub async fn sign(
        client: &ApiClient,
        submission: Submission,
        progress: Arc<dyn Progress>,
    ) -> Result<Self, SubmitError> {
        let key = client.key().ok_or(SubmitError::NoKey)?;
        let leaves = match &submission.input {
            SubmissionInput::Files(files) => hash_leaves(Arc::clone(files), progress).await?,
            SubmissionInput::Range(_) => Vec::new(),
        };
        let tasks = match &submission.input {
            SubmissionInput::Files(_) => Tasks::Chunks(&leaves),
            SubmissionInput::Range(range) => Tasks::Range(*range),
        };
        let nonce = JobNonce(random_bytes());
        let job = submission.wish.job(nonce, key.submitter_key(), tasks);
        let signed = job.sign(client.chain(), key)?;
        Ok(Self {
            signed,
            leaves,
            submission,
        })
    }

    /// The job's id.
    #[must_use]
    pub fn id(&self) -> JobId {
        self.signed.id()
    }

    /// How many tasks it has.
    #[must_use]
    pub const fn task_count(&self) -> u32 {
        self.signed.job().task_count
    }

    /// Records the job on the coordinator. Doing it again changes nothing.
    ///
    /// # Errors
    /// When the coordinator refuses it.
    pub async fn submit(&self, client: &ApiClient) -> Result<JobSubmitted, SubmitError> {
        let request = SubmitJob {
            job: self.signed.encode(),
            leaves: encode_list(&self.leaves),
            title: self.submission.title.clone(),
        };
        Ok(post(client, self.id(), &request).await?)
    }

    /// Uploads everything that the coordinator misses.
    ///
    /// # Errors
    /// When the input changed, or an upload fails for good.
    pub async fn upload(
        &self,
        client: &ApiClient,
        mut submitted: JobSubmitted,
        progress: Arc<dyn Progress>,
    ) -> Result<(), SubmitError> {
        for _ in 0..MAX_ROUNDS {
            if submitted.missing_total == 0 {
                return Ok(());
            }
            let before = submitted.missing_total;
            let missing = Missing::of(&submitted);
            if let Some(bytes) = &self.submission.common {
                let sha256 = self.signed.job().common_sha256;
                if missing.holds(&sha256) {
                    client.put_blob(sha256, bytes.clone()).await?;
                }
            }
            if let SubmissionInput::Files(files) = &self.submission.input {
                let files = Arc::clone(files);
                self.upload_chunks(client, files, missing, Arc::clone(&progress))
                    .await?;
            }
            submitted = self.submit(client).await?;
            if submitted.missing_total >= before {
                break;
            }
        }
        match submitted.missing_total {
            0 => Ok(()),
            missing => Err(SubmitError::StillMissing(missing)),
        }
    }

    async fn upload_chunks(
        &self,
        client: &ApiClient,
        files: Arc<InputFiles>,
        mut missing: Missing,
        progress: Arc<dyn Progress>,
    ) -> Result<(), SubmitError> {
        progress.to_upload(files.total_bytes());
        let leaves = self.leaves.clone();
        let (sender, receiver) = mpsc::channel(2);
        let told = Arc::clone(&progress);
        let reading = tokio::task::spawn_blocking(move || -> Result<Option<u32>, InputError> {
            let mut expected = leaves.iter().zip(0..);
            let mut changed = None;
            files.each_chunk(
                |_| {},
                |chunk| {
                    let sha256 = Digest::of(&chunk);
                    let len = chunk.len() as u64;
                    let next = expected.next();
                    if next.map(|(leaf, _)| *leaf) != Some(Leaf::Chunk { sha256, len }) {
                        changed = changed.or(Some(next.map_or(u32::MAX, |(_, task)| task)));
                    }
                    if changed.is_none() && missing.take(sha256) {
                        // A closed channel means that an upload failed; its error is reported there.
                        if sender.blocking_send((sha256, Bytes::from(chunk))).is_err() {
                            return ControlFlow::Break(());
                        }
                    } else {
                        told.uploaded(len);
                    }
                    ControlFlow::Continue(())
                },
            )?;
            Ok(changed)
        });
        let uploads = ReceiverStream::new(receiver)
            .map(|(sha256, chunk)| {
                let len = chunk.len() as u64;
                let progress = &progress;
                async move {
                    client.put_blob(sha256, chunk).await?;
                    progress.uploaded(len);
                    Ok::<_, ClientError>(())
                }
            })
            .buffer_unordered(UPLOADS_AT_ONCE)
            .try_collect::<()>();
        uploads.await?;
        match reading.await.expect("reading the input does not panic")? {
            Some(task) => Err(SubmitError::InputChanged(task)),
            None => Ok(()),
        }
    }
}

/// Records the job `id` on the coordinator.
pub(super) async fn post(
    client: &ApiClient,
    id: JobId,
    request: &SubmitJob,
) -> Result<JobSubmitted, ClientError> {
    let submitted = client.submit(request).await?;
    if submitted.job_id != id {
        let reason = format!("it calls job {id} {}", submitted.job_id);
        return Err(ClientError::NotUnderstood {
            url: client.address().text(),
            reason,
        });
    }
    Ok(submitted)
}

async fn hash_leaves(
    files: Arc<InputFiles>,
    progress: Arc<dyn Progress>,
) -> Result<Vec<Leaf>, InputError> {
    let hashing = tokio::task::spawn_blocking(move || {
        let mut leaves = Vec::new();
        files.each_chunk(
            |bytes| progress.hashed(bytes),
            |chunk| {
                let sha256 = Digest::of(&chunk);
                let len = chunk.len() as u64;
                leaves.push(Leaf::Chunk { sha256, len });
                ControlFlow::Continue(())
            },
        )?;
        Ok(leaves)
    });
    hashing.await.expect("hashing the input does not panic")
}
