//! The words of a text: ASCII runs as they are, all others character by character.

use crate::counts::{Counts, KEY_BYTES};
use crate::runs::{self, BLOCK};

/// Counts the words of `text` and returns how many of its bytes are not UTF-8.
pub(crate) fn count_words(mut text: Vec<u8>, counts: &mut Counts) -> u64 {
    // Zeros behind the text end its last word and let every word be read as a whole key.
    let padded = (text.len() + KEY_BYTES).next_multiple_of(BLOCK);
    text.resize(padded, 0);
    let (blocks, _) = text.as_chunks_mut::<BLOCK>();
    let masks: Vec<_> = blocks.iter_mut().map(runs::lower).collect();
    let mut bad_bytes = 0;
    runs::each(&masks, |run| {
        let Some((before, rest)) = text.get(..run.end).zip(text.get(run.start..)) else {
            return;
        };
        let len = run.end - run.start;
        match rest.first_chunk::<KEY_BYTES>() {
            Some(key) if run.is_ascii && len <= KEY_BYTES => counts.add_short(key, len, 1),
            _ => {
                let run_bytes = before.get(run.start..).unwrap_or_default();
                if run.is_ascii {
                    counts.add(run_bytes, 1);
                } else {
                    bad_bytes += count_mixed(run_bytes, counts);
                }
            }
        }
    });
    bad_bytes
}

/// The words of a run that is not all ASCII. Its ASCII letters are lower-cased already, which changes nothing about the
/// lower case of the others: the only rule that looks around, the final sigma's, asks for letters of either case.
fn count_mixed(run: &[u8], counts: &mut Counts) -> u64 {
    let mut bad_bytes = 0;
    for chunk in run.utf8_chunks() {
        let words = chunk.valid().split(|char: char| !char.is_alphanumeric());
        for word in words.filter(|word| !word.is_empty()) {
            counts.add(word.to_lowercase().as_bytes(), 1);
        }
        bad_bytes += chunk.invalid().len() as u64;
    }
    bad_bytes
}
