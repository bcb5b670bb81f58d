//! Programs: a name belongs to its first publisher, name@version never changes.

use crate::fixture::{ANN, BOB, NOW, on_both_databases, program};
use coordinator::store::ProgramAdded;
use shared::ids::Digest;

on_both_databases! {
    async fn the_same_publication_again_is_answered_with_the_existing_one(db) {
        let lease = db.lease().await;
        let first = program(ANN, "wordcount", "1.0.0", b"module");
        assert_eq!(db.store.program_add(&lease, &first).await.unwrap(), ProgramAdded::New);
        let mut again = first.clone();
        again.signed = b"another signature over the same".to_vec();
        again.added_at_ms = NOW.plus(1);
        let added = db.store.program_add(&lease, &again).await.unwrap();
        assert_eq!(added, ProgramAdded::Existing(Box::new(first)));
    }

    async fn a_name_belongs_to_its_first_publisher_and_a_version_never_changes(db) {
        let lease = db.lease().await;
        db.store.program_add(&lease, &program(ANN, "wordcount", "1.0.0", b"module")).await.unwrap();
        let other = db.store.program_add(&lease, &program(BOB, "wordcount", "2.0.0", b"module")).await.unwrap();
        assert_eq!(other, ProgramAdded::NameTaken(ANN));
        let changed = db.store.program_add(&lease, &program(ANN, "wordcount", "1.0.0", b"other")).await.unwrap();
        assert_eq!(changed, ProgramAdded::VersionTaken);
        assert!(!db.store.module_is_known(Digest::of(b"other")).await.unwrap());
        assert!(db.store.module_is_known(Digest::of(b"module")).await.unwrap());
    }

    async fn of_two_publishers_at_once_one_gets_the_name(db) {
        let lease = db.lease().await;
        let (ann, bob) = (program(ANN, "new", "1.0.0", b"a"), program(BOB, "new", "1.0.0", b"b"));
        let (ann, bob) = tokio::join!(db.store.program_add(&lease, &ann), db.store.program_add(&lease, &bob));
        let new = [ann.unwrap(), bob.unwrap()];
        assert_eq!(new.iter().filter(|one| **one == ProgramAdded::New).count(), 1, "{new:?}");
    }

    async fn a_name_without_a_version_means_the_highest_one(db) {
        let lease = db.lease().await;
        for version in ["1.9.0", "1.10.0", "1.10.0-rc.1", "zebra"] {
            let one = program(ANN, "wordcount", version, version.as_bytes());
            db.store.program_add(&lease, &one).await.unwrap();
        }
        let get = async |version| db.store.program_by_name("wordcount", version).await.unwrap();
        assert_eq!(get(None).await.unwrap().prog.version, "1.10.0");
        assert_eq!(get(Some("zebra")).await.unwrap().module_len, 5);
        assert_eq!(get(Some("1.0.0")).await, None);
        assert_eq!(get(Some("1.0.0\0")).await, None);
        assert_eq!(db.store.program_by_name("nobody", None).await.unwrap(), None);
        assert_eq!(db.store.program_by_name("no\0body", None).await.unwrap(), None);
    }

    async fn programs_are_found_by_module_and_manifest_and_paged(db) {
        let lease = db.lease().await;
        for (name, version) in [("b", "2.0.0"), ("aa", "1.0.0"), ("b", "1.0.0")] {
            let one = program(ANN, name, version, name.as_bytes());
            db.store.program_add(&lease, &one).await.unwrap();
        }
        let found = db.store.program_by_hashes(Digest::of(b"b"), Digest::of(b"{}")).await.unwrap();
        assert_eq!(found.unwrap().prog.version, "1.0.0");
        let none = db.store.program_by_hashes(Digest::of(b"b"), Digest::of(b"[]")).await.unwrap();
        assert_eq!(none, None);
        let first = db.store.programs_page(None, 2).await.unwrap();
        let second = db.store.programs_page(first.next.clone(), 2).await.unwrap();
        let names: Vec<_> = first.items.iter().chain(&second.items)
            .map(|one| format!("{}@{}", one.prog.name, one.prog.version))
            .collect();
        assert_eq!(names, ["aa@1.0.0", "b@1.0.0", "b@2.0.0"]);
        assert_eq!(second.next, None);
    }
}
