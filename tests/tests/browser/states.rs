//! The submitter's pages with everything on them that they may show: legible, operable, within the window.

use tests::browser::{Browser, Draft};
use tests::cluster::Cluster;
use tests::guests::Guest;

#[test]
fn the_pages_of_submitters_are_in_order_whatever_has_happened() {
    let mut cluster = Cluster::start(&[]);
    cluster.volunteer("ann", &[]);
    cluster.volunteer("eve", &["--misbehave", "wrong-output"]);
    cluster.text_file(40_000);
    let input = cluster.user.home().join("input.txt");
    let browser = Browser::start();

    browser.drafts(&cluster.url(), &Draft::word_count(&input, "lines:16KiB"));
    browser.opens_all_details();
    browser.makes_key();
    browser.click("#try-first");
    browser.until("it was tried", |browser| browser.text("#tried"));
    browser.assert_is_in_order_in_both_languages("draft");
    browser.assert_keyboard_reaches_every_control();

    let job = browser.agrees_and_submits();
    browser.until("one is missing to decide", |browser| {
        browser.text("#waiting")
    });
    browser.press("#0");
    browser.until("its seats are shown", |browser| {
        browser.text("#task-details")
    });
    browser.click("#cancel");
    browser.assert_is_in_order_in_both_languages("job-running");

    cluster.volunteer("bob", &[]);
    let _ = browser.result_of(&job);
    browser.until("who disagreed is listed", |browser| {
        browser.text("#dissent")
    });
    browser.until("the result is a table", |browser| {
        browser.text("#preview table")
    });
    browser.assert_is_in_order_in_both_languages("job-done");
    browser.assert_keyboard_reaches_every_control();

    let module = cluster.user.file("copying.wasm", Guest::Text.module());
    let lines = cluster
        .user
        .file("lines.txt", "first line here\nx the wrong one\n");
    browser.drafts(&cluster.url(), &Draft::upload(&module, &lines));
    let _ = browser.agrees_and_submits();
    browser.until("a task is missing", |browser| browser.text("#fold-partial"));
    browser.press("#1");
    browser.until("what its guests wrote is shown", |browser| {
        browser.text("#task-details pre")
    });
    browser.assert_is_in_order_in_both_languages("job-failed");
    browser.open(&format!("{}/jobs", cluster.url()));
    browser.until("both are listed", |browser| {
        (browser.count("#jobs li h2") == 2).then_some(())
    });
    browser.assert_is_in_order_in_both_languages("jobs");
}
