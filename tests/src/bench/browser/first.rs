//! How soon a new volunteer can start, and how soon it sees that it has helped.

use crate::browser::Browser;
use crate::cluster::Cluster;
use serde_json::json;
use std::time::Instant;

/// Answers with the ms since the navigation began as soon as Start can be pressed.
const INTERACTIVE: &str = "const done = arguments[0];
    const look = () => document.querySelector('#start:not(:disabled)') ? done(performance.now()) : requestAnimationFrame(look);
    look()";

/// From the start of the navigation until Start can be pressed, ms: nothing is in the browser's caches.
pub(super) fn interactive_ms() -> f64 {
    let cluster = Cluster::start(&[]);
    let browser = Browser::start();
    browser.go(&cluster.url());
    let at = browser.script_async(INTERACTIVE, &json!([]));
    at.as_f64().expect("a number")
}

/// From opening the page until the first vote of the new volunteer is verified, s: there is work, and two others do it.
pub(super) fn receipt_s() -> f64 {
    let mut cluster = Cluster::start(&[]);
    cluster.volunteer("ann", &[]);
    cluster.volunteer("bob", &[]);
    cluster.text_file(8_000_000);
    let _ = cluster.count_words("lines:8KiB", &[]);
    let browser = Browser::start();
    let began = Instant::now();
    browser.go(&cluster.url());
    browser.click("#start");
    browser.until("a vote is verified", |browser| {
        (browser.verified() > 0).then_some(())
    });
    began.elapsed().as_secs_f64()
}
