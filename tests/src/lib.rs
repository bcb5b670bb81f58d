//! What the end-to-end tests share, and measurements.

pub mod bench;
pub mod postgres;
pub mod temp_dir;
