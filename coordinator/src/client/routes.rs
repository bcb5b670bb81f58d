//! The routes of DESIGN.md section 6 as methods: what is asked and what comes back.

use super::call::{Call, Caller};
use super::connection::ApiClient;
use super::error::ClientError;
use bytes::Bytes;
use reqwest::Method;
use shared::api::Page;
use shared::api::blobs::BlobStored;
use shared::api::jobs::{CancelJob, JobSubmitted, JobView, ResultsPage, SubmitJob, TaskLog};
use shared::api::keys::{ApproveKey, ApprovedKey};
use shared::api::nodes::{NodeView, TrustNode};
use shared::api::programs::{ProgramView, PublishProgram};
use shared::api::storage::{AddStorageNode, StorageView};
use shared::api::tokens::{CreateToken, TokenCreated, TokenView};
use shared::ids::{Digest, JobId, NodeKey};
use shared::ledger::bundle::MAX_BUNDLE_BYTES;
use std::fmt::Write as _;
use std::ops::Range;

/// Entries asked for in each page.
const PAGE_SIZE: u32 = 200;
/// Results asked for in each page; the coordinator keeps pages small enough itself.
const RESULTS_PAGE: u32 = 500;
/// Entries of a list that are read at most; a server whose list never ends is not followed for ever.
const MAX_LIST: usize = 100_000;

#[expect(
    clippy::missing_errors_doc,
    reason = "every call fails with ClientError, which says how"
)]
impl ApiClient {
    async fn list<T: serde::de::DeserializeOwned>(
        &self,
        caller: Caller,
        path: &str,
    ) -> Result<Vec<T>, ClientError> {
        let mut items = Vec::new();
        let mut token = String::new();
        loop {
            let query = format!("{path}?page_size={PAGE_SIZE}&page_token={token}");
            let page: Page<T> = self
                .json(&Call::get(caller, query.trim_end_matches("&page_token=")))
                .await?;
            items.extend(page.items);
            if page.next_page_token.is_empty() || items.len() >= MAX_LIST {
                return Ok(items);
            }
            token = url::form_urlencoded::byte_serialize(page.next_page_token.as_bytes()).collect();
        }
    }

    /// Uploads a blob.
    pub async fn put_blob(&self, sha256: Digest, bytes: Bytes) -> Result<BlobStored, ClientError> {
        let path = match self.uploads_for() {
            Some(key) => format!("blobs/{sha256}?submitter_key={key}"),
            None => format!("blobs/{sha256}"),
        };
        let call = Call {
            method: Method::PUT,
            body: Some(("application/octet-stream", bytes)),
            ..Call::get(Caller::Submitter, &path)
        };
        self.json(&call).await
    }

    /// Reads a blob of at most `max` bytes and checks its hash.
    pub async fn blob(&self, sha256: Digest, max: u64) -> Result<Bytes, ClientError> {
        let call = Call::get(Caller::Submitter, &format!("blobs/{sha256}"));
        self.hashed(&call, sha256, max).await
    }

    async fn hashed(&self, call: &Call, sha256: Digest, max: u64) -> Result<Bytes, ClientError> {
        let bytes = self.bytes(call, max).await?;
        if Digest::of(&bytes) == sha256 {
            return Ok(bytes);
        }
        Err(ClientError::WrongBytes { sha256 })
    }

    /// The module that runs of a published program.
    pub async fn module(&self, program: &ProgramView) -> Result<Bytes, ClientError> {
        let sha256 = program.module_sha256;
        let call = Call::get(Caller::Anyone, &format!("programs/{sha256}.wasm"));
        self.hashed(&call, sha256, program.module_bytes).await
    }

    /// A module by its hash.
    pub async fn module_of(&self, sha256: Digest) -> Result<Bytes, ClientError> {
        let call = Call::get(Caller::Anyone, &format!("programs/{sha256}.wasm"));
        let max = self.status().limits.module_bytes;
        self.hashed(&call, sha256, max).await
    }

    /// A published program, by `NAME` or `NAME@VERSION`.
    pub async fn program(&self, name: &str) -> Result<ProgramView, ClientError> {
        let path = format!("programs/{name}");
        self.json(&Call::get(Caller::Anyone, &path)).await
    }

    /// Every published program.
    pub async fn programs(&self) -> Result<Vec<ProgramView>, ClientError> {
        self.list(Caller::Anyone, "programs").await
    }

    /// Publishes a program.
    pub async fn publish(&self, publication: &PublishProgram) -> Result<ProgramView, ClientError> {
        let call = Call::with_json(Method::POST, Caller::Submitter, "programs", publication);
        self.json(&call).await
    }

    /// Submits a job; the same again is answered alike.
    pub async fn submit(&self, job: &SubmitJob) -> Result<JobSubmitted, ClientError> {
        let call = Call::with_json(Method::POST, Caller::Submitter, "jobs", job);
        self.json(&call).await
    }

    /// The jobs that this caller may see.
    pub async fn jobs(&self) -> Result<Vec<JobView>, ClientError> {
        self.list(Caller::Submitter, "jobs").await
    }

