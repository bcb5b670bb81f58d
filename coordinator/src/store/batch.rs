//! Inserts of many rows in few statements: each exists for 1, 8 and 64 rows, and only these three texts are ever
//! prepared.

use std::fmt::Write as _;

/// Rows of the three statements, largest first.
const SIZES: [usize; 3] = [64, 8, 1];

/// One INSERT for any number of rows.
pub(super) struct Batch {
    statements: [String; SIZES.len()],
}

impl Batch {
    /// `head VALUES ($1, …), …, (…) tail` with `columns` parameters a row.
    pub(super) fn new(head: &str, columns: usize, tail: &str) -> Self {
        Self {
            statements: SIZES.map(|rows| statement(head, columns, rows, tail)),
        }
    }

    /// Cuts `rows` into as few statements as there can be.
    pub(super) fn cut<'a, T>(
        &'static self,
        mut rows: &'a [T],
    ) -> impl Iterator<Item = (&'static str, &'a [T])> {
        std::iter::from_fn(move || {
            let fitting = SIZES.iter().zip(&self.statements);
            let (size, sql) = fitting.into_iter().find(|(size, _)| **size <= rows.len())?;
            let (now, later) = rows.split_at(*size);
            rows = later;
            Some((sql.as_str(), now))
        })
    }
}

fn statement(head: &str, columns: usize, rows: usize, tail: &str) -> String {
    let mut sql = format!("{head} VALUES ");
    for parameter in 1..=rows * columns {
        let before = match parameter {
            1 => "(",
            first if first % columns == 1 || columns == 1 => "), (",
            _ => ", ",
        };
        write!(sql, "{before}${parameter}").expect("writing to a String cannot fail");
    }
    sql.push_str(") ");
    sql.push_str(tail);
    sql
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::LazyLock;

    #[test]
    fn every_row_has_its_own_parameters() {
        let sql = statement("INSERT INTO t (a, b)", 2, 3, "ON CONFLICT DO NOTHING");
        assert_eq!(
            sql,
            "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4), ($5, $6) ON CONFLICT DO NOTHING"
        );
        assert_eq!(statement("I", 1, 2, "T"), "I VALUES ($1), ($2) T");
    }

    #[test]
    fn rows_are_cut_into_64_8_and_1() {
        static BATCH: LazyLock<Batch> = LazyLock::new(|| Batch::new("I", 1, "T"));
        let rows = [0; 64 + 64 + 8 + 1 + 1];
        let sizes: Vec<_> = BATCH.cut(&rows).map(|(_, rows)| rows.len()).collect();
        assert_eq!(sizes, [64, 64, 8, 1, 1]);
    }
}
