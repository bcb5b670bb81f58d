//! Jobs on browsers: what comes out is what a local run gives, whoever lies, leaves or is killed.

use tests::browser::Browser;
use tests::cluster::Cluster;

/// As many browsers, each with a profile of its own, that have pressed Start.
fn browsers<const N: usize>(cluster: &Cluster) -> [Browser; N] {
    std::array::from_fn(|_| {
        let browser = Browser::start();
        browser.volunteers(&cluster.url());
        browser
    })
}

#[test]
fn a_job_finishes_on_three_browsers_and_each_sees_its_verified_tasks() {
    let cluster = Cluster::start(&[]);
    let browsers: [Browser; 3] = browsers(&cluster);
    cluster.text_file(400_000);
    let job = cluster.count_words("lines:16KiB", &[]);
    assert_eq!(
        cluster.result(&job),
        cluster.local("wordcount", "input.txt")
    );
    let view = cluster.job(&job);
    assert_eq!(
        (view.dissent, view.votes),
        (0, u64::from(view.task_count) * 2)
    );
    let mut is_looked_at = false;
    for browser in browsers {
        browser.until("its receipts have come", |browser| {
            (browser.verified() > 0).then_some(())
        });
        let record = cluster
            .node_of_key(browser.node_key())
            .expect("the node is known")
            .record;
        assert!(record.accepted > 0 && record.outvoted == 0, "{record:?}");
        if is_looked_at {
            continue;
        }
        is_looked_at = true;
        browser.assert_is_in_order("volunteer-verified-en");
        browser.assert_keyboard_reaches_every_control();
        browser.press("中文");
        browser.until_text("h1", "什么都不会运行");
        browser.assert_is_in_order("volunteer-verified-zh-CN");
    }
}

#[test]
fn browsers_and_native_volunteers_agree_and_outvote_a_liar_among_them() {
    let mut cluster = Cluster::start(&[]);
    let browsers: [Browser; 2] = browsers(&cluster);
    cluster.volunteer("ann", &[]);
    cluster.volunteer("bob", &[]);
    cluster.volunteer("eve", &["--misbehave", "wrong-output"]);
    cluster.text_file(400_000);
    // 200 KiB chunks travel as blobs, and their outputs are asked for after the tally.
    for split in ["lines:8KiB", "lines:200KiB"] {
        let job = cluster.count_words(split, &[]);
        assert_eq!(
            cluster.result(&job),
            cluster.local("wordcount", "input.txt"),
            "{split}"
        );
    }
    let eve = cluster.node("eve").expect("eve is known").record;
    assert!(eve.outvoted > 0 && eve.accepted == 0, "{eve:?}");
    for browser in browsers {
        let record = cluster
            .node_of_key(browser.node_key())
            .expect("the node is known")
            .record;
        assert!(record.accepted > 0 && record.outvoted == 0, "{record:?}");
    }
}

#[test]
fn a_browser_that_is_killed_in_the_middle_changes_nothing() {
    let cluster = Cluster::start(&[]);
    let [first, second, third] = browsers(&cluster);
    cluster.text_file(1_500_000);
    let job = cluster.count_words("lines:16KiB", &[]);
    cluster.until("some tasks are accepted", |cluster| {
        (cluster.decided(&job) > 3).then_some(())
    });
    third.kill();
    assert_eq!(
        cluster.result(&job),
        cluster.local("wordcount", "input.txt")
    );
    first.close();
    second.close();
}

#[test]
fn browsers_go_on_by_themselves_after_the_coordinator_was_killed() {
    let mut cluster = Cluster::start(&[]);
    let browsers: [Browser; 3] = browsers(&cluster);
    for browser in &browsers {
        browser.expect_on_console("ERR_CONNECTION_REFUSED");
        browser.expect_on_console("WebSocket connection to");
    }
    cluster.text_file(1_500_000);
    let job = cluster.count_words("lines:16KiB", &[]);
    cluster.until("some tasks are accepted", |cluster| {
        (cluster.decided(&job) > 3).then_some(())
    });
    cluster.kill_server();
    for browser in &browsers {
        browser.until("the page says so", |browser| {
            (browser.phase() == "offline").then_some(())
        });
        browser.until_text("#node-status code", "offline.reconnecting");
    }
    cluster.start_server();
    assert_eq!(
        cluster.result(&job),
        cluster.local("wordcount", "input.txt")
    );
    for browser in &browsers {
        browser.until_connected();
    }
}