    /// One job.
    pub async fn job(&self, job: JobId) -> Result<JobView, ClientError> {
        let path = format!("jobs/{job}");
        self.json(&Call::get(Caller::Submitter, &path)).await
    }

    /// Decided tasks after `after`.
    pub async fn results(
        &self,
        job: JobId,
        after: Option<u32>,
    ) -> Result<ResultsPage, ClientError> {
        let after = after.map_or_else(String::new, |after| format!("&after={after}"));
        let path = format!("jobs/{job}/results?page_size={RESULTS_PAGE}{after}");
        self.json(&Call::get(Caller::Submitter, &path)).await
    }

    /// The proof bundle of a job, from the policy with this text on; of some tasks when these are given.
    pub async fn proof(
        &self,
        job: JobId,
        policy_text: Digest,
        tasks: Option<Range<u32>>,
    ) -> Result<Bytes, ClientError> {
        let mut path = format!("jobs/{job}/proof?policy={policy_text}");
        if let Some(tasks) = tasks {
            // Writing to a String does not fail.
            let _ = write!(path, "&first={}&count={}", tasks.start, tasks.len());
        }
        let call = Call::get(Caller::Submitter, &path);
        self.bytes(&call, MAX_BUNDLE_BYTES as u64).await
    }

    /// What the guests of a task wrote to stderr.
    pub async fn task_log(&self, job: JobId, task: u32) -> Result<TaskLog, ClientError> {
        let path = format!("jobs/{job}/tasks/{task}/log");
        self.json(&Call::get(Caller::Submitter, &path)).await
    }

    /// Cancels a job.
    pub async fn cancel(&self, job: JobId, wish: &CancelJob) -> Result<JobView, ClientError> {
        let path = format!("jobs/{job}/cancel");
        let call = Call::with_json(Method::POST, Caller::Submitter, &path, wish);
        self.json(&call).await
    }

    /// Every volunteer.
    pub async fn nodes(&self) -> Result<Vec<NodeView>, ClientError> {
        self.list(Caller::Anyone, "nodes").await
    }

    /// One volunteer.
    pub async fn node(&self, node: NodeKey) -> Result<NodeView, ClientError> {
        let path = format!("nodes/{node}");
        self.json(&Call::get(Caller::Anyone, &path)).await
    }

    /// Says whether a volunteer counts as proven.
    pub async fn trust_node(&self, node: NodeKey, proven: bool) -> Result<NodeView, ClientError> {
        let path = format!("admin/nodes/{node}/trust");
        let call = Call::with_json(Method::PUT, Caller::Admin, &path, &TrustNode { proven });
        self.json(&call).await
    }

    /// Makes a token.
    pub async fn create_token(&self, wish: &CreateToken) -> Result<TokenCreated, ClientError> {
        let call = Call::with_json(Method::POST, Caller::Admin, "admin/tokens", wish);
        self.json(&call.once()).await
    }

    /// Every token, without its secret.
    pub async fn tokens(&self) -> Result<Vec<TokenView>, ClientError> {
        self.list(Caller::Admin, "admin/tokens").await
    }

    /// Ends a token.
    pub async fn revoke_token(&self, id: &str) -> Result<(), ClientError> {
        let call = Call {
            method: Method::DELETE,
            ..Call::get(Caller::Admin, &format!("admin/tokens/{id}"))
        };
        self.bytes(&call, MAX_IGNORED_BYTES).await.map(drop)
    }

    /// Who keeps the ledger, and what is proposed.
    pub async fn storage_nodes(&self) -> Result<StorageView, ClientError> {
        self.json(&Call::get(Caller::Admin, "admin/storage")).await
    }

    /// Proposes one more storage node.
    pub async fn add_storage_node(
        &self,
        wish: &AddStorageNode,
    ) -> Result<StorageView, ClientError> {
        let call = Call::with_json(Method::POST, Caller::Admin, "admin/storage", wish);
        self.json(&call.once()).await
    }

    /// Proposes to go on without a storage node.
    pub async fn remove_storage_node(&self, name: &str) -> Result<StorageView, ClientError> {
        // Names have no spaces, which alone are written otherwise in a path.
        let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
        let call = Call {
            method: Method::DELETE,
            ..Call::get(Caller::Admin, &format!("admin/storage/{name}"))
        };
        self.json(&call.once()).await
    }

    /// Takes the proposal back.
    pub async fn withdraw_policy(&self) -> Result<(), ClientError> {
        let call = Call {
            method: Method::DELETE,
            ..Call::get(Caller::Admin, "admin/storage-proposal")
        };
        self.bytes(&call.once(), MAX_IGNORED_BYTES).await.map(drop)
    }

    /// Lets a submitter's key post.
    pub async fn approve_key(&self, wish: &ApproveKey) -> Result<ApprovedKey, ClientError> {
        let call = Call::with_json(Method::POST, Caller::Admin, "admin/keys", wish);
        self.json(&call).await
    }

    /// Every approved key.
    pub async fn approved_keys(&self) -> Result<Vec<ApprovedKey>, ClientError> {
        self.list(Caller::Admin, "admin/keys").await
    }
}

/// Bytes of an answer that nobody reads.
const MAX_IGNORED_BYTES: u64 = 1 << 20;
