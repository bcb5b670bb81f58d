//! The rules and types that every part of Manyhands shares, native and in the browser.
//!
//! Nothing in here does I/O, reads a clock or draws randomness: everything is a function of its arguments, so the
//! coordinator, a volunteer's tab, the submitter's page and the command line decide alike.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod api;
pub mod argv;
pub mod auth;
pub mod caveat;
pub mod cert;
pub mod codec;
pub mod collected;
mod counted;
pub mod crypto;
pub mod event_stream;
pub mod fail;
pub mod folding;
pub mod fuel_words;
pub mod halt;
pub mod http_answer;
pub mod http_auth;
pub mod ids;
pub mod job;
pub mod key_file;
pub mod leaf;
pub mod ledger;
pub mod local_program;
pub mod manifest;
pub mod merkle;
pub mod missing;
pub mod module_check;
pub mod outcome;
pub mod page;
pub mod program;
pub mod protocol;
pub mod rewrite;
mod rule;
pub mod split;
pub mod subset;
pub mod tally;
pub mod verified_job;
pub mod volunteer;
pub mod vote;
pub mod wasi;
pub mod wish;

#[cfg(test)]
mod vectors;
