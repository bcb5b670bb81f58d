//! The way of facts onto the ledger: queued, cut, stored, or refused.

mod cutting;
mod policies;
mod refused;
mod storing;
