//! What all pages have around them: addresses, titles, focus, language, theme.

use serde_json::json;
use tests::browser::{Browser, Key};
use tests::cluster::Cluster;

/// What has the focus.
fn focused(browser: &Browser) -> String {
    browser.string("return document.activeElement.localName")
}

/// The colour behind everything.
fn back(browser: &Browser) -> String {
    browser.string("return getComputedStyle(document.documentElement).backgroundColor")
}

#[test]
fn going_from_page_to_page_changes_address_title_and_focus_without_loading_anew() {
    let cluster = Cluster::start(&[]);
    let browser = Browser::start();
    browser.open(&cluster.url());
    assert_eq!(browser.title(), "Volunteer · Manyhands 众手");
    assert_eq!(focused(&browser), "body");
    let _ = browser.script("window.isTheSame = true", &json!([]));
    for (link, path, title) in [
        ("Status", "/status", "How this server stands"),
        ("Submit", "/jobs/new", "Submit"),
        ("Jobs", "/jobs", "Your jobs"),
        ("Ledger", "/ledger", "Ledger"),
        ("Volunteer", "/", "Volunteer"),
    ] {
        browser.press(link);
        browser.until("the title follows", |browser| {
            browser.title().starts_with(title).then_some(())
        });
        assert_eq!(browser.path(), path);
        assert_eq!(focused(&browser), "h1", "{link}");
        assert_eq!(
            browser.text("nav [aria-current=page]").as_deref(),
            Some(link)
        );
    }
    assert_eq!(
        browser.script("return window.isTheSame", &json!([])),
        json!(true)
    );
}

#[test]
fn the_first_tab_leads_past_the_header() {
    let cluster = Cluster::start(&[]);
    let browser = Browser::start();
    browser.open(&cluster.url());
    browser.key(Key::Tab);
    browser.key(Key::Enter);
    browser.until("the main part has the focus", |browser| {
        (focused(browser) == "main").then_some(())
    });
    assert_eq!(browser.path(), "/");
}

#[test]
fn a_chosen_language_is_shown_at_once_and_kept() {
    let cluster = Cluster::start(&[]);
    let browser = Browser::start();
    browser.open(&format!("{}/status", cluster.url()));
    assert_eq!(browser.language(), "en");
    browser.press("中文");
    browser.until_text("h1", "服务器状态");
    assert_eq!(browser.language(), "zh-CN");
    assert!(browser.title().starts_with("服务器状态"));
    browser.reload();
    browser.until_text("h1", "服务器状态");
    browser.press("English");
    browser.until_text("h1", "How this server stands");
}

#[test]
fn a_chosen_theme_wins_over_the_system_and_is_kept() {
    let cluster = Cluster::start(&[]);
    let browser = Browser::start();
    browser.open(&cluster.url());
    let light = back(&browser);
    browser.set_dark(true);
    let dark = back(&browser);
    assert_ne!(light, dark);
    browser.choose("header select", "Light");
    assert_eq!(back(&browser), light);
    browser.reload();
    assert_eq!(back(&browser), light);
    browser.choose("header select", "System");
    assert_eq!(back(&browser), dark);
    browser.set_dark(false);
    browser.choose("header select", "Dark");
    assert_eq!(back(&browser), dark);
}

#[test]
fn the_status_page_says_when_the_server_is_gone_and_when_it_is_back() {
    let mut cluster = Cluster::start(&[]);
    let browser = Browser::start();
    browser.expect_on_console("ERR_CONNECTION_REFUSED");
    browser.open(&format!("{}/status", cluster.url()));
    browser.until_text(".facts", "Volunteers");
    cluster.kill_server();
    browser.until_text("[role=alert]", "The server does not answer");
    assert!(browser.has(".facts"), "what was known stays");
    cluster.start_server();
    browser.until("the alert is gone", |browser| {
        (!browser.has("[role=alert]")).then_some(())
    });
}
