//! C2SP signed-note: a text, and under it lines by which keys sign it.

mod vkey;

pub use vkey::{SignatureKind, VKey, VKeyError, is_key_name};

use super::text::{excerpt, from_base64, to_base64};
use std::fmt;
use std::str::FromStr;

/// The longest note that is read: 100 lines with signatures of the largest kind known would not fit, 16 do.
pub const MAX_NOTE_BYTES: usize = 256 * 1024;
/// The most signature lines of a note.
pub const MAX_NOTE_LINES: usize = 100;

/// An em dash and a space, which begin a signature line.
const LINE_START: &str = "\u{2014} ";

/// A signed note. It prints as the bytes that it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    lines: Vec<NoteLine>,
}

/// A signature line. It prints as its text, without the newline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteLine {
    name: String,
    key_id: [u8; 4],
    signature: Vec<u8>,
}

/// Why bytes are not a signed note.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Longer than [`MAX_NOTE_BYTES`].
    #[error("the note has {0} bytes, at most {MAX_NOTE_BYTES} are read")]
    TooLong(usize),
    /// Not UTF-8.
    #[error("the note is not UTF-8 from byte {0} on")]
    NotUtf8(usize),
    /// A control character that is not a newline.
    #[error("the note has a control character at byte {0}")]
    Control(usize),
    /// The text of a note ends with a newline.
    #[error("the text of the note does not end with a newline")]
    OpenText,
    /// There is no empty line with signatures below it.
    #[error("the note has no empty line above its signatures")]
    NoSignatures,
    /// The last line does not end with a newline.
    #[error("the last line of the note does not end with a newline")]
    OpenEnd,
    /// More than [`MAX_NOTE_LINES`].
    #[error("the note has {0} signature lines, at most {MAX_NOTE_LINES} are read")]
    TooManyLines(usize),
    /// A signature line is malformed.
    #[error("signature line {line} of the note: {error}")]
    Line {
        /// Which one, from 1.
        line: usize,
        /// What is wrong with it.
        error: NoteLineError,
    },
}

/// Why a text is not a signature line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteLineError {
    /// It does not begin with an em dash and a space.
    #[error("it must begin with an em dash and a space, found {0:?}")]
    Start(String),
    /// There is no signature behind the name.
    #[error("a key name, a space and a signature must follow the dash, found {0:?}")]
    Parts(String),
    /// The name is empty, or has spaces, control characters or a plus.
    #[error("{0:?} is no key name: it must not be empty, nor have spaces or plus signs")]
    Name(String),
    /// The signature is not base64 in its one spelling.
    #[error("the signature is not base64: {0:?}")]
    Base64(String),
    /// There is nothing behind the key id.
    #[error("the signature has {0} bytes, it must have more than the 4 of the key id")]
    Short(usize),
}

impl Note {
    /// A note of this text without any signatures yet.
    ///
    /// # Errors
    /// When the text does not end with a newline or has other control characters.
    pub fn new(text: String) -> Result<Self, NoteError> {
        check_characters(&text)?;
        if !text.ends_with('\n') {
            return Err(NoteError::OpenText);
        }
        let lines = Vec::new();
        Ok(Self { text, lines })
    }

    /// Reads a note.
    ///
    /// # Errors
    /// See [`NoteError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong(bytes.len()));
        }
        let not_utf8 = |error: std::str::Utf8Error| NoteError::NotUtf8(error.valid_up_to());
        let all = std::str::from_utf8(bytes).map_err(not_utf8)?;
        check_characters(all)?;
        let (text, signatures) = all.rsplit_once("\n\n").ok_or(NoteError::NoSignatures)?;
        let text = format!("{text}\n");
        if signatures.is_empty() {
            return Err(NoteError::NoSignatures);
        }
        let signatures = signatures.strip_suffix('\n').ok_or(NoteError::OpenEnd)?;
        let count = signatures.split('\n').count();
        if count > MAX_NOTE_LINES {
            return Err(NoteError::TooManyLines(count));
        }
        let parse = |(line, text): (usize, &str)| {
            text.parse()
                .map_err(|error| NoteError::Line { line, error })
        };
        let lines = (1..).zip(signatures.split('\n')).map(parse);
        let lines = lines.collect::<Result<_, _>>()?;
        Ok(Self { text, lines })
    }

    /// What is signed: the text with its last newline.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines, from above.
    #[must_use]
    pub fn lines(&self) -> &[NoteLine] {
        &self.lines
    }

    /// The lines that claim to be of this key.
    pub fn lines_of(&self, key: &VKey) -> impl Iterator<Item = &NoteLine> {
        self.lines.iter().filter(|line| line.is_of(key))
    }

    /// Adds a signature line at the end.
    pub fn push(&mut self, line: NoteLine) {
        self.lines.push(line);
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl NoteLine {
    /// The line by which `key` says `signature`, whose form depends on the key's kind.
    #[must_use]
    pub fn new(key: &VKey, signature: Vec<u8>) -> Self {
        Self {
            name: key.name().to_owned(),
            key_id: key.key_id(),
            signature,
        }
    }

    /// The name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bytes behind the key id.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Whether the line claims to be of this key. Nothing is verified.
    #[must_use]
    pub fn is_of(&self, key: &VKey) -> bool {
        self.name == key.name() && self.key_id == key.key_id()
    }
}

impl fmt::Display for NoteLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.key_id, self.signature.as_slice()].concat();
        write!(f, "{LINE_START}{} {}", self.name, to_base64(&bytes))
    }
}

impl FromStr for NoteLine {
    type Err = NoteLineError;

    fn from_str(text: &str) -> Result<Self, NoteLineError> {
        let line = text.strip_prefix(LINE_START);
        let line = line.ok_or_else(|| NoteLineError::Start(excerpt(text)))?;
        let parts = line.split_once(' ');
        let (name, signature) = parts.ok_or_else(|| NoteLineError::Parts(excerpt(line)))?;
        if !is_key_name(name) {
            return Err(NoteLineError::Name(excerpt(name)));
        }
        let bytes = from_base64(signature);
        let bytes = bytes.ok_or_else(|| NoteLineError::Base64(excerpt(signature)))?;
        match bytes.split_first_chunk() {
            Some((key_id, signature)) if !signature.is_empty() => Ok(Self {
                name: name.to_owned(),
                key_id: *key_id,
                signature: signature.to_vec(),
            }),
            _ => Err(NoteLineError::Short(bytes.len())),
        }
    }
}

fn check_characters(text: &str) -> Result<(), NoteError> {
    let is_wrong = |byte| byte < b' ' && byte != b'\n';
    match text.bytes().position(is_wrong) {
        Some(at) => Err(NoteError::Control(at)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
