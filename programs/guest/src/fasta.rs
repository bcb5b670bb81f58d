//! FASTA: records of a header line and residues, and the words that the splitter puts behind the header of a piece.

use crate::Problem;

/// A record, or a piece of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<'a> {
    /// The header line without `>`, line end and the words of a piece.
    pub header: &'a [u8],
    /// Where this lies in its record, when the record was cut.
    pub piece: Option<Piece>,
    /// The residues, without white space.
    pub residues: Vec<u8>,
}

/// Where a piece lies in its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Place of its first residue.
    pub offset: u64,
    /// How many of its first residues the piece before has too.
    pub overlap: u64,
}

impl<'a> Record<'a> {
    /// The header's first word.
    #[must_use]
    pub fn name(&self) -> &'a [u8] {
        let mut words = self.header.split(u8::is_ascii_whitespace);
        words.next().unwrap_or_default()
    }
}

/// The records of a text, in order.
///
/// # Errors
/// When there is text before the first header.
pub fn records(text: &[u8]) -> Result<Vec<Record<'_>>, Problem> {
    let mut records: Vec<Record<'_>> = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii_end();
        if let Some(header) = line.strip_prefix(b">") {
            let (header, piece) = piece_of(header);
            records.push(Record {
                header,
                piece,
                residues: Vec::new(),
            });
        } else if let Some(record) = records.last_mut() {
            if line.iter().any(u8::is_ascii_whitespace) {
                let visible = line.iter().filter(|byte| !byte.is_ascii_whitespace());
                record.residues.extend(visible);
            } else {
                record.residues.extend_from_slice(line);
            }
        } else if !line.is_empty() {
            return Err("the input is not FASTA: it does not begin with a header (>)".into());
        }
    }
    Ok(records)
}

/// The header without the words ` mh_offset=n mh_overlap=n`, and what they say.
fn piece_of(header: &[u8]) -> (&[u8], Option<Piece>) {
    let words = || {
        let (rest, overlap) = last_word(header, b"mh_overlap=")?;
        let (rest, offset) = last_word(rest, b"mh_offset=")?;
        Some((rest, Piece { offset, overlap }))
    };
    match words() {
        Some((rest, piece)) => (rest, Some(piece)),
        None => (header, None),
    }
}

/// The number of the last word, when the word has this name, and what stands before it.
fn last_word<'a>(header: &'a [u8], name: &[u8]) -> Option<(&'a [u8], u64)> {
    let space = header.iter().rposition(|byte| *byte == b' ')?;
    let (rest, word) = header.split_at_checked(space)?;
    let digits = word.get(1..)?.strip_prefix(name)?;
    let number = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some((rest, number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn records_have_a_name_their_residues_and_their_place() {
        let text =
            b"\n>one first record\r\nACGT\r\n\r\nAC GT\n>two mh_offset=90 mh_overlap=20\nTT\n>\n";
        let records = records(text).unwrap();
        let names: Vec<_> = records.iter().map(Record::name).collect();
        assert_eq!(names, [&b"one"[..], b"two", b""]);
        assert_eq!(records[0].residues, b"ACGTACGT");
        assert_eq!(records[0].piece, None);
        let piece = Piece {
            offset: 90,
            overlap: 20,
        };
        assert_eq!(records[1].piece, Some(piece));
        assert_eq!(records[2].residues, b"");
    }

    #[test]
    fn words_that_are_not_quite_those_of_a_piece_belong_to_the_header() {
        for header in [
            "a mh_offset=1",
            "a mh_overlap=1 mh_offset=1",
            "a mh_offset=x mh_overlap=1",
            "a mh_offset=1 mh_overlap=1 b",
            "amh_offset=1 mh_overlap=1",
        ] {
            let text = format!(">{header}\nA\n");
            let records = records(text.as_bytes()).unwrap();
            assert_eq!(records[0].header, header.as_bytes());
            assert_eq!(records[0].piece, None);
        }
    }

    #[test]
    fn text_before_the_first_header_is_refused() {
        assert!(records(b"ACGT\n>a\nACGT\n").is_err());
        assert_eq!(records(b"").unwrap(), []);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in prop::collection::vec(prop::sample::select(b"> \r\nA1=mh_offset\xff".to_vec()), 0..60)) {
            let _ = records(&text);
        }
    }
}
