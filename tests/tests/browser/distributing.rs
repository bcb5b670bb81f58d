//! While its owner's unfinished job is open in a browser, the browser's volunteer takes no tasks.

use tests::browser::Browser;
use tests::cluster::Cluster;

#[test]
fn a_volunteer_takes_no_tasks_while_its_owner_waits_for_a_job_in_the_same_browser() {
    let mut cluster = Cluster::start(&[]);
    cluster.volunteer("ann", &[]);
    cluster.text_file(60_000);
    let input = cluster.user.home().join("input.txt");
    let browser = Browser::start();
    browser.volunteers(&cluster.url());
    let node = browser.node_key();
    let record = |cluster: &Cluster| {
        let node = cluster.node_of_key(node).expect("the node is known");
        node.record
    };
    let distributes = |browser: &Browser| {
        browser.until("the volunteer is distributing", |browser| {
            (browser.phase() == "distributing").then_some(())
        });
    };

    // The owner's job waits for a second volunteer, and so does everybody's: each has four tasks.
    let volunteer = browser.new_tab();
    let own = browser.posts_word_count(&cluster.url(), &input, "lines:16KiB");
    browser.until_text("#waiting", "Waiting for volunteers");
    let pages = browser.show(&volunteer);
    distributes(&browser);
    browser.until_text("#node-status code", "distributing");
    let others = cluster.count_words("lines:16KiB", &[]);
    cluster.until("ann has voted on all tasks of another's job", |cluster| {
        let ann = cluster.node("ann")?;
        (ann.record.assigned >= 4 && ann.running == 0).then_some(())
    });
    assert_eq!(
        (record(&cluster).assigned, cluster.decided(&others)),
        (0, 0)
    );

    // The page closes, and the work of others goes on.
    browser.show(&pages);
    browser.close_tab(&volunteer);
    let expected = cluster.local("wordcount", "input.txt");
    assert!(cluster.result(&others) == expected, "the other's result");
    assert!(record(&cluster).accepted > 0, "the browser has computed it");

    // Open again, and again until the job has ended.
    let volunteer = browser.new_tab();
    browser.open(&format!("{}/jobs/{own}", cluster.url()));
    browser.until_text("#waiting", "Waiting for volunteers");
    let pages = browser.show(&volunteer);
    distributes(&browser);
    cluster.volunteer("bob", &[]);
    browser.until_connected();
    browser.show(&pages);
    assert!(browser.result_of(&own) == expected, "the owner's result");
}
