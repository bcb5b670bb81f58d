//! Assign and tally: which node gets which seat of which task, and what the votes come to (TRUST.md).
//!
//! A plain state machine without sockets, clock or database: facts in, wishes out. Everything in flight lives here
//! and only here; what must survive a crash is in the store before anyone is told.

mod config;
mod event;
mod plan;

pub use config::{Diversity, SchedulerConfig};
pub use event::{
    Accepted, Decision, DoubleVote, Effect, Event, Failed, Network, NodeFact, NodeId, NodeInfo,
    SeatRef,
};
pub use plan::{JobPlan, TaskSet};
