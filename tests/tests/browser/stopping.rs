//! Stop means stop, and a guest that never ends hurts nobody.

use serde_json::json;
use tests::browser::Browser;
use tests::cluster::Cluster;

/// The longest limit that a coordinator takes by default, s.
const LONGEST_WALL: &str = "120";

/// What the page says when a guest was ended by its limit.
const TOO_LONG: &str = "longer than its job allows";

/// Turns that the page's loop must make at least beside a guest that runs for ten seconds; an idle machine makes a
/// hundred thousand.
const ANSWERS: u64 = 200;

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

/// Presses Stop and waits until no worker is left. How long that takes: `cargo xtask bench browser`.
fn stops(browser: &Browser) {
    browser.click("#stop");
    browser.until("no worker is left", |browser| {
        browser.workers().is_empty().then_some(())
    });
    browser.until_text("#node-status code", "off.user");
}

#[test]
fn stop_ends_every_worker_while_there_is_work_left() {
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
    stops(&browser);
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
    let _ = endless_job(&cluster, LONGEST_WALL);
    browser.until("it computes", |browser| {
        (browser.phase() == "computing").then_some(())
    });
    stops(&browser);
    let body = browser.script("return document.body.textContent", &json!([]));
    let text = body.as_str().expect("a text");
    assert!(!text.contains(TOO_LONG), "its limit ended it, not Stop");
}

#[test]
fn the_page_answers_while_a_guest_never_ends_which_is_killed_and_told() {
    let mut cluster = Cluster::start(&[]);
    cluster.volunteer("ann", &[]);
    let browser = Browser::start();
    browser.volunteers(&cluster.url());
    let _ = endless_job(&cluster, "10");
    browser.until("it computes", |browser| {
        (browser.phase() == "computing").then_some(())
    });
    // Turns of the page's own loop, until the guest's end is told: none, if the page waited for the guest.
    let turns = browser.script_async(
        "const done = arguments[0]; let turns = 0;
         const channel = new MessageChannel();
         channel.port1.onmessage = () => {
             const told = document.querySelector('#last-unable');
             if (told && told.textContent.includes('longer than its job allows')) done(turns);
             else { turns += 1; channel.port2.postMessage(0); }
         };
         channel.port2.postMessage(0);",
        &json!([]),
    );
    let turns = turns.as_u64().expect("a number");
    assert!(turns > ANSWERS, "the page answered only {turns} times");
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
