//! Packs FASTA records into chunks and cuts long ones into pieces that overlap.

use super::{Position, Sink, SplitError};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A `>` here begins a record.
    LineStart,
    Header,
    InLine,
}

/// A record that is being cut: what the headers of its pieces are made of.
#[derive(Debug)]
struct Cut {
    /// The header line without its line end.
    header: Vec<u8>,
    line_end: &'static [u8],
    /// Offset of the piece at hand in the record, residues.
    offset: u64,
}

impl Cut {
    /// The header line of a piece that repeats `overlap` residues.
    fn header_line(&self, overlap: usize) -> Vec<u8> {
        let mut line = self.header.clone();
        let words = format!(" mh_offset={} mh_overlap={overlap}", self.offset);
        line.extend_from_slice(words.as_bytes());
        line.extend_from_slice(self.line_end);
        line
    }
}

/// Fills chunks with FASTA records.
#[derive(Debug)]
pub(super) struct Fasta {
    size: usize,
    overlap: usize,
    limit: usize,
    place: Place,
    /// Whole records, then the record (or piece) at hand.
    chunk: Vec<u8>,
    /// Where the record at hand begins in `chunk`; `None` before the first record of the file.
    record: Option<usize>,
    /// Length of its header line with line end, once it is read.
    header_len: usize,
    /// Residues of the record (or piece) at hand so far.
    residues: usize,
    /// Where, from the begin of the record at hand, the next piece's residues begin.
    next_piece: usize,
    /// Set once the record at hand is cut.
    cut: Option<Cut>,
    record_at: Position,
    at: Position,
}

