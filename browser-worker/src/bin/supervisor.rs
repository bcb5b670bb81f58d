//! The supervisor worker: the node of this browser profile.

fn main() {
    browser_worker::supervisor::start();
}
