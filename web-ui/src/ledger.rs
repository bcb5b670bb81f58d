//! The ledger as this browser reads it. Whatever it shows as checked was checked here, by `shared`: against the policy that
//! was pinned at the first visit and against the head that was kept.

mod alarm;
mod block;
mod bundle;
mod entry;
mod fetch;
mod follow;
mod head;
mod kept;
mod tiles;
mod trouble;
mod watch;

pub(crate) use alarm::{AlarmState, LedgerProvider, use_alarm};
pub(crate) use block::{Block, ListedBlock, Listing, read_block, read_listing};
pub(crate) use bundle::{BundleSteps, check_bundle};
pub(crate) use entry::{EntryCheck, EntryStep};
pub(crate) use fetch::{entry, find};
pub(crate) use head::Head;
use head::read_head;
use kept::Before;
pub(crate) use kept::{Alarm, AlarmKind};
pub(crate) use trouble::{Fault, NotFetched, Trouble};
pub(crate) use watch::use_head;
