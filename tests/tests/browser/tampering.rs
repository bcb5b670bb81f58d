//! A server that lies about what was signed: the page turns red, and nothing counts as verified.

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
