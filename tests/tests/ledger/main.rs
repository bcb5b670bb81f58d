//! The ledger of real processes: a coordinator, volunteers, storage nodes.

mod bundles;
mod certificates;
mod policy;
mod quorum;
