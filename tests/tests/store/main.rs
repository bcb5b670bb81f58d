//! The store: every behaviour on SQLite and on PostgreSQL.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that fails says where by its panic"
)]

mod access;
mod blobs;
mod cleaning;
mod commits;
mod fixture;
mod jobs;
mod leases;
mod ledger;
mod nodes;
mod opening;
mod programs;
