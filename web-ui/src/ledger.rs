//! The ledger as this browser reads it: every head is checked against the policy and the head that it has kept.

mod fetch;
mod kept;
mod head;
mod proof;

pub(crate) use fetch::{block, blocks, entry, find};
pub(crate) use head::{Alarm, Head, HeadTrouble, read_head};
pub(crate) use proof::{Step, check_entry};
