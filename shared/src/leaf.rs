//! The leaves of a job's input: one for each task (LEDGER.md section 2, `input_root`).

use crate::codec::{DecodeError, Reader};
use crate::ids::Digest;
use crate::merkle::TreeHasher;

/// One task's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaf {
    /// A chunk of data: a blob.
    Chunk {
        /// SHA-256 of the chunk.
        sha256: Digest,
        /// Its length in bytes.
        len: u64,
    },
    /// A part of a range, end excluded.
    Range {
        /// First number.
        start: i64,
        /// First number after it.
        end: i64,
    },
    /// A task of the parent job, run again.
    Subset {
        /// Its index in the parent.
        task: u32,
    },
}

impl Leaf {
    /// Bytes of an encoded chunk leaf.
    pub const CHUNK_LEN: usize = 40;
    /// Bytes of an encoded subset leaf.
    pub const SUBSET_LEN: usize = 4;

    /// The leaf's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(Self::CHUNK_LEN);
        match self {
            Self::Chunk { sha256, len } => {
                out.extend_from_slice(&sha256.0);
                out.extend_from_slice(&len.to_be_bytes());
            }
            Self::Range { start, end } => {
                out.extend_from_slice(&start.to_be_bytes());
                out.extend_from_slice(&end.to_be_bytes());
            }
            Self::Subset { task } => out.extend_from_slice(&task.to_be_bytes()),
        }
        out
    }

    /// SHA-256 of the bytes that the task reads; `None` for a task of a subset job, whose parent knows.
    #[must_use]
    pub fn input_sha256(&self) -> Option<Digest> {
        match self {
            Self::Chunk { sha256, .. } => Some(*sha256),
            Self::Range { start, end } => Some(Digest::of(range_line(*start, *end).as_bytes())),
            Self::Subset { .. } => None,
        }
    }

    /// Reads one chunk leaf.
    ///
    /// # Errors
    /// When the bytes end.
    pub fn decode_chunk(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self::Chunk {
            sha256: Digest(reader.array("leaf sha256")?),
            len: reader.u64("leaf len")?,
        })
    }
}

/// The line that a range task reads: `"<start> <end>\n"`.
#[must_use]
pub fn range_line(start: i64, end: i64) -> String {
    format!("{start} {end}\n")
}

/// Reads the leaf list of a chunk job: 40 bytes a leaf.
///
/// # Errors
/// When the length is not a multiple of 40.
pub fn decode_chunk_list(bytes: &[u8]) -> Result<Vec<Leaf>, DecodeError> {
    let mut reader = Reader::new(bytes);
    let mut leaves = Vec::with_capacity(bytes.len() / Leaf::CHUNK_LEN);
    while reader.position() < bytes.len() {
        leaves.push(Leaf::decode_chunk(&mut reader)?);
    }
    Ok(leaves)
}

/// Reads the leaf list of a subset job, 4 bytes a leaf: the parent's tasks that it runs again.
///
/// # Errors
/// When the length is not a multiple of 4.
pub fn decode_subset_list(bytes: &[u8]) -> Result<Vec<u32>, DecodeError> {
    let mut reader = Reader::new(bytes);
    let mut tasks = Vec::with_capacity(bytes.len() / Leaf::SUBSET_LEN);
    while reader.position() < bytes.len() {
        tasks.push(reader.u32("leaf task")?);
    }
    Ok(tasks)
}

/// The bytes of a leaf list.
#[must_use]
pub fn encode_list(leaves: &[Leaf]) -> Vec<u8> {
    leaves.iter().flat_map(Leaf::encode).collect()
}

/// The tree hash over leaves: a job's `input_root`.
#[must_use]
pub fn input_root(leaves: impl IntoIterator<Item = Leaf>) -> Digest {
    let mut tree = TreeHasher::new();
    for leaf in leaves {
        tree.push(&leaf.encode());
    }
    tree.root()
}

/// A range of numbers cut into tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RangeInput {
    /// First number.
    pub start: i64,
    /// First number after the range.
    pub end: i64,
    /// Numbers in each task but the last.
    pub chunk: u64,
}

impl RangeInput {
    /// How many tasks there are; `None` when the range is empty, the chunk is 0, or there are more than a u32 holds.
    #[must_use]
    pub fn task_count(&self) -> Option<u32> {
        if self.end <= self.start || self.chunk == 0 {
            return None;
        }
        let count = self.end.abs_diff(self.start).div_ceil(self.chunk);
        u32::try_from(count).ok()
    }

    /// Leaf of task `i`: `(start + i*chunk, min(start + (i+1)*chunk, end))`.
    #[must_use]
    pub fn leaf(&self, task: u32) -> Option<Leaf> {
        if task >= self.task_count()? {
            return None;
        }
        let at = |i: u64| {
            let offset = i128::from(i) * i128::from(self.chunk);
            let value = (i128::from(self.start) + offset).min(i128::from(self.end));
            i64::try_from(value).ok()
        };
        Some(Leaf::Range {
            start: at(u64::from(task))?,
            end: at(u64::from(task) + 1)?,
        })
    }

    /// All leaves in order.
    pub fn leaves(self) -> impl Iterator<Item = Leaf> {
        (0..self.task_count().unwrap_or(0)).filter_map(move |task| self.leaf(task))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_into_chunks_and_a_shorter_last_one() {
        let range = RangeInput {
            start: -3,
            end: 8,
            chunk: 4,
        };
        let leaves: Vec<_> = range.leaves().collect();
        assert_eq!(
            leaves,
            [(-3, 1), (1, 5), (5, 8)].map(|(start, end)| Leaf::Range { start, end })
        );
    }

    #[test]
    fn the_widest_range_neither_overflows_nor_fits() {
        let whole = RangeInput {
            start: i64::MIN,
            end: i64::MAX,
            chunk: 1,
        };
        assert_eq!(whole.task_count(), None);
        let halves = RangeInput {
            chunk: 1 << 63,
            ..whole
        };
        let leaves: Vec<_> = halves.leaves().collect();
        assert_eq!(leaves.len(), 2);
        assert_eq!(
            leaves[1],
            Leaf::Range {
                start: 0,
                end: i64::MAX
            }
        );
    }

    #[test]
    fn empty_and_reversed_ranges_have_no_tasks() {
        assert_eq!(
            RangeInput {
                start: 5,
                end: 5,
                chunk: 1
            }
            .task_count(),
            None
        );
        assert_eq!(
            RangeInput {
                start: 6,
                end: 5,
                chunk: 1
            }
            .task_count(),
            None
        );
        assert_eq!(
            RangeInput {
                start: 0,
                end: 5,
                chunk: 0
            }
            .task_count(),
            None
        );
    }

    #[test]
    fn a_list_of_chunk_leaves_reads_back() {
        let leaves = [Leaf::Chunk {
            sha256: Digest::of(b"a"),
            len: 1,
        }; 3];
        assert_eq!(decode_chunk_list(&encode_list(&leaves)).unwrap(), leaves);
        assert!(decode_chunk_list(&[0; 41]).is_err());
    }

    #[test]
    fn a_list_of_subset_leaves_reads_back() {
        let leaves = [1, 4, u32::MAX].map(|task| Leaf::Subset { task });
        let list = encode_list(&leaves);
        assert_eq!(list.len(), 3 * Leaf::SUBSET_LEN);
        assert_eq!(decode_subset_list(&list).unwrap(), [1, 4, u32::MAX]);
        assert!(decode_subset_list(&list[..11]).is_err());
    }
}
