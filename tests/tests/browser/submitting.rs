//! Jobs that are posted, followed, verified and folded in a browser.

use tests::browser::{Browser, Settings};
use tests::cluster::Cluster;

const SPLIT: &str = "lines:16KiB";

/// A coordinator with an input file and these native volunteers.
fn cluster_with(volunteers: &[&str], input_bytes: usize) -> Cluster {
    let mut cluster = Cluster::start(&[]);
    for name in volunteers {
        cluster.volunteer(name, &[]);
    }
    cluster.text_file(input_bytes);
    cluster
}

fn post(cluster: &Cluster, browser: &Browser) -> String {
    let input = cluster.user.home().join("input.txt");
    browser.posts_word_count(&cluster.url(), &input, SPLIT)
}

#[test]
fn a_job_posted_on_one_page_finishes_on_three_other_browsers() {
    let cluster = cluster_with(&[], 400_000);
    let volunteers: [Browser; 3] = std::array::from_fn(|_| {
        let browser = Browser::start();
        browser.volunteers(&cluster.url());
        browser
    });
    let submitter = Browser::start();
    let job = post(&cluster, &submitter);
    let expected = cluster.local("wordcount", "input.txt");
    assert!(
        submitter.result_of(&job) == expected,
        "the result is that of a local run"
    );
    submitter.until_text("#job-state", "complete");
    submitter.until_text("#verified", "25 of 25 tasks verified");
    for browser in volunteers {
        browser.until("its receipts have come", |browser| {
            (browser.verified() > 0).then_some(())
        });
    }
}

#[test]
fn a_job_outlives_a_liar_and_a_browser_that_is_killed_and_its_page_says_who_disagreed() {
    let mut cluster = cluster_with(&["ann", "bob"], 1_000_000);
    cluster.volunteer("eve", &["--misbehave", "wrong-output"]);
    let [stays, leaves]: [Browser; 2] = std::array::from_fn(|_| {
        let browser = Browser::start();
        browser.volunteers(&cluster.url());
        browser
    });
    let submitter = Browser::start();
    let job = post(&cluster, &submitter);
    cluster.until("some tasks are accepted", |cluster| {
        let tasks = cluster.status()?.tasks;
        (tasks.accepted + tasks.stored > 3).then_some(())
    });
    leaves.kill();
    let expected = cluster.local("wordcount", "input.txt");
    assert!(
        submitter.result_of(&job) == expected,
        "the result is that of a local run"
    );
    let eve = cluster.node("eve").expect("eve is known");
    assert!(eve.record.outvoted > 0, "{:?}", eve.record);
    let stayed = cluster.node_of_key(stays.node_key());
    let stayed = stayed.expect("the node is known").record;
    assert!(stayed.accepted > 0 && stayed.outvoted == 0, "{stayed:?}");

    // Every row names eve and two different answers.
    let rows = "return [...document.querySelectorAll('section[aria-labelledby=dissent] tbody tr')]
        .map(row => [...row.querySelectorAll('code')].map(code => code.textContent))";
    let rows = submitter.script(rows, &serde_json::json!([]));
    let rows: Vec<[String; 3]> = serde_json::from_value(rows).expect("who, said, accepted");
    assert!(!rows.is_empty(), "dissent is listed");
    let eve: String = eve.node_key.to_string().chars().take(12).collect();
    for [who, said, accepted] in rows {
        assert_eq!(who, format!("{eve}…"));
        assert_ne!(said, accepted);
    }
}

#[test]
fn cancel_asks_and_cancels_and_a_copy_of_the_job_stands_in_the_form() {
    let cluster = cluster_with(&["ann"], 40_000);
    let browser = Browser::start();
    let _ = post(&cluster, &browser);
    browser.click("#cancel");
    browser.until_text("[role=alertdialog]", "Cancel this job?");
    browser.click("#cancel-no");
    browser.until("the question is gone", |browser| {
        (!browser.has("[role=alertdialog]")).then_some(())
    });
    browser.until_text("#job-state", "running");
    browser.click("#cancel");
    browser.click("#cancel-yes");
    browser.until_text("#job-state", "cancelled");
    assert_eq!(cluster.status().map(|status| status.jobs_open), Some(0));
    browser.click("#duplicate");
    browser.until_text("#submit-job", "Submit 3 tasks");
    browser.until_text("#files-note", "input.txt");
    browser.until_text("#submit-line", &format!("--split {SPLIT}"));
}

