//! The program manifest: what a program is, what it takes and how it is run (GUEST.md section 1).
//!
//! A manifest is JSON, beside the module or in its custom section `manyhands`. Its hash, over its exact bytes, is in
//! Prog and in every Job. Reading it checks everything; an error names the field.

mod args;
mod check;
mod json;
mod splits;

#[cfg(test)]
mod tests;

pub use args::{ArgError, ArgKind, ArgSpec};
pub use json::{ArgvModeName, MediaType, Reduce};
pub use splits::{AcceptedSplits, DefaultSplit, SplitKind};

use crate::job::{ArgvMode, Limits};
use crate::leaf::RangeInput;
use crate::module_check::ModuleFacts;

/// Largest manifest, bytes.
pub const MAX_MANIFEST_BYTES: usize = 64 * 1024;

/// A checked manifest.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// The program's name, `[a-z][a-z0-9-]{1,39}`.
    pub name: String,
    /// Its version, such as 1.0.0.
    pub version: String,
    /// What it does, in a sentence of at most 200 characters.
    pub summary: String,
    /// Its licence, such as an SPDX expression; at most 100 characters.
    pub licence: String,
    /// Where its source is, https only, when it is public.
    pub source: Option<String>,
    /// How args reach it.
    pub argv_mode: ArgvMode,
    /// Whether and how its map outputs are reduced.
    pub reduce: Reduce,
    /// Which splits it takes, and which it is given when none is chosen.
    pub splits: AcceptedSplits,
    /// Its args in the order in which it gets them.
    pub args: Vec<ArgSpec>,
    /// What its result is.
    pub output: MediaType,
    /// What a task may use when the submitter says nothing else.
    pub limits: Limits,
    /// A job to try it with.
    pub example: Example,
}

/// A job to try a program with.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// Its input.
    pub input: ExampleInput,
    /// Its args by name.
    pub args: Vec<(String, String)>,
}

/// The input of an example.
#[derive(Debug, Clone, PartialEq)]
pub enum ExampleInput {
    /// A text of at most 16 KiB.
    Text(String),
    /// A range.
    Range(RangeInput),
}

/// Why bytes are not a manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Longer than [`MAX_MANIFEST_BYTES`].
    #[error("the manifest has {0} bytes, at most {MAX_MANIFEST_BYTES} are allowed")]
    TooLarge(usize),
    /// Not JSON, or not of a manifest's shape.
    #[error("the manifest cannot be read: {0}")]
    Json(String),
    /// A field holds what it must not.
    #[error("the manifest's field {field}: {problem}")]
    Field {
        /// Which field, such as `args[2].default`.
        field: String,
        /// What is wrong and what is allowed.
        problem: String,
    },
}

impl ManifestError {
    fn field(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Field {
            field: field.into(),
            problem: problem.into(),
        }
    }
}

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// See [`ManifestError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        if bytes.len() > MAX_MANIFEST_BYTES {
            return Err(ManifestError::TooLarge(bytes.len()));
        }
        let json: json::ManifestJson = serde_json::from_slice(bytes)
            .map_err(|error| ManifestError::Json(error.to_string()))?;
        check::check(json)
    }

    /// The bytes of the manifest that a module carries in its custom section `manyhands`.
    #[must_use]
    pub fn in_module<'a>(module: &'a [u8], facts: &ModuleFacts) -> Option<&'a [u8]> {
        module.get(facts.manifest.clone()?)
    }

    /// The args of a job from named values, in the order of the schema, defaults filled in.
    ///
    /// # Errors
    /// See [`ArgError`].
    pub fn args_from_named(&self, named: &[(String, String)]) -> Result<Vec<Vec<u8>>, ArgError> {
        args::from_named(&self.args, named)
    }
}
