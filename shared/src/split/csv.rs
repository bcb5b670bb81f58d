//! Where CSV records end: at line feeds outside quoted fields (RFC 4180).

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A quote here opens a quoted field.
    FieldStart,
    Unquoted,
    Quoted,
    /// Behind a quote inside a quoted field: it closed the field, or is the first of two that stand for one.
    QuoteInQuoted,
}

/// Finds the ends of records in a file that streams by.
#[derive(Debug)]
pub(super) struct CsvScanner {
    place: Place,
    /// How many bytes of a byte order mark the file began with so far; 3 once something else came.
    mark: usize,
}

impl CsvScanner {
    pub(super) const fn new() -> Self {
        Self {
            place: Place::FieldStart,
            mark: 0,
        }
    }

    /// Length up to and including the end of the record at hand, if it ends in `bytes`.
    pub(super) fn record_end(&mut self, bytes: &[u8]) -> Option<usize> {
        bytes
            .iter()
            .position(|byte| self.ends_record(*byte))
            .map(|at| at + 1)
    }

    /// Whether the bytes so far end inside a quoted field.
    pub(super) fn is_in_quotes(&self) -> bool {
        self.place == Place::Quoted
    }

    fn ends_record(&mut self, byte: u8) -> bool {
        if BYTE_ORDER_MARK.get(self.mark) == Some(&byte) {
            self.mark += 1;
            return false;
        }
        self.mark = BYTE_ORDER_MARK.len();
        self.place = match (self.place, byte) {
            (Place::Quoted, b'"') => Place::QuoteInQuoted,
            (Place::Quoted, _) | (Place::FieldStart | Place::QuoteInQuoted, b'"') => Place::Quoted,
            (_, b'\n') => {
                self.place = Place::FieldStart;
                return true;
            }
            (_, b',' | b';' | b'\t') => Place::FieldStart,
            _ => Place::Unquoted,
        };
        false
    }
}
