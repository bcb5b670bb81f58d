//! Measurements that `cargo xtask bench` runs: each starts what it measures and prints its figures as JSON.

pub mod browser;
pub mod dispatch;
pub mod guests;
