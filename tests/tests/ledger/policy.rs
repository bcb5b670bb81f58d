//! Changing who keeps the ledger, approved by the operators of the storage nodes.

use shared::api::storage::{ProposalView, StorageView};
use tests::cluster::Cluster;
use tests::storage_nodes::StorageNodes;

fn volunteers(cluster: &mut Cluster) {
    for name in ["ann", "bob", "eve"] {
        cluster.volunteer(name, &[]);
    }
    cluster.text_file(200_000);
}

fn is_right(cluster: &Cluster) {
    let job = cluster.count_words("lines:24KiB", &[]);
    assert_eq!(
        cluster.result(&job),
        cluster.local("wordcount", "input.txt")
    );
}

/// Runs `ledger policy …` as the admin.
fn policy(cluster: &Cluster, args: &[&str]) -> StorageView {
    let ran = cluster.run_as_admin(&[&["ledger", "policy"], args].concat());
    serde_json::from_slice(&ran.ended(0).stdout).expect("the storage nodes")
}

fn status(cluster: &Cluster) -> StorageView {
    policy(cluster, &["status"])
}

fn names(view: &StorageView) -> Vec<&str> {
    view.nodes.iter().map(|node| node.name.as_str()).collect()
}

fn until_in_force(cluster: &Cluster, version: u32) -> StorageView {
    cluster.until("the policy is in force", |cluster| {
        Some(status(cluster)).filter(|view| view.policy.version == version)
    })
}

fn proposal(view: &StorageView) -> &ProposalView {
    view.proposal.as_ref().expect("a proposal")
}

fn hash_of_proposal(view: &StorageView) -> String {
    proposal(view).policy.sha256.to_string()
}

fn verifies(cluster: &Cluster) {
    let url = cluster.url();
    let verify = ["ledger", "verify", "--url", &url];
    let _ = cluster.user.run(&verify).ended(0);
}

#[test]
fn storage_nodes_are_added_and_removed_by_policies_that_their_operators_approve() {
    let (mut cluster, mut nodes) = Cluster::start_with_storage(3, &[]);
    volunteers(&mut cluster);
    is_right(&cluster);
    verifies(&cluster);

    nodes.add(&cluster.user, "s4");
    let add = ["ledger", "policy", "add", &nodes.url("s4")];
    let view = cluster.run_as_admin(&add).ended(0).stdout;
    let view = serde_json::from_slice(&view).expect("the storage nodes");
    let hash = hash_of_proposal(&view);
    let again = cluster.run_as_admin(&add).ended(5);
    assert!(again.stderr.contains("another change"), "{}", again.stderr);
    nodes.approve(&cluster.user, "s4", &hash);
    nodes.approve(&cluster.user, "s1", &hash);
    // One of three storage nodes is no quorum, and the new one has not approved Policy 0.
    is_right(&cluster);
    let view = status(&cluster);
    assert!(!proposal(&view).is_approved);
    let approved = proposal(&view).approvals.iter().map(|one| one.approved);
    assert_eq!(approved.collect::<Vec<_>>(), [true, false, false, false]);
    nodes.approve(&cluster.user, "s3", &hash);
    let zero = view.policy_zero_sha256.to_string();
    nodes.approve(&cluster.user, "s4", &zero);
    let view = until_in_force(&cluster, 1);
    assert_eq!(names(&view), ["s1", "s2", "s3", "s4"]);
    assert_eq!(view.policy.threshold, 3);
    is_right(&cluster);

    // The quorum is three of four now, so that with s1 away the new one counts.
    nodes.kill("s1");
    is_right(&cluster);
    nodes.start_again(&cluster.user, "s1");
    cluster.kill_server();
    cluster.start_server();
    is_right(&cluster);

    let hash = hash_of_proposal(&policy(&cluster, &["remove", "s2"]));
    for name in ["s1", "s3", "s4"] {
        nodes.approve(&cluster.user, name, &hash);
    }
    let view = until_in_force(&cluster, 2);
    assert_eq!(names(&view), ["s1", "s3", "s4"]);
    nodes.kill("s2");
    nodes.kill("s1");
    is_right(&cluster);
    verifies(&cluster);
}

#[test]
fn the_ledger_moves_from_embedded_storage_nodes_to_others_step_by_step() {
    let mut cluster = Cluster::start(&[]);
    volunteers(&mut cluster);
    is_right(&cluster);
    let mut nodes = StorageNodes::start(&cluster.user, 0);
    let zero = status(&cluster).policy_zero_sha256.to_string();
    let mut version = 0;
    let mut new = Vec::new();
    for (name, old) in [("t1", "s1"), ("t2", "s2"), ("t3", "s3")] {
        nodes.add(&cluster.user, name);
        nodes.approve(&cluster.user, name, &zero);
        new.push(name);
        for change in [["add", &nodes.url(name)], ["remove", old]] {
            let hash = hash_of_proposal(&policy(&cluster, &change));
            for name in &new {
                nodes.approve(&cluster.user, name, &hash);
            }
            version += 1;
            until_in_force(&cluster, version);
            is_right(&cluster);
        }
    }
    assert_eq!(names(&status(&cluster)), ["t1", "t2", "t3"]);
    is_right(&cluster);
    verifies(&cluster);
    std::fs::remove_dir_all(cluster.user.home().join("coordinator/storage"))
        .expect("the embedded storage nodes are needed no more");
    cluster.kill_server();
    cluster.start_server();
    is_right(&cluster);
    verifies(&cluster);
}

#[test]
fn a_change_that_cannot_be_is_refused_with_the_reason_and_a_proposal_can_be_withdrawn() {
    let cluster = Cluster::start(&[]);
    let refused = |args: &[&str], code: i32, words: &str| {
        let ran = cluster.run_as_admin(&[&["ledger", "policy"], args].concat());
        let ran = ran.ended(code);
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    };
    refused(&["remove", "s9"], 1, "no storage node s9");
    refused(&["add", "http://127.0.0.1:9"], 1, "cannot reach");
    refused(&["add", "nowhere"], 1, "nowhere");
    refused(&["withdraw"], 3, "no change");
    let mut nodes = StorageNodes::start(&cluster.user, 0);
    nodes.add(&cluster.user, "s1");
    // Its name is taken.
    refused(&["add", &nodes.url("s1")], 1, "s1");
    nodes.add(&cluster.user, "s4");
    policy(&cluster, &["add", &nodes.url("s4")]);
    let _ = cluster
        .run_as_admin(&["ledger", "policy", "withdraw"])
        .ended(0);
    assert_eq!(status(&cluster).proposal, None);
    let stranger = cluster.run(&["ledger", "policy", "status"]);
    assert_eq!(stranger.code, 4, "{}", stranger.stderr);
}
