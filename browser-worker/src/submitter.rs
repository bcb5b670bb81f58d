//! The submitter of a browser profile, in a worker that a page starts: its key, its drafts, its jobs.
//!
//! `desk` hears the page and does one thing for each message. `prepare` makes a draft into tasks, `post` submits them,
//! `follow` verifies what comes back before it counts, `reduce` folds it in a sandbox. `api` is all HTTP. Nothing that a
//! coordinator says is believed that was not signed.

mod api;
mod chunks;
mod cuts;
mod desk;
mod draft;
mod duplicate;
mod follow;
mod guest;
mod key;
mod listen;
mod merged;
mod pieces;
mod port;
mod post;
mod prepare;
mod program;
mod reduce;
mod rerun;
mod routes;
mod stop;
mod verify;

use desk::Desk;
use port::Port;
use shared::page::submit::FromSubmitter;
use std::rc::Rc;

/// Listens to the page.
pub fn start() {
    let Some(port) = Port::open() else {
        return; // only a worker can be a submitter
    };
    let desk = Rc::new(Desk::new(port.clone()));
    port.listen(move |message, files| desk.hear(message, files));
    port.post(&FromSubmitter::Ready);
}
