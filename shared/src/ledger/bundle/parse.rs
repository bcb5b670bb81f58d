//! Reading a bundle: exactly one spelling, every part bounded.

use super::{
    Certification, FIRST_LINE, MAX_BUNDLE_BYTES, MAX_CHANGES, MAX_ENTRY_LINE, MAX_LEAVES_BYTES,
    MAX_PATH, MAX_RECORDS, ProofBundle, Record,
};
use crate::ids::{Digest, JobId};
use crate::ledger::note::{Note, NoteError};
use crate::ledger::text::{decimal, excerpt, from_base64, hash_from_base64};
use std::collections::BTreeMap;

/// Why bytes are not a bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleTextError {
    /// Longer than [`MAX_BUNDLE_BYTES`].
    #[error("the bundle has {0} bytes, at most {MAX_BUNDLE_BYTES} are read")]
    TooLong(usize),
    /// Not UTF-8.
    #[error("the bundle is not UTF-8 from byte {0} on")]
    NotUtf8(usize),
    /// A line is not what must stand there.
    #[error("line {line} of the bundle must be {expected}, found {found:?}")]
    Line {
        /// Which line, from 1.
        line: usize,
        /// What must stand there.
        expected: &'static str,
        /// The beginning of what stands there.
        found: String,
    },
    /// The text ends too early, or its last line does not end with a newline.
    #[error("the bundle ends at line {line}, where there must be {expected} and a newline")]
    Ends {
        /// Which line, from 1.
        line: usize,
        /// What must stand there.
        expected: &'static str,
    },
    /// More of something than is read.
    #[error("line {line} of the bundle: there are more than {max} {what}")]
    TooMany {
        /// Which line, from 1.
        line: usize,
        /// Of what.
        what: &'static str,
        /// How many are read.
        max: usize,
    },
    /// Something does not stand behind what it must come after.
    #[error("line {line} of the bundle: {what} must ascend, each once")]
    Order {
        /// Which line, from 1.
        line: usize,
        /// What.
        what: &'static str,
    },
    /// A checkpoint is no note.
    #[error("the checkpoint at line {line} of the bundle: {error}")]
    Checkpoint {
        /// Where it begins, from 1.
        line: usize,
        /// What is wrong with it.
        error: NoteError,
    },
}

/// A number below 2^63 without leading zeros behind a word.
const NUMBERED: &str = "its word and an index below 2^63";

impl ProofBundle {
    /// Reads a bundle. Nothing is verified.
    ///
    /// # Errors
    /// See [`BundleTextError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, BundleTextError> {
        if bytes.len() > MAX_BUNDLE_BYTES {
            return Err(BundleTextError::TooLong(bytes.len()));
        }
        let not_utf8 = |error: std::str::Utf8Error| BundleTextError::NotUtf8(error.valid_up_to());
        let rest = std::str::from_utf8(bytes).map_err(not_utf8)?;
        let mut lines = Lines { rest, line: 1 };
        lines.exactly(FIRST_LINE, "manyhands/bundle@v1")?;
        let job_id = lines.job("job ", "job and the job's id")?;
        let partial = lines.rest.starts_with("partial\n");
        if partial {
            lines.next("the word partial")?;
        }
        let mut changes: Vec<Certification> = Vec::new();
        while lines.rest.starts_with("\npolicy ") {
            lines.at_most(changes.len(), MAX_CHANGES, "policies")?;
            let last = changes.last().map(|change| change.record.index);
            changes.push(lines.certification("policy ", last)?);
        }
        let head = lines.certification("header ", None)?;
        let mut leaves = BTreeMap::new();
        while lines.rest.starts_with("\nleaves ") {
            let (job_id, list) = lines.leaves()?;
            let before = leaves.last_key_value().map(|(job_id, _)| *job_id);
            lines.ascends(before < Some(job_id), "leaf lists by job")?;
            leaves.insert(job_id, list);
        }
        let mut records: Vec<Record> = Vec::new();
        while !lines.rest.is_empty() {
            lines.at_most(records.len(), MAX_RECORDS, "records")?;
            let last = records.last().map(|record| record.index);
            records.push(lines.record("record ", last)?);
        }
        Ok(Self {
            job_id,
            partial,
            changes,
            head,
            leaves,
            records,
        })
    }
}

/// What is left of the text.
struct Lines<'a> {
    rest: &'a str,
    /// Number of the next line, from 1.
    line: usize,
}

