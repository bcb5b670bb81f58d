//! The road of a job in every kind of browser: in Chromium, and in the others when `cargo xtask test --engines all` asks.

use shared::ids::Digest;
use tests::browser::{Browser, Engine, Settings};
use tests::cluster::Cluster;

/// 25 tasks.
const INPUT_BYTES: usize = 400_000;
const SPLIT: &str = "lines:16KiB";

fn start(engine: Engine) -> Browser {
    Browser::with(Settings {
        engine,
        ..Settings::default()
    })
}

/// A volunteer whose key no script can read: every engine has that.
fn volunteer(engine: Engine, cluster: &Cluster) -> Browser {
    let browser = start(engine);
    browser.volunteers(&cluster.url());
    let identity = browser.text("section[aria-labelledby=identity]");
    let is_safe = identity.is_some_and(|text| text.contains("so that no script can read it"));
    assert!(is_safe, "in {}", engine.name());
    browser
}

/// Checks that these volunteers had a part in what was accepted, and were never outvoted.
fn assert_all_were_right(volunteers: &[Browser], cluster: &Cluster) {
    for browser in volunteers {
        let record = cluster.node_of_key(browser.node_key());
        let record = record.expect("the node is known").record;
        assert!(record.accepted > 0 && record.outvoted == 0, "{record:?}");
    }
}

#[test]
fn a_job_posted_on_a_page_is_computed_on_three_others_and_verified_and_folded_where_it_was_posted()
{
    for engine in Engine::wanted() {
        let cluster = Cluster::start(&[]);
        cluster.text_file(INPUT_BYTES);
        let volunteers: [Browser; 3] = std::array::from_fn(|_| volunteer(engine, &cluster));
        let submitter = start(engine);
        let input = cluster.user.home().join("input.txt");
        submitter.posts_word_count(&cluster.url(), &input, SPLIT);
        submitter.until("the result is verified", |browser| {
            browser.has("#result-ready").then_some(())
        });
        let expected = Digest::of(&cluster.local("wordcount", "input.txt")).to_string();
        let shown = submitter.text("#result-hash");
        assert_eq!(shown, Some(expected), "in {}", engine.name());
        assert_all_were_right(&volunteers, &cluster);
    }
}

#[test]
fn browsers_of_every_kind_and_native_volunteers_give_the_same_bytes() {
    let mut cluster = Cluster::start(&[]);
    cluster.text_file(INPUT_BYTES);
    let browsers: Vec<Browser> = Engine::wanted()
        .into_iter()
        .map(|engine| volunteer(engine, &cluster))
        .collect();
    cluster.volunteer("ann", &[]);
    cluster.volunteer("bob", &[]);
    let job = cluster.count_words(SPLIT, &[]);
    assert_eq!(
        cluster.result(&job),
        cluster.local("wordcount", "input.txt")
    );
    assert_eq!(cluster.job(&job).dissent, 0);
    assert_all_were_right(&browsers, &cluster);
}
