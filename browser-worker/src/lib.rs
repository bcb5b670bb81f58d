//! What runs in the workers of a browser: each binary of this crate is the program of one kind of worker.
//!
//! The rules are those of `shared`; here are the hands that a browser gives them. Modules are small, so that a
//! worker's program holds only what it uses.

pub mod clock;
pub mod entropy;
