//! Stop means stop, and a guest that never ends hurts nobody.

use serde_json::json;
use std::time::Duration;
use tests::browser::Browser;
use tests::cluster::Cluster;

/// What Stop may take.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Chromium lets a worker that was terminated go on for two seconds when its script does not give way, and only then
/// ends it by force.
const MERCY: Duration = Duration::from_secs(3);

/// How long the page may take to answer a person at most, ms.
const RESPONSIVE_MS: f64 = 50.0;

/// Posts a job of a guest that never ends.
fn endless_job(cluster: &Cluster, wall_seconds: &str) -> String {
    let module = "(module (memory (export \"memory\") 1) (func (export \"_start\") (loop $again (br $again))))";
    cluster.user.file(
        "endless.wasm",
        wat::parse_str(module).expect("the test's own module is valid"),
    );
    cluster.user.file("line.txt", "one line\n");
    let wall = format!("wall={wall_seconds}");
    cluster.submit(&[
        "--program",
        "endless.wasm",
        "--input",
        "line.txt",
        "--limit",
        &wall,
    ])
}

/// Presses Stop and measures, from the moment at which the page gets the click, how long it takes until no worker is left.
fn stops_within(browser: &Browser, limit: Duration) {
    let listen = "document.querySelector('#stop').addEventListener('click', () => window.pressedAt = performance.now(), true)";
    let _ = browser.script(listen, &json!([]));
    browser.click("#stop");
    let mut seen = Vec::new();
    browser.until("no worker is left", |browser| {
        let workers = browser.workers();
        let since = browser.script("return performance.now() - window.pressedAt", &json!([]));
        let is_over = workers.is_empty();
        seen.push((since.as_f64().expect("a number"), workers));
        is_over.then_some(())
    });
    let took = seen.last().map_or(f64::MAX, |(since, _)| *since);
    assert!(
        took < limit.as_secs_f64() * 1000.0,
        "it took too long: {seen:#?}"
    );
    browser.until_text("#node-status code", "off.user");
}

#[test]
fn stop_ends_every_worker_within_a_second() {
    let mut cluster = Cluster::start(&[]);
    cluster.volunteer("ann", &[]);
    let browser = Browser::start();
    browser.volunteers(&cluster.url());
    assert!(!browser.workers().is_empty());
    cluster.text_file(3_000_000);
    let _ = cluster.count_words("lines:16KiB", &[]);
    browser.until("it has computed", |browser| {
        (browser.verified() > 0).then_some(())
    });
    stops_within(&browser, AT_ONCE);
    cluster.until("the node is gone", |cluster| {
        (cluster.status()?.nodes.connected == 1).then_some(())
    });
}

#[test]
fn stop_ends_a_guest_that_never_ends() {
    let mut cluster = Cluster::start(&[]);
    cluster.volunteer("ann", &[]);
    let browser = Browser::start();
    browser.volunteers(&cluster.url());
    let _ = endless_job(&cluster, "100");
    browser.until("it computes", |browser| {
        (browser.phase() == "computing").then_some(())
    });
    stops_within(&browser, MERCY);
}

#[test]
fn a_guest_that_never_ends_is_killed_and_told_while_the_page_answers_at_once() {
    let mut cluster = Cluster::start(&[]);
    cluster.volunteer("ann", &[]);
    let browser = Browser::start();
    browser.volunteers(&cluster.url());
    let _ = endless_job(&cluster, "3");
    browser.until("it computes", |browser| {
        (browser.phase() == "computing").then_some(())
    });
    // The longest time between two turns of the page's own loop, while the guest runs.
    let longest = browser.script_async(
        "const done = arguments[0]; let last = performance.now(), longest = 0, turns = 0;
         const channel = new MessageChannel();
         channel.port1.onmessage = () => {
             const now = performance.now();
             longest = Math.max(longest, now - last);
             last = now;
             if (++turns < 2000) channel.port2.postMessage(0); else done(longest);
         };
         channel.port2.postMessage(0);",
        &json!([]),
    );
    let longest = longest.as_f64().expect("a number");
    assert!(
        longest < RESPONSIVE_MS,
        "the page did not answer for {longest} ms"
    );
    browser.until_text("#last-unable", "longer than its job allows");
    browser.until_connected();
}

#[test]
fn pause_takes_nothing_start_goes_on_and_finish_ends_with_the_last_task() {
    let mut cluster = Cluster::start(&[]);
    cluster.volunteer("ann", &[]);
    let browser = Browser::start();
    browser.volunteers(&cluster.url());
    browser.click("#pause");
    browser.until_text("#node-status code", "paused.user");
    cluster.text_file(2_000_000);
    let _ = cluster.count_words("lines:16KiB", &[]);
    assert_eq!(browser.verified(), 0, "nothing is taken while it is paused");
    browser.click("#start");
    browser.until("it computes again", |browser| {
        (browser.verified() > 0).then_some(())
    });
    browser.click("#finish");
    browser.until_text("#node-status code", "off.user");
    assert!(browser.number("#rejected") == 0 && browser.verified() > 0);
    browser.until("no worker is left", |browser| {
        browser.workers().is_empty().then_some(())
    });
}
