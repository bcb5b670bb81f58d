//! A storage node: checks, keeps and cosigns the ledger (LEDGER.md sections 3 and 5).

pub mod wire;
