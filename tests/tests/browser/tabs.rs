//! One profile is one node, however many tabs it has.

use tests::browser::Browser;
use tests::cluster::Cluster;

#[test]
fn two_tabs_of_a_profile_are_one_node_and_the_second_can_take_over() {
    let cluster = Cluster::start(&[]);
    let browser = Browser::start();
    browser.volunteers(&cluster.url());
    let key = browser.node_key();
    let first = browser.new_tab();
    browser.open(&cluster.url());
    browser.until_text("#start", "Take over here");
    assert_eq!(
        browser.node_key(),
        key,
        "the second tab shows the node of the first"
    );
    counted_once(&cluster);

    browser.click("#start");
    browser.until_connected();
    browser.until_text("#start", "Start computing");
    assert_eq!(browser.node_key(), key);
    let second = browser.show(&first);
    browser.until_text("#start", "Take over here");
    counted_once(&cluster);
    browser.close_tab(&second);
    browser.until_connected();
    counted_once(&cluster);
}

/// A page knows that it is connected a moment before the coordinator counts it, or counts its older tab no more.
fn counted_once(cluster: &Cluster) {
    cluster.until("the profile is connected as one node", |cluster| {
        (cluster.status()?.nodes.connected == 1).then_some(())
    });
}

#[test]
fn a_profile_keeps_its_key_when_the_browser_is_started_again_and_nothing_runs_by_itself() {
    let cluster = Cluster::start(&[]);
    let browser = Browser::start();
    browser.volunteers(&cluster.url());
    let key = browser.node_key();
    let profile = browser.profile();
    browser.close();
    let browser = Browser::with(tests::browser::Settings {
        profile,
        ..Default::default()
    });
    browser.open(&cluster.url());
    assert_eq!(
        (browser.phase().as_str(), browser.workers().len()),
        ("off", 0)
    );
    browser.click("#start");
    browser.until_connected();
    assert_eq!(browser.node_key(), key);
}
