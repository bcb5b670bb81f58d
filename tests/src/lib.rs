//! What the end-to-end tests share, and measurements.

pub mod asked;
pub mod bad_ends;
pub mod bench;
pub mod between;
pub mod browser;
pub mod cluster;
pub mod command_line;
pub mod decided;
pub mod guest_case;
pub mod guests;
pub mod ledger;
pub mod peer;
pub mod playing_sealer;
pub mod postgres;
pub mod programs;
pub mod random_modules;
pub mod server;
pub mod shown_ledger;
pub mod storage_nodes;
pub mod temp_dir;
pub mod trace;
pub mod user;
