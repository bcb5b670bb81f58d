//! `node list|show|trust|untrust`: the volunteers and what became of their votes.

use super::coordinator_args::CoordinatorArgs;
use super::interrupt::Left;
use super::print::{plain, table, time};
use anyhow::Result;
use clap::{Args, Subcommand};
use shared::api::nodes::{NodeState, NodeView};
use shared::fuel_words::instructions;
use shared::ids::NodeKey;
use std::fmt::Write as _;

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum NodeCommand {
    /// List volunteers and what became of their votes
    #[command(before_help = "Examples:\n  manyhands node list\n  manyhands node list --json")]
    List(ListArgs),
    /// Show one volunteer
    #[command(before_help = "Examples:\n  manyhands node show 1f2e…64 hex digits")]
    Show(NodeArgs),
    /// Count a volunteer as proven from now on
    #[command(before_help = "Examples:\n  manyhands node trust 1f2e…64 hex digits")]
    Trust(NodeArgs),
    /// Take that back
    #[command(before_help = "Examples:\n  manyhands node untrust 1f2e…64 hex digits")]
    Untrust(NodeArgs),
}

/// Nothing but the coordinator.
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    coordinator: CoordinatorArgs,
}

/// Which node.
#[derive(Debug, Args)]
pub(super) struct NodeArgs {
    /// The node's key, 64 hex digits, as in the list
    node: NodeKey,
    #[command(flatten)]
    coordinator: CoordinatorArgs,
}

impl NodeCommand {
    pub(super) async fn run(&self, left: &Left) -> Result<()> {
        match self {
            Self::List(args) => list(args, left).await,
            Self::Show(args) => show(args, left).await,
            Self::Trust(args) => trust(args, true, left).await,
            Self::Untrust(args) => trust(args, false, left).await,
        }
    }
}

async fn list(args: &ListArgs, left: &Left) -> Result<()> {
    let session = args.coordinator.connect(left).await?;
    let nodes = session.client.nodes().await?;
    session.print.show(&nodes, || {
        let rows: Vec<_> = nodes.iter().map(row).collect();
        let head = [
            "NODE", "STATE", "PROVEN", "SLOTS", "ACCEPTED", "OUTVOTED", "INVALID", "DOUBLE",
            "REPLAYS", "LATE", "UNABLE", "EXPIRED",
        ];
        table(&head, &rows)
    })
}

const fn state(state: NodeState) -> &'static str {
    match state {
        NodeState::Offline => "offline",
        NodeState::Idle => "idle",
        NodeState::Computing => "computing",
    }
}

fn row(node: &NodeView) -> Vec<String> {
    let record = &node.record;
    let mut row = vec![
        node.node_key.to_string(),
        state(node.state).to_owned(),
        if node.proven { "yes" } else { "no" }.to_owned(),
        node.slots.to_string(),
    ];
    let counts = [
        record.accepted,
        record.outvoted,
        record.invalid,
        record.double_votes,
        record.replays,
        record.superseded,
        record.unable,
        record.expired,
    ];
    row.extend(counts.map(|count| count.to_string()));
    row
}

async fn show(args: &NodeArgs, left: &Left) -> Result<()> {
    let session = args.coordinator.connect(left).await?;
    let node = session.client.node(args.node).await?;
    session.print.show(&node, || describe(&node))
}

fn describe(node: &NodeView) -> String {
    let record = &node.record;
    let mut text = format!("node {}\n", node.node_key);
    let mut add = |name: &str, value: &dyn std::fmt::Display| {
        // Writing to a String does not fail.
        let _ = writeln!(text, "  {name:<13}{value}");
    };
    add("state", &state(node.state));
    add("running", &node.running);
    add("slots", &node.slots);
    add("engine", &plain(&node.engine));
    add("agent", &plain(&node.agent));
    add("proven", &if node.proven { "yes" } else { "no" });
    add("first seen", &time(node.first_seen_ms));
    add("last seen", &time(node.last_seen_ms));
    add("assigned", &record.assigned);
    add("accepted", &record.accepted);
    add("outvoted", &record.outvoted);
    add("invalid", &record.invalid);
    add("double votes", &record.double_votes);
    add("replays", &record.replays);
    add("too late", &record.superseded);
    add("unable", &record.unable);
    add("returned", &record.returned);
    add("expired", &record.expired);
    add("credit", &instructions(record.credit));
    text
}

async fn trust(args: &NodeArgs, proven: bool, left: &Left) -> Result<()> {
    let session = args.coordinator.connect(left).await?;
    let node = session.client.trust_node(args.node, proven).await?;
    session.print.show(&node, || {
        let words = if node.proven {
            "is proven"
        } else {
            "is not proven"
        };
        format!("node {} {words}", node.node_key)
    })
}
