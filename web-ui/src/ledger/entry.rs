//! Checking one entry, step by step, as far as the first step that does not hold.

use super::fetch;
use super::head::{self, Head};
use super::kept::{self, Before, Kept};
use super::trouble::{Fault, NotFetched, Trouble};
use gloo_timers::future::TimeoutFuture;
use shared::api::ledger::EntryView;
use shared::ids::{ChainId, Digest};
use shared::ledger::checkpoint::Checkpoint;
use shared::ledger::entry::Entry;
use shared::ledger::policy_text::QuorumPolicy;
use shared::ledger::proof::TlogProof;
use shared::ledger::rules::LedgerRule;
use shared::merkle::{leaf_hash, root_by_path};

/// A step that holds, and what it found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EntryStep {
    /// The bytes are an entry of this ledger, in the one form that it can have.
    Form,
    /// A path of hashes leads from the entry to the root of a log of so many entries.
    Path {
        /// The path.
        path: Vec<Digest>,
        /// The log's size.
        size: u64,
    },
    /// The log's key has signed that root.
    Log,
    /// Enough storage nodes have cosigned it: these, of as many as must.
    Quorum {
        /// Their names.
        names: Vec<String>,
        /// How many must have.
        threshold: usize,
    },
    /// It is a growth of the head that was kept, or the first one.
    Growth(Box<Head>),
}

/// A check under way.
#[derive(Debug)]
pub(crate) struct EntryCheck {
    view: EntryView,
    kept: Kept,
    before: Option<Before>,
    proof: Option<TlogProof>,
    done: u8,
}

impl EntryCheck {
    /// How many steps there are.
    pub(crate) const STEPS: usize = 5;

    /// Begins with an entry that was fetched and the head of the last visit. There is a kept head: that of
    /// [`super::read_head`].
    pub(crate) fn new(view: EntryView, before: Option<Before>) -> Result<Self, Trouble> {
        let kept = kept::load();
        let nothing = Fault::new(
            "policy_text",
            "this browser keeps nothing, so nothing is pinned",
        );
        Ok(Self {
            view,
            kept: kept.ok_or(nothing)?,
            before,
            proof: None,
            done: 0,
        })
    }

    /// The next step; `None` after the last one.
    pub(crate) async fn next(&mut self) -> Option<Result<EntryStep, Trouble>> {
        self.done = self.done.saturating_add(1);
        Some(match self.done {
            1 => self.form(),
            2 => self.path().await,
            3 => self.log(),
            4 => self.quorum(),
            5 => self.growth().await,
            _ => return None,
        })
    }

    fn form(&self) -> Result<EntryStep, Trouble> {
        let (_, checkpoint) = self.kept.checkpoint().ok_or_else(no_proof)?;
        let chain = ChainId::of_origin(&checkpoint.origin);
        let entry = Entry::decode(chain, &self.view.entry);
        entry.map_err(|error| Fault::from(LedgerRule::from(error)))?;
        Ok(EntryStep::Form)
    }

    async fn path(&mut self) -> Result<EntryStep, Trouble> {
        let index = self.view.index;
        let text = match fetch::text(&format!("proof/{index}")).await {
            Ok(text) => text,
            Err(NotFetched::NotFound) => {
                return Err(Fault::new("inclusion", "there is no proof of it").into());
            }
            Err(error) => return Err(error.into()),
        };
        let proof = TlogProof::parse(text.as_bytes());
        let proof = proof.map_err(|error| Fault::new("inclusion", error))?;
        let checkpoint = proof.checkpoint.text().parse::<Checkpoint>();
        let checkpoint = checkpoint.map_err(|error| Fault::new("certificate", error))?;
        if proof.index != index {
            let words = format!("the proof is of entry {}", proof.index);
            return Err(Fault::new("inclusion", words).into());
        }
        let leaf = leaf_hash(&self.view.entry);
        let root = root_by_path(leaf, index, checkpoint.size, &proof.path);
        let root = root.map_err(|error| Fault::new("inclusion", error))?;
        if root != checkpoint.root {
            let words = format!("the path leads to {root}, not to {}", checkpoint.root);
            return Err(Fault::new("inclusion", words).into());
        }
        let path = proof.path.clone();
        self.proof = Some(proof);
        Ok(EntryStep::Path {
            path,
            size: checkpoint.size,
        })
    }

    fn proof(&self) -> Result<(&TlogProof, QuorumPolicy), Trouble> {
        let proof = self.proof.as_ref().ok_or_else(no_proof)?;
        let checkpoint = proof.checkpoint.text().parse::<Checkpoint>();
        let checkpoint = checkpoint.map_err(|error| Fault::new("certificate", error))?;
        let policy = head::certifier(&self.kept, checkpoint.size)?;
        Ok((proof, policy))
    }

    fn log(&self) -> Result<EntryStep, Trouble> {
        let (proof, policy) = self.proof()?;
        let checkpoint = policy.checkpoint(&proof.checkpoint);
        checkpoint.map_err(|error| Fault::new("certificate", error))?;
        Ok(EntryStep::Log)
    }

    fn quorum(&self) -> Result<EntryStep, Trouble> {
        let (proof, policy) = self.proof()?;
        let certified = head::certify(&policy, &proof.checkpoint)?;
        let names = certified.cosigned.into_iter().map(|one| one.witness);
        Ok(EntryStep::Quorum {
            names: names.collect(),
            threshold: policy.threshold(),
        })
    }

    /// A proof to an older head than the kept one is asked for again, as the head itself is.
    async fn growth(&mut self) -> Result<EntryStep, Trouble> {
        let mut tries = 1;
        loop {
            let proof = self.proof.as_ref().ok_or_else(no_proof)?;
            let certificate = proof.checkpoint.to_string();
            match head::accept(Some(self.kept.clone()), &certificate).await {
                Err(Trouble::Alarm(found))
                    if head::is_shorter(found.kind) && tries < head::TRIES =>
                {
                    tries += 1;
                }
                accepted => {
                    let mut head = accepted?;
                    head.before = self.before;
                    return Ok(EntryStep::Growth(Box::new(head)));
                }
            }
            TimeoutFuture::new(head::AGAIN_MS).await;
            self.path().await?;
        }
    }
}

/// Steps stand on each other.
fn no_proof() -> Trouble {
    Fault::new("inclusion", "there is no proof of it").into()
}
