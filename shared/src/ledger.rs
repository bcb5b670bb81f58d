//! The ledger of LEDGER.md: what its entries say, and the rules that make a block valid.

pub mod ack;
pub mod ban;
pub mod bundle;
pub mod checkpoint;
pub mod cosignature;
pub mod cut;
pub mod done;
pub mod entry;
pub mod evidence;
pub mod facts;
#[cfg(any(test, feature = "fixture"))]
pub mod fixture;
pub mod header;
pub mod note;
pub mod policy;
pub mod policy_text;
pub mod proof;
pub mod rules;
mod text;
pub mod tiles;
pub mod verify;
pub mod void;
pub mod withdraw;
