//! What happens when the last missing input of a job is there: it is recorded on the ledger, and runs once that is stored.

use super::Api;
use super::error::ApiError;
use shared::ids::JobId;

/// Queues the Jobs of jobs whose inputs are all there and tells their readers. A job that was begun before, or has ended
/// meanwhile, stays as it is.
///
/// # Errors
/// When the store fails.
pub(super) async fn start_jobs(api: &Api, jobs: &[JobId]) -> Result<(), ApiError> {
    for job in jobs {
        let now = api.clock.now();
        let moved = api.store.job_begin(&api.lease, *job, now);
        if moved.await?.is_some() && api.hub.job_changed(*job).await.is_err() {
            tracing::info!(job.id = %job, "job {job} goes on after the restart: the hub has stopped");
        }
    }
    Ok(())
}
