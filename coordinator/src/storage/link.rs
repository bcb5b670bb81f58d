//! A storage node as its leader and its peers see it: inside this process or elsewhere, the same questions and answers.

use super::error::StorageError;
use super::node::StorageNode;
use super::reads::LEDGER;
use super::remote::RemoteNode;
use super::wire::{
    Append, Appended, Approval, Beaten, Blocks, CommitProof, Committed, Heartbeat, Identity,
    IsApproved, Missing, Prepare, Prepared, ReadBlocks, Refusal, WhichMissing,
};
use bytes::Bytes;
use futures_util::stream;
use shared::api::problem::Problem;
use shared::ids::{AckKey, Digest};
use std::sync::Arc;

/// A way to a storage node; cheap to clone.
#[derive(Debug, Clone)]
pub enum Link {
    /// Inside this process.
    Embedded(Arc<StorageNode>),
    /// Elsewhere, over HTTP.
    Remote(Arc<RemoteNode>),
}

/// Why a question to a storage node came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// Nobody answers there.
    #[error("cannot reach the storage node {node}: {reason}")]
    Unreachable {
        /// Its name or address.
        node: String,
        /// What the connection said.
        reason: String,
    },
    /// The node says no.
    #[error("the storage node {node} refuses: {refusal}")]
    Refused {
        /// Its name or address.
        node: String,
        /// Why.
        refusal: Refusal,
    },
    /// The node's HTTP server says no, or fails; nothing is signed.
    #[error("the storage node {node} answers {}: {}", .problem.status, .problem.detail)]
    Problem {
        /// Its name or address.
        node: String,
        /// What it says.
        problem: Box<Problem>,
    },
    /// What answers is not that storage node, or speaks another language.
    #[error("the answer of the storage node {node} does not count: {reason}")]
    BadAnswer {
        /// Its name or address.
        node: String,
        /// What is wrong.
        reason: String,
    },
    /// The embedded node failed.
    #[error("the storage node {node} failed: {error}")]
    Failed {
        /// Its name.
        node: String,
        /// What happened.
        error: StorageError,
    },
}

type Result<T> = std::result::Result<T, LinkError>;

impl Link {
    /// What to call the node: its name in the policy, or its address.
    #[must_use]
    pub fn label(&self) -> &str {
        match self {
            Self::Embedded(node) => node.name(),
            Self::Remote(node) => node.label(),
        }
    }

    /// The key that its answers are signed with, when it is known.
    #[must_use]
    pub fn ack_key(&self) -> Option<AckKey> {
        match self {
            Self::Embedded(node) => Some(node.ack_key()),
            Self::Remote(node) => node.ack_key(),
        }
    }

    /// Who the node is.
    ///
    /// # Errors
    /// See [`LinkError`]; so for all questions below.
    pub async fn identity(&self) -> Result<Identity> {
        match self {
            Self::Embedded(node) => Ok(node.identity()),
            Self::Remote(node) => node.identity().await,
        }
    }

    /// Whether the node's operator has approved a policy.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub async fn is_approved(&self, question: &IsApproved) -> Result<Approval> {
        match self {
            Self::Embedded(node) => Ok(Approval {
                approved: node.approved(question.policy_sha256),
            }),
            Self::Remote(node) => node.ask("approved", question).await,
        }
    }

    /// What the node has promised and accepted; it promises nothing. For a wiped node that recovers.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub async fn promised(&self) -> Result<Prepared> {
        match self {
            Self::Embedded(node) => inside(node, node.promised().await),
            Self::Remote(node) => node.ask("promised", &()).await,
        }
    }

    /// PREPARE.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub async fn prepare(&self, prepare: &Prepare) -> Result<Prepared> {
        match self {
            Self::Embedded(node) => inside(node, node.prepare(prepare.clone()).await),
            Self::Remote(node) => node.ask("prepare", prepare).await,
        }
    }

    /// APPEND.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub async fn append(&self, append: &Arc<Append>) -> Result<Appended> {
        match self {
            Self::Embedded(node) => inside(node, node.append(append.clone()).await),
            Self::Remote(node) => node.ask("append", append.as_ref()).await,
        }
    }

    /// COMMIT.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub async fn commit(&self, proof: &CommitProof) -> Result<Committed> {
        match self {
            Self::Embedded(node) => inside(node, node.commit(proof).await),
            Self::Remote(node) => node.ask("commit", proof).await,
        }
    }

    /// Cosigns the head again.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub async fn heartbeat(&self, heartbeat: &Heartbeat) -> Result<Beaten> {
        match self {
            Self::Embedded(node) => inside(node, node.heartbeat(heartbeat).await),
            Self::Remote(node) => node.ask("heartbeat", heartbeat).await,
        }
    }

    /// Which of these blobs are not there.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub async fn which_missing(&self, question: &WhichMissing) -> Result<Missing> {
        match self {
            Self::Embedded(node) => {
                let blobs = inside(node, node.missing_blobs(&question.blobs).await)?;
                Ok(Missing { blobs })
            }
            Self::Remote(node) => node.ask("missing", question).await,
        }
    }

    /// Stores a blob.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub async fn put_blob(&self, sha256: Digest, bytes: Vec<u8>) -> Result<()> {
        let bytes = Bytes::from(bytes);
        match self {
            Self::Embedded(node) => {
                let bytes = Box::pin(stream::once(async { Ok(bytes) }));
                inside(node, node.blob_put(sha256, bytes).await)
            }
            Self::Remote(node) => node.put_blob(sha256, bytes).await,
        }
    }

    /// A blob, `None` when it is not there. Its hash is checked.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub async fn read_blob(&self, sha256: Digest) -> Result<Option<Vec<u8>>> {
        match self {
            Self::Embedded(node) => inside(node, node.blob_bytes(sha256).await),
            Self::Remote(node) => node.read_blob(sha256).await,
        }
    }

    /// The certificate of a block that holds a Policy, as the node serves it to anyone: nothing is checked.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub async fn certificate(&self, height: u64) -> Result<Option<String>> {
        match self {
            Self::Embedded(node) => inside(node, node.certificate(height).await),
            Self::Remote(node) => {
                let target = format!("{LEDGER}certificates/{height}");
                let read = node.read_public(&target).await?;
                let is_there = read.status == 200;
                Ok(is_there.then(|| String::from_utf8_lossy(&read.body).into_owned()))
            }
        }
    }

    /// Committed blocks in order.
    ///
    /// # Errors
    /// See [`LinkError`].
    pub async fn read_blocks(&self, question: &ReadBlocks) -> Result<Blocks> {
        match self {
            Self::Embedded(node) => inside(node, node.blocks(question.from).await),
            Self::Remote(node) => node.ask("blocks", question).await,
        }
    }
}

fn inside<T>(node: &StorageNode, answer: std::result::Result<T, StorageError>) -> Result<T> {
    answer.map_err(|error| {
        let node = node.name().to_owned();
        match error {
            StorageError::Refused(refusal) => LinkError::Refused { node, refusal },
            error => LinkError::Failed { node, error },
        }
    })
}
