//! The beginning of an output, to look at: as text, or in hexadecimal where it is none.

use std::fmt::Write as _;

/// Characters of a text that are shown.
const CHARS: usize = 2_000;
/// Bytes that are shown of what is no text, and how many in each line.
const BYTES: usize = 512;
const BYTES_IN_LINE: usize = 16;

/// The beginning.
pub(crate) fn beginning(output: &[u8]) -> String {
    let start = output.get(..CHARS * 4).unwrap_or(output);
    match text(start) {
        Some(text) => text.chars().take(CHARS).collect(),
        None => hex(output.get(..BYTES).unwrap_or(output)),
    }
}

/// UTF-8 without control characters, which may be cut within its last character.
fn text(bytes: &[u8]) -> Option<&str> {
    let text = match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            str::from_utf8(bytes.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let is_text = |found: char| !found.is_control() || matches!(found, '\n' | '\r' | '\t');
    text.chars().all(is_text).then_some(text)
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for line in bytes.chunks(BYTES_IN_LINE) {
        for (at, byte) in line.iter().enumerate() {
            let gap = if at == 0 { "" } else { " " };
            // Writing to a String does not fail.
            let _ = write!(text, "{gap}{byte:02x}");
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text_even_when_it_is_cut_within_a_character() {
        assert_eq!(beginning("tab\tand 众手\n".as_bytes()), "tab\tand 众手\n");
        let long = "众".repeat(CHARS + 1);
        assert_eq!(beginning(long.as_bytes()), "众".repeat(CHARS));
        assert_eq!(beginning(&"众".as_bytes()[..2]), "");
    }

    #[test]
    fn what_is_no_text_is_shown_in_hexadecimal() {
        assert_eq!(beginning(&[0, 1, 255]), "00 01 ff\n");
        assert_eq!(beginning(b"a\0b"), "61 00 62\n");
        let long = beginning(&[7; 10_000]);
        assert_eq!(long.lines().count(), BYTES / BYTES_IN_LINE);
    }
}
