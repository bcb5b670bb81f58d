//! Which databases are opened.

use crate::fixture::{Database, on_both_databases};

async fn is_refused(db: &Database) {
    let refused = db.open_again().await.unwrap_err().to_string();
    for words in [
        "made by another build",
        "--data directory",
        "empty database",
    ] {
        assert!(refused.contains(words), "{refused}");
    }
}

on_both_databases! {
    async fn a_database_is_opened_again(db) {
        assert!(db.open_again().await.is_ok());
    }

    async fn a_database_whose_first_migration_was_another_one_is_refused_with_what_to_do(db) {
        db.execute("UPDATE _sqlx_migrations SET checksum = substr(checksum, 2)").await;
        is_refused(&db).await;
    }

    async fn a_database_with_an_unknown_migration_is_refused_with_what_to_do(db) {
        db.execute("UPDATE _sqlx_migrations SET version = 2").await;
        is_refused(&db).await;
    }
}
