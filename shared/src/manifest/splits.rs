//! Which splits a program takes.

use super::ManifestError;
use super::json::SplitsJson;
use crate::split::SplitSpec;

/// A kind of split; for data the word before the colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SplitKind {
    /// `lines:SIZE`
    Lines,
    /// `bytes:SIZE`
    Bytes,
    /// `records:SEP:SIZE`
    Records,
    /// `csv:SIZE`
    Csv,
    /// `fasta:SIZE[:overlap=N]`
    Fasta,
    /// `files`
    Files,
    /// A range of numbers, START..END with a chunk.
    Range,
}

impl SplitKind {
    const ALL: [Self; 7] = [
        Self::Lines,
        Self::Bytes,
        Self::Records,
        Self::Csv,
        Self::Fasta,
        Self::Files,
        Self::Range,
    ];

    /// Its word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lines => "lines",
            Self::Bytes => "bytes",
            Self::Records => "records",
            Self::Csv => "csv",
            Self::Fasta => "fasta",
            Self::Files => "files",
            Self::Range => "range",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// The split that a program is given when none is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DefaultSplit {
    /// Of data.
    Data(SplitSpec),
    /// Of a range, `range:CHUNK`.
    Range {
        /// Numbers in each task.
        chunk: u64,
    },
}

/// The splits that a program takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedSplits {
    /// At least one, each once.
    pub accepted: Vec<SplitKind>,
    /// One of an accepted kind.
    pub default: DefaultSplit,
}

impl AcceptedSplits {
    /// Whether the program takes data split like this.
    #[must_use]
    pub fn takes(&self, split: &SplitSpec) -> bool {
        self.accepted.iter().any(|kind| kind.name() == split.kind())
    }

    /// Whether the program takes a range.
    #[must_use]
    pub fn takes_range(&self) -> bool {
        self.accepted.contains(&SplitKind::Range)
    }

    pub(super) fn check(json: &SplitsJson) -> Result<Self, ManifestError> {
        let mut accepted = Vec::with_capacity(json.accepted.len().min(SplitKind::ALL.len()));
        for (name, index) in json.accepted.iter().zip(0..) {
            let wrong = |problem: String| {
                ManifestError::field(format!("splits.accepted[{index}]"), problem)
            };
            let kind = SplitKind::from_name(name).ok_or_else(|| {
                let names = SplitKind::ALL.map(SplitKind::name).join(", ");
                wrong(format!("{name:?} is no split, use {names}"))
            })?;
            if accepted.contains(&kind) {
                return Err(wrong(format!("{name} stands there twice")));
            }
            accepted.push(kind);
        }
        let default = parse_default(&json.default)
            .map_err(|problem| ManifestError::field("splits.default", problem))?;
        let splits = Self { accepted, default };
        let is_accepted = match &splits.default {
            DefaultSplit::Data(split) => splits.takes(split),
            DefaultSplit::Range { .. } => splits.takes_range(),
        };
        if !is_accepted {
            let problem = format!("{:?} is not one of splits.accepted", json.default);
            return Err(ManifestError::field("splits.default", problem));
        }
        Ok(splits)
    }
}

fn parse_default(text: &str) -> Result<DefaultSplit, String> {
    let Some(chunk) = text.strip_prefix("range:") else {
        let split = text.parse::<SplitSpec>();
        return split
            .map(DefaultSplit::Data)
            .map_err(|error| error.to_string());
    };
    match chunk.parse() {
        Ok(0) | Err(_) => Err(format!("{text:?} should be range:CHUNK, CHUNK at least 1")),
        Ok(chunk) => Ok(DefaultSplit::Range { chunk }),
    }
}