impl Fasta {
    /// `overlap` is below `size`.
    pub(super) const fn new(size: usize, overlap: usize, limit: usize) -> Self {
        Self {
            size,
            overlap,
            limit,
            place: Place::LineStart,
            chunk: Vec::new(),
            record: None,
            header_len: 0,
            residues: 0,
            next_piece: 0,
            cut: None,
            record_at: Position::START,
            at: Position::START,
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), SplitError> {
        for byte in bytes {
            self.byte(*byte, sink)?;
            self.at.advance(&[*byte]);
        }
        Ok(())
    }

    pub(super) fn end_file(&mut self, sink: &mut Sink<'_>) -> Result<(), SplitError> {
        self.end_record(sink)?;
        if !self.chunk.is_empty() {
            sink.chunk(std::mem::take(&mut self.chunk))?;
        }
        *self = Self::new(self.size, self.overlap, self.limit);
        Ok(())
    }

    fn byte(&mut self, byte: u8, sink: &mut Sink<'_>) -> Result<(), SplitError> {
        let is_blank = byte.is_ascii_whitespace();
        match self.place {
            Place::LineStart if byte == b'>' => {
                self.end_record(sink)?;
                self.record = Some(self.chunk.len());
                self.record_at = self.at;
                self.place = Place::Header;
                self.put(byte, sink)
            }
            Place::Header => self.header_byte(byte, sink),
            Place::LineStart | Place::InLine => {
                self.place = if byte == b'\n' {
                    Place::LineStart
                } else {
                    Place::InLine
                };
                match (self.record.is_some(), is_blank) {
                    (true, true) => self.put(byte, sink),
                    (true, false) => self.residue(byte, sink),
                    (false, true) => Ok(()),
                    (false, false) => Err(self.not_fasta("text before the first header (>)")),
                }
            }
        }
    }

    fn header_byte(&mut self, byte: u8, sink: &mut Sink<'_>) -> Result<(), SplitError> {
        if byte != b'\n' && self.chunk.last() == Some(&b'\r') {
            return Err(self.not_fasta("a carriage return inside a header"));
        }
        self.put(byte, sink)?;
        if byte == b'\n' {
            self.header_len = self.record_text().len();
            self.place = Place::LineStart;
        }
        Ok(())
    }

    fn residue(&mut self, byte: u8, sink: &mut Sink<'_>) -> Result<(), SplitError> {
        // A piece may begin with any residue, and must not seem to begin with a header.
        if byte == b'>' || !byte.is_ascii_graphic() {
            return Err(self.not_fasta("a character that is no residue"));
        }
        self.mark_next_piece();
        if self.residues == self.size {
            self.cut(sink)?;
            self.mark_next_piece();
        }
        self.put(byte, sink)?;
        self.residues += 1;
        Ok(())
    }

    /// Appends a byte of the record at hand, after emitting the records before it when the chunk is full.
    fn put(&mut self, byte: u8, sink: &mut Sink<'_>) -> Result<(), SplitError> {
        if self.record_text().len() >= self.limit {
            return Err(self.too_long());
        }
        if self.chunk.len() >= self.size {
            self.emit_whole_records(sink)?;
        }
        self.chunk.push(byte);
        Ok(())
    }

    /// To be called before each residue: the next piece begins with residue `size - overlap` of this one.
    fn mark_next_piece(&mut self) {
        if self.residues == self.size - self.overlap {
            self.next_piece = self.record_text().len();
        }
    }

    /// Emits the piece at hand and begins the next one with the residues that it repeats.
    fn cut(&mut self, sink: &mut Sink<'_>) -> Result<(), SplitError> {
        self.emit_whole_records(sink)?;
        let repeated = self
            .chunk
            .get(self.next_piece..)
            .unwrap_or_default()
            .to_vec();
        if self.cut.is_none() {
            self.begin_cut();
        }
        self.emit_piece(sink)?;
        let step = self.size - self.overlap;
        if let Some(cut) = &mut self.cut {
            cut.offset = cut.offset.saturating_add(step as u64);
            self.chunk = cut.header_line(self.overlap);
        }
        self.header_len = self.chunk.len();
        self.residues = 0;
        for byte in repeated {
            if byte.is_ascii_whitespace() {
                self.chunk.push(byte);
            } else {
                self.mark_next_piece();
                self.chunk.push(byte);
                self.residues += 1;
            }
        }
        Ok(())
    }

    /// Turns the record at hand into its first piece: only now is it known to be too long.
    fn begin_cut(&mut self) {
        let sequence = self.chunk.split_off(self.header_len);
        let line = &self.chunk;
        let (header, line_end): (&[u8], &'static [u8]) = match line.strip_suffix(b"\r\n") {
            Some(header) => (header, b"\r\n"),
            None => (line.strip_suffix(b"\n").unwrap_or(line), b"\n"),
        };
        let cut = Cut {
            header: header.to_vec(),
            line_end,
            offset: 0,
        };
        self.chunk = cut.header_line(0);
        self.chunk.extend_from_slice(&sequence);
        self.cut = Some(cut);
    }

    fn emit_piece(&mut self, sink: &mut Sink<'_>) -> Result<(), SplitError> {
        if let (Some(cut), false) = (&self.cut, self.chunk.ends_with(b"\n")) {
            self.chunk.extend_from_slice(cut.line_end);
        }
        if self.chunk.len() > self.limit {
            return Err(self.too_long());
        }
        sink.chunk(std::mem::take(&mut self.chunk))
    }

    fn end_record(&mut self, sink: &mut Sink<'_>) -> Result<(), SplitError> {
        if self.cut.is_some() {
            self.emit_piece(sink)?;
        }
        self.cut = None;
        self.header_len = 0;
        self.residues = 0;
        self.next_piece = 0;
        Ok(())
    }

    fn emit_whole_records(&mut self, sink: &mut Sink<'_>) -> Result<(), SplitError> {
        let Some(begin @ 1..) = self.record.replace(0) else {
            return Ok(());
        };
        let unfinished = self.chunk.split_off(begin);
        sink.chunk(std::mem::replace(&mut self.chunk, unfinished))
    }

    fn record_text(&self) -> &[u8] {
        let begin = self.record.unwrap_or(0);
        self.chunk.get(begin..).unwrap_or_default()
    }

    const fn not_fasta(&self, problem: &'static str) -> SplitError {
        SplitError::NotFasta {
            problem,
            at: self.at,
        }
    }

    const fn too_long(&self) -> SplitError {
        SplitError::TooLong {
            what: "FASTA record (or a piece of it)",
            at: self.record_at,
            limit: self.limit,
        }
    }
}
