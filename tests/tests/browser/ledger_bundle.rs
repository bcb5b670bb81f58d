//! Proof bundles that are dropped on the page: checked without asking anyone.

use serde_json::json;
use shared::codec::Canonical as _;
use shared::ledger::bundle::{BundleParts, ProofBundle};
use shared::ledger::done::{Done, DoneReason};
use shared::ledger::fixture::{Book, cert, chain, fail, id_of, job};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tests::between::{Deed, between, with_another_letter};
use tests::browser::Browser;
use tests::cluster::Cluster;
use tests::shown_ledger::ShownLedger;

/// The job at 3, two Certs and a Fail from 5 on, its Done at 9.
fn finished() -> Book {
    let mut book = Book::with_job();
    let good = |task| cert(&job(), task, &[0, 0, 1]).encode(chain());
    book.add(&[good(0), good(1), fail(&job(), 2).encode(chain())]);
    let done = Done {
        job_id: id_of(&job()),
        accepted: 2,
        failed: 1,
        reason: DoneReason::Complete,
        cancel: Vec::new(),
    };
    book.add(&[done.encode(chain())]);
    book
}

/// The bundle of these entries.
fn bundle(book: &Book, indexes: &[u64], partial: bool) -> String {
    let size = book.size();
    let parts = BundleParts {
        job_id: id_of(&job()),
        partial,
        changes: Vec::new(),
        head: book.certification(size - 1, size),
        leaves: BTreeMap::new(),
        records: indexes
            .iter()
            .map(|index| book.record(*index, size))
            .collect(),
    };
    ProofBundle::new(parts)
        .expect("the parts are a bundle")
        .to_string()
}

/// The text with one character of base64 changed, in the line after this one.
fn changed_after(text: &str, line: &str) -> String {
    let at = text.find(line).expect("the bundle has the line");
    with_another_letter(text, at + line.len() + 41)
}

/// Drops a file on the page as a mouse would.
fn drops(browser: &Browser, name: &str, text: &str) {
    let script = "const data = new DataTransfer();
        data.items.add(new File([arguments[1]], arguments[0]));
        const place = document.querySelector('.drop');
        for (const event of ['dragover', 'drop'])
            place.dispatchEvent(new DragEvent(event, {dataTransfer: data, bubbles: true, cancelable: true}))";
    let _ = browser.script(script, &json!([name, text]));
}

#[test]
fn a_bundle_is_checked_offline_and_a_changed_byte_is_refused_with_the_rule() {
    let cluster = Cluster::start(&[]);
    let shown = ShownLedger::new(finished());
    let book = shown.book.clone();
    let is_away = Arc::new(Mutex::new(false));
    let (away, sent) = (Arc::clone(&is_away), Arc::new(Mutex::new(Vec::new())));
    let seen = Arc::clone(&sent);
    let url = between(&cluster, move |asked| {
        if !asked.starts_with("GET ") {
            seen.lock()
                .expect("nobody panics with it")
                .push(asked.to_owned());
        }
        let is_away = *away.lock().expect("nobody panics with it");
        if is_away && asked.contains("/api/") {
            Deed::Withheld
        } else {
            shown.deed(asked)
        }
    });
    let file = |name: &str, text: &str| -> PathBuf { cluster.user.file(name, text) };
    let whole = bundle(&book, &[0, 3, 5, 6, 7, 9], false);
    let good = file("whole.bundle", &whole);

    // Without a visit while the server could be reached nothing is pinned.
    *is_away.lock().expect("nobody panics with it") = true;
    let stranger = Browser::start();
    stranger.expect_on_console("ERR_EMPTY_RESPONSE");
    stranger.open(&format!("{url}/ledger"));
    stranger.upload("#bundle-file", &good);
    stranger.until_text("#bundle-unpinned", "no policy pinned");
    stranger.close();

    *is_away.lock().expect("nobody panics with it") = false;
    let browser = Browser::start();
    browser.expect_on_console("ERR_EMPTY_RESPONSE");
    browser.open(&format!("{url}/ledger"));
    browser.until_text("#head-checked", "✓");
    *is_away.lock().expect("nobody panics with it") = true;
    browser.reload();
    browser.until_text("#ledger-away", "cannot be read now");
    browser.upload("#bundle-file", &good);
    browser.until_text("#bundle-steps .check-good", "Every step holds");
    assert_eq!(browser.count("#bundle-steps .step-good"), 4);
    let id = id_of(&job()).to_string();
    for part in [
        id.as_str(),
        "3 of 3 tasks decided, 1 without an answer",
        "Whole",
        "complete",
    ] {
        browser.until_text("#bundle-facts", part);
    }
    browser.assert_is_in_order_in_both_languages("ledger-bundle");
    browser.assert_keyboard_reaches_every_control();

    drops(&browser, "partial.bundle", &bundle(&book, &[0, 3, 6], true));
    browser.until_text("#bundle-facts", "1 of 3 tasks decided");
    browser.until_text("#bundle-facts", "Partial");

    browser.watches_for("#bundle-steps .check-good");
    browser.reload();
    let head = book.size() - 1;
    for (what, text, step, rule) in [
        (
            "no bundle",
            "no bundle at all\n".to_owned(),
            1,
            "bundle_text",
        ),
        (
            "header",
            changed_after(&whole, &format!("header {head}\n")),
            2,
            "inclusion",
        ),
        (
            "record",
            changed_after(&whole, "record 5\n"),
            3,
            "inclusion",
        ),
        ("left out", bundle_without_job(&book), 4, "job_known"),
    ] {
        let file = file(&format!("{what}.bundle"), &text);
        browser.upload("#bundle-file", &file);
        browser.until_text("#bundle-result h3", what);
        browser.until_text("#bundle-steps .check-bad", "Not accepted");
        let red = format!("#bundle-steps li:nth-child({step}).step-bad .rule");
        assert_eq!(browser.text(&red).as_deref(), Some(rule), "{what}");
        assert!(!browser.has_had("#bundle-steps .check-good"), "{what}");
    }
    browser.assert_is_in_order_in_both_languages("ledger-bundle-refused");
    let sent = sent.lock().expect("nobody panics with it");
    assert!(sent.is_empty(), "nothing was sent: {sent:?}");
}

/// A bundle whose job is not in it.
fn bundle_without_job(book: &Book) -> String {
    bundle(book, &[0, 5], true)
}
