//! The HTTP API as a client sees it: a real server, a real database, real requests.

mod admin;
mod auth;
mod blobs;
mod errors;
mod events;
mod jobs;
mod openapi;
mod posting;
mod programs;
mod public;
mod results;
mod rewriting;
mod submit;
#[cfg(test)]
mod subset;