impl<'a> Lines<'a> {
    fn next(&mut self, expected: &'static str) -> Result<&'a str, BundleTextError> {
        let line = self.line;
        let parts = self.rest.split_once('\n');
        let (found, rest) = parts.ok_or(BundleTextError::Ends { line, expected })?;
        self.rest = rest;
        self.line += 1;
        Ok(found)
    }

    /// The line before is not what it must be.
    fn wrong<T>(&self, expected: &'static str, found: &str) -> Result<T, BundleTextError> {
        Err(BundleTextError::Line {
            line: self.line - 1,
            expected,
            found: excerpt(found),
        })
    }

    fn exactly(&mut self, text: &str, expected: &'static str) -> Result<(), BundleTextError> {
        match self.next(expected)? {
            found if found == text => Ok(()),
            found => self.wrong(expected, found),
        }
    }

    fn at_most(&self, count: usize, max: usize, what: &'static str) -> Result<(), BundleTextError> {
        let line = self.line;
        if count < max {
            return Ok(());
        }
        Err(BundleTextError::TooMany { line, what, max })
    }

    fn ascends(&self, ascends: bool, what: &'static str) -> Result<(), BundleTextError> {
        let line = self.line;
        ascends
            .then_some(())
            .ok_or(BundleTextError::Order { line, what })
    }

    /// A line of a word and a job's id in the one spelling that it has.
    fn job(&mut self, word: &str, expected: &'static str) -> Result<JobId, BundleTextError> {
        let found = self.next(expected)?;
        let id = found.strip_prefix(word).map(str::parse::<JobId>);
        match id {
            Some(Ok(id)) if found.ends_with(&id.to_string()) => Ok(id),
            _ => self.wrong(expected, found),
        }
    }

    /// A line of base64 that stands for at most so many bytes.
    fn base64(
        &mut self,
        max_line: usize,
        expected: &'static str,
    ) -> Result<Vec<u8>, BundleTextError> {
        let found = self.next(expected)?;
        let bytes = Some(found).filter(|found| found.len() <= max_line);
        match bytes.and_then(from_base64) {
            Some(bytes) => Ok(bytes),
            None => self.wrong(expected, found),
        }
    }

    fn record(&mut self, word: &str, last: Option<u64>) -> Result<Record, BundleTextError> {
        self.exactly("", "empty, before the next part")?;
        let found = self.next(NUMBERED)?;
        let index = found.strip_prefix(word).and_then(decimal);
        let Some(index) = index else {
            return self.wrong(NUMBERED, found);
        };
        self.ascends(last.is_none_or(|last| last < index), "indexes")?;
        let entry = self.base64(MAX_ENTRY_LINE, "an entry of at most 65,535 bytes in base64")?;
        let mut path: Vec<Digest> = Vec::new();
        while !self.rest.is_empty() && !self.rest.starts_with('\n') {
            self.at_most(path.len(), MAX_PATH, "hashes of an audit path")?;
            let expected = "a hash of 32 bytes in base64";
            let found = self.next(expected)?;
            match hash_from_base64(found) {
                Some(hash) => path.push(hash),
                None => return self.wrong(expected, found),
            }
        }
        Ok(Record { index, entry, path })
    }

    fn certification(
        &mut self,
        word: &str,
        last: Option<u64>,
    ) -> Result<Certification, BundleTextError> {
        let record = self.record(word, last)?;
        self.exactly("", "empty, before the checkpoint")?;
        let (line, all) = (self.line, self.rest);
        for expected in ["an origin", "a size", "a root", "empty"] {
            self.next(expected)?;
        }
        while self.rest.starts_with('\u{2014}') {
            self.next("a signature")?;
        }
        let note = all.get(..all.len() - self.rest.len()).unwrap_or_default();
        let checkpoint = Note::parse(note.as_bytes())
            .map_err(|error| BundleTextError::Checkpoint { line, error })?;
        Ok(Certification { record, checkpoint })
    }

    fn leaves(&mut self) -> Result<(JobId, Vec<u8>), BundleTextError> {
        self.exactly("", "empty, before the next part")?;
        let job_id = self.job("leaves ", "leaves and a job's id")?;
        let max_line = MAX_LEAVES_BYTES.div_ceil(3) * 4;
        let list = self.base64(max_line, "a leaf list in base64")?;
        Ok((job_id, list))
    }
}
