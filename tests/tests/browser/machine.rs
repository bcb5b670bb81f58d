//! What the browser and the machine do to a node, and what the user is told of it.

use serde_json::json;
use std::time::{Duration, Instant};
use tests::browser::Browser;
use tests::cluster::Cluster;

/// Longer than what the node takes for an ordinary delay.
const FREEZE: Duration = Duration::from_secs(7);

/// A battery that the test can plug in.
const BATTERY: &str =
    "const battery = Object.assign(new EventTarget(), {charging: false, onchargingchange: null});
    navigator.getBattery = () => Promise.resolve(battery);
    window.plug = is => { battery.charging = is; battery.onchargingchange?.(); }";

fn icon(browser: &Browser) -> String {
    browser.string("return document.querySelector('link[rel=icon]').href")
}

#[test]
fn on_battery_the_node_pauses_and_says_so_until_it_is_plugged_in_or_told_otherwise() {
    let cluster = Cluster::start(&[]);
    let browser = Browser::start();
    browser.before_every_page(BATTERY);
    browser.open(&cluster.url());
    let icon_before = icon(&browser);
    browser.click("#start");
    browser.until_text("#node-status code", "paused.battery");
    browser.until("the title tells it", |browser| {
        browser.title().starts_with('❚').then_some(())
    });
    assert_ne!(icon(&browser), icon_before, "the icon tells it, too");

    browser.click("#on-battery");
    browser.until_connected();
    browser.click("#on-battery");
    browser.until_text("#node-status code", "paused.battery");
    let _ = browser.script("window.plug(true)", &json!([]));
    browser.until_connected();
    let _ = browser.script("window.plug(false)", &json!([]));
    browser.until_text("#node-status code", "paused.battery");
}

#[test]
fn over_plain_http_from_another_machine_the_page_says_why_it_cannot_compute() {
    let cluster = Cluster::start(&[]);
    let browser = Browser::start();
    browser.expect_on_console("Cross-Origin-Opener-Policy"); // means nothing there
    let port = cluster.address().port();
    browser.open(&format!("http://other-machine.test:{port}"));
    browser.until_text("#node-status code", "blocked.insecure_context");
    assert!(browser.has("#start:disabled"), "there is nothing to start");
    assert_eq!(browser.workers(), Vec::<String>::new());
}

#[test]
fn a_node_that_the_browser_froze_says_so_and_computes_on() {
    let mut cluster = Cluster::start(&[]);
    let browser = Browser::start();
    browser.volunteers(&cluster.url());
    browser.set_frozen(true);
    let began = Instant::now();
    cluster.until("it was frozen for long enough", |_| {
        (began.elapsed() >= FREEZE).then_some(())
    });
    browser.set_frozen(false);
    browser.until_text("#node-status code", "frozen.by_browser");
    cluster.volunteer("ann", &[]);
    cluster.volunteer("bob", &[]);
    cluster.text_file(400_000);
    let job = cluster.count_words("lines:16KiB", &[]);
    assert_eq!(
        cluster.result(&job),
        cluster.local("wordcount", "input.txt")
    );
    browser.until("its receipts have come", |browser| {
        (browser.verified() > 0).then_some(())
    });
}

#[test]
fn a_page_that_goes_away_returns_its_seats_at_once() {
    let mut cluster = Cluster::start(&["--lease", "300"]);
    let browser = Browser::start();
    browser.volunteers(&cluster.url());
    cluster.volunteer("ann", &[]);
    cluster.user.file(
        "slow.wasm",
        wat::parse_str(SLOW).expect("the test's own module is valid"),
    );
    cluster.user.file("line.txt", "one line\n");
    let _ = cluster.submit(&[
        "--program",
        "slow.wasm",
        "--input",
        "line.txt",
        "--limit",
        "wall=120",
    ]);
    browser.until("it computes", |browser| {
        (browser.phase() == "computing").then_some(())
    });
    browser.go("about:blank");
    // Both seats of the only task were taken, and the leases last longer than this test waits.
    cluster.volunteer("bob", &[]);
    cluster.until("somebody else has its seat", |cluster| {
        let bob = cluster.node("bob").expect("bob is known");
        (bob.running == 1).then_some(())
    });
}

#[test]
fn outside_the_chosen_hours_and_over_the_data_of_the_day_the_node_pauses() {
    let cluster = Cluster::start(&[]);
    let browser = Browser::start();
    browser.open(&cluster.url());
    // Hours that begin later, by the browser's clock.
    let choose = "const field = document.querySelector(arguments[0]), hour = (new Date().getHours() + arguments[1]) % 24;
        field.value = `${String(hour).padStart(2, '0')}:00`;
        field.dispatchEvent(new Event('change', {bubbles: true}))";
    browser.click("#at-hours");
    let _ = browser.script(choose, &json!(["#hours-from", 2]));
    let _ = browser.script(choose, &json!(["#hours-to", 3]));
    browser.click("#start");
    browser.until_text("#node-status code", "paused.hours");
    browser.reload();
    browser.click("#start");
    browser.until_text("#node-status code", "paused.hours");
    browser.click("#at-hours");
    browser.until_connected();

    // What earlier sessions of the day have moved is remembered.
    let moved = "const now = new Date(), two = n => String(n).padStart(2, '0');
        localStorage.setItem('manyhands.data', `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())} ${(100 << 20) - 100}`)";
    let _ = browser.script(moved, &json!([]));
    browser.reload();
    browser.choose("#data-cap", "100");
    browser.click("#start");
    browser.until_text("#node-status code", "paused.data_cap");
    browser.choose("#data-cap", "500");
    browser.until_connected();
}

/// A guest that runs for as long as it may.
const SLOW: &str =
    "(module (memory (export \"memory\") 1) (func (export \"_start\") (loop $again (br $again))))";