#[test]
fn a_submitter_who_closes_the_page_finds_everything_when_it_is_opened_again() {
    let mut cluster = cluster_with(&["ann"], 400_000);
    let browser = Browser::start();
    let job = post(&cluster, &browser);
    browser.until_text("#waiting", "Waiting for volunteers");
    let profile = browser.profile();
    browser.close();
    cluster.volunteer("bob", &[]);
    let browser = Browser::with(Settings {
        profile,
        ..Settings::default()
    });
    browser.open(&format!("{}/jobs", cluster.url()));
    browser.click(&format!("main a[href='/jobs/{job}']"));
    let expected = cluster.local("wordcount", "input.txt");
    assert!(
        browser.result_of(&job) == expected,
        "the result is that of a local run"
    );
    // A tab of its own, while the first one is still open.
    let _first = browser.new_tab();
    browser.open(&format!("{}/jobs/{job}", cluster.url()));
    assert!(
        browser.result_of(&job) == expected,
        "the same in another tab"
    );
}

#[test]
fn the_key_file_opens_the_job_in_a_new_profile_and_another_key_does_not() {
    let cluster = cluster_with(&["ann", "bob"], 200_000);
    let first = Browser::start();
    let job = post(&cluster, &first);
    let key = first.key_file();
    let other = Browser::start();
    // Who has no right to the job is told that there is none.
    other.expect_on_console("Failed to load resource");
    other.open(&format!("{}/jobs/{job}", cluster.url()));
    other.until("the page asks for the key", |browser| {
        browser.has("#load-submitter-key").then_some(())
    });
    assert!(!other.has("#result-ready"));
    other.upload("#load-submitter-key", &key);
    let expected = cluster.local("wordcount", "input.txt");
    assert!(
        other.result_of(&job) == expected,
        "the result is that of a local run"
    );
}

#[test]
fn a_page_follows_its_job_over_a_crash_of_the_coordinator() {
    let mut cluster = cluster_with(&["ann", "bob"], 1_500_000);
    let volunteer = Browser::start();
    let browser = Browser::start();
    for browser in [&volunteer, &browser] {
        browser.expect_on_console("ERR_");
        browser.expect_on_console("WebSocket connection to");
    }
    volunteer.volunteers(&cluster.url());
    let job = post(&cluster, &browser);
    cluster.until("some tasks are accepted", |cluster| {
        let counts = cluster.status()?.tasks;
        (counts.accepted + counts.stored > 3).then_some(())
    });
    cluster.kill_server();
    browser.until_text("[role=alert]", "does not answer");
    cluster.start_server();
    volunteer.until_connected();
    let expected = cluster.local("wordcount", "input.txt");
    assert!(
        browser.result_of(&job) == expected,
        "the result is that of a local run"
    );
}

#[test]
fn the_draft_is_there_again_after_a_reload() {
    let cluster = cluster_with(&[], 1000);
    let browser = Browser::start();
    browser.open(&format!("{}/jobs/new", cluster.url()));
    browser.choose("#program", "wordcount");
    browser.press("Text");
    browser.fill(
        "#input-text",
        "some words of a person who thinks before posting",
    );
    browser.fill("#job-title", "my words");
    // What was looked at is kept.
    browser.until_text("#submit-job", "Submit 1 task");
    browser.reload();
    browser.until_text("#submit-job", "Submit 1 task");
    let shown = "return document.querySelector('#job-title').value + ': ' + document.querySelector('#input-text').value";
    let shown = browser.script(shown, &serde_json::json!([]));
    assert_eq!(
        shown,
        "my words: some words of a person who thinks before posting"
    );
}
