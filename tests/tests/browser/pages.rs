//! Every page, in both languages and both themes, on a desk and in a hand: legible, operable, within the window.

use tests::browser::{Browser, Settings};
use tests::cluster::Cluster;

/// An id that no job has.
const NO_JOB: &str = "5b1e2f3a4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f7";

/// The pages by the name of their picture and their address.
fn pages() -> [(&'static str, String); 6] {
    [
        ("volunteer", "/".to_owned()),
        ("submit", "/jobs/new".to_owned()),
        ("jobs", "/jobs".to_owned()),
        ("job", format!("/jobs/{NO_JOB}")),
        ("status", "/status".to_owned()),
        ("not-found", "/nothing".to_owned()),
    ]
}

/// Looks at all pages in one language: with the system's colours and with chosen ones.
fn every_page_is_in_order(languages: &'static str) {
    let cluster = Cluster::start(&[]);
    let browser = Browser::with(Settings {
        languages,
        ..Settings::default()
    });
    // The page for what is not there is told as such, which the browser notes.
    browser.expect_on_console("/nothing - Failed to load resource");
    for (page, path) in pages() {
        browser.open(&format!("{}{path}", cluster.url()));
        assert_eq!(browser.language(), languages, "{path}");
        browser.assert_is_in_order(&format!("{page}-{languages}"));
    }
}

#[test]
fn every_page_is_in_order_in_english() {
    every_page_is_in_order("en");
}

#[test]
fn every_page_is_in_order_in_chinese() {
    every_page_is_in_order("zh-CN");
}

#[test]
fn the_keyboard_reaches_every_control_of_every_page() {
    let cluster = Cluster::start(&[]);
    let browser = Browser::start();
    browser.expect_on_console("/nothing - Failed to load resource");
    for (_, path) in pages() {
        for width in [1280, 375] {
            browser.set_width(width);
            browser.open(&format!("{}{path}", cluster.url()));
            browser.assert_keyboard_reaches_every_control();
        }
    }
}

#[test]
fn four_times_as_large_everything_is_still_within_the_window() {
    let cluster = Cluster::start(&[]);
    let browser = Browser::start();
    browser.expect_on_console("/nothing - Failed to load resource");
    // 1280 pixels at 400 % are 320.
    browser.set_width(320);
    for (_, path) in pages() {
        browser.open(&format!("{}{path}", cluster.url()));
        browser.assert_no_horizontal_scroll();
    }
}
