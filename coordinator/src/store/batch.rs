//! Inserts of many rows in few statements: each exists for 1, 8 and 64 rows, and only these texts are ever prepared.
//!
//! PostgreSQL numbers its parameters. For SQLite `$1` is a name, and finding names takes quadratic time in a statement of
//! a thousand of them; it counts `?` by itself.

use super::target::Dialect;
use std::fmt::Write as _;

/// Rows of the three statements, largest first.
const SIZES: [usize; 3] = [64, 8, 1];

/// One INSERT for any number of rows.
pub(super) struct Batch {
    sqlite: [String; SIZES.len()],
    postgres: [String; SIZES.len()],
}

impl Batch {
    /// `head VALUES (…), …, (…) tail` with `columns` parameters a row.
    pub(super) fn new(head: &str, columns: usize, tail: &str) -> Self {
        let of = |dialect| SIZES.map(|rows| statement(dialect, head, columns, rows, tail));
        Self {
            sqlite: of(Dialect::Sqlite),
            postgres: of(Dialect::Postgres),
        }
    }

    /// Cuts `rows` into as few statements as there can be.
    pub(super) fn cut<'a, T>(
        &'static self,
        dialect: Dialect,
        mut rows: &'a [T],
    ) -> impl Iterator<Item = (&'static str, &'a [T])> {
        let statements = match dialect {
            Dialect::Sqlite => &self.sqlite,
            Dialect::Postgres => &self.postgres,
        };
        std::iter::from_fn(move || {
            let mut fitting = SIZES.iter().zip(statements);
            let (size, sql) = fitting.find(|(size, _)| **size <= rows.len())?;
            let (now, later) = rows.split_at(*size);
            rows = later;
            Some((sql.as_str(), now))
        })
    }
}

fn statement(dialect: Dialect, head: &str, columns: usize, rows: usize, tail: &str) -> String {
    let mut sql = format!("{head} VALUES ");
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            let comma = if column == 0 { "" } else { ", " };
            match dialect {
                Dialect::Sqlite => write!(sql, "{comma}?"),
                Dialect::Postgres => write!(sql, "{comma}${}", row * columns + column + 1),
            }
            .expect("writing to a String cannot fail");
        }
        sql.push(')');
    }
    sql.push(' ');
    sql.push_str(tail);
    sql
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::LazyLock;

    #[test]
    fn every_row_has_its_own_parameters() {
        let of = |dialect| statement(dialect, "INSERT INTO t (a, b)", 2, 3, "RETURNING a");
        assert_eq!(
            of(Dialect::Postgres),
            "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4), ($5, $6) RETURNING a"
        );
        assert_eq!(
            of(Dialect::Sqlite),
            "INSERT INTO t (a, b) VALUES (?, ?), (?, ?), (?, ?) RETURNING a"
        );
    }

    #[test]
    fn rows_are_cut_into_64_8_and_1() {
        static BATCH: LazyLock<Batch> = LazyLock::new(|| Batch::new("I", 1, "T"));
        let rows = [0; 64 + 64 + 8 + 1 + 1];
        let sizes = BATCH.cut(Dialect::Sqlite, &rows);
        let sizes: Vec<_> = sizes.map(|(_, rows)| rows.len()).collect();
        assert_eq!(sizes, [64, 64, 8, 1, 1]);
    }
}
