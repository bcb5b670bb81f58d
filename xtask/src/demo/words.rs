//! What is in a file of word counts.

use anyhow::{Context as _, Result};
use std::path::Path;

/// The words with the highest counts, highest first; of equal counts the first in the file.
///
/// # Errors
/// When the file cannot be read or a line is not `word<TAB>count`.
pub(super) fn most_frequent(path: &Path, number: usize) -> Result<Vec<(String, u64)>> {
    let text = std::fs::read_to_string(path);
    let text = text.with_context(|| format!("cannot read {}", path.display()))?;
    let mut words = Vec::new();
    for line in text.lines() {
        let (word, count) = line
            .split_once('\t')
            .context("a line of the result has no tab")?;
        let count: u64 = count.parse().context("a line of the result has no count")?;
        words.push((word.to_owned(), count));
    }
    words.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    words.truncate(number);
    Ok(words)
}

/// Whether two files are equal, byte for byte.
///
/// # Errors
/// When one cannot be read.
pub(super) fn same_bytes(first: &Path, second: &Path) -> Result<bool> {
    let read = |path: &Path| {
        std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
    };
    Ok(read(first)? == read(second)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_words_come_first_and_equal_ones_in_the_order_of_the_file() {
        let path = std::env::temp_dir().join(format!("xtask-words-{}", std::process::id()));
        std::fs::write(&path, "a\t2\nb\t10\nc\t2\nd\t1\n").unwrap();
        let words = most_frequent(&path, 3);
        std::fs::remove_file(&path).unwrap();
        let expected = [("b", 10), ("a", 2), ("c", 2)].map(|(word, n)| (word.to_owned(), n));
        assert_eq!(words.unwrap(), expected);
    }
}
