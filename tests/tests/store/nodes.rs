//! Records of volunteers.

use crate::fixture::{NOW, node, on_both_databases};
use coordinator::store::NodeDelta;
use shared::api::nodes::NodeRecord;

fn delta(n: u8, accepted: u64, streak: u32, streak_reset: bool) -> NodeDelta {
    NodeDelta {
        node_key: node(n),
        add: NodeRecord {
            accepted,
            credit: 10 * accepted,
            ..NodeRecord::default()
        },
        streak_reset,
        streak,
    }
}

on_both_databases! {
    async fn a_node_keeps_its_record_when_it_joins_again(db) {
        let first = db.store.node_joined(node(1), "wasmi\0", "manyhands 0.1", NOW).await.unwrap();
        assert_eq!((first.engine.as_str(), first.streak, first.proven), ("wasmi\u{fffd}", 0, false));
        db.store.nodes_apply(&[delta(1, 3, 3, false)], NOW.plus(1)).await.unwrap();
        let again = db.store.node_joined(node(1), "V8", "page 0.2", NOW.plus(2)).await.unwrap();
        assert_eq!((again.first_seen_ms, again.last_seen_ms), (NOW, NOW.plus(2)));
        assert_eq!((again.engine.as_str(), again.agent.as_str()), ("V8", "page 0.2"));
        assert_eq!((again.record.accepted, again.record.credit, again.streak), (3, 30, 3));
    }

    async fn counters_grow_and_a_wrong_vote_ends_the_streak(db) {
        let apply = async |deltas: &[NodeDelta]| db.store.nodes_apply(deltas, NOW).await.unwrap();
        apply(&[delta(1, 5, 5, false), delta(2, 1, 1, false)]).await;
        apply(&[delta(1, 2, 1, true)]).await;
        apply(&[delta(1, 1, 1, false)]).await;
        let record = db.store.node_get(node(1)).await.unwrap().unwrap();
        assert_eq!((record.record.accepted, record.streak), (8, 2));
        let other = db.store.node_get(node(2)).await.unwrap().unwrap();
        assert_eq!((other.record.accepted, other.streak), (1, 1));
    }

    async fn several_deltas_of_one_node_in_one_commit_add_up_in_their_order(db) {
        let deltas = [delta(1, 4, 4, false), delta(1, 0, 0, true), delta(1, 2, 2, false)];
        db.store.nodes_apply(&deltas, NOW).await.unwrap();
        let record = db.store.node_get(node(1)).await.unwrap().unwrap();
        assert_eq!((record.record.accepted, record.streak), (6, 2));
    }

    async fn nodes_are_paged_and_made_proven(db) {
        let deltas: Vec<_> = (0..10).map(|n| delta(n, 1, 1, false)).collect();
        db.store.nodes_apply(&deltas, NOW).await.unwrap();
        assert!(db.store.node_set_proven(node(3), true).await.unwrap());
        assert!(!db.store.node_set_proven(node(99), true).await.unwrap());
        let first = db.store.nodes_page(None, 4).await.unwrap();
        let second = db.store.nodes_page(first.next, 100).await.unwrap();
        assert_eq!((first.items.len(), second.items.len(), second.next), (4, 6, None));
        assert!(first.items[3].proven && !first.items[2].proven);
    }

    async fn concurrent_deltas_of_the_same_nodes_are_all_counted(db) {
        let mut writers = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let store = db.store.clone();
            writers.spawn(async move {
                let deltas: Vec<_> = (0..20).rev().map(|n| delta(n, 1, 1, false)).collect();
                for _ in 0..5 {
                    store.nodes_apply(&deltas, NOW).await.unwrap();
                }
            });
        }
        writers.join_all().await;
        let nodes = db.store.nodes_page(None, 100).await.unwrap().items;
        assert!(nodes.iter().all(|one| one.record.accepted == 40 && one.streak == 40));
    }
}
