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
