//! Volunteers that misbehave: the result stays right, and the record shows who did what.

use shared::api::nodes::NodeRecord;
use tests::cluster::Cluster;

const SPLIT: &str = "lines:4KiB";

#[test]
fn one_liar_among_four_is_outvoted_and_shown() {
    let mut cluster = Cluster::start(&[]);
    for name in ["ann", "bob", "joe"] {
        cluster.volunteer(name, &[]);
    }
    cluster.volunteer("eve", &["--misbehave", "wrong-output"]);
    cluster.text_file(200_000);
    let job = cluster.count_words(SPLIT, &[]);
    assert_eq!(
        cluster.result(&job),
        cluster.local("wordcount", "input.txt")
    );
    let view = cluster.job(&job);
    assert!(view.dissent > 0, "eve was given seats");
    let eve = cluster.node("eve").unwrap().record;
    assert_eq!((eve.accepted, eve.outvoted), (0, view.dissent));
    for name in ["ann", "bob", "joe"] {
        assert_eq!(
            cluster.node(name).unwrap().record.outvoted,
            0,
            "{name} is honest"
        );
    }
}

/// Which counter of a node's record shows what it did.
type Seen = fn(&NodeRecord) -> u64;

/// Each kind of misbehaviour with what must be seen of it.
const KINDS: [(&str, Seen); 8] = [
    ("wrong-fuel", |seen| seen.outvoted),
    ("wrong-status", |seen| seen.outvoted),
    ("copy", |seen| seen.outvoted),
    ("double", |seen| seen.double_votes),
    ("bad-signature", |seen| seen.invalid),
    ("replay", |seen| seen.replays),
    ("silent", |seen| seen.expired),
    ("late", |seen| seen.expired),
];

/// At trust 5, so that two different liars that happen to say the same (that a guest trapped) have no majority.
#[test]
fn every_misbehaviour_leaves_the_result_right_and_is_seen() {
    let mut cluster = Cluster::start(&["--lease", "8"]);
    let honest = ["ann", "bob", "joe", "kim", "sue", "tom"];
    for name in honest {
        cluster.volunteer(name, &[]);
    }
    for (kind, _) in KINDS {
        cluster.volunteer(kind, &["--misbehave", kind]);
    }
    cluster.text_file(300_000);
    let job = cluster.count_words(SPLIT, &["--trust", "5"]);
    assert_eq!(
        cluster.result(&job),
        cluster.local("wordcount", "input.txt")
    );
    for (kind, seen) in KINDS {
        cluster.until(&format!("{kind} is seen"), |cluster| {
            (seen(&cluster.node(kind)?.record) > 0).then_some(())
        });
    }
    for name in honest {
        let record = cluster.node(name).unwrap().record;
        let blamed = (
            record.outvoted,
            record.invalid,
            record.double_votes,
            record.replays,
        );
        assert_eq!(blamed, (0, 0, 0, 0), "{name} is honest");
    }
    let listed = cluster.run(&["node", "list"]).ended(0);
    assert_eq!(
        listed.json().as_array().map(Vec::len),
        Some(honest.len() + KINDS.len())
    );
}

#[test]
fn two_liars_that_agree_win_tasks_at_trust_3_and_lose_at_trust_5_of_7() {
    let mut cluster = Cluster::start(&["--scheduler-seed", &"07".repeat(32)]);
    cluster.volunteer("eve", &["--misbehave", "wrong-output:7"]);
    cluster.volunteer("mallory", &["--misbehave", "wrong-output:7"]);
    cluster.volunteer("ann", &[]);
    cluster.text_file(400_000);
    let expected = cluster.local("wordcount", "input.txt");
    // Of about 100 tasks, some are drawn to both liars first: nobody is asked who could contradict them.
    let job = cluster.count_words(SPLIT, &["--trust", "3"]);
    let ended = cluster.run(&["job", "results", &job, "--wait", "--output", "lies"]);
    let lied =
        ended.code != 0 || std::fs::read(cluster.user.home().join("lies")).unwrap() != expected;
    assert!(
        lied,
        "the vote alone cannot defend against a colluding majority"
    );
    assert!(cluster.node("eve").unwrap().record.accepted > 0);

    for name in ["bob", "joe", "sue", "tom"] {
        cluster.volunteer(name, &[]);
    }
    let job = cluster.count_words(SPLIT, &["--trust", "5"]);
    assert_eq!(cluster.result(&job), expected);
    assert!(cluster.job(&job).dissent > 0);
}
