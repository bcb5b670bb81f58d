//! What a page drafts, and what it is told of programs, files and tasks.

use crate::caveat::Caveat;
use crate::ids::Digest;
use crate::rewrite::Changes;
use serde::{Deserialize, Serialize};

/// A job that is being drafted. Everything is as the user typed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The program.
    pub program: ProgramChoice,
    /// Where the tasks come from.
    pub input: InputDraft,
    /// Args of a staged program by name; those left out have their defaults.
    pub args: Vec<(String, String)>,
    /// Args of a plain tool, one a line.
    pub plain_args: String,
    /// Plain text for people.
    pub title: String,
    /// Volunteers for each task.
    pub trust: u8,
    /// Limits of each task; empty means the program's.
    pub limits: LimitsDraft,
    /// Seed of the random numbers that the program sees; empty means 0.
    pub seed: String,
}

/// The program of a draft.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProgramChoice {
    /// None yet.
    #[default]
    None,
    /// `NAME` or `NAME@VERSION`.
    Published(String),
    /// A module of the user.
    Upload {
        /// The module.
        module: FileFacts,
        /// Its manifest, where that is a file of its own.
        manifest: Option<FileFacts>,
    },
}

/// Where the tasks of a draft come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputDraft {
    /// The chosen files.
    Files {
        /// How they are cut; empty means the program's default.
        split: String,
    },
    /// A text that was typed or pasted.
    Text {
        /// The text.
        text: String,
        /// How it is cut; empty means the program's default.
        split: String,
    },
    /// A range of numbers.
    Range {
        /// The first number.
        start: String,
        /// The first number after the range.
        end: String,
        /// Numbers in each task; empty means the program's default.
        chunk: String,
    },
}

impl Default for InputDraft {
    fn default() -> Self {
        Self::Files {
            split: String::new(),
        }
    }
}

/// Limits of each task as they were typed: `2e9`, `64MiB`, `16MiB`, seconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitsDraft {
    /// Fuel.
    pub fuel: String,
    /// Memory.
    pub memory: String,
    /// Output.
    pub output: String,
    /// Wall-clock time.
    pub wall: String,
}

impl LimitsDraft {
    /// As somebody would type these.
    #[must_use]
    pub fn of(limits: &crate::job::Limits) -> Self {
        Self {
            fuel: limits.fuel.to_string(),
            memory: size(u64::from(limits.memory_pages) << 16),
            output: size(limits.output_bytes.into()),
            wall: limits.wall_ms.div_ceil(1000).to_string(),
        }
    }

    /// The limits that were typed, with the names that the command line has for them.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            ("fuel", self.fuel.trim()),
            ("memory", self.memory.trim()),
            ("output", self.output.trim()),
            ("wall", self.wall.trim()),
        ];
        all.into_iter().filter(|(_, value)| !value.is_empty())
    }
}

/// In MiB or KiB, where that is exact.
fn size(bytes: u64) -> String {
    if bytes > 0 && bytes.is_multiple_of(1 << 20) {
        format!("{}MiB", bytes >> 20)
    } else if bytes > 0 && bytes.is_multiple_of(1 << 10) {
        format!("{}KiB", bytes >> 10)
    } else {
        bytes.to_string()
    }
}

/// A file that a page has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    /// Its name.
    pub name: String,
    /// Its length.
    pub bytes: u64,
}

/// A published program in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramLine {
    /// `NAME@VERSION`.
    pub name: String,
    /// What it does, in somebody else's words.
    pub summary: String,
}

/// All that a form needs to know of a program. The words are its author's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProgramFacts {
    /// `NAME@VERSION`, or the name of the file.
    pub name: String,
    /// There when it is a module of the user, to be published with the job.
    pub upload: Option<UploadFacts>,
    /// What it does.
    pub summary: String,
    /// Its licence.
    pub licence: String,
    /// Where its source is; an https address.
    pub source: Option<String>,
    /// The module that runs.
    pub module_sha256: Digest,
    /// Its length.
    pub module_bytes: u64,
    /// How its outputs are reduced: `none`, `final` or `associative`.
    pub reduce: String,
    /// Whether its args are given one a line, as they are.
    pub takes_plain_args: bool,
    /// Its args.
    pub args: Vec<ArgFacts>,
    /// The kinds of split that it takes, [`RANGE`] among them.
    pub splits: Vec<String>,
    /// The split that it is given when none is chosen; `None` when that is a range.
    pub default_split: Option<String>,
    /// Numbers in each task of a range when nothing is said.
    pub default_chunk: Option<u64>,
    /// Media type of its result.
    pub output: String,
    /// What a task may use when nothing is said.
    pub limits: crate::job::Limits,
    /// An input to try it with, as a draft has it.
    pub example_input: InputDraft,
    /// Args to try it with.
    pub example_args: Vec<(String, String)>,
}

/// The kind of split that is a range of numbers.
pub const RANGE: &str = "range";

impl ProgramFacts {
    /// Whether it takes a range.
    #[must_use]
    pub fn takes_range(&self) -> bool {
        self.splits.iter().any(|kind| kind == RANGE)
    }

    /// Whether it takes data.
    #[must_use]
    pub fn takes_data(&self) -> bool {
        self.splits.iter().any(|kind| kind != RANGE)
    }

    /// Whether it was uploaded without a manifest.
    #[must_use]
    pub fn is_plain_tool(&self) -> bool {
        self.upload
            .as_ref()
            .is_some_and(|upload| upload.is_plain_tool)
    }
}

/// What was found in a module of the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadFacts {
    /// Whether it carries no manifest and is taken for a tool that knows no stages.
    pub is_plain_tool: bool,
    /// The WASI functions that it imports.
    pub imports: Vec<String>,
    /// The module as its author has it.
    pub original_sha256: Digest,
    /// Its length in bytes.
    pub original_bytes: u64,
    /// What making it deterministic and metered has changed.
    pub changes: Changes,
    /// What it may fail at when it runs.
    pub caveats: Vec<Caveat>,
}

/// An arg of a program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArgFacts {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub help: String,
    /// What it may be.
    pub kind: ArgKindFacts,
    /// What it is when nothing is said.
    pub default: Option<String>,
}

/// What an arg may be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArgKindFacts {
    /// A number between two others.
    Number {
        /// The least, as text.
        min: String,
        /// The greatest, as text.
        max: String,
        /// Whether it is a whole number.
        whole: bool,
    },
    /// A text.
    Text,
    /// One of these.
    Choice(Vec<String>),
    /// `true` or `false`.
    Boolean,
}

/// What a draft's input was cut into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitFacts {
    /// How many tasks.
    pub task_count: u32,
    /// Bytes of all chunks; 0 for a range.
    pub total_bytes: u64,
    /// The longest chunk.
    pub longest_bytes: u64,
    /// The first tasks.
    pub first: Vec<PreviewTask>,
    /// The split as it was used.
    pub split: String,
}

/// One task as a preview shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewTask {
    /// Length of its input.
    pub bytes: u64,
    /// The beginning of its input, invalid UTF-8 replaced.
    pub beginning: String,
}
