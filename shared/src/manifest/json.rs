//! The JSON shape of a manifest: unknown and repeated fields are refused.

use crate::job::ArgvMode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How args reach the program, in a manifest's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArgvModeName {
    /// `argv = program, stage, args…`
    Staged,
    /// `argv = program, args…`
    Plain,
}

impl From<ArgvModeName> for ArgvMode {
    fn from(name: ArgvModeName) -> Self {
        match name {
            ArgvModeName::Staged => Self::Staged,
            ArgvModeName::Plain => Self::Plain,
        }
    }
}

/// What happens to the map outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reduce {
    /// The result is the outputs, one behind the other.
    None,
    /// The program reduces them all at once.
    Final,
    /// Reduce output is valid map output, so groups of consecutive outputs may be reduced and reduced again.
    Associative,
}

/// What a program's result may be: nothing that a page would run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MediaType {
    /// `text/plain`
    #[serde(rename = "text/plain")]
    Text,
    /// `text/tab-separated-values`
    #[serde(rename = "text/tab-separated-values")]
    TabSeparated,
    /// `application/json`
    #[serde(rename = "application/json")]
    Json,
    /// `image/png`
    #[serde(rename = "image/png")]
    Png,
    /// `image/jpeg`
    #[serde(rename = "image/jpeg")]
    Jpeg,
    /// `application/octet-stream`
    #[serde(rename = "application/octet-stream")]
    Bytes,
}

impl MediaType {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text/plain",
            Self::TabSeparated => "text/tab-separated-values",
            Self::Json => "application/json",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Bytes => "application/octet-stream",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ManifestJson {
    pub name: String,
    pub version: String,
    pub summary: String,
    pub licence: String,
    pub source: Option<String>,
    pub argv_mode: ArgvModeName,
    pub reduce: Reduce,
    pub splits: SplitsJson,
    #[serde(default)]
    pub args: Vec<ArgJson>,
    pub output: MediaType,
    #[serde(default)]
    pub limits: LimitsJson,
    pub example: ExampleJson,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SplitsJson {
    pub accepted: Vec<String>,
    pub default: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ArgJson {
    pub name: String,
    pub help: String,
    #[serde(rename = "type")]
    pub kind: ArgTypeJson,
    pub default: Option<serde_json::Value>,
    pub min: Option<serde_json::Number>,
    pub max: Option<serde_json::Number>,
    pub max_bytes: Option<usize>,
    pub choices: Option<Vec<String>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ArgTypeJson {
    Integer,
    Number,
    Text,
    Choice,
    Boolean,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitsJson {
    pub fuel: Option<u64>,
    pub memory_pages: Option<u32>,
    pub output_bytes: Option<u32>,
    pub wall_ms: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExampleJson {
    pub input: Option<String>,
    pub range: Option<RangeJson>,
    #[serde(default)]
    pub args: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RangeJson {
    pub start: i64,
    pub end: i64,
    pub chunk: u64,
}
