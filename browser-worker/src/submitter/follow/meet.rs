//! Meets a job and those that run its tasks again: nothing of them is used before it is known to be what was signed.

use super::{Follower, Known};
use crate::clock;
use crate::submitter::merged::Merged;
use crate::submitter::reduce::Reduction;
use crate::submitter::verify::NotTaken;
use shared::api::jobs::JobView;
use shared::ids::Digest;
use shared::leaf::Leaf;
use shared::manifest::Manifest;
use shared::page::submit::{ResultNews, Trouble, TroubleCode};
use shared::subset::MAX_SUBSETS;
use shared::verified_job::{VerifiedJob, VerifyError};

impl Follower {
    /// Checks that the job is the one that was signed, and that its manifest is the one that it names.
    pub(super) async fn meet(&self, view: JobView) -> Result<Known, NotTaken> {
        let (chain, leaves) = (self.api.chain(), self.leaves(&view).await?);
        let mut result = ResultNews::Waiting;
        let job = match VerifiedJob::new(chain, view.job_id, &view.job, &leaves) {
            Err(VerifyError::Subset { parent }) => {
                let of = self.api.job(parent).await?;
                let of_leaves = self.leaves(&of).await?;
                let of = VerifiedJob::new(chain, parent, &of.job, &of_leaves)?;
                result = ResultNews::PartOf { parent };
                of.subset(view.job_id, &view.job, &leaves)?
            }
            met => met?,
        };
        let program = self.api.program(&view.program).await?;
        if Digest::of(&program.manifest) != job.job().manifest_sha256 {
            let detail = "the program's manifest is not the one that the job names";
            return Err(Trouble::new(TroubleCode::Tampered, detail).into());
        }
        let manifest = Manifest::parse(&program.manifest)
            .map_err(|error| Trouble::new(TroubleCode::Program, error.to_string()))?;
        Ok(Known {
            view,
            subsets: Vec::new(),
            at_ms: clock::now(),
            media_type: manifest.output.name().to_owned(),
            merged: Merged::new(job),
            reduction: Reduction::new(manifest.reduce),
            result,
        })
    }

    /// Asks how the jobs stand that run tasks of this one again. A new one is verified, and counted from now on.
    pub(super) async fn look_at_subsets(&self, known: &mut Known) -> Result<(), NotTaken> {
        if known.view.subsets.len() > MAX_SUBSETS {
            let detail = "it names too many jobs that run tasks of one again";
            return Err(Trouble::new(TroubleCode::NotUnderstood, detail).into());
        }
        for id in known.view.subsets.clone() {
            let before = known.subsets.iter_mut().find(|view| view.job_id == id);
            match before {
                Some(before) if before.state.has_ended() => {}
                Some(before) => *before = self.api.job(id).await?,
                None => {
                    let view = self.api.job(id).await?;
                    let leaves = self.leaves(&view).await?;
                    let subset = known.merged.job().subset(id, &view.job, &leaves)?;
                    known.merged.add(subset);
                    known.subsets.push(view);
                    known.result = ResultNews::Waiting;
                }
            }
        }
        Ok(())
    }

    async fn leaves(&self, view: &JobView) -> Result<Vec<u8>, Trouble> {
        let Some(sha256) = view.leaves_sha256 else {
            return Ok(Vec::new());
        };
        let max = u64::from(view.task_count).saturating_mul(Leaf::CHUNK_LEN as u64);
        self.api.blob(sha256, max).await
    }
}
