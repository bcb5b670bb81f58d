//! From a prepared draft to a job on the coordinator: sign, submit, upload what is missing. An upload that was broken off
//! goes on when the job's page is opened again.

use super::api::Api;
use super::chunks::Chunks;
use super::draft;
use super::prepare::{Prepared, PreparedInput};
use crate::entropy::random_bytes;
use futures_util::future::try_join_all;
use shared::api::jobs::{JobSubmitted, SubmitJob};
use shared::codec::Canonical as _;
use shared::ids::{Digest, JobId, JobNonce};
use shared::job::SignedJob;
use shared::leaf::{Leaf, decode_chunk_list, encode_list};
use shared::missing::Missing;
use shared::page::submit::{Trouble, TroubleCode};
use shared::split::SplitSpec;
use web_sys::Blob;

/// Times that a coordinator may say again that something is missing.
const MAX_ROUNDS: usize = 10;
/// Uploads under way at once.
const UPLOADS_AT_ONCE: usize = 4;

/// A signed job with what is needed to upload it.
#[derive(Debug)]
pub(super) struct Posting {
    pub(super) request: SubmitJob,
    pub(super) common: Option<Vec<u8>>,
    /// Absent for a range.
    pub(super) files: Option<Files>,
}

/// The input of a chunk job.
#[derive(Debug, Clone)]
pub(super) struct Files {
    pub(super) blobs: Vec<Blob>,
    pub(super) split: SplitSpec,
}

impl Posting {
    /// Publishes the program where it is the user's, and signs the job.
    pub(super) async fn sign(api: &Api, prepared: &Prepared) -> Result<Self, Trouble> {
        prepared.program.publish(api).await?;
        let nonce = random_bytes()
            .ok_or_else(|| Trouble::new(TroubleCode::Browser, "there is no randomness"))?;
        let job = prepared.job(api.submitter_key()?, JobNonce(nonce));
        let (files, leaves) = match &prepared.input {
            PreparedInput::Chunks {
                blobs,
                split,
                leaves,
            } => {
                let files = Files {
                    blobs: blobs.clone(),
                    split: split.clone(),
                };
                (Some(files), encode_list(leaves))
            }
            PreparedInput::Range(_) => (None, Vec::new()),
        };
        let request = SubmitJob {
            job: api.signed(job.encode(api.chain())).await?,
            leaves,
            title: prepared.title.clone(),
        };
        Ok(Self {
            request,
            common: prepared.common.clone(),
            files,
        })
    }

    /// Records the job and uploads everything that the coordinator misses; `told` hears how far it is.
    pub(super) async fn post(&self, api: &Api, told: impl Fn(u64, u64)) -> Result<JobId, Trouble> {
        // Also a check of our own signature.
        let signed = SignedJob::decode(api.chain(), &self.request.job)
            .map_err(|error| Trouble::new(TroubleCode::Job, error.to_string()))?;
        let id = signed.id();
        let mut submitted = self.submit(api, id).await?;
        if submitted.missing_total > 0 {
            draft::keep_upload(id, self).await;
        }
        for _ in 0..MAX_ROUNDS {
            if submitted.missing_total == 0 {
                break;
            }
            let before = submitted.missing_total;
            let mut missing = Missing::of(&submitted);
            if let Some(common) = &self.common {
                let sha256 = signed.job().common_sha256;
                if missing.take(sha256) {
                    api.put_blob(sha256, common.clone()).await?;
                }
            }
            self.upload_chunks(api, &mut missing, &told).await?;
            submitted = self.submit(api, id).await?;
            if submitted.missing_total >= before {
                break;
            }
        }
        if submitted.missing_total == 0 {
            draft::forget_upload(id).await;
            return Ok(id);
        }
        let missing = submitted.missing_total;
        let detail = format!("the coordinator still misses {missing} uploaded blobs");
        Err(Trouble::new(TroubleCode::Refused, detail))
    }

    async fn submit(&self, api: &Api, id: JobId) -> Result<JobSubmitted, Trouble> {
        let submitted = api.submit(&self.request).await?;
        if submitted.job_id == id {
            return Ok(submitted);
        }
        let detail = format!("it calls job {id} {}", submitted.job_id);
        Err(Trouble::new(TroubleCode::NotUnderstood, detail))
    }

    async fn upload_chunks(
        &self,
        api: &Api,
        missing: &mut Missing,
        told: impl Fn(u64, u64),
    ) -> Result<(), Trouble> {
        let Some(files) = &self.files else {
            return Ok(());
        };
        let leaves = decode_chunk_list(&self.request.leaves)
            .map_err(|error| Trouble::new(TroubleCode::Job, error.to_string()))?;
        let total: u64 = leaves.iter().map(leaf_len).sum();
        let limit = api.status().limits.chunk_bytes;
        let mut chunks = Chunks::new(files.blobs.clone(), &files.split, limit)?;
        let mut expected = leaves.iter();
        let (mut done, mut batch) = (0_u64, Vec::new());
        told(done, total);
        while let Some(chunk) = chunks.next().await? {
            let sha256 = Digest::of(&chunk);
            let len = chunk.len() as u64;
            if expected.next() != Some(&Leaf::Chunk { sha256, len }) {
                return Err(changed());
            }
            done = done.saturating_add(len);
            if missing.take(sha256) {
                batch.push(api.put_blob(sha256, chunk));
            }
            if batch.len() >= UPLOADS_AT_ONCE {
                try_join_all(std::mem::take(&mut batch)).await?;
                told(done, total);
            }
        }
        try_join_all(batch).await?;
        told(done, total);
        match expected.next() {
            Some(_) => Err(changed()),
            None => Ok(()),
        }
    }
}

fn changed() -> Trouble {
    let detail = "the input has other bytes now than when it was hashed";
    Trouble::new(TroubleCode::InputChanged, detail)
}

const fn leaf_len(leaf: &Leaf) -> u64 {
    match leaf {
        Leaf::Chunk { len, .. } => *len,
        Leaf::Range { .. } | Leaf::Subset { .. } => 0,
    }
}
