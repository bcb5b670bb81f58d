//! The submitter's side: reaches a coordinator, signs and submits jobs, verifies what comes back and reduces it.
//!
//! Nothing in here trusts a coordinator: certificates, leaves and outputs are checked against what the submitter
//! signed (DESIGN.md section 8, rules 5 and 6).

mod call;
pub mod collection;
pub mod connection;
pub mod error;
pub mod exported;
pub mod input_files;
pub mod key_store;
pub mod known_servers;
pub mod ledger;
pub mod output_file;
pub mod program_of;
pub mod publication;
pub mod reduction;
pub mod rerun;
pub mod routes;
pub mod spool;
pub mod submission;
pub mod waiting;
mod wire;
