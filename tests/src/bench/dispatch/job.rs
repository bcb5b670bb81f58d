//! The job that is dispatched: a range of trivial tasks of a program that nobody runs.

use super::server::Server;
use anyhow::{Result, ensure};
use coordinator::client::connection::{ApiClient, Settings};
use coordinator::client::publication::publish as publish_program;
use coordinator::client::submission::{PreparedJob, Progress, Submission, SubmissionInput};
use coordinator::entropy::random_bytes;
use coordinator::remote::address::Address;
use shared::api::jobs::JobState;
use shared::api::programs::ProgramView;
use shared::crypto::SecretKey;
use shared::ids::{Digest, JobId, JobSeed};
use shared::job::{ArgvMode, Limits, Policy};
use shared::leaf::RangeInput;
use shared::local_program::LocalProgram;
use shared::wish::Wish;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How often the job is looked at: seldom enough to cost the coordinator nothing that counts.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long a request is tried while nobody answers.
const PATIENCE: Duration = Duration::from_secs(10);

/// The smallest program: a memory, and a `_start` that returns.
const MODULE: &[u8] = b"\0asm\x01\0\0\0\
    \x01\x04\x01\x60\0\0\
    \x03\x02\x01\0\
    \x05\x03\x01\0\x01\
    \x07\x13\x02\x06memory\x02\0\x06_start\0\0\
    \x0a\x04\x01\x02\0\x0b";

const MANIFEST: &str = r#"{
  "name": "nothing", "version": "0.0.0", "summary": "Does nothing.", "licence": "MIT OR Apache-2.0",
  "argv_mode": "staged", "reduce": "none", "splits": {"accepted": ["range"], "default": "range:1"}, "args": [],
  "output": "text/plain", "example": {"range": {"start": 0, "end": 1, "chunk": 1}}
}"#;

/// Nobody looks on.
struct Unwatched;

impl Progress for Unwatched {
    fn hashed(&self, _bytes: u64) {}
    fn to_upload(&self, _bytes: u64) {}
    fn uploaded(&self, _bytes: u64) {}
}

/// A submitter with a key of its own.
pub(super) async fn client(server: &Server, folder: &Path) -> Result<ApiClient> {
    let settings = Settings {
        address: Address::parse(&format!("http://{}", server.address()))?,
        ca: None,
        key: Some(SecretKey::from_seed(&random_bytes())),
        token: None,
        token_for_all: false,
        token_looked_in: folder.join("token"),
        known_servers: folder.join("known_servers.json"),
        accept_new_ledger: true,
        patience: PATIENCE,
        notice: Arc::new(|_| {}),
    };
    Ok(ApiClient::connect(settings).await?)
}

/// Publishes the program.
pub(super) async fn publish(client: &ApiClient) -> Result<ProgramView> {
    let program = LocalProgram::new(MODULE.to_vec(), Some(MANIFEST.into()))?;
    Ok(publish_program(&program, client, true).await?)
}

/// Submits the job: one number of a range for each task.
pub(super) async fn submit(
    client: &ApiClient,
    program: &ProgramView,
    tasks: u32,
    trust: u8,
) -> Result<JobId> {
    let wish = Wish {
        module_sha256: program.module_sha256,
        manifest_sha256: program.manifest_sha256,
        argv_mode: ArgvMode::Staged,
        args: Vec::new(),
        common_sha256: Digest::NONE,
        trust,
        policy: Policy::Random,
        limits: Limits::default(),
        seed: JobSeed([0; 32]),
    };
    let submission = Submission {
        wish,
        common: None,
        input: SubmissionInput::Range(RangeInput {
            start: 0,
            end: tasks.into(),
            chunk: 1,
        }),
        title: "bench dispatch".into(),
    };
    let prepared = PreparedJob::sign(client, submission, Arc::new(Unwatched)).await?;
    prepared.submit(client).await?;
    Ok(prepared.id())
}

/// Waits until every task is certified.
pub(super) async fn wait(client: &ApiClient, job: JobId) -> Result<()> {
    loop {
        let view = client.job(job).await?;
        if view.state.has_ended() {
            let complete = view.state == JobState::Complete && view.tasks.failed == 0;
            ensure!(
                complete,
                "the job ended as {:?} {:?}",
                view.state,
                view.tasks
            );
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::manifest::Manifest;
    use shared::module_check::check_module;

    #[test]
    fn the_program_that_nobody_runs_is_a_program() {
        check_module(MODULE).unwrap();
        Manifest::parse(MANIFEST.as_bytes()).unwrap();
    }
}
