//! The lines `word<TAB>count`, written in the order of the words' bytes and read back.

use crate::counts::Counts;

/// A line that is not `word<TAB>count`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadLine {
    /// Which line, from 1.
    pub number: u64,
}

impl std::fmt::Display for BadLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "line {} of the input of reduce is not a word, a tab and a count",
            self.number
        )
    }
}

impl std::error::Error for BadLine {}

/// All words in order.
pub(crate) fn write(counts: &Counts) -> Vec<u8> {
    let (short, long) = (counts.short_words(), counts.long_words());
    let mut out = Vec::with_capacity((short.len() + long.len()) * 16);
    let mut long = long.into_iter().peekable();
    for word in short {
        let (bytes, len) = word.bytes();
        let bytes = bytes.get(..len).unwrap_or_default();
        while let Some((earlier, count)) = long.next_if(|(long, _)| *long < bytes) {
            write_line(&mut out, earlier, count);
        }
        write_line(&mut out, bytes, word.count);
    }
    for (word, count) in long {
        write_line(&mut out, word, count);
    }
    out
}

fn write_line(out: &mut Vec<u8>, word: &[u8], mut count: u64) {
    out.extend_from_slice(word);
    out.push(b'\t');
    let mut digits = [0; 20];
    let mut used = 0;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (count % 10) as u8;
        count /= 10;
        used += 1;
        if count == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(20 - used..).unwrap_or_default());
    out.push(b'\n');
}

/// Adds up all lines.
pub(crate) fn read(mut text: &[u8], counts: &mut Counts) -> Result<(), BadLine> {
    let mut number = 0;
    while !text.is_empty() {
        number += 1;
        let bad = BadLine { number };
        let tab = text.iter().position(|byte| *byte == b'\t').ok_or(bad)?;
        let (word, rest) = text.split_at_checked(tab).ok_or(bad)?;
        let rest = rest.get(1..).ok_or(bad)?;
        let end = rest.iter().position(|byte| *byte == b'\n').ok_or(bad)?;
        let (digits, rest) = rest.split_at_checked(end).ok_or(bad)?;
        if word.is_empty() || word.iter().any(|byte| matches!(byte, 0 | b'\n')) {
            return Err(bad);
        }
        counts.add(word, parse_count(digits).ok_or(bad)?);
        text = rest.get(1..).unwrap_or_default();
    }
    Ok(())
}

fn parse_count(digits: &[u8]) -> Option<u64> {
    let first = *digits.first()?;
    if first == b'0' {
        return None;
    }
    digits.iter().try_fold(0_u64, |count, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        count.checked_mul(10)?.checked_add(u64::from(digit))
    })
}
