//! Statements over many rows: each exists for 128, 16 and 1 rows, and only these texts are ever prepared.

/// Rows of the three statements, largest first.
const SIZES: [usize; 3] = [128, 16, 1];

/// One statement for any number of rows.
pub(super) struct Batch([String; SIZES.len()]);

impl Batch {
    /// `head VALUES (…), …, (…) tail` with `columns` parameters a row.
    pub(super) fn new(head: &str, columns: usize, tail: &str) -> Self {
        let row = format!("({})", vec!["?"; columns].join(", "));
        let rows = |rows: usize| vec![row.as_str(); rows].join(", ");
        Self(SIZES.map(|size| format!("{head} VALUES {} {tail}", rows(size))))
    }

    /// Cuts `rows` into as few statements as there can be.
    pub(super) fn cut<'a, T>(
        &'static self,
        mut rows: &'a [T],
    ) -> impl Iterator<Item = (&'static str, &'a [T])> {
        std::iter::from_fn(move || {
            let mut fitting = SIZES.iter().zip(&self.0);
            let (size, sql) = fitting.find(|(size, _)| **size <= rows.len())?;
            let (now, later) = rows.split_at(*size);
            rows = later;
            Some((sql.as_str(), now))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::LazyLock;

    #[test]
    fn rows_are_cut_into_128_16_and_1_each_with_its_own_parameters() {
        static BATCH: LazyLock<Batch> = LazyLock::new(|| Batch::new("I", 2, "T"));
        let rows = [0; 128 + 16 + 2];
        let cut: Vec<_> = BATCH.cut(&rows).collect();
        let sizes: Vec<_> = cut.iter().map(|(_, rows)| rows.len()).collect();
        assert_eq!(sizes, [128, 16, 1, 1]);
        assert_eq!(cut[2].0, "I VALUES (?, ?) T");
        assert_eq!(cut[1].0.matches("(?, ?)").count(), 16);
    }
}
