//! The grammar of splits: one text form for manifest, command line and page.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest separator of `records`, bytes.
pub const MAX_SEPARATOR_BYTES: usize = 255;

const FORMS: &str =
    "lines:SIZE, bytes:SIZE, records:SEP:SIZE, csv:SIZE, fasta:SIZE[:overlap=N] or files";

/// How an input is cut into tasks (GUEST.md section 1).
///
/// The text forms are `lines:SIZE`, `bytes:SIZE`, `records:SEP:SIZE`, `csv:SIZE`, `fasta:SIZE[:overlap=N]` and
/// `files`.
///
/// SIZE is a decimal number of at least 1, in bytes when nothing follows it, or followed by exactly one of `K` or
/// `KiB` (1024), `M` or `MiB` (1024²), `G` or `GiB` (1024³). Other suffixes (`k`, `KB`, `MB`) are refused, because
/// people disagree about what they mean.
///
/// SEP is one or more characters that stand for their UTF-8 bytes, and the escapes `\n`, `\r`, `\t`, `\\`, `\:` and
/// `\xHH` (one byte); every other escape is refused. SIZE begins after the last colon, so a colon in SEP need not be
/// escaped. SEP has at most 255 bytes.
///
/// N is a decimal number of residues, below SIZE.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum SplitSpec {
    /// Whole lines, as many as fit into `size` bytes.
    Lines {
        /// Aim for a chunk, bytes.
        size: u64,
    },
    /// Exactly `size` bytes, the last chunk of a file fewer.
    Bytes {
        /// Bytes of a chunk.
        size: u64,
    },
    /// Whole records, as many as fit into `size` bytes. The separator ends a record and stays with it.
    Records {
        /// What ends a record; 1 to 255 bytes.
        separator: Vec<u8>,
        /// Aim for a chunk, bytes.
        size: u64,
    },
    /// Whole CSV records behind the file's header, as many as fit into `size` bytes.
    Csv {
        /// Aim for a chunk, header included, bytes.
        size: u64,
    },
    /// Whole FASTA records, as many as fit into `size` bytes; a record of more than `size` residues is cut.
    Fasta {
        /// Aim for a chunk, bytes; most residues of a piece.
        size: u64,
        /// How many residues each piece but the first repeats from the piece before it; below `size`.
        overlap: u64,
    },
    /// Each file is a task.
    Files,
}

impl SplitSpec {
    /// The word before the first colon, as manifests list accepted splits.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Lines { .. } => "lines",
            Self::Bytes { .. } => "bytes",
            Self::Records { .. } => "records",
            Self::Csv { .. } => "csv",
            Self::Fasta { .. } => "fasta",
            Self::Files => "files",
        }
    }

    /// SIZE, which `files` does not have.
    #[must_use]
    pub const fn size(&self) -> Option<u64> {
        match self {
            Self::Lines { size }
            | Self::Bytes { size }
            | Self::Records { size, .. }
            | Self::Csv { size }
            | Self::Fasta { size, .. } => Some(*size),
            Self::Files => None,
        }
    }
}

/// Why a text is not a split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a split: {problem}; use {FORMS}")]
pub struct ParseSplitError {
    /// The beginning of what was found.
    pub text: String,
    /// What is wrong with it.
    pub problem: String,
}

impl FromStr for SplitSpec {
    type Err = ParseSplitError;

    fn from_str(text: &str) -> Result<Self, ParseSplitError> {
        parse(text).map_err(|problem| ParseSplitError {
            text: text.chars().take(80).collect(),
            problem,
        })
    }
}

impl TryFrom<String> for SplitSpec {
    type Error = ParseSplitError;

    fn try_from(text: String) -> Result<Self, ParseSplitError> {
        text.parse()
    }
}

impl From<SplitSpec> for String {
    fn from(spec: SplitSpec) -> Self {
        spec.to_string()
    }
}

