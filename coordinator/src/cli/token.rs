//! `token create|list|revoke`: what programs and people may do without a key.

use super::coordinator_args::CoordinatorArgs;
use super::failure::usage;
use super::interrupt::Left;
use super::print::{plain, table, time};
use crate::private_file;
use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use shared::api::tokens::{CreateToken, Scope, TokenView};
use std::path::PathBuf;

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Make a token; its secret is written once and never shown again
    #[command(before_help = "Examples:\n  \
        manyhands token create --scope jobs:write --name ci --output ci.token\n  \
        manyhands token create --scope metrics:read --name dashboard --expires 90 --output metrics.token")]
    Create(CreateArgs),
    /// List tokens, without their secrets
    #[command(before_help = "Examples:\n  manyhands token list\n  manyhands token list --json")]
    List(ListArgs),
    /// End a token
    #[command(before_help = "Examples:\n  manyhands token revoke mh_1a2b3c4d")]
    Revoke(RevokeArgs),
}

/// What the token may do.
#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    /// What it may do: jobs:write, jobs:read, programs:write, nodes:write, metrics:read or admin; several times for several
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    scopes: Vec<Scope>,
    /// What it is for, in 1 to 100 characters
    #[arg(long, value_parser = name)]
    name: String,
    /// Days until it ends; for ever without it
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..))]
    expires: Option<u32>,
    /// Write the secret to this new file, which only you may read
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    coordinator: CoordinatorArgs,
}

/// Nothing but the coordinator.
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    coordinator: CoordinatorArgs,
}

/// Which token.
#[derive(Debug, Args)]
pub(super) struct RevokeArgs {
    /// Its id, as in the list
    id: String,
    #[command(flatten)]
    coordinator: CoordinatorArgs,
}

impl TokenCommand {
    pub(super) async fn run(&self, left: &Left) -> Result<()> {
        match self {
            Self::Create(args) => create(args, left).await,
            Self::List(args) => list(args, left).await,
            Self::Revoke(args) => revoke(args, left).await,
        }
    }
}

fn name(text: &str) -> Result<String, String> {
    match text.chars().count() {
        1..=100 => Ok(text.to_owned()),
        _ => Err("say in 1 to 100 characters what the token is for".to_owned()),
    }
}

async fn create(args: &CreateArgs, left: &Left) -> Result<()> {
    if args.output.exists() {
        let path = args.output.display();
        return Err(usage(format!(
            "{path} exists already; a secret is only written to a new file"
        )));
    }
    let session = args.coordinator.connect(left).await?;
    let wish = CreateToken {
        name: args.name.clone(),
        scopes: args.scopes.clone(),
        expires_in_days: args.expires,
    };
    let created = session.client.create_token(&wish).await?;
    let written = private_file::create(&args.output, format!("{}\n", created.secret).as_bytes());
    let is_new = written.with_context(|| {
        let (path, id) = (args.output.display(), &created.token.id);
        format!("cannot write {path}; the token {id} exists now and its secret is lost: revoke it")
    })?;
    if !is_new {
        let (path, id) = (args.output.display(), &created.token.id);
        return Err(usage(format!(
            "{path} was made by another program in the meantime; the secret of token {id} is lost: revoke it"
        )));
    }
    session.print.show(&created.token, || {
        format!(
            "token {} written to {}",
            plain(&created.token.id),
            args.output.display()
        )
    })
}

async fn list(args: &ListArgs, left: &Left) -> Result<()> {
    let session = args.coordinator.connect(left).await?;
    let tokens = session.client.tokens().await?;
    session.print.show(&tokens, || {
        let rows: Vec<_> = tokens.iter().map(row).collect();
        table(
            &[
                "ID",
                "NAME",
                "SCOPES",
                "MADE",
                "ENDS",
                "LAST USED",
                "REVOKED",
            ],
            &rows,
        )
    })
}

fn row(token: &TokenView) -> Vec<String> {
    let scopes: Vec<_> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    let or_dash = |at: Option<_>| at.map_or_else(|| "-".to_owned(), time);
    vec![
        plain(&token.id),
        plain(&token.name),
        scopes.join(","),
        time(token.created_at_ms),
        token.expires_at_ms.map_or_else(|| "never".to_owned(), time),
        or_dash(token.last_used_at_ms),
        or_dash(token.revoked_at_ms),
    ]
}

async fn revoke(args: &RevokeArgs, left: &Left) -> Result<()> {
    if !args
        .id
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    {
        return Err(usage(format!(
            "{:?} is not the id of a token; see: manyhands token list",
            args.id
        )));
    }
    let session = args.coordinator.connect(left).await?;
    session.client.revoke_token(&args.id).await?;
    let answer = serde_json::json!({ "id": args.id, "revoked": true });
    session
        .print
        .show(&answer, || format!("token {} is revoked", args.id))
}
