//! `ledger show`: the newest block, a block, an entry, or where a hash stands. What is shown is proven to be under a
//! certified checkpoint; which rules it keeps, `ledger verify` says.

use super::place::PlaceArgs;
use crate::cli::failure::{Exit, with_exit};
use crate::cli::interrupt::Left;
use crate::cli::print::{plain, table, time};
use crate::client::ledger::error::LedgerError;
use crate::client::ledger::finding::{Block, block_at_height, find, newest_block, proven_entry};
use crate::client::ledger::reader::{self, LogReader};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use shared::ids::{ChainId, Digest};
use shared::ledger::entry::Entry;
use shared::ledger::policy_text::Certified;
use std::str::FromStr;

pub(super) const EXAMPLES: &str = "Examples:\n  \
    manyhands ledger show\n  \
    manyhands ledger show 12\n  \
    manyhands ledger show @345\n  \
    manyhands ledger show 1f2e…64 hex digits of a job, node, module or block";

/// What to show.
#[derive(Debug, Args)]
pub(in crate::cli) struct ShowArgs {
    /// HEIGHT of a block, @INDEX of an entry, or HASH of a job, node, module or block [default: the newest block]
    #[arg(value_name = "HEIGHT|@INDEX|HASH")]
    what: Option<What>,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Height(u64),
    Index(u64),
    Hash(Digest),
}

impl FromStr for What {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "it must be a height, an @ and an index, or 64 hex digits";
        if text.len() == 64 {
            return text.parse().map(Self::Hash).map_err(|_| wrong);
        }
        match text.strip_prefix('@') {
            Some(index) => index.parse().map(Self::Index),
            None => text.parse().map(Self::Height),
        }
        .map_err(|_| wrong)
    }
}

impl ShowArgs {
    pub(super) async fn run(&self, left: &Left) -> Result<()> {
        let source = self.place.source(left)?;
        let (note, _) = reader::newest(&source).await?;
        let (_, policy) = reader::policy_text(&source).await?;
        let certified = policy
            .certify(&note)
            .map_err(|error| LedgerError::broken("certificate", error))?;
        let chain = ChainId::of_origin(policy.origin());
        let mut reader = LogReader::new(&source, certified.checkpoint.size);
        let print = self.place.print();
        match self.what {
            None => {
                let block = newest_block(&mut reader, chain, &certified).await?;
                let json = json!({
                    "origin": certified.checkpoint.origin,
                    "size": certified.checkpoint.size,
                    "root": certified.checkpoint.root,
                    "cosigned": cosigned(&certified),
                    "block": block_json(chain, &block),
                });
                print.show(&json, || head_text(chain, &certified, &block))
            }
            Some(What::Height(height)) => {
                let block = block_at_height(&mut reader, chain, &certified, height).await?;
                print.show(&block_json(chain, &block), || block_text(chain, &block))
            }
            Some(What::Index(index)) => {
                let entry = proven_entry(&mut reader, &certified, index).await?;
                print.show(&entry_json(chain, index, &entry), || {
                    entry_text(chain, index, &entry)
                })
            }
            Some(What::Hash(hash)) => {
                let indexes = find(&source, &reader, chain, &hash).await?;
                if indexes.is_empty() {
                    let words = format!("no entry of this ledger names {hash}");
                    return Err(with_exit(Exit::NotFound, words));
                }
                let mut entries = Vec::new();
                for index in indexes {
                    let entry = proven_entry(&mut reader, &certified, index).await?;
                    entries.push((index, entry));
                }
                let json: Vec<Value> = entries
                    .iter()
                    .map(|(index, entry)| entry_json(chain, *index, entry))
                    .collect();
                print.show(&json, || list_text(chain, &entries))
            }
        }
    }
}

fn cosigned(certified: &Certified) -> Vec<&str> {
    let names = certified.cosigned.iter();
    names.map(|one| one.witness.as_str()).collect()
}

fn kind(chain: ChainId, entry: &[u8]) -> &'static str {
    Entry::decode(chain, entry).map_or("not an entry of this ledger", |entry| entry.kind())
}

fn entry_json(chain: ChainId, index: u64, entry: &[u8]) -> Value {
    json!({
        "index": index,
        "kind": kind(chain, entry),
        "bytes": entry.len(),
        "sha256": Digest::of(entry),
        "entry": shared::ids::to_hex(entry),
    })
}

fn entry_text(chain: ChainId, index: u64, entry: &[u8]) -> String {
    let words = match Entry::decode(chain, entry) {
        Ok(entry) => format!("{entry:#?}"),
        Err(error) => error.to_string(),
    };
    let words: Vec<String> = words.lines().map(plain).collect();
    format!("Entry {index}, {} bytes\n{}", entry.len(), words.join("\n"))
}

fn list_text(chain: ChainId, entries: &[(u64, Vec<u8>)]) -> String {
    let rows: Vec<_> = entries
        .iter()
        .map(|(index, entry)| {
            vec![
                index.to_string(),
                kind(chain, entry).to_owned(),
                entry.len().to_string(),
            ]
        })
        .collect();
    table(&["INDEX", "KIND", "BYTES"], &rows)
}

fn block_json(chain: ChainId, block: &Block) -> Value {
    let header = &block.header;
    let entries = block.entries.iter();
    json!({
        "height": header.height,
        "epoch": header.epoch,
        "first_index": header.first_index,
        "count": header.count,
        "header_hash": header.hash(chain),
        "prev_header_hash": header.prev_header_hash,
        "time_ms": header.time_ms,
        "leader_key": header.leader_key,
        "policy_sha256": header.policy_sha256,
        "entries": entries
            .map(|(index, entry)| json!({ "index": index, "kind": kind(chain, entry), "bytes": entry.len() }))
            .collect::<Vec<_>>(),
    })
}

fn block_text(chain: ChainId, block: &Block) -> String {
    let header = &block.header;
    format!(
        "Block {} of {} UTC, epoch {}\n  hash {}\n  before {}\n  policy {}\n\n{}",
        header.height,
        time(header.time_ms),
        header.epoch,
        header.hash(chain),
        header.prev_header_hash,
        header.policy_sha256,
        list_text(chain, &block.entries)
    )
}

fn head_text(chain: ChainId, certified: &Certified, block: &Block) -> String {
    let checkpoint = &certified.checkpoint;
    format!(
        "{}: {} entries\n  root {}\n  cosigned by {}\n\n{}",
        plain(&checkpoint.origin),
        checkpoint.size,
        checkpoint.root,
        cosigned(certified).join(", "),
        block_text(chain, block)
    )
}
