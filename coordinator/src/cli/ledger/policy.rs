//! `ledger policy`: the text in force, and changes of it.

use super::place::PlaceArgs;
use super::storage_nodes::StorageNodesCommand;
use crate::cli::interrupt::Left;
use crate::cli::print::plain_lines;
use crate::client::ledger::error::LedgerError;
use crate::client::ledger::reader;
use anyhow::Result;
use clap::Args;
use serde_json::json;
use shared::ids::ChainId;

/// The place, or a change.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(in crate::cli) struct PolicyArgs {
    #[command(subcommand)]
    change: Option<StorageNodesCommand>,
    #[command(flatten)]
    place: PlaceArgs,
}

impl PolicyArgs {
    pub(super) async fn run(&self, left: &Left) -> Result<()> {
        if let Some(change) = &self.change {
            return change.run(left).await;
        }
        let source = self.place.source(left)?;
        let (text, policy) = reader::policy_text(&source).await?;
        let chain = ChainId::of_origin(policy.origin());
        if let Some(known) = self.place.known()?.ledger(chain)?
            && known.policy != text
        {
            left.say(
                "This is not the policy of your first visit. `ledger verify` checks that the old one has certified it.",
            );
        }
        let (note, _) = reader::newest(&source).await?;
        let certified = policy
            .certify(&note)
            .map_err(|error| LedgerError::broken("certificate", error))?;
        let json = json!({
            "origin": policy.origin(),
            "chain_id": chain,
            "policy": text,
            "threshold": policy.threshold(),
            "members": policy.witnesses().iter().map(|one| &one.name).collect::<Vec<_>>(),
            "certified_size": certified.checkpoint.size,
        });
        self.place.print().show(&json, || plain_lines(&text))
    }
}
