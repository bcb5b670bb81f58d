//! Who may do what: tokens, approved keys, nonces, what admins did, and the facts that are set once.

use crate::fixture::{ANN, BOB, NOW, on_both_databases};
use coordinator::store::{NewToken, Store, StoreTarget};
use shared::api::tokens::Scope;
use shared::ids::{Digest, RequestNonce};

fn token(id: &str, secret: &[u8]) -> NewToken {
    NewToken {
        secret_sha256: Digest::of(secret),
        id: id.to_owned(),
        name: "for tests".to_owned(),
        scopes: vec![Scope::JobsRead, Scope::JobsWrite],
        created_at_ms: NOW,
        expires_at_ms: Some(NOW.plus(1000)),
    }
}

on_both_databases! {
    async fn a_token_opens_until_it_ends_or_is_revoked(db) {
        assert!(db.store.token_create(&token("mh_1", b"secret")).await.unwrap());
        assert!(!db.store.token_create(&token("mh_1", b"other")).await.unwrap(), "id taken");
        assert!(!db.store.token_create(&token("mh_2", b"secret")).await.unwrap(), "secret taken");
        let get = async || db.store.token_by_hash(Digest::of(b"secret")).await.unwrap();
        let found = get().await.unwrap();
        assert_eq!(found.token, token("mh_1", b"secret"));
        assert!(found.is_valid(NOW.plus(999)) && !found.is_valid(NOW.plus(1000)));
        assert_eq!(db.store.token_by_hash(Digest::of(b"wrong")).await.unwrap(), None);
        assert!(db.store.token_revoke("mh_1", NOW.plus(5)).await.unwrap());
        assert!(!db.store.token_revoke("mh_1", NOW.plus(6)).await.unwrap());
        let revoked = get().await.unwrap();
        assert_eq!(revoked.revoked_at_ms, Some(NOW.plus(5)));
        assert!(!revoked.is_valid(NOW));
        assert_eq!(db.store.tokens().await.unwrap(), [revoked]);
    }

    async fn the_last_use_of_a_token_is_written_at_most_once_a_minute(db) {
        db.store.token_create(&token("mh_1", b"secret")).await.unwrap();
        let mut used = Vec::new();
        for later in [0, 59_999, 60_000] {
            let found = db.store.token_by_hash(Digest::of(b"secret")).await.unwrap().unwrap();
            db.store.token_touch(&found, NOW.plus(later)).await.unwrap();
            let found = db.store.token_by_hash(Digest::of(b"secret")).await.unwrap().unwrap();
            used.push(found.last_used_at_ms.unwrap().since(NOW));
        }
        assert_eq!(used, [0, 0, 60_000]);
    }

    async fn approved_keys_may_post_until_they_are_revoked(db) {
        db.store.key_approve(ANN, "Ann\0", NOW).await.unwrap();
        db.store.key_approve(ANN, "Ann of the lab", NOW.plus(1)).await.unwrap();
        db.store.key_approve(BOB, "", NOW).await.unwrap();
        assert!(db.store.key_is_approved(ANN).await.unwrap());
        let page = db.store.keys_page(None, 1).await.unwrap();
        assert_eq!((page.items[0].note.as_str(), page.items[0].approved_at_ms), ("Ann of the lab", NOW));
        assert_eq!(db.store.keys_page(page.next, 5).await.unwrap().items[0].key, BOB);
        assert!(db.store.key_revoke(ANN).await.unwrap());
        assert!(!db.store.key_revoke(ANN).await.unwrap());
        assert!(!db.store.key_is_approved(ANN).await.unwrap());
    }

    async fn a_nonce_is_good_once_also_after_a_restart(db) {
        let nonce = RequestNonce([5; 16]);
        assert!(db.store.http_nonce_use(ANN, nonce, NOW).await.unwrap());
        assert!(!db.store.http_nonce_use(ANN, nonce, NOW).await.unwrap());
        assert!(db.store.http_nonce_use(BOB, nonce, NOW).await.unwrap(), "another key's");
        db.store.close().await;
        let after = db.open_again().await.unwrap();
        assert!(!after.http_nonce_use(ANN, nonce, NOW.plus(1)).await.unwrap());
    }

    async fn of_concurrent_uses_of_a_nonce_one_succeeds(db) {
        let mut uses = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let store = db.store.clone();
            uses.spawn(async move {
                store.http_nonce_use(ANN, RequestNonce([6; 16]), NOW).await.unwrap()
            });
        }
        let good = uses.join_all().await.into_iter().filter(|good| *good).count();
        assert_eq!(good, 1);
    }

    async fn what_admins_did_is_listed_newest_first(db) {
        for n in 0..3 {
            db.store.audit("mh_1", "token.create", &format!("{n}\0"), NOW.plus(n)).await.unwrap();
        }
        let first = db.store.audit_page(None, 2).await.unwrap();
        let details: Vec<_> = first.items.iter().map(|one| one.detail.as_str()).collect();
        assert_eq!(details, ["2\u{fffd}", "1\u{fffd}"]);
        assert_eq!(db.store.audit_page(first.next, 2).await.unwrap().items.len(), 1);
    }

    async fn a_fact_is_set_once(db) {
        assert_eq!(db.store.meta_get("origin").await.unwrap(), None);
        assert_eq!(db.store.meta_claim("origin", "one").await.unwrap(), "one");
        assert_eq!(db.store.meta_claim("origin", "two").await.unwrap(), "one");
        assert_eq!(db.store.meta_get("origin").await.unwrap().as_deref(), Some("one"));
        db.store.check_writable().await.unwrap();
    }
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_is_named_without_its_password() {
    let missing = StoreTarget::Sqlite("/nowhere/at/all/manyhands.sqlite".into());
    let error = Store::open(&missing).await.unwrap_err().to_string();
    assert!(
        error.contains("/nowhere/at/all/manyhands.sqlite"),
        "{error}"
    );
    let refused = "postgres://ann:secret@127.0.0.1:1/db".parse().unwrap();
    let error = Store::open(&StoreTarget::Postgres(refused))
        .await
        .unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("127.0.0.1:1") && !error.contains("secret"),
        "{error}"
    );
}
