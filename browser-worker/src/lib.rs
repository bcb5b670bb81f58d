//! What runs in the workers of a browser: each binary of this crate is the program of one kind of worker.
//!
//! `supervisor` is the node: socket, key, state machine, cache. It starts `sandbox` workers, which run one guest at a
//! time in a realm without network and without keys (GUEST.md section 4), and a `checker` for each new program. The rules are those of `shared`; here are
//! the hands that a browser gives them. Modules are small, so that a worker's program holds only what it uses.

pub mod cache;
pub mod checker;
pub mod checker_worker;
pub mod clock;
pub mod database;
pub mod entropy;
pub mod fetch;
mod helper;
pub mod keys;
pub mod order;
pub mod program;
pub mod sandbox;
pub mod sandbox_worker;
pub mod submitter;
pub mod supervisor;
pub mod wasi_bridge;
