//! The submitter worker: everything heavy that a page with jobs does.

fn main() {
    browser_worker::submitter::start();
}
