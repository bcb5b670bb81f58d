//! Volunteers that misbehave: the result stays right, and the record shows who did what.

use tests::cluster::Cluster;

const JOB: [&str; 6] = [
    "--program",
    "wordcount",
    "--input",
    "input.txt",
    "--split",
    "lines:4KiB",
];

#[test]
fn one_liar_among_four_is_outvoted_and_shown() {
    let mut cluster = Cluster::start(&[]);
    for name in ["ann", "bob", "joe"] {
        cluster.volunteer(name, &[]);
    }
    cluster.volunteer("eve", &["--misbehave", "wrong-output"]);
    cluster.text_file(200_000);
    let job = cluster.submit(&JOB);
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

#[test]
fn two_liars_that_agree_win_tasks_at_trust_3_and_lose_at_trust_5_of_7() {
    let mut cluster = Cluster::start(&["--scheduler-seed", &"07".repeat(32)]);
    cluster.volunteer("eve", &["--misbehave", "wrong-output:7"]);
    cluster.volunteer("mallory", &["--misbehave", "wrong-output:7"]);
    cluster.volunteer("ann", &[]);
    cluster.text_file(400_000);
    let expected = cluster.local("wordcount", "input.txt");
    // Of about 100 tasks, some are drawn to both liars first: nobody is asked who could contradict them.
    let job = cluster.submit(&[&JOB[..], &["--trust", "3"]].concat());
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
    let job = cluster.submit(&[&JOB[..], &["--trust", "5"]].concat());
    assert_eq!(cluster.result(&job), expected);
    assert!(cluster.job(&job).dissent > 0);
}
