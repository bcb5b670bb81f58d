//! What the end-to-end tests share.

pub mod postgres;
pub mod temp_dir;
