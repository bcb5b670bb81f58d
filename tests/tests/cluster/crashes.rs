//! The coordinator killed with signal 9 at random moments: the job finishes with the same result.

use coordinator::entropy::random_bytes;
use tests::cluster::Cluster;
use tests::postgres;

const KILLS: u32 = 10;

/// Kills the coordinator ten times in one job: each time after a random number of further tasks.
fn survives_ten_kills(serve_args: &[&str]) {
    let mut cluster = Cluster::start(serve_args);
    for name in ["ann", "bob", "eve"] {
        cluster.volunteer(name, &[]);
    }
    cluster.text_file(4_000_000);
    let job = cluster.count_words("lines:24KiB", &[]);
    let tasks = cluster.job(&job).task_count;
    for kill in 0..KILLS {
        let [random] = random_bytes::<1>();
        let more = u32::from(random) % (tasks / (2 * KILLS));
        println!("kill {kill}: after {more} more tasks");
        let before = cluster.decided(&job);
        cluster.until("further tasks are accepted", |cluster| {
            (cluster.decided(&job) >= before + more).then_some(())
        });
        cluster.kill_server();
        cluster.start_server();
        assert!(
            cluster.decided(&job) >= before,
            "nothing that was told is lost"
        );
    }
    assert_eq!(
        cluster.result(&job),
        cluster.local("wordcount", "input.txt")
    );
    assert_eq!(cluster.job(&job).tasks.stored, tasks);
}

#[test]
fn a_job_survives_ten_kills_of_the_coordinator_on_sqlite() {
    survives_ten_kills(&[]);
}

#[test]
fn a_job_survives_ten_kills_of_the_coordinator_on_postgresql() {
    let database = postgres::new_database();
    survives_ten_kills(&["--database", &database]);
}
