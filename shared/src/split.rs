//! Cuts an input into chunks, one for each task (GUEST.md section 1, "Splits"), as it streams by.
//!
//! The rules of each kind stand at [`Splitter`]. Ranges are cut by [`crate::leaf::RangeInput`].

mod csv;
mod fasta;
mod plain;
mod spec;
mod units;

#[cfg(test)]
mod tests;

pub use spec::{MAX_SEPARATOR_BYTES, ParseSplitError, SplitSpec};

use crate::job::MAX_TASKS;
use fasta::Fasta;
use plain::{Fixed, WholeFile};
use units::{Scanner, Units};

/// Largest chunk unless the deployment says otherwise, bytes: 16 MiB (DESIGN.md section 7).
pub const DEFAULT_CHUNK_LIMIT: usize = 16 << 20;

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1; a line ends with LF.
    pub line: u64,
    /// Offset in bytes, from 0.
    pub offset: u64,
}

impl Position {
    const START: Self = Self { line: 1, offset: 0 };

    fn advance(&mut self, bytes: &[u8]) {
        let line_feeds = bytes.split(|byte| *byte == b'\n').count() - 1;
        self.line = self.line.saturating_add(line_feeds as u64);
        self.offset = self.offset.saturating_add(bytes.len() as u64);
    }
}

/// Why an input cannot be split. Positions are in the file at hand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// SIZE is 0 or above the chunk limit.
    #[error("the split's SIZE is {size} bytes, it must be 1 to {limit}, the chunk limit")]
    Size {
        /// The split's SIZE, bytes.
        size: u64,
        /// The chunk limit, bytes.
        limit: usize,
    },
    /// Each piece of a FASTA record must have a residue that the one before it has not.
    #[error("the split's overlap of {overlap} residues must be below its SIZE of {size}")]
    Overlap {
        /// The split's overlap, residues.
        overlap: u64,
        /// The split's SIZE.
        size: u64,
    },
    /// Something that must not be cut is longer than a chunk may be.
    #[error(
        "the {what} that begins in line {} (byte {}) needs a chunk of more than the limit of {limit} bytes",
        at.line, at.offset
    )]
    TooLong {
        /// What must not be cut: line, record, file and so on.
        what: &'static str,
        /// Where it begins.
        at: Position,
        /// The chunk limit, bytes.
        limit: usize,
    },
    /// The file ends inside a quoted field.
    #[error(
        "the CSV record that begins in line {} (byte {}) has a quoted field that is never closed",
        at.line, at.offset
    )]
    OpenQuote {
        /// Where the record begins.
        at: Position,
    },
    /// The file is not FASTA.
    #[error("this is not FASTA: {problem} in line {} (byte {})", at.line, at.offset)]
    NotFasta {
        /// What is wrong.
        problem: &'static str,
        /// Where.
        at: Position,
    },
    /// More chunks than a job may have tasks.
    #[error("the input comes to more than {MAX_TASKS} tasks: use a larger SIZE")]
    TooManyTasks,
    /// No chunk at all: a job has at least one task.
    #[error("the input is empty: it has no {missing} to make a task of")]
    Empty {
        /// What there is none of.
        missing: &'static str,
    },
}

/// Cuts one or several files into chunks.
///
/// Feed each file with [`push`](Self::push) in pieces of any size (the chunks do not depend on how it is cut), end
/// it with [`end_file`](Self::end_file), and end everything with [`finish`](Self::finish). Each file is split on
/// its own: a chunk never spans two files, and each CSV file has its own header. Give several files in the order of
/// their paths, compared as bytes, so that everybody who splits them gets the same tasks. At most one chunk is held
/// in memory. After an error the splitter is of no more use.
///
/// - `lines`, `records`: a chunk is as many whole lines (records) as fit into SIZE bytes; one that is longer than SIZE
///   is a chunk of its own, up to the chunk limit. A line ends behind LF. A record ends behind the separator, which
///   is looked for from left to right and never overlaps itself. The last one may lack its end.
/// - `bytes`: SIZE bytes each, the last one of a file the rest.
/// - For these three the joined chunks are the input.
/// - `csv`: the first record is the header; it stands first in every chunk, and counts. A record ends behind an LF
///   outside a quoted field (RFC 4180): a field is quoted when it begins with `"`, two `""` inside stand for one. A
///   field begins at the start of a record and behind comma, semicolon or tab. A quote elsewhere is text. A header
///   without records makes no chunk.
/// - `fasta`: a record is a line that begins with `>` and all lines up to the next such line. Residues are the visible
///   ASCII characters (0x21 to 0x7E, but not `>`) of its other lines, upper and lower case as they are; ASCII white
///   space is not a residue, and any other byte is refused. Lines end with LF or CRLF. Before the first record there may
///   only be white space, which is left out. A chunk is as many whole records, byte for byte, as fit into SIZE bytes;
///   a record of at most SIZE residues that does not fit is a chunk of its own. A record of more than SIZE residues
///   is cut, each piece a chunk of its own. Piece i (from 0) has the residues from `i * (SIZE - N)` to
///   `i * (SIZE - N) + SIZE` or the record's end, and there is a piece i only if it has a residue that is in no
///   piece before it. A piece is the record's header line with ` mh_offset=<i * (SIZE - N)> mh_overlap=<N, 0 in piece
///   0>` before its line end, then its residues with the white space that the record has between and behind
///   them, then a line end if there is none. A header line without these words belongs to a record that was not cut: both are 0.
/// - `files`: each file is a chunk, also an empty one.
#[derive(Debug)]
pub struct Splitter {
    kind: Kind,
    missing: &'static str,
    tasks: u32,
    /// Whether bytes came since the last file's end.
    open: bool,
}

