//! A recorded job as its submitter sees it: what the store and the hub know together.

use super::super::Api;
use super::super::error::ApiError;
use super::decode;
use crate::hub::JobLive;
use crate::store::{JobRecord, JobStage, SubsetRecord};
use shared::api::jobs::{JobView, TaskCounts, WaitingReason};
use shared::ids::UnixMs;

const DAY_MS: u64 = 24 * 3600 * 1000;

/// Where a job stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) tasks: TaskCounts,
    pub(super) waiting: Option<WaitingReason>,
    pub(super) seconds_left: Option<[u64; 2]>,
}

/// What the hub says of a running job, otherwise what is recorded.
pub(super) async fn standing(api: &Api, record: &JobRecord) -> Result<Standing, ApiError> {
    if record.stage == JobStage::Running
        && let Some(live) = api.hub.job_live(record.job.id).await?
    {
        let JobLive {
            tasks,
            waiting,
            seconds_left,
        } = live;
        return Ok(Standing {
            tasks: TaskCounts {
                accepted: tasks.accepted.saturating_sub(record.stored),
                stored: record.stored,
                ..tasks
            },
            waiting,
            seconds_left,
        });
    }
    let waiting = match record.stage {
        JobStage::Uploading => {
            let missing = api.store.job_missing_total(record.job.id).await?;
            Some(WaitingReason::Inputs { missing })
        }
        stage => stage
            .waits_for_quorum()
            .then_some(WaitingReason::StorageQuorum),
    };
    Ok(Standing {
        tasks: record.counts(),
        waiting,
        seconds_left: None,
    })
}

/// The whole view.
pub(super) async fn view(api: &Api, record: JobRecord) -> Result<JobView, ApiError> {
    let job = decode(&record)?;
    let standing = standing(api, &record).await?;
    let subsets = api.store.job_subsets(record.job.id).await?;
    let keep_ms = u64::from(api.config.limits.keep_days).saturating_mul(DAY_MS);
    Ok(JobView {
        job_id: record.job.id,
        submitter_key: record.job.submitter_key,
        title: record.job.title,
        program: record.job.program,
        state: record.stage.state(),
        reason: record.reason,
        waiting: standing.waiting,
        tasks: standing.tasks,
        task_count: record.job.task_count,
        trust: job.trust,
        policy: job.policy.to_string(),
        limits: job.limits,
        votes: record.votes,
        dissent: record.dissent,
        created_at_ms: record.job.created_at_ms,
        ended_at_ms: record.ended_at_ms,
        deadline_ms: record.job.deadline_ms,
        kept_until_ms: last_end(record.ended_at_ms, &subsets).map(|ended| ended.plus(keep_ms)),
        seconds_left: standing.seconds_left,
        job: record.job.signed,
        leaves_sha256: record.job.leaves_sha256,
        parent: record.job.parent,
        subsets: subsets.into_iter().map(|subset| subset.id).collect(),
    })
}

/// When the last of a job and those that run its tasks again ended: its outputs are kept until some time after that.
fn last_end(ended: Option<UnixMs>, subsets: &[SubsetRecord]) -> Option<UnixMs> {
    let ends = subsets.iter().map(|subset| subset.ended_at_ms);
    ends.fold(ended, |last, end| Some(last?.max(end?)))
}