fn parse(text: &str) -> Result<SplitSpec, String> {
    if text == "files" {
        return Ok(SplitSpec::Files);
    }
    let (kind, rest) = text
        .split_once(':')
        .ok_or_else(|| "it has no SIZE".to_owned())?;
    Ok(match kind {
        "lines" => SplitSpec::Lines {
            size: parse_size(rest)?,
        },
        "bytes" => SplitSpec::Bytes {
            size: parse_size(rest)?,
        },
        "csv" => SplitSpec::Csv {
            size: parse_size(rest)?,
        },
        "records" => {
            let (separator, size) = rest
                .rsplit_once(':')
                .ok_or_else(|| "records needs a SEP and a SIZE".to_owned())?;
            SplitSpec::Records {
                separator: parse_separator(separator)?,
                size: parse_size(size)?,
            }
        }
        "fasta" => parse_fasta(rest)?,
        "files" => return Err("files takes no SIZE".to_owned()),
        _ => return Err(format!("{kind:?} is no kind of split")),
    })
}

fn parse_fasta(rest: &str) -> Result<SplitSpec, String> {
    let (size, overlap) = match rest.split_once(':') {
        None => (parse_size(rest)?, 0),
        Some((size, option)) => {
            let count = option
                .strip_prefix("overlap=")
                .ok_or_else(|| format!("{option:?} should be overlap=N"))?;
            (parse_size(size)?, parse_number(count)?)
        }
    };
    if overlap >= size {
        return Err(format!(
            "an overlap of {overlap} residues leaves nothing new in a piece of {size}"
        ));
    }
    Ok(SplitSpec::Fasta { size, overlap })
}

/// Only digits: `u64::from_str` would also take a `+`.
fn parse_number(text: &str) -> Result<u64, String> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("{text:?} is not a number"));
    }
    text.parse().map_err(|_| format!("{text} is too large"))
}

fn parse_size(text: &str) -> Result<u64, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, suffix) = text.split_at(digits);
    let unit: u64 = match suffix {
        "" => 1,
        "K" | "KiB" => 1 << 10,
        "M" | "MiB" => 1 << 20,
        "G" | "GiB" => 1 << 30,
        _ => {
            return Err(format!(
                "the SIZE {text:?} is not a number, alone or with K, KiB, M, MiB, G or GiB behind it"
            ));
        }
    };
    let size = parse_number(number)?
        .checked_mul(unit)
        .ok_or_else(|| format!("the SIZE {text} is too large"))?;
    if size == 0 {
        return Err("SIZE must be at least 1".to_owned());
    }
    Ok(size)
}

fn parse_separator(text: &str) -> Result<Vec<u8>, String> {
    let mut separator = Vec::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            separator.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        separator.push(match chars.next() {
            Some('n') => b'\n',
            Some('r') => b'\r',
            Some('t') => b'\t',
            Some('\\') => b'\\',
            Some(':') => b':',
            Some('x') => parse_hex_byte(&mut chars)?,
            _ => {
                return Err(
                    "SEP has an escape other than \\n, \\r, \\t, \\\\, \\: and \\xHH".to_owned(),
                );
            }
        });
    }
    if separator.is_empty() || separator.len() > MAX_SEPARATOR_BYTES {
        return Err(format!(
            "SEP has {} bytes, it must have 1 to {MAX_SEPARATOR_BYTES}",
            separator.len()
        ));
    }
    Ok(separator)
}

fn parse_hex_byte(chars: &mut std::str::Chars<'_>) -> Result<u8, String> {
    let mut digit = || chars.next().and_then(|char| char.to_digit(16));
    let (high, low) = (digit(), digit());
    match (high, low) {
        (Some(high), Some(low)) => {
            Ok(u8::try_from(high * 16 + low).expect("two hex digits are at most 255"))
        }
        _ => Err("\\x in SEP must be followed by two hexadecimal digits".to_owned()),
    }
}

impl fmt::Display for SplitSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        if let Self::Records { separator, .. } = self {
            f.write_str(":")?;
            for byte in separator {
                match byte {
                    b'\n' => f.write_str("\\n")?,
                    b'\r' => f.write_str("\\r")?,
                    b'\t' => f.write_str("\\t")?,
                    b'\\' => f.write_str("\\\\")?,
                    b':' => f.write_str("\\:")?,
                    0x20..=0x7e => write!(f, "{}", char::from(*byte))?,
                    _ => write!(f, "\\x{byte:02x}")?,
                }
            }
        }
        if let Some(size) = self.size() {
            write_size(f, size)?;
        }
        match self {
            Self::Fasta { overlap, .. } if *overlap > 0 => write!(f, ":overlap={overlap}"),
            _ => Ok(()),
        }
    }
}

