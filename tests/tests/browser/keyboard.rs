//! Without a mouse: a job is posted and its result saved with a few keys of the keyboard.

use tests::browser::{Browser, Key};
use tests::cluster::Cluster;

/// Goes to a control with the tabulator and presses a key there.
fn at(browser: &Browser, css: &str, key: Key) {
    browser.until(&format!("{css} can be used"), |browser| {
        browser.has(&format!("{css}:not(:disabled)")).then_some(())
    });
    browser.tabs_to(css);
    browser.key(key);
}

#[test]
fn a_job_is_posted_cancelled_in_thought_and_downloaded_by_keyboard_alone() {
    let mut cluster = Cluster::start(&[]);
    cluster.volunteer("ann", &[]);
    let browser = Browser::start();
    browser.open(&cluster.url());
    browser.tabs_to("header a[href='/jobs/new']");
    browser.key(Key::Enter);
    browser.until("the programs are listed", |browser| {
        (browser.count("#program option") > 1).then_some(())
    });
    browser.tabs_to("#program");
    browser.until("wordcount is chosen", |browser| {
        browser.key(Key::Down);
        let chosen = browser.string("return document.querySelector('#program').value");
        chosen.starts_with("wordcount@").then_some(())
    });
    at(&browser, "#use-example", Key::Space);
    at(&browser, "#make-key", Key::Enter);
    at(&browser, "#save-submitter-key", Key::Enter);
    let _ = browser.key_file();
    at(&browser, "#understood", Key::Space);
    at(&browser, "#submit-job", Key::Enter);
    let job = browser.until("the job is there", |browser| browser.text("#job-id"));

    // The question takes the focus and gives it back.
    at(&browser, "#cancel", Key::Enter);
    browser.until("the question has the focus", |browser| {
        browser.has("[role=alertdialog] :focus").then_some(())
    });
    at(&browser, "#cancel-no", Key::Space);
    browser.until("the button has the focus again", |browser| {
        browser.has("#cancel:focus").then_some(())
    });
    cluster.volunteer("bob", &[]);
    at(&browser, "#download", Key::Enter);
    let result = browser.downloaded_result(&job, "tsv");
    let text = String::from_utf8(result).expect("words are text");
    assert!(text.contains("the\t"), "the words of the example: {text}");
}
