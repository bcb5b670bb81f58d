//! Leadership: one holder at a time, and nothing is written by who has lost it.

use crate::fixture::{NOW, cert, decisions, on_both_databases};
use coordinator::store::StoreError;

on_both_databases! {
    async fn of_eight_concurrent_claimers_exactly_one_wins(db) {
        let mut claims = tokio::task::JoinSet::new();
        for n in 0..8 {
            let store = db.store.clone();
            claims.spawn(async move {
                store.lease_take("leader", &format!("c{n}"), NOW, 1000).await.unwrap()
            });
        }
        let winners: Vec<_> = claims.join_all().await.into_iter().flatten().collect();
        assert_eq!(winners.len(), 1);
        assert_eq!(winners[0].epoch, 1);
    }

    async fn a_lease_that_ended_is_taken_with_a_higher_epoch_and_the_old_holder_cannot_renew(db) {
        let store = &db.store;
        let old = store.lease_take("leader", "old", NOW, 1000).await.unwrap().unwrap();
        assert_eq!(store.lease_take("leader", "new", NOW.plus(999), 1000).await.unwrap(), None);
        assert!(store.lease_renew(&old, NOW.plus(999), 1000).await.unwrap());
        assert_eq!(store.lease_take("leader", "new", NOW.plus(1998), 1000).await.unwrap(), None);
        let new = store.lease_take("leader", "new", NOW.plus(1999), 1000).await.unwrap().unwrap();
        assert_eq!((new.epoch, new.owner.as_str()), (2, "new"));
        assert!(!store.lease_renew(&old, NOW.plus(2000), 1000).await.unwrap());
        assert!(!store.lease_release(&old).await.unwrap());
    }

    async fn an_owner_that_restarts_takes_its_lease_at_once_and_fences_its_former_self(db) {
        let store = &db.store;
        let before = store.lease_take("leader", "me", NOW, 60_000).await.unwrap().unwrap();
        let after = store.lease_take("leader", "me", NOW, 60_000).await.unwrap().unwrap();
        assert_eq!(after.epoch, before.epoch + 1);
        assert!(!store.lease_renew(&before, NOW, 60_000).await.unwrap());
    }

    async fn a_released_lease_is_free_and_leases_of_other_names_are_apart(db) {
        let store = &db.store;
        let lease = store.lease_take("leader", "a", NOW, 60_000).await.unwrap().unwrap();
        assert!(store.lease_take("other", "b", NOW, 60_000).await.unwrap().is_some());
        assert!(store.lease_release(&lease).await.unwrap());
        assert!(store.lease_take("leader", "b", NOW, 60_000).await.unwrap().is_some());
    }

    async fn a_leader_that_lost_its_lease_commits_nothing(db) {
        let job = db.running_job("job", 2).await;
        let lost = db.lease().await;
        let stale = lost.clone();
        db.store.lease_take("leader", "other", NOW.plus(60_000), 1000).await.unwrap().unwrap();
        let commit = decisions([cert(job, 0, b"x")]);
        let refused = db.store.commit_decisions(&stale, &commit, NOW).await.unwrap_err();
        assert!(matches!(refused, StoreError::Fenced));
        assert!(db.store.decided_tasks(job).await.unwrap().is_empty());
        assert_eq!(db.store.job_get(job).await.unwrap().unwrap().accepted, 0);
    }
}
