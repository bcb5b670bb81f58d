//! `ledger policy status|add|remove|withdraw`: changing the storage nodes of a ledger, for its admin.

use crate::cli::coordinator_args::CoordinatorArgs;
use crate::cli::interrupt::Left;
use crate::cli::print::{plain, table};
use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::json;
use shared::api::storage::{
    AddStorageNode, ProposalView, SeatChange, StorageNodeView, StorageView,
};
use std::fmt::Write as _;

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum StorageNodesCommand {
    /// Show the storage nodes, and who has approved a change that waits
    #[command(before_help = "Examples:\n  manyhands ledger policy status")]
    Status(StatusArgs),
    /// Propose one more storage node; the operators approve it
    #[command(before_help = "Examples:\n  manyhands ledger policy add https://s4.example.org:8081")]
    Add(AddArgs),
    /// Propose to go on without a storage node; the operators approve it
    #[command(before_help = "Examples:\n  manyhands ledger policy remove s2")]
    Remove(RemoveArgs),
    /// Take a proposal back
    #[command(before_help = "Examples:\n  manyhands ledger policy withdraw")]
    Withdraw(StatusArgs),
}

/// Nothing but the coordinator.
#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    coordinator: CoordinatorArgs,
}

/// Which storage node.
#[derive(Debug, Args)]
pub(super) struct AddArgs {
    /// Where it is, as the coordinator and the other storage nodes reach it
    #[arg(value_name = "STORAGE_URL")]
    storage_url: String,
    #[command(flatten)]
    coordinator: CoordinatorArgs,
}

/// Which storage node.
#[derive(Debug, Args)]
pub(super) struct RemoveArgs {
    /// Its name in the policy
    name: String,
    #[command(flatten)]
    coordinator: CoordinatorArgs,
}

impl StorageNodesCommand {
    pub(super) async fn run(&self, left: &Left) -> Result<()> {
        match self {
            Self::Status(args) => {
                let session = args.coordinator.connect(left).await?;
                let view = session.client.storage_nodes().await?;
                session.print.show(&view, || words(&view))
            }
            Self::Add(args) => {
                let session = args.coordinator.connect(left).await?;
                let wish = AddStorageNode {
                    url: args.storage_url.clone(),
                };
                let view = session.client.add_storage_node(&wish).await?;
                session.print.show(&view, || words(&view))
            }
            Self::Remove(args) => {
                let session = args.coordinator.connect(left).await?;
                let view = session.client.remove_storage_node(&args.name).await?;
                session.print.show(&view, || words(&view))
            }
            Self::Withdraw(args) => {
                let session = args.coordinator.connect(left).await?;
                session.client.withdraw_policy().await?;
                let withdrawn = json!({ "withdrawn": true });
                session.print.show(&withdrawn, || {
                    "the proposal is withdrawn; the storage nodes stay as they are".to_owned()
                })
            }
        }
    }
}

fn words(view: &StorageView) -> String {
    let rows: Vec<_> = view
        .nodes
        .iter()
        .map(|node| row(node, view.blocks))
        .collect();
    let mut text = format!(
        "Policy {} ({}): {} of {} storage nodes are a quorum. {} blocks.\n\n",
        view.policy.version,
        view.policy.sha256,
        view.policy.threshold,
        view.nodes.len(),
        view.blocks
    );
    text += &table(&["NAME", "BLOCKS", "WHERE", "STATE"], &rows);
    if let Some(proposal) = &view.proposal {
        text += &proposal_words(proposal, view);
    }
    text
}

fn row(node: &StorageNodeView, blocks: u64) -> Vec<String> {
    let state = match (&node.trouble, node.blocks) {
        (Some(trouble), _) => plain(trouble),
        (None, _) if node.wiped => "lost its database, and counts for nobody yet".to_owned(),
        (None, Some(has)) if has.saturating_add(1) < blocks => "catching up".to_owned(),
        (None, _) => "up to date".to_owned(),
    };
    vec![
        plain(&node.name),
        node.blocks
            .map_or_else(|| "-".to_owned(), |blocks| blocks.to_string()),
        node.url
            .as_deref()
            .map_or_else(|| "in the coordinator".to_owned(), plain),
        state,
    ]
}

fn proposal_words(proposal: &ProposalView, view: &StorageView) -> String {
    let policy = &proposal.policy;
    let mut text = format!(
        "\n\nProposed: policy {} ({}), quorum {}.\n\n",
        policy.version, policy.sha256, policy.threshold
    );
    let rows = proposal.approvals.iter().map(|one| {
        let change = match one.change {
            SeatChange::Stays => "stays",
            SeatChange::Added => "is added",
            SeatChange::Removed => "is removed",
        };
        let approved = if one.approved { "yes" } else { "not yet" };
        vec![plain(&one.name), change.to_owned(), approved.to_owned()]
    });
    text += &table(&["NAME", "CHANGE", "APPROVED"], &rows.collect::<Vec<_>>());
    if proposal.is_approved {
        text += "\n\nEnough have approved: it stands on the ledger with the next block.";
        return text;
    }
    let _ = write!(
        text,
        "\n\nIt counts once {} storage nodes of now, and every new one, have approved it. Their operators run:\n  \
         manyhands storage --data DIR --accept-policy {}",
        view.policy.threshold, policy.sha256
    );
    if proposal
        .approvals
        .iter()
        .any(|one| one.change == SeatChange::Added)
    {
        let _ = write!(
            text,
            "\nand the operator of a new one also:\n  manyhands storage --data DIR --accept-policy {}",
            view.policy_zero_sha256
        );
    }
    text
}
