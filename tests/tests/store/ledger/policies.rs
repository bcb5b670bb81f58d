//! The ledger's policies: founded once, proposed one at a time, in force when they are stored.

use crate::fixture::{NOW, on_both_databases};
use coordinator::store::{Dropped, EntryKind, PolicyRecord};
use tests::playing_sealer;

fn record(version: u32, body: &[u8], index: Option<u64>) -> PolicyRecord {
    PolicyRecord {
        version,
        body: body.to_vec(),
        index,
    }
}

on_both_databases! {
    async fn a_ledger_is_founded_once(db) {
        let lease = db.lease().await;
        assert_eq!(db.store.ledger_policies().await.unwrap(), []);
        assert!(db.store.ledger_propose(&lease, 0, b"zero").await.unwrap());
        assert!(!db.store.ledger_propose(&lease, 0, b"other").await.unwrap());
        assert_eq!(db.store.ledger_policies().await.unwrap(), [record(0, b"zero", None)]);
        let queued = db.store.ledger_uncut(100, u64::MAX).await.unwrap();
        assert_eq!((queued.len(), queued[0].body.as_slice()), (1, &b"zero"[..]));
    }

    async fn one_proposal_waits_at_a_time_until_it_is_stored(db) {
        let lease = db.lease().await;
        db.store.ledger_propose(&lease, 0, b"zero").await.unwrap();
        playing_sealer::store_all(&db.store, &lease, NOW).await;
        assert!(db.store.ledger_propose(&lease, 1, b"one").await.unwrap());
        assert!(!db.store.ledger_propose(&lease, 1, b"another").await.unwrap());
        let waiting = [record(0, b"zero", Some(0)), record(1, b"one", None)];
        assert_eq!(db.store.ledger_policies().await.unwrap(), waiting);
        let certificates = db.store.ledger_policy_certificates().await.unwrap();
        assert_eq!(certificates, [(0, "certificate".to_owned())]);
        playing_sealer::store_all(&db.store, &lease, NOW).await;
        let stored = [record(0, b"zero", Some(0)), record(1, b"one", Some(2))];
        assert_eq!(db.store.ledger_policies().await.unwrap(), stored);
        let certificates = db.store.ledger_policy_certificates().await.unwrap();
        let certificate = "certificate".to_owned();
        assert_eq!(certificates, [(0, certificate.clone()), (1, certificate)]);
        assert!(db.store.ledger_propose(&lease, 2, b"two").await.unwrap());
    }

    async fn a_proposal_is_withdrawn_unless_it_stands_in_a_block(db) {
        let lease = db.lease().await;
        db.store.ledger_propose(&lease, 0, b"zero").await.unwrap();
        playing_sealer::store_all(&db.store, &lease, NOW).await;
        assert!(!db.store.ledger_withdraw_proposal(&lease).await.unwrap());
        db.store.ledger_propose(&lease, 1, b"one").await.unwrap();
        assert!(db.store.ledger_withdraw_proposal(&lease).await.unwrap());
        assert_eq!(db.store.ledger_policies().await.unwrap(), [record(0, b"zero", Some(0))]);
        assert!(db.store.ledger_uncut(100, u64::MAX).await.unwrap().is_empty());
        db.store.ledger_propose(&lease, 1, b"again").await.unwrap();
        playing_sealer::cut(&db.store, &lease, NOW).await.unwrap();
        assert!(!db.store.ledger_withdraw_proposal(&lease).await.unwrap());
    }

    async fn a_refused_proposal_is_forgotten(db) {
        let lease = db.lease().await;
        db.store.ledger_propose(&lease, 0, b"zero").await.unwrap();
        playing_sealer::store_all(&db.store, &lease, NOW).await;
        db.store.ledger_propose(&lease, 1, b"one").await.unwrap();
        let queued = db.store.ledger_uncut(100, u64::MAX).await.unwrap();
        let dropped = db.store.ledger_drop(&lease, queued[0].num, "policy_quorum", NOW).await.unwrap();
        assert_eq!(dropped, Some(Dropped::Entry(EntryKind::Policy)));
        assert_eq!(db.store.ledger_policies().await.unwrap(), [record(0, b"zero", Some(0))]);
    }
}
