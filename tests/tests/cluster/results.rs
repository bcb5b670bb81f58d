//! Honest volunteers: what comes out is what a local run gives, however the input is cut and whoever leaves.

use tests::cluster::Cluster;

#[test]
fn a_job_gives_what_a_local_run_gives_however_its_input_is_split() {
    let mut cluster = Cluster::start(&[]);
    for name in ["ann", "bob", "eve"] {
        cluster.volunteer(name, &[]);
    }
    cluster.text_file(900_000);
    let expected = cluster.local("wordcount", "input.txt");
    // 200 KiB chunks travel as blobs, and their outputs are asked for after the tally.
    for split in ["lines:16KiB", "lines:200KiB", "files"] {
        let job = cluster.count_words(split, &[]);
        assert_eq!(cluster.result(&job), expected, "{split}");
        let view = cluster.job(&job);
        assert_eq!(view.dissent, 0);
        assert_eq!(
            view.votes,
            u64::from(view.task_count) * 2,
            "two votes a task are enough"
        );
    }
}

#[test]
fn a_volunteer_that_is_killed_in_the_middle_changes_nothing() {
    let mut cluster = Cluster::start(&[]);
    for name in ["ann", "bob", "eve", "joe"] {
        cluster.volunteer(name, &[]);
    }
    cluster.text_file(3_000_000);
    let job = cluster.count_words("lines:48KiB", &[]);
    cluster.until("some tasks are accepted", |cluster| {
        (cluster.decided(&job) > 3).then_some(())
    });
    cluster.kill_volunteer("eve");
    assert_eq!(
        cluster.result(&job),
        cluster.local("wordcount", "input.txt")
    );
}

#[test]
fn a_submitter_that_went_away_gets_the_result_with_the_same_key_elsewhere() {
    let mut cluster = Cluster::start(&[]);
    for name in ["ann", "bob"] {
        cluster.volunteer(name, &[]);
    }
    cluster.text_file(100_000);
    let job = cluster.count_words("lines:16KiB", &[]);
    let expected = cluster.local("wordcount", "input.txt");
    let key = cluster.user.data().join("submitter.key");
    let kept = cluster.user.home().join("kept.key");
    std::fs::rename(key, &kept).unwrap();
    let stranger = cluster.run(&["job", "results", &job, "--wait"]);
    assert_eq!(
        stranger.code, 3,
        "another key does not see the job: {}",
        stranger.stderr
    );
    let args = [
        "job",
        "results",
        &job,
        "--wait",
        "--key",
        "kept.key",
        "--data",
        "elsewhere",
    ];
    let _ = cluster
        .run(&[&args[..], &["--output", "again"]].concat())
        .ended(0);
    assert_eq!(
        std::fs::read(cluster.user.home().join("again")).unwrap(),
        expected
    );
}
