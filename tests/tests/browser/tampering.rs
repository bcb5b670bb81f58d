//! A server that lies about what was signed: the page turns red, and nothing counts as verified.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use tests::between::{Deed, between};
use tests::browser::Browser;
use tests::cluster::Cluster;

/// What a page shows only of a job that it believes.
const BELIEVED: &str = "#verified, #result-ready, #download, #preview";

#[test]
fn a_changed_certificate_or_output_turns_the_page_red_and_it_never_says_verified() {
    let mut cluster = Cluster::start(&[]);
    for name in ["ann", "bob"] {
        cluster.volunteer(name, &[]);
    }
    cluster.text_file(100_000);
    let deed = Arc::new(Mutex::new(Deed::Honest));
    let now = Arc::clone(&deed);
    let url = between(&cluster, move |path| {
        if path.contains("/results") {
            *now.lock().expect("nobody panics with it")
        } else {
            Deed::Honest
        }
    });
    let browser = Browser::start();
    browser.watches_for(BELIEVED);
    let input = cluster.user.home().join("input.txt");
    let job = browser.posts_word_count(&url, &input, "lines:16KiB");
    let result = browser.result_of(&job);
    assert!(browser.has_had(BELIEVED), "an honest server is believed");

    for field in ["entry", "output"] {
        *deed.lock().expect("nobody panics with it") = Deed::Changed(field);
        browser.reload();
        browser.until_text("#broken", "Not verified");
        browser.assert_is_in_order(&format!("job-broken-{field}"));
        assert!(
            !browser.has_had(BELIEVED),
            "changed {field}: something of it was believed"
        );
    }
    *deed.lock().expect("nobody panics with it") = Deed::Honest;
    browser.reload();
    assert!(
        browser.result_of(&job) == result,
        "honest again, and the same"
    );
}

#[test]
fn files_of_a_worker_that_do_not_come_at_first_are_asked_for_again() {
    let mut cluster = Cluster::start(&[]);
    for name in ["ann", "bob"] {
        cluster.volunteer(name, &[]);
    }
    cluster.text_file(20_000);
    let to_withhold = Arc::new(Mutex::new(6_u32));
    let left = Arc::clone(&to_withhold);
    let url = between(&cluster, move |path| {
        let mut left = left.lock().expect("nobody panics with it");
        let is_of_guests = path.contains("/checker-") || path.contains("/sandbox-");
        if *left == 0 || !is_of_guests {
            return Deed::Honest;
        }
        *left -= 1;
        Deed::Withheld
    });
    let browser = Browser::start();
    browser.expect_on_console("ERR_EMPTY_RESPONSE");
    let input = cluster.user.home().join("input.txt");
    let job = browser.posts_word_count(&url, &input, "lines:16KiB");
    let expected = cluster.local("wordcount", "input.txt");
    assert!(
        browser.result_of(&job) == expected,
        "the result is that of a local run"
    );
    assert_eq!(*to_withhold.lock().expect("nobody panics with it"), 0);
}

#[test]
fn an_upload_that_broke_off_goes_on_where_it_was() {
    let mut cluster = Cluster::start(&[]);
    for name in ["ann", "bob"] {
        cluster.volunteer(name, &[]);
    }
    cluster.text_file(1_500_000);
    let passed = Arc::new(Mutex::new(Vec::new()));
    let is_away = Arc::new(Mutex::new(true));
    let (seen, away) = (Arc::clone(&passed), Arc::clone(&is_away));
    let url = between(&cluster, move |asked| {
        let mut seen = seen.lock().expect("nobody panics with it");
        if !asked.starts_with("PUT ") {
            return Deed::Honest;
        }
        if seen.len() >= 3 && *away.lock().expect("nobody panics with it") {
            return Deed::Withheld;
        }
        seen.push(asked.to_owned());
        Deed::Honest
    });
    let browser = Browser::start();
    browser.expect_on_console("ERR_EMPTY_RESPONSE");
    let input = cluster.user.home().join("input.txt");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            cluster.until("some of it has arrived", |_| {
                (passed.lock().expect("nobody panics with it").len() >= 3).then_some(())
            });
            *is_away.lock().expect("nobody panics with it") = false;
        });
        let job = browser.posts_word_count(&url, &input, "lines:64KiB");
        let expected = cluster.local("wordcount", "input.txt");
        assert!(
            browser.result_of(&job) == expected,
            "it is that of a local run"
        );
    });
    let uploads = passed.lock().expect("nobody panics with it");
    let once: BTreeSet<&String> = uploads.iter().collect();
    assert!(once.len() > 3, "there was more to upload");
    assert_eq!(once.len(), uploads.len(), "nothing was sent twice");
}
