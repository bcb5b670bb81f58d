//! Misbehaving volunteers over real sockets.

use super::*;
use shared::outcome::Status;

/// Joins one liar and gives it one task.
async fn lie(coordinator: &mut Coordinator, kind: &str, limits: NodeLimits) -> (Running, Node) {
    let module = wasm(coordinator, ECHO);
    let running = start(VolunteerConfig {
        misbehave: Some(kind.parse().unwrap()),
        ..config(coordinator, kind)
    });
    let mut node = coordinator.welcome(limits).await;
    let input = AssignedInput::Inline(b"x".to_vec());
    assign(&mut node, vec![assignment(1, module, input)]).await;
    (running, node)
}

#[tokio::test]
async fn wrong_answers_need_no_guest() {
    for (kind, status) in [
        ("wrong-status", Status::Trap),
        ("wrong-output", Status::Ok),
        ("copy", Status::Ok),
    ] {
        let mut coordinator = Coordinator::start().await;
        let (running, mut node) = lie(&mut coordinator, kind, LIMITS).await;
        let vote = next_votes(&mut node).await.remove(0);
        assert_eq!(vote.outcome.status, status, "{kind}");
        assert_ne!(vote.output, b"x", "{kind}");
        running.stop().await.unwrap();
    }
}

#[tokio::test]
async fn a_late_one_renews_nothing_and_votes_after_its_seat_was_taken_back() {
    let mut coordinator = Coordinator::start().await;
    let short = NodeLimits {
        lease_ms: 400,
        ..LIMITS
    };
    let (running, mut node) = lie(&mut coordinator, "late", short).await;
    let renewed = |message| match message {
        ToCoordinator::Alive { running } => Some(running),
        ToCoordinator::Vote(_) => panic!("it votes while its lease runs"),
        _ => None,
    };
    assert_eq!(node.next(renewed).await, []);
    node.send(&ToNode::Cancel {
        assignment: nonce(1),
    })
    .await;
    assert_eq!(next_votes(&mut node).await.remove(0).output, b"x");
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_double_voter_votes_twice_on_one_nonce() {
    let mut coordinator = Coordinator::start().await;
    let (running, mut node) = lie(&mut coordinator, "double", LIMITS).await;
    let first = next_votes(&mut node).await.remove(0);
    let second = next_votes(&mut node).await.remove(0);
    assert_eq!(first.assignment, second.assignment);
    assert_ne!(first.outcome, second.outcome);
    running.stop().await.unwrap();
}
