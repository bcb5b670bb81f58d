//! What pages and their workers tell each other, as JSON.

pub mod submit;
pub mod volunteer;
