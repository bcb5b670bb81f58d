//! Every storage node keeps the certificate of the policy for ever, also one that was away or lost its database.

use shared::ids::Digest;
use shared::ledger::note::Note;
use shared::ledger::policy_text::QuorumPolicy;
use tests::cluster::{Cluster, get};
use tests::storage_nodes::StorageNodes;

fn text(nodes: &StorageNodes, name: &str, path: &str) -> Option<String> {
    let (code, body) = get(nodes.address(name), &format!("/api/v1/ledger/{path}"))?;
    let text = String::from_utf8(body).expect("it is text");
    (code == 200).then_some(text)
}

/// The certificate of block 0 of a storage node, once it has it; it is the policy's.
fn certified(cluster: &Cluster, nodes: &StorageNodes, name: &str) -> Digest {
    let note = cluster.until(&format!("{name} has the certificate of block 0"), |_| {
        text(nodes, name, "certificates/0")
    });
    let policy = text(nodes, name, "policy").expect("it has its policy");
    let policy = QuorumPolicy::parse(&policy).expect("it is a policy");
    let note = Note::parse(note.as_bytes()).expect("it is a note");
    let certified = policy.certify(&note).expect("a quorum has signed it");
    // Policy 0 and its header.
    assert_eq!(certified.checkpoint.size, 2);
    certified.checkpoint.root
}

#[test]
fn every_storage_node_serves_the_certificate_of_policy_0_also_when_it_was_away_or_wiped() {
    let (mut cluster, mut nodes) = Cluster::start_with_storage(3, &[]);
    let root = certified(&cluster, &nodes, "s1");
    for name in ["s2", "s3"] {
        assert_eq!(certified(&cluster, &nodes, name), root);
    }
    for name in ["ann", "bob", "eve"] {
        cluster.volunteer(name, &[]);
    }
    cluster.text_file(100_000);
    nodes.kill("s3");
    nodes.wipe("s3");
    let job = cluster.count_words("lines:24KiB", &[]);
    let _ = cluster.result(&job);
    nodes.start_again(&cluster.user, "s3");
    cluster.kill_server();
    cluster.start_server();
    assert_eq!(certified(&cluster, &nodes, "s3"), root);
    assert_eq!(text(&nodes, "s1", "certificates/1"), None);
    assert_eq!(text(&nodes, "s1", "certificates/9999"), None);
}
