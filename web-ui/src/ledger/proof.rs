//! Checking one entry, step by step: its form, its path to a head, the log's signature, the storage nodes'.

use super::fetch;
use super::head::Head;
use shared::api::ledger::EntryView;
use shared::ledger::entry::Entry;
use shared::ledger::policy_text::QuorumPolicy;
use shared::ledger::proof::TlogProof;
use shared::merkle::{leaf_hash, root_by_path};

/// A step of the check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// The bytes are an entry of this ledger, in the one form that it can have.
    Form(Result<(), String>),
    /// The path of hashes leads from the entry to the root of the head.
    Path {
        hashes: usize,
        size: u64,
        fault: Option<String>,
    },
    /// The log's key has signed the head.
    Log(Result<(), String>),
    /// Enough storage nodes have cosigned it.
    Quorum(Result<Vec<String>, String>),
}

impl Step {
    /// Whether it holds.
    pub(crate) fn holds(&self) -> bool {
        match self {
            Self::Form(result) | Self::Log(result) => result.is_ok(),
            Self::Path { fault, .. } => fault.is_none(),
            Self::Quorum(result) => result.is_ok(),
        }
    }

    /// What is wrong, in the words of the rules.
    pub(crate) fn fault(&self) -> Option<&str> {
        match self {
            Self::Form(Err(fault)) | Self::Log(Err(fault)) | Self::Quorum(Err(fault)) => Some(fault),
            Self::Path { fault, .. } => fault.as_deref(),
            _ => None,
        }
    }
}

/// Checks an entry against its proof; the steps in their order. `None` when the proof cannot be fetched.
pub(crate) async fn check_entry(view: &EntryView, head: &Head) -> Option<Vec<Step>> {
    let form = Entry::decode(head.chain, &view.entry);
    let mut steps = vec![Step::Form(form.map(|_| ()).map_err(|error| error.to_string()))];
    let proof = fetch::text(&format!("proof/{}", view.index)).await.ok()?;
    let policy = QuorumPolicy::parse(&head.policy).ok()?;
    let proof = match TlogProof::parse(proof.as_bytes()) {
        Ok(proof) => proof,
        Err(error) => {
            steps.push(Step::Path {
                hashes: 0,
                size: 0,
                fault: Some(error.to_string()),
            });
            return Some(steps);
        }
    };
    let of_log = policy.checkpoint(&proof.checkpoint);
    let hash = leaf_hash(&view.entry);
    let (size, fault) = match &of_log {
        Ok(checkpoint) => {
            let root = root_by_path(hash, view.index, checkpoint.size, &proof.path);
            let fault = match root {
                _ if proof.index != view.index => Some(format!("the proof is of entry {}", proof.index)),
                Ok(root) if root == checkpoint.root => None,
                Ok(root) => Some(format!("the path leads to {root}, not to {}", checkpoint.root)),
                Err(error) => Some(error.to_string()),
            };
            (checkpoint.size, fault)
        }
        Err(_) => (0, Some(String::new())),
    };
    steps.push(Step::Path {
        hashes: proof.path.len(),
        size,
        fault,
    });
    steps.push(Step::Log(of_log.map(|_| ()).map_err(|error| error.to_string())));
    let certified = policy.certify(&proof.checkpoint);
    steps.push(Step::Quorum(
        certified
            .map(|certified| certified.cosigned.into_iter().map(|one| one.witness).collect())
            .map_err(|error| error.to_string()),
    ));
    Some(steps)
}
