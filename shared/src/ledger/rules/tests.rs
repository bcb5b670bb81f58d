//! One test for each rule between entries: it breaks exactly that rule and sees it named.

mod blocks;
mod jobs;
mod nodes;
mod programs;
mod tasks;

use crate::codec::Canonical as _;
use crate::ledger::fixture::*;
