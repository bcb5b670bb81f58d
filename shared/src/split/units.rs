//! Packs units that must not be cut (lines, records, CSV records) into chunks.

use super::csv::CsvScanner;
use super::{Position, Sink, SplitError};

/// Finds where units end.
#[derive(Debug)]
pub(super) enum Scanner {
    Separator(SeparatorScanner),
    Csv(CsvScanner),
}

impl Scanner {
    pub(super) fn lines() -> Self {
        Self::Separator(SeparatorScanner::new("line", b"\n"))
    }

    pub(super) fn records(separator: &[u8]) -> Self {
        Self::Separator(SeparatorScanner::new("record", separator))
    }

    pub(super) const fn csv() -> Self {
        Self::Csv(CsvScanner::new())
    }

    const fn unit(&self) -> &'static str {
        match self {
            Self::Separator(scanner) => scanner.unit,
            Self::Csv(_) => "CSV record with its header",
        }
    }

    /// Length up to and including the end of the unit at hand, if it ends in `bytes`.
    fn unit_end(&mut self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Separator(scanner) => scanner.unit_end(bytes),
            Self::Csv(scanner) => scanner.record_end(bytes),
        }
    }

    fn is_in_quotes(&self) -> bool {
        matches!(self, Self::Csv(scanner) if scanner.is_in_quotes())
    }

    fn start_file(&mut self) {
        match self {
            Self::Separator(scanner) => scanner.matched = 0,
            Self::Csv(scanner) => *scanner = CsvScanner::new(),
        }
    }
}

/// Finds a separator with the automaton of Knuth, Morris and Pratt, which needs no look back over pushes.
#[derive(Debug)]
pub(super) struct SeparatorScanner {
    unit: &'static str,
    separator: Vec<u8>,
    /// `fallback[n]`: length of the longest proper prefix of the separator that its first n + 1 bytes end with.
    fallback: Vec<usize>,
    /// How many bytes of the separator the input so far ends with.
    matched: usize,
}

impl SeparatorScanner {
    fn new(unit: &'static str, separator: &[u8]) -> Self {
        let mut scanner = Self {
            unit,
            separator: separator.to_vec(),
            fallback: Vec::with_capacity(separator.len()),
            matched: 0,
        };
        for (at, byte) in separator.iter().enumerate() {
            if at > 0 {
                scanner.step(*byte);
            }
            scanner.fallback.push(scanner.matched);
        }
        scanner.matched = 0;
        scanner
    }

    fn step(&mut self, byte: u8) {
        while self.matched > 0 && self.separator.get(self.matched) != Some(&byte) {
            self.matched = self.fallback.get(self.matched - 1).copied().unwrap_or(0);
        }
        if self.separator.get(self.matched) == Some(&byte) {
            self.matched += 1;
        }
    }

    fn unit_end(&mut self, bytes: &[u8]) -> Option<usize> {
        if let &[single] = self.separator.as_slice() {
            let at = bytes.iter().position(|byte| *byte == single)?;
            return Some(at + 1);
        }
        for (at, byte) in bytes.iter().enumerate() {
            self.step(*byte);
            if self.matched == self.separator.len() {
                self.matched = 0;
                return Some(at + 1);
            }
        }
        None
    }
}

/// Fills chunks with whole units.
#[derive(Debug)]
pub(super) struct Units {
    scanner: Scanner,
    size: usize,
    limit: usize,
    /// The CSV header, with which every chunk begins; otherwise empty.
    header: Vec<u8>,
    /// The header, whole units, then the begin of the unit at hand.
    chunk: Vec<u8>,
    /// Where the unit at hand begins in `chunk`.
    whole: usize,
    /// The same place in the file.
    unit_at: Position,
    at: Position,
}

impl Units {
    pub(super) const fn new(scanner: Scanner, size: usize, limit: usize) -> Self {
        Self {
            scanner,
            size,
            limit,
            header: Vec::new(),
            chunk: Vec::new(),
            whole: 0,
            unit_at: Position::START,
            at: Position::START,
        }
    }

    pub(super) fn push(&mut self, mut bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), SplitError> {
        while !bytes.is_empty() {
            let end = self.scanner.unit_end(bytes);
            let (piece, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
            self.append(piece, sink)?;
            if end.is_some() {
                self.end_unit(sink)?;
            }
            bytes = rest;
        }
        Ok(())
    }

    pub(super) fn end_file(&mut self, sink: &mut Sink<'_>) -> Result<(), SplitError> {
        if self.scanner.is_in_quotes() {
            return Err(SplitError::OpenQuote { at: self.unit_at });
        }
        if self.chunk.len() > self.whole {
            self.end_unit(sink)?;
        }
        self.emit_whole_units(sink)?;
        self.scanner.start_file();
        self.header.clear();
        self.chunk.clear();
        self.whole = 0;
        self.unit_at = Position::START;
        self.at = Position::START;
        Ok(())
    }

    /// Appends a part of the unit at hand, after emitting the units before it when the chunk is full.
    fn append(&mut self, piece: &[u8], sink: &mut Sink<'_>) -> Result<(), SplitError> {
        let alone = self.header.len() + (self.chunk.len() - self.whole) + piece.len();
        if alone > self.limit {
            return Err(SplitError::TooLong {
                what: self.scanner.unit(),
                at: self.unit_at,
                limit: self.limit,
            });
        }
        if self.chunk.len() + piece.len() > self.size {
            self.emit_whole_units(sink)?;
        }
        self.chunk.extend_from_slice(piece);
        self.at.advance(piece);
        Ok(())
    }

    fn end_unit(&mut self, sink: &mut Sink<'_>) -> Result<(), SplitError> {
        let is_header = matches!(self.scanner, Scanner::Csv(_)) && self.header.is_empty();
        self.whole = self.chunk.len();
        self.unit_at = self.at;
        if is_header {
            self.header.clone_from(&self.chunk);
            return Ok(());
        }
        if self.whole >= self.size {
            self.emit_whole_units(sink)?;
        }
        Ok(())
    }

    fn emit_whole_units(&mut self, sink: &mut Sink<'_>) -> Result<(), SplitError> {
        if self.whole == self.header.len() {
            return Ok(());
        }
        let begun = self.chunk.split_off(self.whole);
        let mut next = self.header.clone();
        next.extend_from_slice(&begun);
        self.whole = self.header.len();
        sink.chunk(std::mem::replace(&mut self.chunk, next))
    }
}
