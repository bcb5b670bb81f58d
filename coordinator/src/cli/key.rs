//! `key show|import|export|approve|list`: the keys that sign jobs.

use super::coordinator_args::CoordinatorArgs;
use super::failure::{Exit, unreadable, with_exit};
use super::interrupt::Left;
use super::print::{plain, table, time};
use crate::client::key_store;
use crate::private_file;
use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use serde_json::json;
use shared::api::keys::ApproveKey;
use shared::ids::SubmitterKey;
use shared::key_file::{self, KeyRole};
use std::path::PathBuf;

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Show your public key; makes the key on first use
    #[command(
        before_help = "Examples:\n  manyhands key show\n  manyhands key show --key work.key --json"
    )]
    Show(ShowArgs),
    /// Take over a key file, for example one that the page has saved
    #[command(before_help = "Examples:\n  manyhands key import saved-by-the-page.json")]
    Import(ImportArgs),
    /// Write your key to a new file, to keep it safe or to import it in the page
    #[command(before_help = "Examples:\n  manyhands key export backup.json")]
    Export(ExportArgs),
    /// Let a submitter's key post on a coordinator with --submitters approved
    #[command(
        before_help = "Examples:\n  manyhands key approve 1f2e…64 hex digits --note \"Ann, lab 3\""
    )]
    Approve(ApproveArgs),
    /// List approved keys
    #[command(before_help = "Examples:\n  manyhands key list")]
    List(ListArgs),
}

/// Nothing but the key.
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    #[command(flatten)]
    coordinator: CoordinatorArgs,
}

/// Which file.
#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// The key file
    file: PathBuf,
    #[command(flatten)]
    coordinator: CoordinatorArgs,
}

/// Where to.
#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// The new file, which only you may read
    file: PathBuf,
    #[command(flatten)]
    coordinator: CoordinatorArgs,
}

/// Whose key.
#[derive(Debug, Args)]
pub(super) struct ApproveArgs {
    /// The public key, 64 hex digits, as `key show` prints it
    public_key: SubmitterKey,
    /// Whose it is
    #[arg(long, default_value = "", hide_default_value = true)]
    note: String,
    #[command(flatten)]
    coordinator: CoordinatorArgs,
}

/// Nothing but the coordinator.
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    coordinator: CoordinatorArgs,
}

impl KeyCommand {
    pub(super) async fn run(&self, left: &Left) -> Result<()> {
        match self {
            Self::Show(args) => show(args),
            Self::Import(args) => import(args),
            Self::Export(args) => export(args),
            Self::Approve(args) => approve(args, left).await,
            Self::List(args) => list(args, left).await,
        }
    }
}

fn show(args: &ShowArgs) -> Result<()> {
    let key = args.coordinator.own_key()?.submitter_key();
    let path = args.coordinator.key_path()?;
    let value = json!({ "public_key": key, "file": path });
    args.coordinator.print().show(&value, || key.to_string())
}

fn import(args: &ImportArgs) -> Result<()> {
    if !args.file.exists() {
        let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
        return Err(unreadable(&args.file, &missing));
    }
    let key = key_store::read(&args.file)?;
    let path = args.coordinator.key_path()?;
    if !key_store::store_new(&path, &key)? && key_store::read(&path)?.seed() != key.seed() {
        let words = format!(
            "{} holds another key already: export it first and move it away, or give another file with --key",
            path.display()
        );
        return Err(with_exit(Exit::Conflict, words));
    }
    let public = key.submitter_key();
    let value = json!({ "public_key": public, "file": path });
    args.coordinator
        .print()
        .show(&value, || format!("key {public} is in {}", path.display()))
}

fn export(args: &ExportArgs) -> Result<()> {
    let path = args.coordinator.key_path()?;
    if !path.exists() {
        let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
        return Err(unreadable(&path, &missing));
    }
    let key = key_store::read(&path)?;
    let text = key_file::write(KeyRole::Submitter, &key);
    let to = args.file.display();
    let is_new = private_file::create(&args.file, text.as_bytes())
        .with_context(|| format!("cannot write {to}"))?;
    if !is_new {
        let words = format!("{to} exists already; a key is only written to a new file");
        return Err(with_exit(Exit::Conflict, words));
    }
    let public = key.submitter_key();
    let value = json!({ "public_key": public, "file": args.file });
    args.coordinator.print().show(&value, || {
        format!("key {public} written to {to}; whoever has this file can read your results")
    })
}

async fn approve(args: &ApproveArgs, left: &Left) -> Result<()> {
    let session = args.coordinator.connect(left).await?;
    let wish = ApproveKey {
        key: args.public_key,
        note: args.note.clone(),
    };
    let approved = session.client.approve_key(&wish).await?;
    session
        .print
        .show(&approved, || format!("key {} may post", approved.key))
}

async fn list(args: &ListArgs, left: &Left) -> Result<()> {
    let session = args.coordinator.connect(left).await?;
    let keys = session.client.approved_keys().await?;
    session.print.show(&keys, || {
        let rows: Vec<_> = keys
            .iter()
            .map(|key| {
                vec![
                    key.key.to_string(),
                    time(key.approved_at_ms),
                    plain(&key.note),
                ]
            })
            .collect();
        table(&["KEY", "APPROVED", "NOTE"], &rows)
    })
}
