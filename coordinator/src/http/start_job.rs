//! What happens when the last missing input of a job is there: it runs.

use super::Api;
use super::error::ApiError;
use shared::api::jobs::JobState;
use shared::ids::JobId;

/// Moves jobs whose inputs are all there to running and tells the hub. A job that runs already, or has ended
/// meanwhile, stays as it is.
///
/// # Errors
/// When the store fails.
pub(super) async fn start_jobs(api: &Api, jobs: &[JobId]) -> Result<(), ApiError> {
    for job in jobs {
        let now = api.clock.now();
        let moved = api.store.job_set_state(*job, JobState::Running, None, now);
        if moved.await?.is_some() && api.hub.job_ready(*job).await.is_err() {
            tracing::info!(job.id = %job, "job {job} runs after the restart: the hub has stopped");
        }
    }
    Ok(())
}
