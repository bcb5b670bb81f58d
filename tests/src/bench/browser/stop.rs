//! How soon Stop is obeyed.

use crate::browser::Browser;
use crate::cluster::Cluster;
use serde_json::json;

/// From the click on Stop, while guests run, until the browser has no worker any more, ms: an upper bound, as the
/// browser is asked again and again.
pub(super) fn stop_ms() -> f64 {
    let mut cluster = Cluster::start(&[]);
    cluster.volunteer("ann", &[]);
    let browser = Browser::start();
    browser.volunteers(&cluster.url());
    cluster.text_file(3_000_000);
    let _ = cluster.count_words("lines:16KiB", &[]);
    browser.until("it has computed", |browser| {
        (browser.verified() > 0).then_some(())
    });
    let listen = "document.querySelector('#stop').addEventListener('click', () => window.pressedAt = performance.now(), true)";
    let _ = browser.script(listen, &json!([]));
    browser.click("#stop");
    let mut took = 0.0;
    browser.until("no worker is left", |browser| {
        let is_over = browser.workers().is_empty();
        let since = browser.script("return performance.now() - window.pressedAt", &json!([]));
        took = since.as_f64().expect("a number");
        is_over.then_some(())
    });
    took
}
