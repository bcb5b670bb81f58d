//! Guests that end badly: for a browser each end is the same answer as for a native volunteer, with the same fuel.

use tests::bad_ends::{BAD_ENDS, LIMITS};
use tests::browser::Browser;
use tests::cluster::Cluster;

#[test]
fn a_browser_and_a_native_volunteer_agree_on_every_bad_end_and_on_its_fuel() {
    let mut cluster = Cluster::start(&[]);
    // Two agree on each task: there is nobody else, so one of them is the browser.
    cluster.volunteer("ann", &[]);
    let browser = Browser::start();
    browser.volunteers(&cluster.url());
    cluster.user.file("lines.txt", "one\ntwo\n");
    let input = ["--input", "lines.txt", "--split", "lines:4"];
    for end in BAD_ENDS {
        let file = format!("{}.wasm", end.name);
        cluster.user.file(&file, end.module());
        let job = cluster.submit(&[&["--program", &file], &input[..], &LIMITS].concat());
        let failed = cluster.run(&["job", "results", &job, "--wait"]).ended(1);
        let words = format!(
            "2 of 2 tasks have no output to reduce (task 0 {})",
            end.words
        );
        assert!(failed.stderr.contains(&words), "{}", failed.stderr);
        let view = cluster.job(&job);
        assert_eq!((view.dissent, view.votes), (0, 4), "{}", end.name);
    }
    let votes = 2 * BAD_ENDS.len() as u64;
    let ann = cluster.node("ann").expect("ann is known").record;
    let other = cluster.node_of_key(browser.node_key());
    let other = other.expect("the browser is known").record;
    for record in [&ann, &other] {
        assert_eq!((record.accepted, record.outvoted), (votes, 0), "{record:?}");
        assert_eq!((record.unable, record.invalid), (0, 0), "{record:?}");
    }
    assert!(ann.credit > 200_000_000, "two tasks used up all of 1e8");
    assert_eq!(ann.credit, other.credit);
    browser.until("its credit is shown", |browser| {
        (browser.credit() == ann.credit).then_some(())
    });
    browser.until_text("#credit", "million");
}