fn write_size(f: &mut fmt::Formatter<'_>, size: u64) -> fmt::Result {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.iter().find(|(unit, _)| size.is_multiple_of(*unit)) {
        Some((unit, suffix)) => write!(f, ":{}{suffix}", size / unit),
        None => write!(f, ":{size}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn problem(text: &str) -> String {
        text.parse::<SplitSpec>().unwrap_err().problem
    }

    #[test]
    fn sizes_are_bytes_or_powers_of_1024() {
        for (text, size) in [
            ("1000", 1000),
            ("256K", 256 << 10),
            ("64KiB", 64 << 10),
            ("3M", 3 << 20),
            ("1MiB", 1 << 20),
            ("2G", 2 << 30),
            ("1GiB", 1 << 30),
        ] {
            let spec: SplitSpec = format!("lines:{text}").parse().unwrap();
            assert_eq!(spec, SplitSpec::Lines { size });
        }
    }

    #[test]
    fn a_size_of_zero_or_of_another_unit_is_refused_with_the_reason() {
        assert_eq!(problem("lines:0"), "SIZE must be at least 1");
        for text in [
            "lines:64kb",
            "bytes:1KB",
            "csv:-1",
            "csv:+1",
            "lines:1 K",
            "lines:K",
            "lines:",
        ] {
            assert!(
                problem(text).contains("number"),
                "{text}: {}",
                problem(text)
            );
        }
        assert!(problem("bytes:99999999999999999999").contains("too large"));
        assert!(problem("bytes:99999999999999999G").contains("too large"));
        let error = "words:5".parse::<SplitSpec>().unwrap_err().to_string();
        assert!(
            error.contains("\"words\" is no kind of split; use lines:SIZE"),
            "{error}"
        );
    }

    #[test]
    fn a_separator_may_hold_any_byte_and_even_a_bare_colon() {
        for (text, separator) in [
            (r"\n\n", &b"\n\n"[..]),
            (r"\x00\xFF", b"\x00\xff"),
            (r"\\n", b"\\n"),
            (r"\:", b":"),
            ("a:b", b"a:b"),
            ("é", "é".as_bytes()),
        ] {
            let spec: SplitSpec = format!("records:{text}:5").parse().unwrap();
            let separator = separator.to_vec();
            assert_eq!(spec, SplitSpec::Records { separator, size: 5 }, "{text}");
        }
    }

    #[test]
    fn an_empty_separator_or_an_unknown_escape_is_refused() {
        assert!(problem("records::5").contains("0 bytes"));
        assert!(problem(r"records:\q:5").contains("escape"));
        assert!(problem(r"records:\xg0:5").contains("hexadecimal"));
        assert!(problem("records:5").contains("SEP and a SIZE"));
    }

    #[test]
    fn an_overlap_must_leave_something_new_in_each_piece() {
        let spec: SplitSpec = "fasta:64KiB:overlap=30".parse().unwrap();
        assert_eq!(
            (spec.size(), spec.to_string().as_str()),
            (Some(65_536), "fasta:64KiB:overlap=30")
        );
        assert!(problem("fasta:30:overlap=30").contains("nothing new"));
        assert!(problem("fasta:30:lap=3").contains("overlap=N"));
        assert!(problem("files:3").contains("no SIZE"));
    }

    fn specs() -> impl Strategy<Value = SplitSpec> {
        let size = prop_oneof![1u64.., (1u64..1 << 20).prop_map(|size| size << 20)];
        (
            0..6,
            size,
            proptest::collection::vec(any::<u8>(), 1..9),
            any::<u64>(),
        )
            .prop_map(|(kind, size, separator, overlap)| match kind {
                0 => SplitSpec::Lines { size },
                1 => SplitSpec::Bytes { size },
                2 => SplitSpec::Records { separator, size },
                3 => SplitSpec::Csv { size },
                4 => SplitSpec::Fasta {
                    size,
                    overlap: overlap % size,
                },
                _ => SplitSpec::Files,
            })
    }

    proptest! {
        #[test]
        fn a_printed_split_reads_back_as_itself(spec in specs()) {
            prop_assert_eq!(spec.to_string().parse::<SplitSpec>().unwrap(), spec.clone());
            let json = serde_json::to_string(&spec).unwrap();
            prop_assert_eq!(serde_json::from_str::<SplitSpec>(&json).unwrap(), spec);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "(records|fasta|lines|files)?:?[\\\\:xna0-9KMGiB=é]{0,12}") {
            let _ = text.parse::<SplitSpec>();
        }
    }
}
