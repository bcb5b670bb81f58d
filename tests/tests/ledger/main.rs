//! The ledger of real processes: a coordinator, volunteers, storage nodes.

mod certificates;
mod quorum;
