//! Which database is meant, and what each kind needs before its first query.

use anyhow::Context as _;
use sqlx::migrate::{MigrateError, Migrator};
use std::fmt;
use std::path::PathBuf;
use url::Url;

/// Which database to open.
#[derive(Clone, PartialEq, Eq)]
pub enum StoreTarget {
    /// One file, made when it does not exist.
    Sqlite(PathBuf),
    /// `postgres://user@host/database`; the database exists already.
    Postgres(Url),
}

/// What the two databases do not have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

pub(super) static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");
pub(super) static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// `synchronous = FULL` makes a commit survive the loss of power, not only of the process. A long write-ahead log (32 MiB)
/// writes pages that change in every commit to their place once, not each time: commits are three times as fast.
pub(super) const SQLITE_WRITER: &[&str] = &[
    "PRAGMA busy_timeout = 30000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -65536",
    "PRAGMA wal_autocheckpoint = 8192",
];
/// Readers cannot write by mistake, past the one writer.
pub(super) const SQLITE_READER: &[&str] = &[
    "PRAGMA busy_timeout = 30000",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -16384",
    "PRAGMA query_only = ON",
];

/// Why the tables cannot be brought up to date.
pub(super) fn migrating(error: MigrateError) -> anyhow::Error {
    match error {
        MigrateError::VersionMismatch(_) | MigrateError::VersionMissing(_) => anyhow::anyhow!(
            "its tables were made by another build: by an unreleased one before the ledger, or by a newer one. Start \
             with a new --data directory (with PostgreSQL: an empty database), or use the build that made it"
        ),
        other => other.into(),
    }
}

impl StoreTarget {
    pub(super) const fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    pub(super) fn url(&self) -> anyhow::Result<Url> {
        match self {
            Self::Postgres(url) => Ok(url.clone()),
            Self::Sqlite(path) => {
                let path = std::path::absolute(path)?;
                let mut url = Url::from_file_path(&path)
                    .ok()
                    .filter(|_| path.to_str().is_some())
                    .context("the path of the file must be UTF-8")?;
                url.set_query(Some("mode=rwc"));
                let url = url.as_str().replacen("file:", "sqlite:", 1);
                Ok(url.parse()?)
            }
        }
    }
}

/// Without the password.
impl fmt::Display for StoreTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(url) => {
                let mut url = url.clone();
                if url.password().is_some() && url.set_password(Some("…")).is_err() {
                    return f.write_str("postgres");
                }
                url.set_query(None);
                write!(f, "{url}")
            }
        }
    }
}

impl fmt::Debug for StoreTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreTarget({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_unusual_characters_in_its_name_is_reached() {
        let target = StoreTarget::Sqlite("/tmp/a b?c#d/%20.sqlite".into());
        let url = target.url().unwrap();
        assert_eq!(
            url.as_str(),
            "sqlite:///tmp/a%20b%3Fc%23d/%2520.sqlite?mode=rwc"
        );
    }

    #[test]
    fn a_password_is_never_shown() {
        let url = "postgres://ann:secret@db/x?password=secret"
            .parse()
            .unwrap();
        let target = StoreTarget::Postgres(url);
        assert!(!format!("{target} {target:?}").contains("secret"));
    }

    #[test]
    fn both_databases_have_the_same_migrations() {
        let names = |migrations: &Migrator| -> Vec<_> {
            let all = migrations.iter();
            all.map(|one| (one.version, one.description.clone()))
                .collect()
        };
        assert_eq!(names(&SQLITE_MIGRATIONS), names(&POSTGRES_MIGRATIONS));
    }
}