#[derive(Debug)]
enum Kind {
    Fixed(Fixed),
    Units(Units),
    Fasta(Fasta),
    WholeFile(WholeFile),
}

/// Takes finished chunks and counts them.
struct Sink<'a> {
    tasks: &'a mut u32,
    emit: &'a mut dyn FnMut(Vec<u8>),
}

impl Sink<'_> {
    fn chunk(&mut self, bytes: Vec<u8>) -> Result<(), SplitError> {
        if *self.tasks >= MAX_TASKS {
            return Err(SplitError::TooManyTasks);
        }
        *self.tasks += 1;
        (self.emit)(bytes);
        Ok(())
    }
}

impl Splitter {
    /// A splitter whose chunks have at most `chunk_limit` bytes.
    ///
    /// # Errors
    /// [`SplitError::Size`] or [`SplitError::Overlap`] when the split's numbers are out of range.
    pub fn new(spec: &SplitSpec, chunk_limit: usize) -> Result<Self, SplitError> {
        let wanted = spec.size().unwrap_or(1);
        let size = usize::try_from(wanted)
            .ok()
            .filter(|size| (1..=chunk_limit).contains(size))
            .ok_or(SplitError::Size {
                size: wanted,
                limit: chunk_limit,
            })?;
        let (kind, missing) = match spec {
            SplitSpec::Bytes { .. } => (Kind::Fixed(Fixed::new(size)), "bytes"),
            SplitSpec::Files => (Kind::WholeFile(WholeFile::new(chunk_limit)), "file"),
            SplitSpec::Lines { .. } => {
                let units = Units::new(Scanner::lines(), size, chunk_limit);
                (Kind::Units(units), "lines")
            }
            SplitSpec::Records { separator, .. } => {
                let units = Units::new(Scanner::records(separator), size, chunk_limit);
                (Kind::Units(units), "records")
            }
            SplitSpec::Csv { .. } => {
                let units = Units::new(Scanner::csv(), size, chunk_limit);
                (Kind::Units(units), "records behind the CSV header")
            }
            SplitSpec::Fasta { overlap, .. } => {
                let fits = usize::try_from(*overlap).ok().filter(|few| *few < size);
                let overlap = fits.ok_or(SplitError::Overlap {
                    overlap: *overlap,
                    size: wanted,
                })?;
                let fasta = Fasta::new(size, overlap, chunk_limit);
                (Kind::Fasta(fasta), "FASTA records")
            }
        };
        Ok(Self {
            kind,
            missing,
            tasks: 0,
            open: false,
        })
    }

    /// Takes the next bytes of the file at hand and emits the chunks that they complete, in order.
    ///
    /// # Errors
    /// When the input cannot be split; chunks emitted before are then of no use.
    pub fn push(&mut self, bytes: &[u8], mut emit: impl FnMut(Vec<u8>)) -> Result<(), SplitError> {
        self.open |= !bytes.is_empty();
        let sink = &mut Sink {
            tasks: &mut self.tasks,
            emit: &mut emit,
        };
        match &mut self.kind {
            Kind::Fixed(fixed) => fixed.push(bytes, sink),
            Kind::Units(units) => units.push(bytes, sink),
            Kind::Fasta(fasta) => fasta.push(bytes, sink),
            Kind::WholeFile(file) => file.push(bytes),
        }
    }

    /// Ends the file at hand, also an empty one, and emits what is left of it.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn end_file(&mut self, mut emit: impl FnMut(Vec<u8>)) -> Result<(), SplitError> {
        self.open = false;
        let sink = &mut Sink {
            tasks: &mut self.tasks,
            emit: &mut emit,
        };
        match &mut self.kind {
            Kind::Fixed(fixed) => fixed.end_file(sink),
            Kind::Units(units) => units.end_file(sink),
            Kind::Fasta(fasta) => fasta.end_file(sink),
            Kind::WholeFile(file) => file.end_file(sink),
        }
    }

    /// Ends the input: ends the file at hand if any of its bytes came, and returns the number of chunks.
    ///
    /// # Errors
    /// As [`push`](Self::push); [`SplitError::Empty`] when there is no chunk.
    pub fn finish(mut self, emit: impl FnMut(Vec<u8>)) -> Result<u32, SplitError> {
        if self.open {
            self.end_file(emit)?;
        }
        match self.tasks {
            0 => Err(SplitError::Empty {
                missing: self.missing,
            }),
            tasks => Ok(tasks),
        }
    }
}
