//! Three storage nodes in processes of their own, two of which are a quorum.

use shared::api::jobs::{JobState, WaitingReason};
use tests::cluster::Cluster;
use tests::storage_nodes::StorageNodes;

fn cluster() -> (Cluster, StorageNodes) {
    let (mut cluster, nodes) = Cluster::start_with_storage(3, &[]);
    for name in ["ann", "bob", "eve"] {
        cluster.volunteer(name, &[]);
    }
    cluster.text_file(400_000);
    (cluster, nodes)
}

fn is_right(cluster: &Cluster, job: &str) {
    assert_eq!(cluster.result(job), cluster.local("wordcount", "input.txt"));
    assert_eq!(cluster.job(job).state, JobState::Complete);
}

#[test]
fn any_one_storage_node_may_be_killed_and_jobs_go_on() {
    let (cluster, mut nodes) = cluster();
    for name in ["s1", "s2", "s3"] {
        nodes.kill(name);
        let job = cluster.count_words("lines:24KiB", &[]);
        is_right(&cluster, &job);
        nodes.start_again(&cluster.user, name);
    }
}

#[test]
fn without_a_quorum_results_wait_and_nothing_is_lost_when_it_is_back() {
    let (mut cluster, mut nodes) = cluster();
    let first = cluster.count_words("lines:24KiB", &[]);
    is_right(&cluster, &first);
    let second = cluster.count_words("lines:4KiB", &[]);
    cluster.until("some of it is stored", |cluster| {
        (cluster.job(&second).tasks.stored > 0).then_some(())
    });
    nodes.kill("s1");
    nodes.kill("s3");
    let stored = cluster.until("it waits for the quorum", |cluster| {
        let job = cluster.job(&second);
        (job.waiting == Some(WaitingReason::StorageQuorum)).then_some(job.tasks.stored)
    });
    assert_eq!(cluster.job(&second).state, JobState::Running);
    cluster.kill_server();
    cluster.start_server();
    assert_eq!(cluster.job(&second).tasks.stored, stored);
    nodes.start_again(&cluster.user, "s3");
    is_right(&cluster, &second);
    nodes.kill("s2");
    nodes.start_again(&cluster.user, "s1");
    let third = cluster.count_words("lines:24KiB", &[]);
    is_right(&cluster, &third);
}

#[test]
fn a_storage_node_that_was_away_is_brought_up_to_date() {
    let (cluster, mut nodes) = cluster();
    let first = cluster.count_words("lines:24KiB", &[]);
    is_right(&cluster, &first);
    nodes.kill("s1");
    let second = cluster.count_words("lines:8KiB", &[]);
    is_right(&cluster, &second);
    nodes.start_again(&cluster.user, "s1");
    nodes.kill("s2");
    // The quorum is s1 and s3 now: nothing is stored before s1 has what it missed.
    let third = cluster.count_words("lines:16KiB", &[]);
    is_right(&cluster, &third);
}
