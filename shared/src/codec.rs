//! The canonical encoding of LEDGER.md section 1: TLS presentation language (RFC 8446 section 3).
//!
//! Big-endian, two's complement, fixed order, explicit lengths. A decoder consumes every byte, and
//! `encode(decode(x)) == x` or the input is refused.

use crate::ids::{ChainId, UnixMs};

/// Why bytes are not a canonical structure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The input ends inside a field.
    #[error("the bytes end at {at} inside {field}")]
    Truncated {
        /// Offset where the field begins.
        at: usize,
        /// Name of the field in LEDGER.md.
        field: &'static str,
    },
    /// Bytes are left over after the last field.
    #[error("{extra} bytes are left over after the last field")]
    Trailing {
        /// How many.
        extra: usize,
    },
    /// The label is another structure's.
    #[error("expected the label {expected:?}")]
    Label {
        /// The 16 ASCII characters that should stand first.
        expected: String,
    },
    /// A field holds a value outside its range.
    #[error("{field} is {value}: {rule}")]
    Value {
        /// Name of the field in LEDGER.md.
        field: &'static str,
        /// What was found.
        value: String,
        /// What is allowed.
        rule: &'static str,
    },
    /// The bytes decode, but encode differently.
    #[error("the bytes are not the canonical encoding")]
    NotCanonical,
}

impl DecodeError {
    /// A value outside its range.
    pub(crate) fn value(
        field: &'static str,
        value: impl std::fmt::Display,
        rule: &'static str,
    ) -> Self {
        Self::Value {
            field,
            value: value.to_string(),
            rule,
        }
    }
}

/// A structure that is hashed or signed: a 16-byte label, the chain id, then its fields.
pub trait Canonical: Sized {
    /// The ASCII label that stands first.
    const LABEL: &'static [u8; 16];

    /// Appends the fields after label and chain id.
    fn encode_fields(&self, out: &mut Vec<u8>);

    /// Reads the fields after label and chain id.
    ///
    /// # Errors
    /// When the bytes are not the canonical encoding of the fields.
    fn decode_fields(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;

    /// The whole structure for one chain.
    fn encode(&self, chain: ChainId) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        out.extend_from_slice(Self::LABEL);
        out.extend_from_slice(&chain.0);
        self.encode_fields(&mut out);
        out
    }

    /// Reads a whole structure and its chain id; every byte must be used and must encode back.
    ///
    /// # Errors
    /// When the bytes are not the canonical encoding of this structure.
    fn decode(bytes: &[u8]) -> Result<(ChainId, Self), DecodeError> {
        let mut reader = Reader::new(bytes);
        let label: [u8; 16] = reader.array("label")?;
        if &label != Self::LABEL {
            return Err(DecodeError::Label {
                expected: String::from_utf8_lossy(Self::LABEL).into_owned(),
            });
        }
        let chain = ChainId(reader.array("chain_id")?);
        let value = Self::decode_fields(&mut reader)?;
        reader.finish()?;
        if value.encode(chain) != bytes {
            return Err(DecodeError::NotCanonical);
        }
        Ok((chain, value))
    }
}

/// Reads canonical fields from the front of a slice.
#[derive(Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// A reader at the start of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Offset of the next byte.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.at
    }

    /// The next `len` bytes.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] when fewer are left.
    pub fn take(&mut self, len: usize, field: &'static str) -> Result<&'a [u8], DecodeError> {
        let end = self.at.checked_add(len);
        let slice = end.and_then(|end| self.bytes.get(self.at..end));
        let slice = slice.ok_or(DecodeError::Truncated { at: self.at, field })?;
        self.at += len;
        Ok(slice)
    }

    /// The next `N` bytes.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] when fewer are left.
    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], DecodeError> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N, field)?);
        Ok(out)
    }

    /// An unsigned byte.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] at the end of the input; so for all integers below.
    pub fn u8(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        self.array(field).map(u8::from_be_bytes)
    }

    /// A big-endian u16.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn u16(&mut self, field: &'static str) -> Result<u16, DecodeError> {
        self.array(field).map(u16::from_be_bytes)
    }

    /// A big-endian u32.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn u32(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.array(field).map(u32::from_be_bytes)
    }

    /// A big-endian u64.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn u64(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        self.array(field).map(u64::from_be_bytes)
    }

    /// A big-endian two's complement i64.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn i64(&mut self, field: &'static str) -> Result<i64, DecodeError> {
        self.array(field).map(i64::from_be_bytes)
    }

    /// A time.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn time(&mut self, field: &'static str) -> Result<UnixMs, DecodeError> {
        self.u64(field).map(UnixMs)
    }

    /// Bytes behind an 8-bit length.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn var8(&mut self, field: &'static str) -> Result<&'a [u8], DecodeError> {
        let len = self.u8(field)?;
        self.take(usize::from(len), field)
    }

    /// Bytes behind a 16-bit length.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn var16(&mut self, field: &'static str) -> Result<&'a [u8], DecodeError> {
        let len = self.u16(field)?;
        self.take(usize::from(len), field)
    }

    /// UTF-8 text behind an 8-bit length.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`], or [`DecodeError::Value`] when it is not UTF-8.
    pub fn text8(&mut self, field: &'static str) -> Result<String, DecodeError> {
        let bytes = self.var8(field)?;
        String::from_utf8(bytes.to_vec())
            .map_err(|_| DecodeError::value(field, "not UTF-8", "must be UTF-8 text"))
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`DecodeError::Trailing`] when bytes are left.
    pub fn finish(&self) -> Result<(), DecodeError> {
        match self.bytes.len() - self.at {
            0 => Ok(()),
            extra => Err(DecodeError::Trailing { extra }),
        }
    }
}

/// Appends bytes behind an 8-bit length.
///
/// # Panics
/// When there are more than 255 bytes: constructors check the lengths of what they take.
pub fn put_var8(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(u8::try_from(bytes.len()).expect("a var8 holds at most 255 bytes"));
    out.extend_from_slice(bytes);
}

/// Appends bytes behind a 16-bit length.
///
/// # Panics
/// When there are more than 65,535 bytes: constructors check the lengths of what they take.
pub fn put_var16(out: &mut Vec<u8>, bytes: &[u8]) {
    let len = u16::try_from(bytes.len()).expect("a var16 holds at most 65,535 bytes");
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_names_the_field_in_which_the_input_ends() {
        let mut reader = Reader::new(&[0, 3, 1, 2]);
        assert_eq!(
            reader.var16("pool"),
            Err(DecodeError::Truncated {
                at: 2,
                field: "pool"
            })
        );
    }

    #[test]
    fn left_over_bytes_are_an_error() {
        let mut reader = Reader::new(&[1, 2]);
        assert_eq!(reader.u8("status"), Ok(1));
        assert_eq!(reader.finish(), Err(DecodeError::Trailing { extra: 1 }));
    }
}
