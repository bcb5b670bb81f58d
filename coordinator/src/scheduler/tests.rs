//! The rules of TRUST.md, one test each, over a small world of nodes that do what they are told.

mod accepting;
mod lending;
mod seat_rules;
mod settling;
mod waiting;
mod world;
