//! The addresses from which browsers let a page compute: over TLS from anywhere, and from localhost.

use tests::browser::Browser;
use tests::cluster::Cluster;

#[test]
fn over_tls_a_job_is_posted_computed_and_verified_as_over_plain_http() {
    let cluster = Cluster::start_tls();
    cluster.text_file(100_000);
    let volunteers: [Browser; 2] = std::array::from_fn(|_| {
        let browser = Browser::start();
        browser.volunteers(&cluster.url());
        browser
    });
    let submitter = Browser::start();
    let input = cluster.user.home().join("input.txt");
    let job = submitter.posts_word_count(&cluster.url(), &input, "lines:16KiB");
    assert!(
        submitter.result_of(&job) == cluster.local("wordcount", "input.txt"),
        "the result is that of a local run"
    );
    for browser in volunteers {
        browser.until("its receipts have come", |browser| {
            (browser.verified() > 0).then_some(())
        });
    }
}

#[test]
fn localhost_is_as_good_as_its_number() {
    let cluster = Cluster::start(&[]);
    let browser = Browser::start();
    browser.volunteers(&format!("http://localhost:{}", cluster.address().port()));
}
