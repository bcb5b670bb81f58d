//! The Manyhands server, native volunteer and command line as a library; `main.rs` only calls it.

pub mod app;
pub mod builtin;
pub mod cli;
pub mod client;
pub mod clock;
pub mod data_dir;
pub mod entropy;
pub mod guest;
pub mod http;
pub mod hub;
pub mod local_run;
pub mod nonces;
pub mod private_file;
pub mod problem;
pub mod remote;
pub mod scheduler;
pub mod sealer;
pub mod signatures;
pub mod storage;
pub mod store;
pub mod volunteer;
mod web;
