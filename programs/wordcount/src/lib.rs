//! Counts words: maximal runs of alphanumeric characters, lower-cased.
//!
//! Map counts the words of a text, reduce adds up counts; both write `word<TAB>count` lines in the order of the
//! words' UTF-8 bytes, so that reduce output is valid reduce input (the program is associative).

mod counts;
mod lines;
mod runs;
mod text;

pub use counts::Counts;
pub use lines::BadLine;

/// The words of a text with their numbers, as lines, and how many of its bytes were not UTF-8.
#[must_use]
pub fn map(text: Vec<u8>) -> (Vec<u8>, u64) {
    let mut counts = Counts::default();
    let bad_bytes = text::count_words(text, &mut counts);
    (lines::write(&counts), bad_bytes)
}

/// The sums of counts that map and reduce wrote.
///
/// # Errors
/// The first line that is not of their form.
pub fn reduce(counted: &[u8]) -> Result<Vec<u8>, BadLine> {
    let mut counts = Counts::default();
    lines::read(counted, &mut counts)?;
    Ok(lines::write(&counts))
}

#[cfg(test)]
mod tests;
