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
    let connected = |cluster: &Cluster| cluster.status().map_or(0, |status| status.nodes.connected);
    assert_eq!(connected(&cluster), 1);

    browser.click("#start");
    browser.until_connected();
    browser.until_text("#start", "Start computing");
    assert_eq!(browser.node_key(), key);
    let second = browser.show(&first);
    browser.until_text("#start", "Take over here");
    assert_eq!(connected(&cluster), 1);
    browser.close_tab(&second);
    browser.until_connected();
    assert_eq!(connected(&cluster), 1);
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
