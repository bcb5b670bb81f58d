//! Progress of a verification on stderr, and what it came to.

use crate::cli::interrupt::Left;
use crate::cli::print::{plain, time};
use crate::client::ledger::error::LedgerError;
use crate::client::ledger::verifying::{Verified, Watcher};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use std::io::{IsTerminal as _, stderr};

const TEMPLATE: &str = "verifying {bar:32} {pos}/{len} entries {elapsed}";

/// A bar where there is a terminal.
#[derive(Debug)]
pub(super) struct EntryBar {
    left: Left,
    bar: ProgressBar,
}

impl EntryBar {
    pub(super) fn new(left: &Left) -> Self {
        let bar = if stderr().is_terminal() {
            let style =
                ProgressStyle::with_template(TEMPLATE).expect("the template above is well formed");
            left.bars().add(ProgressBar::new(0).with_style(style))
        } else {
            ProgressBar::hidden()
        };
        Self {
            left: left.clone(),
            bar,
        }
    }
}

impl Drop for EntryBar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Watcher for EntryBar {
    fn read(&mut self, index: u64, size: u64, _entry: &[u8]) -> Result<(), LedgerError> {
        self.bar.set_length(size);
        self.bar.set_position(index);
        Ok(())
    }

    fn notice(&mut self, words: &str) {
        self.left.say(words);
    }
}

/// For programs.
pub(super) fn as_json(verified: &Verified) -> Value {
    let checkpoint = &verified.certified.checkpoint;
    let cosigned = verified.certified.cosigned.iter();
    json!({
        "verified": true,
        "origin": verified.origin,
        "chain_id": verified.chain,
        "size": checkpoint.size,
        "root": checkpoint.root,
        "height": verified.height,
        "time_ms": verified.time_ms,
        "policy_version": verified.policy_version,
        "cosigned": cosigned
            .map(|one| json!({ "name": one.witness, "time_s": one.time_s }))
            .collect::<Vec<_>>(),
        "verified_before": verified.known_size,
        "jobs": verified.jobs,
        "tasks": verified.tasks,
    })
}

/// For people.
pub(super) fn as_text(verified: &Verified) -> String {
    let checkpoint = &verified.certified.checkpoint;
    let names: Vec<&str> = verified
        .certified
        .cosigned
        .iter()
        .map(|one| one.witness.as_str())
        .collect();
    let before = match verified.known_size {
        0 => String::new(),
        size => format!(" ({size} of them when it was verified before)"),
    };
    format!(
        "The ledger {} keeps every rule.\n  \
         {} entries{before}, {} jobs, {} decided tasks\n  \
         newest block {} of {} UTC, policy {}\n  \
         root {}, cosigned by {}\n  \
         Not checked, as the leaf lists are not public: inputs of tasks over chunks.",
        plain(&verified.origin),
        checkpoint.size,
        verified.jobs,
        verified.tasks,
        verified.height,
        time(verified.time_ms),
        verified.policy_version,
        checkpoint.root,
        names.join(", "),
    )
}
