//! The routes of DESIGN.md section 6 that a submitter's page needs.

use super::api::{Api, Call};
use shared::api::Page;
use shared::api::blobs::BlobStored;
use shared::api::jobs::{
    CancelJob, JobSubmitted, JobView, ResultsPage, SubmitJob, TaskLog, TaskView,
};
use shared::api::programs::{ProgramView, PublishProgram};
use shared::ids::{Digest, JobId};
use shared::page::submit::{Trouble, TroubleCode};

/// Entries asked for in each page.
const PAGE_SIZE: u32 = 200;
/// Results asked for in each page; the coordinator keeps pages small enough itself.
const RESULTS_PAGE: u32 = 500;
/// Programs that are listed at most.
const MAX_PROGRAMS: usize = 2_000;
/// Tasks shown in a page.
const TASKS_PAGE: u32 = 50;

impl Api {
    /// Every published program.
    pub(super) async fn programs(&self) -> Result<Vec<ProgramView>, Trouble> {
        let mut programs = Vec::new();
        let mut token = String::new();
        loop {
            let path = format!("programs?page_size={PAGE_SIZE}{}", page_token(&token));
            let page: Page<ProgramView> = self.json(&Call::public(&path)).await?;
            programs.extend(page.items);
            if page.next_page_token.is_empty() || programs.len() >= MAX_PROGRAMS {
                return Ok(programs);
            }
            token = page.next_page_token;
        }
    }

    /// A published program, by `NAME` or `NAME@VERSION`.
    pub(super) async fn program(&self, name: &str) -> Result<ProgramView, Trouble> {
        let name = String::from(js_sys::encode_uri_component(name)).replace("%40", "@");
        self.json(&Call::public(&format!("programs/{name}"))).await
    }

    /// A module by its hash.
    pub(super) async fn module(&self, sha256: Digest) -> Result<Vec<u8>, Trouble> {
        let max = self.status().limits.module_bytes;
        let call = Call::public(&format!("programs/{sha256}.wasm"));
        self.hashed(&call, sha256, max).await
    }

    /// A blob of at most `max` bytes.
    pub(super) async fn blob(&self, sha256: Digest, max: u64) -> Result<Vec<u8>, Trouble> {
        let call = Call::get(&format!("blobs/{sha256}"));
        self.hashed(&call, sha256, max).await
    }

    async fn hashed(&self, call: &Call, sha256: Digest, max: u64) -> Result<Vec<u8>, Trouble> {
        let bytes = self.bytes(call, max).await?;
        if Digest::of(&bytes) == sha256 {
            return Ok(bytes);
        }
        let detail = format!("what came for {sha256} has another hash");
        Err(Trouble::new(TroubleCode::Tampered, detail))
    }

    /// Uploads a blob.
    pub(super) async fn put_blob(&self, sha256: Digest, bytes: Vec<u8>) -> Result<(), Trouble> {
        let call = Call::put(&format!("blobs/{sha256}"), bytes);
        let _: BlobStored = self.json(&call).await?;
        Ok(())
    }

    /// Publishes a program.
    pub(super) async fn publish(&self, wish: &PublishProgram) -> Result<ProgramView, Trouble> {
        self.json(&Call::post("programs", wish)?).await
    }

    /// Submits a job; the same again is answered alike.
    pub(super) async fn submit(&self, job: &SubmitJob) -> Result<JobSubmitted, Trouble> {
        self.json(&Call::post("jobs", job)?).await
    }

    /// The newest of the key's jobs, and whether there are more.
    pub(super) async fn jobs(&self) -> Result<(Vec<JobView>, bool), Trouble> {
        let call = Call::get(&format!("jobs?page_size={PAGE_SIZE}"));
        let page: Page<JobView> = self.json(&call).await?;
        Ok((page.items, !page.next_page_token.is_empty()))
    }

    /// One job.
    pub(super) async fn job(&self, job: JobId) -> Result<JobView, Trouble> {
        let view: JobView = self.json(&Call::get(&format!("jobs/{job}"))).await?;
        if view.job_id == job {
            return Ok(view);
        }
        let detail = format!("it gave job {} for {job}", view.job_id);
        Err(Trouble::new(TroubleCode::NotUnderstood, detail))
    }

    /// Decided tasks after `after`.
    pub(super) async fn results(
        &self,
        job: JobId,
        after: Option<u32>,
    ) -> Result<ResultsPage, Trouble> {
        let after = after.map_or_else(String::new, |after| format!("&after={after}"));
        let path = format!("jobs/{job}/results?page_size={RESULTS_PAGE}{after}");
        self.json(&Call::get(&path)).await
    }

    /// A page of tasks.
    pub(super) async fn tasks(
        &self,
        job: JobId,
        failed_only: bool,
        token: &str,
    ) -> Result<Page<TaskView>, Trouble> {
        let filter = if failed_only { "&state=failed" } else { "" };
        let token = page_token(token);
        let path = format!("jobs/{job}/tasks?page_size={TASKS_PAGE}{filter}{token}");
        self.json(&Call::get(&path)).await
    }

    /// One task.
    pub(super) async fn task(&self, job: JobId, task: u32) -> Result<TaskView, Trouble> {
        self.json(&Call::get(&format!("jobs/{job}/tasks/{task}")))
            .await
    }

    /// What the guests of a task wrote to stderr.
    pub(super) async fn task_log(&self, job: JobId, task: u32) -> Result<TaskLog, Trouble> {
        self.json(&Call::get(&format!("jobs/{job}/tasks/{task}/log")))
            .await
    }

    /// Cancels a job.
    pub(super) async fn cancel(&self, job: JobId, wish: &CancelJob) -> Result<JobView, Trouble> {
        self.json(&Call::post(&format!("jobs/{job}/cancel"), wish)?)
            .await
    }
}

fn page_token(token: &str) -> String {
    if token.is_empty() {
        return String::new();
    }
    format!("&page_token={}", js_sys::encode_uri_component(token))
}
