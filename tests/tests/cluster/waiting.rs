//! Too few volunteers: the job says what it waits for, and goes on by itself when they come.

use shared::api::jobs::{JobState, WaitingReason};
use tests::cluster::Cluster;

const JOB: [&str; 6] = [
    "--program",
    "wordcount",
    "--input",
    "input.txt",
    "--split",
    "lines:16KiB",
];

#[test]
fn a_job_with_fewer_volunteers_than_a_majority_says_so_and_goes_on_when_another_comes() {
    let mut cluster = Cluster::start(&[]);
    cluster.volunteer("ann", &[]);
    cluster.text_file(60_000);
    let job = cluster.submit(&JOB);
    let wanted = WaitingReason::TooFewVolunteers {
        eligible: 1,
        needed: 2,
    };
    cluster.until("it says what it waits for", |cluster| {
        (cluster.job(&job).waiting == Some(wanted)).then_some(())
    });
    assert_eq!(
        cluster.status().unwrap().waiting.len(),
        1,
        "everybody can see that a job waits"
    );
    cluster.volunteer("bob", &[]);
    assert_eq!(
        cluster.result(&job),
        cluster.local("wordcount", "input.txt")
    );
    assert_eq!(cluster.job(&job).state, JobState::Complete);
}

#[test]
fn volunteers_of_one_network_compute_only_where_the_certificates_say_so() {
    let mut cluster = Cluster::start(&["--diversity", "strict"]);
    cluster.volunteer_at("ann", "127.0.9.1", &[]);
    cluster.volunteer_at("bob", "127.0.9.2", &[]);
    cluster.text_file(60_000);
    let job = cluster.submit(&JOB);
    cluster.until("it waits for other networks or proven nodes", |cluster| {
        let waiting = cluster.job(&job).waiting;
        let is_strict = matches!(
            waiting,
            Some(WaitingReason::TooFewNetworks { .. } | WaitingReason::TooFewProven { .. })
        );
        is_strict.then_some(())
    });
    let _ = cluster.run(&["job", "cancel", &job]).ended(0);
    cluster.until("the job is cancelled", |cluster| {
        (cluster.job(&job).state == JobState::Cancelled).then_some(())
    });
}

#[test]
fn a_volunteer_never_computes_for_its_owner() {
    let mut cluster = Cluster::start(&[]);
    cluster.text_file(60_000);
    let _ = cluster.user.run(&["key", "show"]).ended(0);
    let own = cluster.user.data().join("submitter.key");
    cluster.volunteer("ann", &[]);
    cluster.volunteer("mine", &["--owner-key", own.to_str().unwrap()]);
    let job = cluster.submit(&JOB);
    let wanted = WaitingReason::TooFewVolunteers {
        eligible: 1,
        needed: 2,
    };
    cluster.until("its own volunteer does not count", |cluster| {
        (cluster.job(&job).waiting == Some(wanted)).then_some(())
    });
    cluster.volunteer("bob", &[]);
    assert_eq!(
        cluster.result(&job),
        cluster.local("wordcount", "input.txt")
    );
    assert_eq!(cluster.node("mine").unwrap().record.assigned, 0);
}
