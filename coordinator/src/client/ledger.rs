//! The reader's side of the ledger: verifies it, or a part of it, from a server or from files, trusting neither.

pub mod error;
pub mod export;
pub mod finding;
pub mod job_proof;
pub mod known;
pub mod pinning;
pub mod reader;
pub mod source;
pub mod verifying;
